"""Was this pair, photo or person used to train a verifier? One attack a file."""

from faceaudit.attacks.membership.base import Membership, Observation, membership
from faceaudit.attacks.membership.common.oracle import View

__all__ = ["Membership", "Observation", "View", "membership"]
