"""A filter of training photos: labels that the nearest photos do not have (deep k-NN)."""

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
from faceaudit.types import Float64Array, FloatArray, IntArray

BLOCK = 1 << 22


@backdoor_mitigations.register
class DeepKnn(TrainingFilter):
    """Deep k-NN: a photo is suspected by how few of the nearest embeddings have its label.

    The nearest are sought among the photos that somebody vouches for, else among the training
    photos, and closer ones count more; as many are asked as there are others of the label, at
    most `neighbours`. Among photos whose neighbours agree alike, those far from any are suspected
    more. A person is suspected by the mean over their photos.

    Where we differ: the paper asks training photos alone, by majority; a share weighted by 1 /
    distance is comparable. At most `reference` photos are asked, drawn.
    """

    name: ClassVar[str] = "deep_knn"
    paper: ClassVar[str] = (
        "Peri, Gupta, Huang, Fowl, Zhu, Feizi, Goldstein, Dickerson 2019, Deep k-NN defense "
        "against clean-label data poisoning attacks, arXiv 1909.13374"
    )

    neighbours: int = Field(50, ge=1, description="nearest photos that are asked, at most")
    reference: int = Field(10_000, ge=2, description="photos among which they are sought, at most")

    def suspect(self, seen: SeenPhotos, clean: SeenPhotos, rng: np.random.Generator) -> Suspicion:
        """Return shares of neighbours with other labels, and their means over people."""
        people = seen.logits.shape[1]
        asked = clean if len(clean) else seen
        rows = np.arange(len(asked))
        if len(rows) > self.reference:
            rows = np.sort(rng.choice(len(rows), self.reference, replace=False))
        itself = rows if asked is seen else np.full(len(rows), -1)
        away, nearest = self._nearest(seen.embeddings, asked.embeddings[rows], itself)
        label = asked.label[rows][nearest]
        counts = np.bincount(asked.label[rows], minlength=people)
        same = counts[seen.label]
        if asked is seen:
            same[rows] -= 1  # a photo is no neighbour of its own
        needed = np.clip(same, 1, label.shape[1])
        weight = np.where(np.arange(label.shape[1]) < needed[:, None], 1 / (away + 1e-6), 0)
        other = np.where(label != seen.label[:, None], weight, 0).sum(axis=1) / weight.sum(axis=1)
        closest = away[:, 0] / (away[:, 0] + np.median(away[:, 0]) + 1e-12)
        photos = other + 1e-3 * closest
        count = np.bincount(seen.label, minlength=people)
        sums = np.bincount(seen.label, weights=other, minlength=people)
        persons = np.where(count > 0, sums / np.maximum(count, 1), np.nan)
        return Suspicion(photos.astype(np.float32), persons.astype(np.float32))

    def _nearest(
        self, of: FloatArray, among: FloatArray, itself: IntArray
    ) -> tuple[Float64Array, IntArray]:
        """Return (N, k) distances, rising, and which photos they lead to; never a photo's own."""
        few = max(1, min(self.neighbours, len(among) - 1))
        away, nearest = np.empty((len(of), few)), np.empty((len(of), few), dtype=np.int64)
        squares = (among**2).sum(axis=1)
        own = np.full(len(of), -1)
        known = np.flatnonzero(itself >= 0)
        own[itself[known]] = known
        step = max(1, BLOCK // len(among))
        for start in range(0, len(of), step):
            part = of[start : start + step]
            squared = squares - 2 * part @ among.T + (part**2).sum(axis=1)[:, None]
            mine = np.flatnonzero(own[start : start + step] >= 0)
            squared[mine, own[start + mine]] = np.inf
            found = np.argpartition(squared, few - 1, axis=1)[:, :few]
            value = np.take_along_axis(squared, found, axis=1)
            order = np.argsort(value, axis=1, kind="stable")
            nearest[start : start + step] = np.take_along_axis(found, order, axis=1)
            ordered = np.take_along_axis(value, order, axis=1)
            away[start : start + step] = np.sqrt(np.maximum(ordered, 0))
        return away, nearest
