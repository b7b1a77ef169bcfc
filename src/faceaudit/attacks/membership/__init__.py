"""Was this pair, photo or person used to train a verifier? One attack a file."""

from faceaudit.attacks.membership.membership import Membership, Seen, membership
from faceaudit.attacks.membership.view import View

__all__ = ["Membership", "Seen", "View", "membership"]
