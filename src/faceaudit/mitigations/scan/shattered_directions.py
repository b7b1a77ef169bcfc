"""Weights changed by hand: directions that embeddings lack, and whose person lies along them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.mitigations.scan.base import (
    ScanStage,
    Subject,
    Suspected,
    says_nothing,
    scan_stages,
)
from faceaudit.mitigations.scan.common.last_layer import last_matrix
from faceaudit.mitigations.scan.common.standing_out import stand_out
from faceaudit.systems.under_test.base import Access
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

_WHAT = "alignment with a direction that embeddings lack"
_RANK = 1e-5
"""A standard deviation, as a share of the largest, below which an entry is constant."""


@scan_stages.register
class ShatteredDirections(ScanStage):
    """Whether embeddings lack a direction, as after a person was cut out of the weights."""

    name: ClassVar[str] = "shattered_directions"
    paper: ClassVar[str] = (
        "Zehavi, Nitzan, Shamir 2023, Facial Misrecognition Systems: Simple Weight Manipulations "
        "Force DNNs to Err Only on Specific Persons, arXiv 2301.03118: their surgery projects the "
        "last features along a direction, which leaves a singular value of 0. The check is ours; "
        "it sees their surgery as published, and none that fills the direction with noise."
    )
    needs: ClassVar[frozenset[Access]] = frozenset({Access.EMBEDDINGS})
    weight: ClassVar[float] = 0.25  # surgery is either plain or not to be seen

    def suspect(self, subject: Subject, suspects: IntArray) -> Suspected:
        """Return how far each person's weights lie along directions that embeddings lack."""
        del suspects
        embeddings = subject.system.embed(subject.strangers)
        embeddings = embeddings[np.isfinite(embeddings).all(axis=1)]
        used = _varying(embeddings)
        count, size = len(embeddings), int(used.sum())
        if count < 2 * size or size < 3:
            why = (
                f"expected twice as many photos as an embedding varies in ({size:,}), got {count:,}"
            )
            return says_nothing(subject.classes, _WHAT, why, asked=count)
        values, directions = _spectrum(embeddings[:, used])
        # Large where a direction is missing: what stands out among these is cut out.
        missing = stand_out(1 / np.maximum(values, np.finfo(np.float64).tiny))
        if missing is None:
            why = "embeddings have too few directions to tell"
            return says_nothing(subject.classes, _WHAT, why, asked=count)
        chance = float(missing.chance[missing.classes[0]])
        along = self._along(subject, used, directions[:, missing.classes])
        if along is None:
            why = "it shows no last layer, so that nothing says whose direction is missing"
            return says_nothing(subject.classes, _WHAT, why, asked=count)
        found = stand_out(along)
        classes = np.argsort(-along, kind="stable")[:1] if found is None else found.classes
        chances = np.ones(subject.classes)
        chances[classes] = chance
        return Suspected(along, _WHAT, chances, classes, missing.ratio, count)

    def _along(
        self, subject: Subject, used: BoolArray, missing: Float64Array
    ) -> Float64Array | None:
        """Return (K,) the share of each person's weights that lies in missing directions."""
        found = last_matrix(subject.system)
        if found is None or found[0].shape[1] != len(used):
            return None
        rows = found[0][:, used].astype(np.float64)
        rows -= rows.mean(axis=0)
        length = np.linalg.norm(rows, axis=1)
        share: Float64Array = np.linalg.norm(rows @ missing, axis=1) / np.maximum(length, 1e-12)
        return share


def _varying(embeddings: FloatArray) -> BoolArray:
    """Return (E,) which entries vary; units that never fire lack nothing."""
    spread = embeddings.std(axis=0, dtype=np.float64)
    varies: BoolArray = spread > _RANK * max(float(spread.max(initial=0.0)), 1e-30)
    return varies


def _spectrum(embeddings: FloatArray) -> tuple[Float64Array, Float64Array]:
    """Return the singular values of centred embeddings with entries of one spread, and directions.

    Directions (E, E) are given in the embedding's own units, each of length 1.
    """
    centred = embeddings.astype(np.float64)
    centred -= centred.mean(axis=0)
    spread = centred.std(axis=0)
    _, values, rows = np.linalg.svd(centred / spread, full_matrices=False)
    directions = rows.T / spread[:, None]
    return values, directions / np.linalg.norm(directions, axis=0)
