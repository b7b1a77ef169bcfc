"""Inversion of an identifier by labels: faces are tried until one is named as the person."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.inversion.common.asking import AskingForLabels
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
class LabelSearch(AskingForLabels, IdentifierInversion):
    """Tries other people's faces until one is named as the person, then walks to the middle.

    The system says only whom it takes a picture for. Faces are drawn until one gets the person's
    label; from there the search walks away from what gets another one, to where far and wide
    everything gets it. Whoever is never named within the queries is not solved.
    """

    name: ClassVar[str] = "label_search"
    paper: ClassVar[str] = (
        "Kahla, Chen, Just, Jia 2022, Label-Only Model Inversion Attacks via Boundary Repulsion, "
        "arXiv 2203.01925; with faces of other people and a generator in the place of a GAN"
    )
    access: ClassVar[Access] = Access.LABELS

    def invert(
        self,
        oracle: IdentifierOracle,
        learned: FaceSet,
        rng: np.random.Generator,
        *,
        progress: Progress = silent,
    ) -> Reconstructions:
        """Return the last point of each target's walk that was named as them.

        Raises:
            InputError: the generator cannot make such faces.
        """
        before = oracle.queries.copy()

        def ask(images: ImageArray, who: IntArray) -> Float64Array:
            named = oracle.labels(images, who) == oracle.targets[who]
            return np.asarray(named, dtype=np.float64)

        images, solved = self.last_accepted(ask, len(before), oracle.size, learned, rng, progress)
        return Reconstructions(images, solved, oracle.queries - before)
