"""An attack on backbones: how far a photo is from what batch norms remember of the training."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from faceaudit.attacks.backbone_membership.base import Seen, StatisticAttack, backbone_attacks
from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.systems.under_test.base import Access
from faceaudit.types import Float64Array

if TYPE_CHECKING:
    from faceaudit.attacks.backbone_membership.common import layers
else:
    layers = deferred("faceaudit.attacks.backbone_membership.common.layers")


@backbone_attacks.register
class BatchNormDistance(StatisticAttack):
    """How near a photo's activations are to the means and variances that batch norms keep.

    Those are running averages over training photos alone. The score is minus the logarithm of the
    mean distance over batch norms, each channel on the scale of its own running variance. The
    paper takes distances of the means alone and learns how to weigh the batch norms; here
    variances count, too, and all batch norms alike, so that nothing is learned.
    """

    name: ClassVar[str] = "batch_norm_distance"
    paper: ClassVar[str] = (
        "Huang, Chen, Wang, Wang 2024, Inference Attacks Against Face Recognition Model without "
        "Classification Layers, arXiv 2401.13719"
    )
    access: ClassVar[Access] = Access.GRADIENTS

    def statistic(self, seen: Seen) -> Float64Array:
        """Return (N,) minus the logarithms of the distances.

        Raises:
            InputError: the network has no batch norm over maps, or is not in hand.
        """
        network, images = seen.in_hand()
        distance = layers.batch_norm_distances(network, images)
        if distance is None:
            raise InputError(
                "expected a network with batch norms over its maps, got one without; use another "
                "attack, or a network such as iresnet18"
            )
        nearness: Float64Array = -np.log(np.maximum(distance, np.finfo(np.float64).tiny))
        return nearness
