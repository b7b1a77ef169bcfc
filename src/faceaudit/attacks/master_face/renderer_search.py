"""Master faces among people who do not exist, found by an evolution strategy."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.inversion.common.evolution import Evolution, evolve
from faceaudit.attacks.inversion.common.generator_option import GeneratorOption
from faceaudit.attacks.master_face.base import (
    Known,
    MasterFaceAttack,
    covered_by,
    master_face_attacks,
)
from faceaudit.types import Float64Array, ImageArray, IntArray


@master_face_attacks.register
class RendererSearch(MasterFaceAttack):
    """Searches the faces of a generator for one that passes as many, then for the next.

    Each search counts only known people whom no earlier face passes as. It asks for scores alone
    and needs no derivatives.
    """

    name: ClassVar[str] = "renderer_search"
    paper: ClassVar[str] = (
        "Nguyen, Yamagishi, Echizen, Marcel 2020, arXiv 2006.08376, and Friedlander, Shmelkin, "
        "Wolf 2022, arXiv 2211.13964, by CMA-ES with a diagonal covariance and the renderer of "
        "synthetic people in the place of a StyleGAN; no network directs the search, and near "
        "passes count in part"
    )

    generator: GeneratorOption = Field(
        "renderer", validate_default=True, description="whose faces are searched"
    )
    queries: int = Field(400, ge=20, description="faces that are tried for each that is returned")
    population: int = Field(20, ge=2, description="faces tried in each generation")
    spread: float = Field(0.5, gt=0, description="standard deviation of the first generation")

    def find(self, known: Known, count: int, rng: np.random.Generator) -> ImageArray:
        """Return the best face of each search."""
        space = self.generator.space(
            known.faces if self.generator.learns else None,
            known.faces.size,
            rng,
            progress=known.progress,
        )
        how = Evolution(self.queries, self.population, self.spread, first=self.queries // 4)
        free = np.ones(len(known.photos), dtype=np.bool_)
        found = np.empty((count, *known.photos.shape[1:]), dtype=np.uint8)

        def ask(images: ImageArray, who: IntArray) -> Float64Array:
            del who
            return covered_by(known.scores(images), free)

        for place in range(count):
            if not free.any():  # everybody known is passed as: the next are for anybody again
                free[:] = True
            found[place] = space.images(evolve(space, ask, 1, how, rng, progress=known.progress))[0]
            free &= known.scores(found[place : place + 1])[0] < 0
        return found
