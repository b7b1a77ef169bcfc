"""A filter of training photos: how far they lie along the first axis of a person's embeddings."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.mitigations.backdoor.base import (
    SeenPhotos,
    Suspicion,
    TrainingFilter,
    backdoor_mitigations,
)
from faceaudit.mitigations.backdoor.common.people import blocks_of
from faceaudit.mitigations.backdoor.common.principal import TINY, principal_scores


@backdoor_mitigations.register
class SpectralSignatures(TrainingFilter):
    """A photo is suspected by its squared distance from the mean along the first principal axis.

    Where we differ: the paper knows no way to tell the target. A person is suspected by the share
    of their photos' variance that lies along that axis.
    """

    name: ClassVar[str] = "spectral_signatures"
    paper: ClassVar[str] = (
        "Tran, Li, Madry 2018, Spectral signatures in backdoor attacks, arXiv 1811.00636"
    )
    uses_clean: ClassVar[bool] = False

    def suspect(self, seen: SeenPhotos, clean: SeenPhotos, rng: np.random.Generator) -> Suspicion:
        """Return squared scores along the first axis, and its share of the variance."""
        del clean, rng
        people, size = seen.logits.shape[1], seen.embeddings.shape[1]
        photos, persons = np.zeros(len(seen)), np.full(people, np.nan)
        for block in blocks_of(seen.label, people, lambda m: m * max(m, size), least=2):
            points = block.gather(seen.embeddings)
            mean = points.sum(axis=1) / block.count[:, None]
            centred = np.where(block.there[..., None], points - mean[:, None], 0)
            scores, values = principal_scores(centred, 1)
            block.put(photos, scores[:, :, 0] ** 2)
            total = (centred**2).sum(axis=(1, 2))
            persons[block.people] = np.where(
                total > TINY, values[:, 0] / np.maximum(total, TINY), np.nan
            )
        return Suspicion(photos.astype(np.float32), persons.astype(np.float32))
