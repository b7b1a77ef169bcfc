"""Inversion of an identifier by scores: evolution in a space of faces."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.inversion.common.asking import FIRST, AskingForScores
from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.identifiers.base import (
    IdentifierInversion,
    IdentifierOracle,
    identifier_inversions,
)
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FaceSet, Float64Array, ImageArray, IntArray


@identifier_inversions.register
class ScoreSearch(AskingForScores, IdentifierInversion):
    """Searches a generator's faces for the one that an identifier is surest of, by a CMA-ES each.

    The system answers with probabilities. The search goes by their order alone, so that scores on
    any other scale would find the same.
    """

    name: ClassVar[str] = "search"
    paper: ClassVar[str] = (
        "Hansen and Ostermeier 2001, Completely Derandomized Self-Adaptation in Evolution "
        "Strategies, Evolutionary Computation 9(2), with the diagonal covariance of Ros and Hansen "
        "2008; for inversion by scores An et al. 2022, MIRROR (NDSS), who search a GAN's latents"
    )
    access: ClassVar[Access] = Access.SCORES

    first: int = Field(300, ge=0, description=FIRST)

    def invert(
        self,
        oracle: IdentifierOracle,
        learned: FaceSet,
        rng: np.random.Generator,
        *,
        progress: Progress = silent,
    ) -> Reconstructions:
        """Return the face that scored best for each target.

        Raises:
            InputError: the system gives labels only, or the generator cannot make such faces.
        """
        before = oracle.queries.copy()

        def ask(images: ImageArray, who: IntArray) -> Float64Array:
            return oracle.scores(images, who).astype(np.float64)

        images = self.best(ask, len(before), oracle.size, learned, rng, progress)
        solved = np.ones(len(before), dtype=bool)
        return Reconstructions(images, solved, oracle.queries - before)
