"""An attack on backbones: how much nearer a photo lies to its own person than to any other."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.backbone_membership.base import Seen, StatisticAttack, backbone_attacks
from faceaudit.attacks.backbone_membership.common.people import (
    directions,
    own_direction,
    sums_by_person,
)
from faceaudit.errors import InputError
from faceaudit.types import Float64Array


@backbone_attacks.register
class OwnMinusNearestOther(StatisticAttack):
    """The cosine with the centre of the person's other photos, less that of the nearest other.

    Training draws photos of one person together and apart from all others, so that members have
    the larger margin. A centre is the direction of the sum of embeddings of length 1; the photo
    itself is never in its own.
    """

    name: ClassVar[str] = "own_minus_nearest_other"
    paper: ClassVar[str] = (
        "Chen, Zhang, Wang, Backes, Zhang 2023, Face-Auditor, USENIX Security, arXiv 2304.02782, "
        "for telling people by similarities with others' photos; here as one number, named in "
        "advance, in the place of their trained classifier"
    )

    def statistic(self, seen: Seen) -> Float64Array:
        """Return (N,) margins, -2 to 2.

        Raises:
            InputError: fewer than two people, or a person with one photo.
        """
        units = directions(seen.embeddings)
        place, sums, _ = sums_by_person(units, seen.person)
        if len(sums) < 2:
            raise InputError("expected photos of two people or more, got one")
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = sums / np.where(length > 0, length, 1.0)
        cosines = units @ centres.T
        cosines[np.arange(len(units)), place] = -np.inf
        own = np.sum(units * own_direction(units, place, sums), axis=1)
        margin: Float64Array = own - cosines.max(axis=1)
        return margin
