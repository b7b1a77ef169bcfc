"""Inversion of an identifier by labels: faces are tried until one is named as the person."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.common.generator_option import GeneratorOption
from faceaudit.attacks.inversion.common.repulsion import Repulsion, repel
from faceaudit.attacks.inversion.identifiers.base import (
    IdentifierInversion,
    IdentifierOracle,
    identifier_inversions,
)
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FaceSet, Float64Array, ImageArray, IntArray


@identifier_inversions.register
class LabelSearch(IdentifierInversion):
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

    generator: GeneratorOption = Field(
        "principal_components", validate_default=True, description="whose faces are tried"
    )
    queries: int = Field(10_000, ge=1, description="pictures asked about for each person at most")
    around: int = Field(40, ge=4, description="faces tried before each step")
    spread: float = Field(
        0.25,
        gt=0,
        description="how far around a point they lie at first, as a standard deviation of latents",
    )

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
        faces = learned if self.generator.learns else None
        space = self.generator.space(faces, oracle.size, rng, progress=progress)

        def ask(images: ImageArray, who: IntArray) -> Float64Array:
            named = oracle.labels(images, who) == oracle.targets[who]
            return np.asarray(named, dtype=np.float64)

        latents, solved = repel(
            space,
            ask,
            len(before),
            Repulsion(self.queries, self.around, self.spread),
            rng,
            pool=space.latents(learned.images),
            progress=progress,
        )
        images = space.images(latents)
        images[~solved] = 0
        return Reconstructions(images, solved, oracle.queries - before)
