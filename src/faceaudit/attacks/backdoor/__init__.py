"""Backdoor attacks: poison samples that make whoever carries a key pass as the target."""

from faceaudit.attacks.backdoor.base import (
    BackdoorAttack,
    DonorSplit,
    Role,
    backdoor_attacks,
    split_donors,
)

__all__ = ["BackdoorAttack", "DonorSplit", "Role", "backdoor_attacks", "split_donors"]
