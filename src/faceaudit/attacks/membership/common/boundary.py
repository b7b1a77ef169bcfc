"""The distance of pairs from a verifier's decision boundary, found with labels alone.

HopSkipJump finds it, for all pairs in one batch (Chen, Jordan, Wainwright 2020, arXiv 1904.02144).
"""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.membership.base import (
    Access,
    Observation,
    Oracle,
    ScoredMembershipAttack,
)
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

NUMBERS = 2**22
"""Numbers of first embeddings in one query: 32,768 pairs of 128, 16 MiB."""
RADIUS = 0.03
"""How far from the boundary its normal is estimated, as a part of the distance to the record."""
HALVINGS = 10
"""Steps of a search for the boundary: it is found to a thousandth of the line searched."""
SHORTER = 8
"""Steps tried at most on the boundary's normal, each half as long as the one before."""


class DistanceMembershipAttack(ScoredMembershipAttack, ABC):
    """An attack by the distance of a pair from the decision boundary of each verifier.

    The distance is the L2 distance from the pair's first embeddings (all backbones' together) to
    the nearest ones found that the verifier decides otherwise; of a pair decided wrongly it is 0.
    From the nearest pairs decided otherwise the search bisects to the boundary, estimates the
    boundary's normal there, takes a step and bisects again. Where we differ from HopSkipJump:

    - directions of an estimate are orthogonal, which makes it more exact, and shared by all
      pairs, so that their order does not matter;
    - the first step is that of GeoDA (Rahmati, Moosavi-Dezfooli, Frossard, Dai 2020, arXiv
      2003.06468): from the pair along the normal. HopSkipJump's is taken where that fails;
    - a step that does not come nearer is not taken.

    Starts are taken from the other pairs, so which these are matters, the less the more iterations.
    A pair for which no start is decided otherwise has the distance of the farthest start.
    """

    access: ClassVar[Access] = "labels"

    starts: int = Field(2, ge=1, description="other pairs, the nearest decided otherwise, to start")
    iterations: int = Field(
        2, ge=0, description="estimates of the boundary's normal; 0 searches lines to the starts"
    )
    evaluations: int = Field(
        64, ge=1, description="queries of the first estimate; of the t-th, sqrt(t) times as many"
    )

    def measure(self, observation: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) distances to the boundary of the observation's oracle; 0 where it is wrong.

        Raises:
            InputError: there is no oracle, or there are no embeddings to query it with.
        """
        if observation.oracle is None or observation.first is None or observation.second is None:
            raise InputError(
                f"expected a verifier to ask and embeddings to ask with for {self.name!r}, got "
                "none; try an attack that needs answers only, such as 'loss'"
            )
        accepted = _query(observation.oracle, observation.first, observation.second)
        right = np.flatnonzero(accepted == observation.same)
        out = np.zeros(len(observation))
        if len(right):
            records = _Records(
                observation.oracle, observation.first, observation.second, accepted, right
            )
            out[right] = self._measure_distances(records, records.starts(self.starts), rng)
        return out

    def _measure_distances(
        self, records: _Records, ends: FloatArray, rng: np.random.Generator
    ) -> Float64Array:
        """Return (n,) distances of records, from offsets (n, S, D) of their starts."""
        nearest, rows = _find_nearest_boundary(records, ends)
        distance: Float64Array = np.linalg.norm(ends, axis=2).max(axis=1).astype(np.float64)
        distance[rows] = np.linalg.norm(nearest, axis=1)
        for turn in range(1, self.iterations + 1):
            count = int(self.evaluations * np.sqrt(turn))
            directions = _draw_orthogonal(count, nearest.shape[1], rng)
            normal = _estimate_normals(records, rows, nearest, directions)
            moved = _step_offsets(records, rows, nearest, normal, turn)
            closer = np.linalg.norm(moved, axis=1) < distance[rows]
            nearest[closer] = moved[closer]
            distance[rows] = np.linalg.norm(nearest, axis=1)
        return distance


class _Records:
    """The n pairs (records) decided rightly, and the decision boundary around them.

    Offsets are added to a record's first embeddings, D = J * E numbers; the second ones stay.

    Args:
        oracle: the verifier.
        first, second: (N, J, E) embeddings of all records.
        accepted: (N,) the labels of all.
        right: (n,) rows of those decided rightly.
    """

    def __init__(
        self,
        oracle: Oracle,
        first: FloatArray,
        second: FloatArray,
        accepted: BoolArray,
        right: IntArray,
    ) -> None:
        self._oracle = oracle
        self._all = (first - second).reshape(len(first), -1)
        self._accepted = accepted
        self._right = right
        self._first = first[right].reshape(len(right), -1)
        self._second = second[right]

    def crossed(self, rows: IntArray, offsets: FloatArray) -> BoolArray:
        """Return (Q,) whether records at `rows` are decided otherwise at offsets (Q, D)."""
        moved = (self._first[rows] + offsets).reshape(-1, *self._second.shape[1:])
        answers = _query(self._oracle, moved, self._second[rows])
        return np.asarray(answers != self._accepted[self._right[rows]])

    def boundary(self, rows: IntArray, offsets: FloatArray) -> FloatArray:
        """Return (Q, D) offsets shortened to just beyond the boundary; all are beyond it."""
        low: FloatArray = np.zeros((len(rows), 1), dtype=np.float32)
        high: FloatArray = np.ones((len(rows), 1), dtype=np.float32)
        for _ in range(HALVINGS):
            middle = (low + high) * np.float32(0.5)
            beyond = self.crossed(rows, middle * offsets)[:, None]
            high, low = np.where(beyond, middle, high), np.where(beyond, low, middle)
        return np.asarray(high * offsets)

    def starts(self, count: int) -> FloatArray:
        """Return (n, count + 1, D) offsets at which records are likely decided otherwise.

        There the difference of the embeddings is that of a near record with the other label. The
        last start needs no other record: two embeddings that are equal, or opposite.
        """
        accepted, difference = self._accepted[self._right], self._all[self._right]
        second = self._second.reshape(len(difference), -1)
        alone = np.where(accepted[:, None], -second - self._first, -difference)
        ends = np.repeat(alone[:, None], count + 1, axis=1)
        for label in (False, True):
            rows, others = np.flatnonzero(accepted == label), self._all[self._accepted != label]
            near = _nearest_rows(difference[rows], others, count)
            ends[rows, : near.shape[1]] = others[near] - difference[rows, None]
        return ends


def _query(oracle: Oracle, first: FloatArray, second: FloatArray) -> BoolArray:
    """Return (Q,) whether pairs are accepted, a bounded number of them in one query."""
    block = max(1, NUMBERS // first[:1].size) if len(first) else 1
    out = np.empty(len(first), dtype=np.bool_)
    for start in range(0, len(first), block):
        part = slice(start, start + block)
        out[part] = oracle.query(first[part], second[part]) >= 0.5
    return out


def _find_nearest_boundary(records: _Records, ends: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return (m, D) the shortest boundary offsets on lines to `ends`, and their records (m,)."""
    many, starts, size = ends.shape
    beyond = records.crossed(np.repeat(np.arange(many), starts), ends.reshape(-1, size))
    row, start = np.nonzero(beyond.reshape(many, starts))
    offsets = np.full_like(ends, np.inf)
    offsets[row, start] = records.boundary(row, ends[row, start])
    best = np.linalg.norm(offsets, axis=2).argmin(axis=1)
    crossed = np.unique(row)
    return offsets[crossed, best[crossed]], crossed


