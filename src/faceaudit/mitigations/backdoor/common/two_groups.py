"""The photos of a person in two groups, for many people at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.mitigations.backdoor.common.principal import principal_scores
from faceaudit.types import BoolArray, Float64Array

STARTS = 3
ROUNDS = 30


@dataclass(frozen=True, eq=False)
class Groups:
    """Two groups of the photos of each of B people.

    Attributes:
        second: (B, M) whether a photo is in the second group; False at empty places.
        centres: (B, 2, E) means of the groups.
        spread: (B,) sum of squared distances of photos to their group's mean.
    """

    second: BoolArray
    centres: Float64Array
    spread: Float64Array

    def margin(self, points: Float64Array) -> Float64Array:
        """Return (B, M) how much closer photos are to the second centre, in squared distance."""
        apart = self.centres[:, 1] - self.centres[:, 0]
        middle = self.centres.mean(axis=1)
        found: Float64Array = 2 * np.einsum("bme,be->bm", points - middle[:, None], apart)
        return found

    def turned(self, where: BoolArray, there: BoolArray) -> Groups:
        """Return the groups with first and second exchanged for some of the people."""
        second = np.where(where[:, None], ~self.second & there, self.second)
        centres = np.where(where[:, None, None], self.centres[:, ::-1], self.centres)
        return Groups(second, centres, self.spread)


def two_groups(points: Float64Array, there: BoolArray, cuts: Float64Array | None = None) -> Groups:
    """Return the best of a few 2-means clusterings of each person's photos.

    They start from cuts at 0 along the first principal axes, not from drawn photos: the same photos
    in another order, or turned, are grouped alike.

    Args:
        points: (B, M, E), 0 at empty places; at least two photos a person.
        there: (B, M) which places hold a photo.
        cuts: (B, M, C) along which to cut at 0 to start with; None means the first principal axes
            of the points, which are none in particular where points vary alike in all directions.
    """
    count = there.sum(axis=1)
    mean = points.sum(axis=1) / count[:, None]
    centred = np.where(there[..., None], points - mean[:, None], 0)
    scores = principal_scores(centred, STARTS)[0] if cuts is None else cuts
    best: Groups | None = None
    for axis in range(scores.shape[2]):
        found = _lloyd(centred, there, (scores[:, :, axis] > 0) & there)
        if best is None:
            best = found
            continue
        better = found.spread < best.spread * (1 - 1e-9)
        best = Groups(
            np.where(better[:, None], found.second, best.second),
            np.where(better[:, None, None], found.centres, best.centres),
            np.where(better, found.spread, best.spread),
        )
    assert best is not None
    return Groups(best.second, best.centres + mean[:, None], best.spread)


def _lloyd(points: Float64Array, there: BoolArray, second: BoolArray) -> Groups:
    """Return 2-means from a first assignment; a group never stays empty."""
    for _ in range(ROUNDS):
        centres = _centres(points, there, second)
        closer = Groups(second, centres, centres[:, 0, 0]).margin(points) > 0
        changed = closer & there
        alone = ~changed.any(axis=1) | (changed == there).all(axis=1)
        changed = np.where(alone[:, None], second, changed)
        if (changed == second).all():
            break
        second = changed
    centres = _centres(points, there, second)
    own = np.where(second[..., None], centres[:, 1:], centres[:, :1])
    spread = np.where(there, ((points - own) ** 2).sum(axis=2), 0).sum(axis=1)
    return Groups(second, centres, spread)


def _centres(points: Float64Array, there: BoolArray, second: BoolArray) -> Float64Array:
    parts = np.stack([there & ~second, second], axis=1).astype(np.float64)
    count = np.maximum(parts.sum(axis=2), 1)
    centres: Float64Array = (parts @ points) / count[..., None]
    return centres


def silhouettes(points: Float64Array, there: BoolArray, second: BoolArray) -> Float64Array:
    """Return (B,) mean silhouettes of the photos in two groups (Rousseeuw 1987); -1 to 1.

    A photo alone in its group counts 0, as usual; NaN where one group has everything.
    """
    squares = (points**2).sum(axis=2)
    products = points @ points.transpose(0, 2, 1)
    away = np.sqrt(np.maximum(squares[:, :, None] + squares[:, None] - 2 * products, 0))
    places = np.arange(points.shape[1])
    away[:, places, places] = 0
    parts = np.stack([there & ~second, second], axis=1).astype(np.float64)
    sizes = parts.sum(axis=2)
    sums = away @ parts.transpose(0, 2, 1)
    own = np.where(second, 1, 0)
    mine = np.take_along_axis(sums, own[..., None], axis=2)[..., 0]
    other = np.take_along_axis(sums, 1 - own[..., None], axis=2)[..., 0]
    size = np.take_along_axis(sizes, own, axis=1)
    rest = np.take_along_axis(sizes, 1 - own, axis=1)
    inside = mine / np.maximum(size - 1, 1)
    outside = other / np.maximum(rest, 1)
    value = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-300)
    value = np.where((size > 1) & there, value, 0)
    mean: Float64Array = value.sum(axis=1) / there.sum(axis=1)
    mean[(sizes == 0).any(axis=1)] = np.nan
    return mean


def suspected_second(
    groups: Groups, points: Float64Array, there: BoolArray, vouched: Float64Array
) -> Groups:
    """Return the groups so that the second is the suspected one.

    That is the one whose mean lies further from the mean of the photos of the person that somebody
    vouches for; where there are none, the smaller one.

    Args:
        groups: of the photos.
        points: (B, M, E) the photos, in the space of `vouched`.
        there: (B, M) which places hold a photo.
        vouched: (B, E) means of vouched photos; NaN where there are none.
    """
    centres = _centres(points, there, groups.second)
    away = ((centres - vouched[:, None]) ** 2).sum(axis=2)
    known = np.isfinite(away).all(axis=1)
    sizes = groups.second.sum(axis=1)
    larger = 2 * sizes > there.sum(axis=1)
    return groups.turned(np.where(known, away[:, 0] > away[:, 1], larger), there)
