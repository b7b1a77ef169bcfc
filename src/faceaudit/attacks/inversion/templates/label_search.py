"""Inversion by labels: faces are tried until one is accepted, then one far inside is looked for."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.common.generator_option import GeneratorOption
from faceaudit.attacks.inversion.common.repulsion import Repulsion, repel
from faceaudit.attacks.inversion.templates.base import (
    Knowledge,
    TemplateInversion,
    template_inversions,
)
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray


@template_inversions.register
class LabelSearch(TemplateInversion):
    """Tries other people's faces until one is accepted, then walks away from those that are not.

    The system only says whether it accepts a picture. Whoever is not found within the queries is
    not solved. That somebody is accepted by chance is no inversion: at a false match rate of 1 in
    1,000 some 1,000 tries let anybody in; what is found must be accepted against *another* photo,
    more often than `random_face` and `look_alike` are.
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
        self, stolen: FloatArray, knowledge: Knowledge, rng: np.random.Generator
    ) -> Reconstructions:
        """Return a face for each of T templates, which are not looked at.

        Raises:
            InputError: there is no system to ask, or the generator cannot make such faces.
        """
        del stolen
        oracle = knowledge.asked()
        before = oracle.queries.copy()
        learned = knowledge.learned
        faces = learned if self.generator.learns else None
        space = self.generator.space(faces, oracle.size, rng, progress=knowledge.progress)
        latents, solved = repel(
            space,
            oracle.ask,
            len(before),
            Repulsion(self.queries, self.around, self.spread),
            rng,
            pool=space.latents(learned.images),
            progress=knowledge.progress,
        )
        images = space.images(latents)
        images[~solved] = 0
        return Reconstructions(images, solved, oracle.queries - before)
