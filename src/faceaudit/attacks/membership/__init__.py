"""Was this pair, photo or person used to train a verifier? One attack a file."""

from faceaudit.attacks.membership.base import MembershipAttack, Observation, membership_attacks
from faceaudit.attacks.membership.common.oracle import Oracle

__all__ = ["MembershipAttack", "Observation", "Oracle", "membership_attacks"]
