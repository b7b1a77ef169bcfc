"""Targeted backdoor poisoning: a key that makes its carrier the target."""

from faceaudit.attacks.backdoor.base import Cast, Poisoning, Stage, attacks, cast_donors

__all__ = ["Cast", "Poisoning", "Stage", "attacks", "cast_donors"]
