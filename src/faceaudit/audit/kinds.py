"""The kinds of audit: one line each."""

from __future__ import annotations

from typing import Any

from faceaudit.audit.attribute_inference.kind import AttributeInferenceKind
from faceaudit.audit.backbone_membership.kind import BackboneMembershipKind
from faceaudit.audit.backdoor.kind import BackdoorKind
from faceaudit.audit.common.kind import AuditKind
from faceaudit.audit.enrolment.kind import EnrolmentKind
from faceaudit.audit.evasion.kind import EvasionKind
from faceaudit.audit.extraction.kind import ExtractionKind
from faceaudit.audit.finished.kind import FinishedKind
from faceaudit.audit.inversion.kind import InversionKind
from faceaudit.audit.linkage.kind import LinkageKind
from faceaudit.audit.master_face.kind import MasterFaceKind
from faceaudit.audit.master_key.kind import MasterKeyKind
from faceaudit.audit.membership.kind import MembershipKind
from faceaudit.audit.scan.kind import ScanKind
from faceaudit.errors import StoreError

KINDS: list[AuditKind[Any]] = [
    BackdoorKind(),
    MembershipKind(),
    InversionKind(),
    BackboneMembershipKind(),
    ExtractionKind(),
    AttributeInferenceKind(),
    LinkageKind(),
    EnrolmentKind(),
    MasterFaceKind(),
    MasterKeyKind(),
    EvasionKind(),
    ScanKind(),
    FinishedKind(),
]


def kind_of(name: str) -> AuditKind[Any]:
    """Return the kind of audit that a case names.

    Raises:
        StoreError: this version has no such kind.
    """
    known = {kind.name: kind for kind in KINDS}
    if name not in known:
        raise StoreError(
            f"expected a case of a kind of audit ({', '.join(known)}), got {name!r}; "
            "use the version of faceaudit that wrote the store"
        )
    return known[name]
