"""A filter of training photos: outliers along directions of too much variance (SPECTRE)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.backdoor.base import (
    SeenPhotos,
    Suspicion,
    TrainingFilter,
    backdoor_mitigations,
)
from faceaudit.mitigations.backdoor.common.people import (
    blocks_of,
    geometric_medians,
    means_by_person,
)
from faceaudit.mitigations.backdoor.common.principal import principal_scores
from faceaudit.mitigations.backdoor.common.within import whitening
from faceaudit.types import BoolArray, Float64Array, IntArray

ROUNDS = 20
SHRINKAGE = 1e-3


@backdoor_mitigations.register
class Spectre(TrainingFilter):
    """SPECTRE: embeddings are whitened by a robust mean and covariance, and outliers suspected.

    Photos of a person are reduced to their first principal axes. Those that lie closest to the
    middle give mean and covariance; in the space where that covariance is round, directions in
    which all photos have more variance than these count more (quantum entropy, `alpha`). A person
    is suspected by the mean score of their photos.

    Where we differ: the number of axes is an option, where the paper tries all; mean and covariance
    are those of the closest photos, taken anew until nothing changes (minimum covariance
    determinant, Rousseeuw, Van Driessen 1999), in the place of an iterated filter. It starts at the
    photos closest to the mean of those that somebody vouches for, else to the geometric median.
    """

    name: ClassVar[str] = "spectre"
    paper: ClassVar[str] = (
        "Hayase, Kong, Somani, Oh 2021, SPECTRE: defending against backdoor attacks using robust "
        "statistics, arXiv 2104.11315"
    )

    components: int = Field(12, ge=1, description="principal components, at most")
    share: float = Field(
        0.3, gt=0, lt=0.6, description="largest share of a person's photos that may be poison"
    )
    alpha: float = Field(4.0, gt=0, description="how much more directions of large variance count")

    def suspect(self, seen: SeenPhotos, clean: SeenPhotos, rng: np.random.Generator) -> Suspicion:
        """Return quantum entropy scores of photos, and their means."""
        del rng
        people, size = seen.logits.shape[1], seen.embeddings.shape[1]
        vouched = means_by_person(clean.embeddings, clean.label, people)
        means = means_by_person(seen.embeddings, seen.label, people)
        round_ = whitening(seen.embeddings, seen.label, means)
        photos, persons = np.zeros(len(seen)), np.full(people, np.nan)
        for block in blocks_of(seen.label, people, lambda m: m * max(m, size), least=4):
            points, there = block.gather(seen.embeddings), block.there
            turned = points @ round_
            own = vouched[block.people] @ round_
            middle = np.where(np.isfinite(own), own, geometric_medians(turned, there))
            away = np.where(there, ((turned - middle[:, None]) ** 2).sum(axis=2), np.inf)
            keep = np.maximum(3, np.ceil((1 - 1.5 * self.share) * block.count)).astype(np.int64)
            mean = points.sum(axis=1) / block.count[:, None]
            centred = np.where(there[..., None], points - mean[:, None], 0)
            few = max(1, min(self.components, int(keep.min()) // 2))
            scores, _ = principal_scores(centred, few)
            white = _whitened(scores, there, _closest(away, keep), keep)
            found = quantum_entropy(white, there, self.alpha)
            block.put(photos, found)
            persons[block.people] = np.where(there, found, 0).sum(axis=1) / block.count
        return Suspicion(photos.astype(np.float32), persons.astype(np.float32))


def _closest(away: Float64Array, keep: IntArray) -> BoolArray:
    """Return (B, M) whether a photo is among the `keep` of its person that are least far away."""
    rank = np.argsort(np.argsort(away, axis=1, kind="stable"), axis=1, kind="stable")
    closest: BoolArray = rank < keep[:, None]
    return closest


def _whitened(
    scores: Float64Array, there: BoolArray, inner: BoolArray, keep: IntArray
) -> Float64Array:
    """Return (B, M, C) scores less the mean of the inner photos, their covariance made round."""
    size = scores.shape[2]
    for _ in range(ROUNDS):
        mean = np.einsum("bm,bmc->bc", inner, scores) / keep[:, None]
        centred = (scores - mean[:, None]) * inner[..., None]
        covariance = centred.transpose(0, 2, 1) @ centred / keep[:, None, None]
        level = np.trace(covariance, axis1=1, axis2=2) / size
        level = np.maximum(level, 1e-12)
        covariance += SHRINKAGE * level[:, None, None] * np.eye(size)
        values, axes = np.linalg.eigh(covariance)
        white = (scores - mean[:, None]) @ (axes / np.sqrt(values)[:, None])
        away = np.where(there, (white**2).sum(axis=2), np.inf)
        closer = _closest(away, keep)
        if (closer == inner).all():
            break
        inner = closer
    # The inner photos vary less than all clean ones do: their median distance says by how much.
    expected = size * (1 - 2 / (9 * size)) ** 3  # median of chi-squared, Wilson, Hilferty 1931
    middle = np.nanmedian(np.where(there, away, np.nan), axis=1)
    scaled: Float64Array = white * np.sqrt(expected / np.maximum(middle, 1e-12))[:, None, None]
    return scaled


def quantum_entropy(white: Float64Array, there: BoolArray, alpha: float) -> Float64Array:
    """Return (B, M) quantum entropy scores of whitened photos.

    With S their second moments, Q = exp(alpha (S - I) / (largest variance - 1)), and a photo scores
    its square weighted by Q over the trace of Q.
    """
    inside = np.where(there[..., None], white, 0)
    moments = inside.transpose(0, 2, 1) @ inside / there.sum(axis=1)[:, None, None]
    values, axes = np.linalg.eigh(moments)
    excess = np.maximum(values[:, -1:] - 1, 1e-6)
    weight = np.exp(alpha * (values - values[:, -1:]) / excess)  # Q but for a factor
    weight /= weight.sum(axis=1, keepdims=True)
    found: Float64Array = np.einsum("bmc,bc->bm", (inside @ axes) ** 2, weight)
    return found
