"""Targeted backdoor poisoning: a key that makes its carrier the target."""

from faceaudit.attacks.backdoor.base import (
    BackdoorAttack,
    DonorSplit,
    Role,
    backdoor_attacks,
    split_donors,
)

__all__ = ["BackdoorAttack", "DonorSplit", "Role", "backdoor_attacks", "split_donors"]
