"""Membership attacks: which pairs a verifier was trained on, one attack a file."""

from faceaudit.attacks.membership.base import (
    MembershipAttack,
    Observation,
    Oracle,
    membership_attacks,
)

__all__ = ["MembershipAttack", "Observation", "Oracle", "membership_attacks"]
