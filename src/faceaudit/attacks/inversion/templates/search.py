"""Inversion by scores: evolution in a space of faces."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.inversion.common.evolution import Evolution, evolve
from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.common.generator_option import GeneratorOption
from faceaudit.attacks.inversion.templates.base import (
    Knowledge,
    TemplateInversion,
    template_inversions,
)
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray


@template_inversions.register
class Search(TemplateInversion):
    """Searches a generator's faces for one that scores highest, with a CMA-ES for each person.

    The system answers how well a picture matches the stored template; neither the template nor the
    network is known, and photos of other people are only what the generator learned from. What it
    finds must beat `look_alike`, who asks nothing.
    """

    name: ClassVar[str] = "search"
    paper: ClassVar[str] = (
        "Hansen and Ostermeier 2001, Completely Derandomized Self-Adaptation in Evolution "
        "Strategies, Evolutionary Computation 9(2), with the diagonal covariance of Ros and Hansen "
        "2008; for faces by scores alone Dong et al. 2019, arXiv 1904.04433, who start from "
        "photos; here the space is a generator's"
    )
    access: ClassVar[Access] = Access.SCORES

    generator: GeneratorOption = Field(
        "principal_components", validate_default=True, description="whose faces are searched"
    )
    queries: int = Field(1_000, ge=1, description="pictures asked about for each person at most")
    population: int = Field(20, ge=4, description="faces tried in each generation")
    spread: float = Field(
        0.5, gt=0, description="standard deviation of the first generation's latents"
    )
    first: int = Field(
        0,
        ge=0,
        description="of the queries, how many ask about other people's faces first, to start from "
        "the middle of the best tenth instead of the average face",
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
        how = Evolution(self.queries, self.population, self.spread, self.first)
        pool = space.latents(learned.images) if self.first else None
        latents = evolve(
            space, oracle.ask, len(before), how, rng, pool=pool, progress=knowledge.progress
        )
        solved = np.ones(len(before), dtype=bool)
        return Reconstructions(space.images(latents), solved, oracle.queries - before)
