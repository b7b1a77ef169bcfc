"""No mitigation: what all others are compared with."""

from __future__ import annotations

from typing import ClassVar

from faceaudit.mitigations.membership.base import MembershipMitigation, membership_mitigations


@membership_mitigations.register
class NoMitigation(MembershipMitigation):
    """Nothing: trained on and asked with the first backbone."""

    name: ClassVar[str] = "none"
    paper: ClassVar[str] = (
        "what all others are compared with; the task: Huang, Ramesh, Berg, Learned-Miller 2007"
    )
