"""The membership of a backbone: whose photos an embedder was trained on."""

from faceaudit.attacks.backbone_membership.base import (
    BackboneAttack,
    Features,
    LearningBackboneAttack,
    Seen,
    StatisticAttack,
    backbone_attacks,
)

__all__ = [
    "BackboneAttack",
    "Features",
    "LearningBackboneAttack",
    "Seen",
    "StatisticAttack",
    "backbone_attacks",
]
