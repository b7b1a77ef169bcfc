"""The threats of an audit of finished systems: a back door in one, and whom one learned from."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.audit.declared import Declared
from faceaudit.report.finished.key_threat import key_threat
from faceaudit.report.finished.member_threat import member_threat
from faceaudit.report.finished.systems import arrange
from faceaudit.report.judging import Judgement
from faceaudit.report.threats import Threat, part
from faceaudit.store import CaseRecord

OF_MEMBERS = ("auc",)
"""Measures whose limits decide about membership."""
OF_KEYS = ("suspicious_keys",)
"""Measures whose limits decide about keys."""


def finished_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the threat of keys and that of membership, where the plan asks for them."""
    systems = arrange(records)
    asked = {str(record.spec["part"]) for record in records}
    of_members, others = part(judgements, OF_MEMBERS)
    of_keys, further = part(others, OF_KEYS)
    threats = []
    if "keys" in asked or "membership" not in asked:
        threats.append(key_threat(systems, of_keys, further, declared))
    if "membership" in asked:
        threats.append(member_threat(systems, of_members, () if threats else further, declared))
    return tuple(threats)
