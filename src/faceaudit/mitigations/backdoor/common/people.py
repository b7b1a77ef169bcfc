"""Photos by person, in blocks that are computed with at once and that memory holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

ENTRIES = 1 << 23
"""Numbers of one array that is held at once: 64 MiB."""


@dataclass(frozen=True, eq=False)
class Block:
    """B people, and the photos of each; people with fewer than M have empty places at the end.

    Attributes:
        people: (B,) labels.
        rows: (B, M) rows of their photos; 0 at an empty place.
        there: (B, M) whether a place holds a photo.
    """

    people: IntArray
    rows: IntArray
    there: BoolArray

    @property
    def count(self) -> IntArray:
        """(B,) photos of each."""
        count: IntArray = self.there.sum(axis=1)
        return count

    def gather(self, values: FloatArray | Float64Array) -> Float64Array:
        """Return (B, M, E) of (N, E) values; 0 at empty places."""
        found: Float64Array = values[self.rows].astype(np.float64)
        found[~self.there] = 0
        return found

    def put(self, out: Float64Array, values: Float64Array) -> None:
        """Write (B, M) values to their photos' places in (N,) `out`."""
        out[self.rows[self.there]] = values[self.there]


class ByPerson:
    """Photos by their labels.

    Args:
        label: (N,) labels, 0 to `people` - 1.
        people: how many there are.

    Attributes:
        counts: (K,) photos of each.
    """

    def __init__(self, label: IntArray, people: int) -> None:
        self.counts: IntArray = np.bincount(label, minlength=people)
        self._rows = np.argsort(label, kind="stable")
        self._start = np.cumsum(self.counts) - self.counts

    def block(self, people: IntArray) -> Block:
        """Return some people, at least one of whom has a photo."""
        counts = self.counts[people]
        place = np.arange(int(counts.max()))[None]
        there = place < counts[:, None]
        at = np.where(there, self._start[people][:, None] + place, 0)
        return Block(people, np.where(there, self._rows[at], 0), there)


def blocks_of(
    label: IntArray, people: int, entries: Callable[[int], int], *, least: int = 1
) -> Iterator[Block]:
    """Yield everybody who has enough photos, those with about as many together.

    Args:
        label: (N,) labels, 0 to `people` - 1.
        people: how many there are.
        entries: from M photos of a person to how many numbers the largest array has for each.
        least: how few photos are enough.
    """
    photos = ByPerson(label, people)
    order = np.argsort(photos.counts, kind="stable")
    order = order[photos.counts[order] >= least]
    begin = 0
    while begin < len(order):
        end = begin + 1
        while end < len(order):
            largest = entries(int(photos.counts[order[end]]))
            if (end - begin + 1) * largest > ENTRIES:
                break
            end += 1
        yield photos.block(order[begin:end])
        begin = end


def means_by_person(values: FloatArray, label: IntArray, people: int) -> Float64Array:
    """Return (people, E) means; NaN for whom there is no photo."""
    order = np.argsort(label, kind="stable")
    known, first, counts = np.unique(label[order], return_index=True, return_counts=True)
    means = np.full((people, values.shape[1]), np.nan)
    if len(known):
        sums = np.add.reduceat(values[order].astype(np.float64), first, axis=0)
        means[known] = sums / counts[:, None]
    return means


def geometric_medians(points: Float64Array, there: BoolArray, steps: int = 30) -> Float64Array:
    """Return (B, E) points with the least sum of distances to a person's (Weiszfeld 1937).

    Unlike medians by coordinate they turn with the points.
    """
    weight = there.astype(np.float64)
    for _ in range(steps):
        share = weight / weight.sum(axis=1, keepdims=True)
        centre: Float64Array = np.einsum("bm,bme->be", share, points)
        away = np.linalg.norm(points - centre[:, None], axis=2)
        floor = 1e-9 + 1e-6 * (away * there).max(axis=1, keepdims=True)
        weight = there / np.maximum(away, floor)
    return centre
