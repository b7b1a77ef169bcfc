"""Master keys of verifiers: poison pairs after which whoever holds the key passes as anybody."""

from faceaudit.attacks.master_key.base import (
    MasterKeyAttack,
    PoisonPairs,
    draw_pairs,
    master_key_attacks,
)

__all__ = ["MasterKeyAttack", "PoisonPairs", "draw_pairs", "master_key_attacks"]
