"""Search by scores in a space of faces: what inversions share that see how well a picture does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.attacks.inversion.common.watching import Seen
from faceaudit.attacks.inversion.generators.base import LatentSpace
from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.progress import Progress, silent
from faceaudit.types import Float64Array, FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    import cmaes
else:
    cmaes = deferred("cmaes")

Ask = Callable[[ImageArray, IntArray], Float64Array]
"""From (N, H, W, 3) pictures and for whom each is asked, (N,), to (N,) scores: higher is better."""
BLOCK = 512
"""Pictures that are made and asked about at once."""


@dataclass(frozen=True)
class Evolution:
    """How a search by scores spends its queries.

    Attributes:
        queries: for each person at most.
        population: faces tried in each generation.
        spread: standard deviation of the first generation's latents.
        first: faces as they come that are asked about first, the same for everybody; the search
            starts from the middle of the best tenth of them. From the average face where 0.
    """

    queries: int
    population: int
    spread: float
    first: int = 0


def evolve(
    space: LatentSpace,
    ask: Ask,
    people: int,
    how: Evolution,
    rng: np.random.Generator,
    *,
    pool: FloatArray | None = None,
    progress: Progress = silent,
    seen: Seen | None = None,
) -> FloatArray:
    """Return for each person the (D,) latents that scored best, (people, D).

    Each has a search of their own, a CMA-ES whose covariance is diagonal (Ros and Hansen 2008, "A
    Simple Modification in CMA-ES Achieving Linear Time and Space Complexity"), as the package
    `cmaes` has it; the pictures of all are asked about together. The last query is about the middle
    of the last generation, in which errors of its members cancel.

    Args:
        space: of the faces that are tried.
        ask: is called with pictures, each for a person 0 to `people` - 1.
        people: how many searches.
        how: the queries.
        rng: seeds the searches.
        pool: (P, D) latents of known faces to take the first ones from; drawn where None.
        progress: told of the queries.
        seen: told of the average face, and of the best latents after every generation.

    Raises:
        InputError: the space has one dimension.
    """
    if space.dimensions < 2:
        raise InputError(
            f"expected a generator with two latents or more to search, got {space.dimensions}"
        )
    seeds = rng.integers(2**31, size=people)
    best = _Best(people, space.dimensions)

    def look() -> None:
        if seen is not None:
            seen(best.seen, slice(0, people), best.latents.copy())

    with progress.task("search faces by scores", people * how.queries) as advance:

        def tried(latents: FloatArray) -> Float64Array:
            """Return the (people, K) scores of (people, K, D) latents, and remember the best."""
            scores = score_all(space, ask, latents)
            best.see(latents, scores)
            advance(scores.size)
            look()
            return scores

        look()
        first = min(how.first, how.queries - 1)
        start = np.zeros((people, space.dimensions))
        if first:
            faces = first_faces(space, first, rng, pool)
            scores = tried(np.broadcast_to(faces, (people, *faces.shape)))
            count = max(1, len(faces) // 10)
            start = faces[np.argsort(-scores, axis=1, kind="stable")[:, :count]].mean(axis=1)
            first = len(faces)
        searches = [
            cmaes.SepCMA(
                mean=middle.astype(np.float64),
                sigma=how.spread,
                seed=int(seed),
                population_size=how.population,
            )
            for middle, seed in zip(start, seeds, strict=True)
        ]
        for _ in range((how.queries - 1 - first) // how.population):
            asked = [[one.ask() for _ in range(how.population)] for one in searches]
            scores = tried(np.array(asked, dtype=np.float32))
            for one, latents, own in zip(searches, asked, scores, strict=True):
                one.tell(list(zip(latents, (-own).tolist(), strict=True)))
        tried(np.array([[one.mean] for one in searches], dtype=np.float32))
    return best.latents


def first_faces(
    space: LatentSpace, count: int, rng: np.random.Generator, pool: FloatArray | None
) -> FloatArray:
    """Return latents of known faces, drawn without repetition, or of faces as they come."""
    if pool is None:
        return space.draw(count, rng)
    return pool[rng.permutation(len(pool))[:count]]


def score_all(space: LatentSpace, ask: Ask, latents: FloatArray) -> Float64Array:
    """Return the (T, K) scores of (T, K, D) latents, asked about for people 0 to T - 1."""
    people, each, dimensions = latents.shape
    flat = latents.reshape(-1, dimensions)
    who = np.repeat(np.arange(people), each)
    scores = np.empty(len(flat))
    for start in range(0, len(flat), BLOCK):
        block = slice(start, start + BLOCK)
        scores[block] = ask(space.images(flat[block]), who[block])
    return scores.reshape(people, each)


class _Best:
    """The latents that scored best so far, of each person; those of the average face at first.

    Attributes:
        latents: (T, D) of these.
        seen: how many were seen of each person.
    """

    def __init__(self, people: int, dimensions: int) -> None:
        self.latents = np.zeros((people, dimensions), dtype=np.float32)
        self.seen = 0
        self._score = np.full(people, -np.inf)

    def see(self, latents: FloatArray, scores: Float64Array) -> None:
        """Remember what scored better than anything before."""
        self.seen += scores.shape[1]
        place = scores.argmax(axis=1)
        row = np.arange(len(scores))
        better = scores[row, place] > self._score
        self._score[better] = scores[row, place][better]
        self.latents[better] = latents[row, place][better]
