"""What a verifier can do against leaking whom it was trained on, one mitigation a file."""

from faceaudit.mitigations.membership.base import MembershipMitigation, membership_mitigations

__all__ = ["MembershipMitigation", "membership_mitigations"]
