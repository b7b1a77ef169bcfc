"""A filter of training photos: whether a person's photos are a mixture of two (SCAn)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.mitigations.backdoor.base import (
    SeenPhotos,
    Suspicion,
    TrainingFilter,
    backdoor_mitigations,
)
from faceaudit.mitigations.backdoor.common.outlying import deviations
from faceaudit.mitigations.backdoor.common.people import blocks_of, means_by_person
from faceaudit.mitigations.backdoor.common.two_groups import suspected_second, two_groups
from faceaudit.mitigations.backdoor.common.within import whitening


@backdoor_mitigations.register
class ScanStatistics(TrainingFilter):
    """SCAn: photos of one person vary alike; those of a target are rather two groups than one.

    Embeddings are a person's mean and a variation whose covariance everybody shares. A photo is
    suspected by the likelihood ratio of the suspected group to the other; a person by how much
    likelier two groups make the photos than one, held against the median over people in units of
    the median absolute deviation.

    Where we differ: the shared covariance is that of the vouched photos about their person's mean,
    and of all training photos where nobody has two of those, in the place of an iterated
    decomposition; groups are found by 2-means in the space where it is round, which is the same
    likelihood. The paper's ratio grows with the number of photos, so that whoever has most is
    named; ours is that of a photo in the mean. The paper takes the deviation from the median in
    either direction; here only more likely mixtures are suspected.
    """

    name: ClassVar[str] = "scan_statistics"
    paper: ClassVar[str] = (
        "Tang, Wang, Tang, Zhang 2019, Demon in the variant: statistical analysis of DNNs for "
        "robust backdoor contamination detection, arXiv 1908.00686"
    )

    def suspect(self, seen: SeenPhotos, clean: SeenPhotos, rng: np.random.Generator) -> Suspicion:
        """Return log likelihood ratios of photos, and of two groups against one."""
        del rng
        people, size = seen.logits.shape[1], seen.embeddings.shape[1]
        vouched = means_by_person(clean.embeddings, clean.label, people)
        if np.bincount(clean.label, minlength=1).max() > 1:
            round_ = whitening(clean.embeddings, clean.label, vouched)
        else:
            centres = means_by_person(seen.embeddings, seen.label, people)
            round_ = whitening(seen.embeddings, seen.label, centres)
        photos, ratio = np.zeros(len(seen)), np.full(people, np.nan)
        for block in blocks_of(seen.label, people, lambda m: m * max(m, size), least=3):
            points = block.gather(seen.embeddings) @ round_
            groups = suspected_second(
                two_groups(points, block.there), points, block.there, vouched[block.people] @ round_
            )
            block.put(photos, groups.margin(points) / 2)
            mean = points.sum(axis=1) / block.count[:, None]
            whole = (points**2).sum(axis=(1, 2)) - block.count * (mean**2).sum(axis=1)
            ratio[block.people] = (whole - groups.spread) / block.count
        return Suspicion(photos.astype(np.float32), deviations(ratio).astype(np.float32))
