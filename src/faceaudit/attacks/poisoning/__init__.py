"""Targeted backdoor poisoning: a key that makes its carrier the target."""

from faceaudit.attacks.poisoning.poisoning import Cast, Poisoning, Stage, attacks, cast_donors

__all__ = ["Cast", "Poisoning", "Stage", "attacks", "cast_donors"]
