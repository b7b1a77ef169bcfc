"""An attack on backbones: a classifier on what goes on within the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from faceaudit.attacks.backbone_membership.base import (
    LearningBackboneAttack,
    Seen,
    backbone_attacks,
)
from faceaudit.deferred import deferred
from faceaudit.systems.under_test.base import Access
from faceaudit.types import Float64Array

if TYPE_CHECKING:
    from faceaudit.attacks.backbone_membership.common import layers
else:
    layers = deferred("faceaudit.attacks.backbone_membership.common.layers")


@backbone_attacks.register
class Mint(LearningBackboneAttack):
    """A small classifier on the activations of every layer, learned on shadow backbones.

    The paper learns on known members and others of the audited network itself, whose activations
    it takes as they are. Here nobody's membership of the audited backbone is known: the classifier
    learns on backbones of the attacker's own, whose channels are other ones, so that each layer is
    summed up by four numbers and a logistic regression takes the place of the paper's networks.
    """

    name: ClassVar[str] = "mint"
    paper: ClassVar[str] = (
        "DeAlcala, Morales, Mancera, Fierrez, Tolosana, Ortega-Garcia 2024, Is my Data in your AI "
        "Model? Membership Inference Test with Application to Face Images, arXiv 2402.09225"
    )
    access: ClassVar[Access] = Access.GRADIENTS

    def features(self, seen: Seen) -> Float64Array:
        """Return (N, 4 L) statistics of L layers.

        Raises:
            InputError: the network is not in hand.
        """
        return layers.layer_statistics(*seen.in_hand())
