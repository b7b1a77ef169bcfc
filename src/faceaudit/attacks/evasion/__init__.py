"""Evasion: changes of a photo within a budget, so that it passes or no longer does, one a file."""

from faceaudit.attacks.evasion.base import EvasionAttack, evasion_attacks
from faceaudit.attacks.evasion.common.shown import Shown

__all__ = ["EvasionAttack", "Shown", "evasion_attacks"]
