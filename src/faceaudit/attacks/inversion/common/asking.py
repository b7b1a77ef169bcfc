"""Options of attacks that ask about faces of a generator, and the search itself."""

from __future__ import annotations

from typing import Final

import numpy as np
from pydantic import Field

from faceaudit.attacks.inversion.common.evolution import Ask, Evolution, evolve
from faceaudit.attacks.inversion.common.generator_option import GeneratorOption
from faceaudit.attacks.inversion.common.repulsion import Repulsion, repel
from faceaudit.attacks.inversion.common.watching import Watch, seen_by
from faceaudit.progress import Progress
from faceaudit.registry import Options
from faceaudit.types import BoolArray, FaceSet, ImageArray

FIRST: Final = (
    "of the queries, how many ask about other people's faces first, to start from the middle of "
    "the best tenth instead of the average face"
)
"""What the option of that name is."""


class AskingForScores(Options):
    """A search by evolution, for systems that answer with scores."""

    generator: GeneratorOption = Field(
        "principal_components", validate_default=True, description="whose faces are searched"
    )
    queries: int = Field(1_000, ge=1, description="pictures asked about for each person at most")
    population: int = Field(20, ge=4, description="faces tried in each generation")
    spread: float = Field(
        0.5, gt=0, description="standard deviation of the first generation's latents"
    )
    first: int = Field(0, ge=0, description=FIRST)

    def best(
        self,
        ask: Ask,
        count: int,
        size: tuple[int, int],
        learned: FaceSet,
        rng: np.random.Generator,
        progress: Progress,
        watch: Watch | None = None,
    ) -> ImageArray:
        """Return the (T, H, W, 3) pictures that scored highest.

        Args:
            ask: tells (N,) scores of pictures (N, H, W, 3) of targets (N,).
            count: T, of targets.
            size: height and width of the pictures.
            learned: photos that the generator learns from.
            rng: of everything that is drawn.
            progress: told of the queries.
            watch: looks on.

        Raises:
            InputError: the generator cannot make such faces.
        """
        faces = learned if self.generator.learns else None
        space = self.generator.space(faces, size, rng, progress=progress)
        how = Evolution(self.queries, self.population, self.spread, self.first)
        pool = space.latents(learned.images) if self.first else None
        seen = seen_by(watch, space)
        return space.images(
            evolve(space, ask, count, how, rng, pool=pool, progress=progress, seen=seen)
        )


class AskingForLabels(Options):
    """A search by boundary repulsion, for systems that say whether it is somebody and no more."""

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

    def last_accepted(
        self,
        ask: Ask,
        count: int,
        size: tuple[int, int],
        learned: FaceSet,
        rng: np.random.Generator,
        progress: Progress,
        watch: Watch | None = None,
    ) -> tuple[ImageArray, BoolArray]:
        """Return the last picture of each walk that was accepted, and who was found at all.

        Args:
            ask: tells of pictures (N, H, W, 3) whether they are targets (N,): 1 or 0.
            count: T, of targets.
            size: height and width of the pictures.
            learned: photos that are tried first, and that the generator learns from.
            rng: of everything that is drawn.
            progress: told of the queries.
            watch: looks on.

        Returns:
            (T, H, W, 3) pictures, black where nobody was found, and (T,) who was found.

        Raises:
            InputError: the generator cannot make such faces.
        """
        faces = learned if self.generator.learns else None
        space = self.generator.space(faces, size, rng, progress=progress)
        how = Repulsion(self.queries, self.around, self.spread)
        pool = space.latents(learned.images)
        seen = seen_by(watch, space)
        latents, solved = repel(
            space, ask, count, how, rng, pool=pool, progress=progress, seen=seen
        )
        images = space.images(latents)
        images[~solved] = 0
        return images, solved
