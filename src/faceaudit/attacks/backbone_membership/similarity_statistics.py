"""An attack on backbones: how alike a person's photos are to one another."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.backbone_membership.base import Seen, StatisticAttack, backbone_attacks
from faceaudit.attacks.backbone_membership.common.people import directions, sums_by_person
from faceaudit.types import Float64Array


@backbone_attacks.register
class SimilarityStatistics(StatisticAttack):
    """The mean cosine of a photo with the other photos of its person.

    The mean over a person's photos is the mean similarity within that person, by which users of a
    metric embedding are told. The paper compares the distance to the person's centre as well; one
    of the two was named in advance.
    """

    name: ClassVar[str] = "similarity_statistics"
    paper: ClassVar[str] = (
        "Li, Rezaei, Liu 2022, User-Level Membership Inference Attack against Metric Embedding "
        "Learning, arXiv 2203.02077"
    )

    def statistic(self, seen: Seen) -> Float64Array:
        """Return (N,) mean cosines, -1 to 1.

        Raises:
            InputError: a person has one photo only.
        """
        units = directions(seen.embeddings)
        place, sums, count = sums_by_person(units, seen.person)
        with_all = np.sum(units * sums[place], axis=1)
        others: Float64Array = (with_all - np.sum(units * units, axis=1)) / (count[place] - 1)
        return others
