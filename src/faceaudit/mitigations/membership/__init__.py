"""What a verifier can do against leaking whom it was trained on, one mitigation a file."""

from faceaudit.mitigations.membership.base import Mitigation, mitigations

__all__ = ["Mitigation", "mitigations"]