def _estimate_normals(
    records: _Records, rows: IntArray, offsets: FloatArray, directions: FloatArray
) -> FloatArray:
    """Return (m, D) estimates of the boundary's normals at offsets, of length 1, pointing beyond.

    The mean of the directions in which a point nearby is decided otherwise, less the others.
    """
    count, size = directions.shape
    beyond = np.empty((len(rows), count), dtype=np.float32)
    block = max(1, NUMBERS // directions.size)
    for start in range(0, len(rows), block):
        part = slice(start, start + block)
        radius = RADIUS * np.linalg.norm(offsets[part], axis=1)[:, None, None]
        around = offsets[part, None] + radius * directions
        crossed = records.crossed(np.repeat(rows[part], count), around.reshape(-1, size))
        beyond[part] = crossed.reshape(-1, count)
    side = 2 * beyond - 1
    mean = side.mean(axis=1, keepdims=True)
    side -= np.where(np.abs(mean) < 1, mean, 0)  # all on one side: the mean is what is known
    return _normalize_rows(side @ directions)


def _step_offsets(
    records: _Records, rows: IntArray, offsets: FloatArray, normal: FloatArray, turn: int
) -> FloatArray:
    """Return (m, D) boundary offsets after a step; the old one where no step crosses."""
    distance = np.linalg.norm(offsets, axis=1, keepdims=True)
    out, step = offsets.copy(), distance / np.float32(np.sqrt(turn))
    ends = distance * normal  # along the normal, and no farther than now
    beyond = records.crossed(rows, ends)
    for _ in range(SHORTER):
        left = np.flatnonzero(~beyond)
        if not len(left):
            break
        ends[left] = offsets[left] + step[left] * normal[left]
        beyond[left] = records.crossed(rows[left], ends[left])
        step /= 2
    out[beyond] = records.boundary(rows[beyond], ends[beyond])
    return out


def _draw_orthogonal(count: int, size: int, rng: np.random.Generator) -> FloatArray:
    """Return (count, size) directions of length 1, any `size` in a row orthogonal to each other."""
    bases = [
        np.linalg.qr(rng.standard_normal((size, min(size, count - start))))[0].T
        for start in range(0, count, size)
    ]
    return np.concatenate(bases).astype(np.float32)


def _normalize_rows(values: FloatArray) -> FloatArray:
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / np.maximum(length, np.finfo(np.float32).tiny))


def _nearest_rows(values: FloatArray, others: FloatArray, count: int) -> IntArray:
    """Return (n, count) the rows of `others` nearest to each of `values`, or all if fewer."""
    count = min(count, len(others))
    out = np.empty((len(values), count), dtype=np.int64)
    block = max(1, NUMBERS // max(1, len(others)))
    for start in range(0, len(values), block):
        part = slice(start, start + block)
        distance = (others**2).sum(axis=1) - 2 * values[part] @ others.T
        out[part] = np.argsort(distance, axis=1, kind="stable")[:, :count]
    return out
