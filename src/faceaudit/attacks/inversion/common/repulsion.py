"""Search by labels in a space of faces: what inversions share that only hear yes or no."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.inversion.common.evolution import Ask, first_faces, score_all
from faceaudit.attacks.inversion.common.watching import Seen
from faceaudit.attacks.inversion.generators.base import LatentSpace
from faceaudit.progress import Progress, silent
from faceaudit.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Repulsion:
    """How a search by labels spends its queries.

    Attributes:
        queries: for each person at most.
        around: faces tried in each round, 2 or more.
        spread: how far from a point they lie at first, as a standard deviation of latents.
        growth: what that is multiplied by when all are accepted, and divided by when none is.
        step: how far a point moves, as a share of that distance.
    """

    queries: int
    around: int
    spread: float
    growth: float = 1.3
    step: float = 1 / 3


def repel(
    space: LatentSpace,
    ask: Ask,
    people: int,
    how: Repulsion,
    rng: np.random.Generator,
    *,
    pool: FloatArray | None = None,
    progress: Progress = silent,
    seen: Seen | None = None,
) -> tuple[FloatArray, BoolArray]:
    """Return (people, D) latents far inside of what is accepted, and for whom there are any.

    Boundary repulsion (Kahla, Chen, Just, Jia 2022, arXiv 2203.01925): faces are tried until one is
    accepted; from then on faces around that point are, the point moves away from those that are
    refused, and when none is, they are tried farther away. We differ: faces lie around a point as a
    normal distribution does, which in many dimensions is a sphere; steps have one length, their
    direction alone comes from the answers; faces that are accepted draw the point as those that are
    refused push it; and a point that is refused itself goes back to the last that was not. That
    last one is returned; latents of those of whom nothing was accepted are 0.

    Args:
        space: of the faces that are tried.
        ask: is called with pictures, each for a person 0 to `people` - 1; 1 is accepted, 0 is not.
        people: how many searches.
        how: the queries.
        rng: of faces and directions.
        pool: (P, D) latents of known faces to try first; those that the space draws come after.
        progress: told of the queries.
        seen: told of the last latents that were accepted, after every round; 0 where none were.
    """
    walk = _Walk(people, space.dimensions, how)
    around = min(how.around, how.queries)
    known = np.empty((0, space.dimensions), dtype=np.float32)
    if pool is not None:
        known = first_faces(space, len(pool), rng, pool)
    with progress.task("search faces by labels", people * how.queries) as advance:
        for number in range(how.queries // around):
            fresh = known[number * around : (number + 1) * around]
            fresh = np.concatenate([fresh, space.draw(around - len(fresh), rng)])
            noise = rng.standard_normal((people, around, space.dimensions), dtype=np.float32)
            noise[:, 0] = 0  # the point itself
            tried = walk.around(noise)
            tried[~walk.found] = fresh
            accepted = score_all(space, ask, tried) >= 0.5
            walk.move(noise, accepted)
            walk.begin(fresh, accepted)
            advance(accepted.size)
            if seen is not None:
                seen((number + 1) * around, slice(0, people), walk.good.copy())
    return walk.good, walk.found


class _Walk:
    """Where the searches of people are.

    Attributes:
        found: (T,) for whom a face was accepted.
        good: (T, D) the last points that were accepted themselves.
    """

    def __init__(self, people: int, dimensions: int, how: Repulsion) -> None:
        self._how = how
        self.found: BoolArray = np.zeros(people, dtype=bool)
        self.good = np.zeros((people, dimensions), dtype=np.float32)
        self._point = np.zeros((people, dimensions), dtype=np.float32)
        self._spread = np.full(people, how.spread, dtype=np.float32)

    def around(self, noise: FloatArray) -> FloatArray:
        """Return (T, K, D) latents around the points."""
        return self._point[:, None] + self._spread[:, None, None] * noise

    def begin(self, faces: FloatArray, accepted: BoolArray) -> None:
        """Begin at the first of the drawn faces that was accepted, where nothing was before."""
        new = np.flatnonzero(~self.found & accepted.any(axis=1))
        self._point[new] = self.good[new] = faces[accepted[new].argmax(axis=1)]
        self.found[new] = True

    def move(self, noise: FloatArray, accepted: BoolArray) -> None:
        """Move the points by what was accepted around them; `noise` is 0 at the point itself."""
        if accepted.shape[1] < 2:
            return  # a single query tells nothing of what is around
        walking = np.flatnonzero(self.found)
        inside = walking[accepted[walking, 0]]
        outside = walking[~accepted[walking, 0]]
        self.good[inside] = self._point[inside]
        self._point[outside] = self.good[outside]
        share = accepted[:, 1:].mean(axis=1)
        self._spread[walking[share[walking] == 1]] *= self._how.growth
        self._spread[walking[share[walking] == 0]] /= self._how.growth
        mixed = inside[(share[inside] > 0) & (share[inside] < 1)]
        self._point[mixed] += self._steps(mixed, noise, accepted, share)

    def _steps(
        self, rows: IntArray, noise: FloatArray, accepted: BoolArray, share: FloatArray
    ) -> FloatArray:
        """Return (R, D) steps towards what was accepted and away from the rest."""
        weight = accepted[rows, 1:] - share[rows, None]
        towards = np.einsum("tk,tkd->td", weight, noise[rows, 1:])
        towards /= np.linalg.norm(towards, axis=1, keepdims=True)
        reach = self._how.step * self._spread[rows] * np.sqrt(noise.shape[2])
        steps: FloatArray = (reach[:, None] * towards).astype(np.float32)
        return steps
