"""No mitigation: the baseline that all others are compared with."""

from __future__ import annotations

from typing import ClassVar

from faceaudit.mitigations.membership.base import MembershipMitigation, membership_mitigations


@membership_mitigations.register
class NoMitigation(MembershipMitigation):
    """Verifiers trained on embeddings by the first backbone, and asked with it."""

    name: ClassVar[str] = "none"
    paper: ClassVar[str] = "the baseline; the task: Huang, Ramesh, Berg, Learned-Miller 2007"
