"""A cross-fitted linear model: each pair is scored by a fit on pairs of other people."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement

import numpy as np

from faceaudit.types import BoolArray, Float64Array, IntArray

BLOCKS = 5
"""Blocks into which people are drawn."""

BINS = 8
"""Bins of a column, with as equal numbers of records as can be."""

RIDGE = 0.1
"""Penalty, times the number of records: less drowns one useful column in all the useless ones."""


@dataclass(frozen=True, eq=False)
class _Moments:
    """Moments of the pairs of one label (`same`) and one list whose people are of two blocks."""

    same: bool
    member: bool
    blocks: frozenset[int]
    squares: Float64Array
    sums: Float64Array
    count: int


def design(values: Float64Array) -> Float64Array:
    """Return (N, D) columns of a linear model: a constant, and each value cut into eight bins."""
    parts = [np.ones((len(values), 1))]
    for column in values.T:
        edges = np.unique(np.quantile(column, np.arange(1, BINS) / BINS))
        used, bins = np.unique(np.searchsorted(edges, column, side="right"), return_inverse=True)
        if len(used) > 1:
            one_hot = np.equal.outer(bins, np.arange(len(used))).astype(np.float64)
            parts.append(one_hot - one_hot.mean(axis=0))
    return np.hstack(parts)


def cross_fitted(
    columns: Float64Array, same: BoolArray, member: BoolArray, block: IntArray
) -> Float64Array:
    """Return (N,) scores, higher for members, from models fitted on people of other blocks.

    A model is two ridge regressions on +1 and -1, for pairs of one person and of two, both lists
    weighed alike; up to a factor that is Fisher's linear discriminant. Its normal equations add up
    over blocks, so that one pass over the records is enough for all models.

    Args:
        columns: (N, D), as `design` gives them.
        same: (N,) whether a pair shows one person.
        member: (N,) whether it is a member.
        block: (N, 2) blocks of its people, 0 to `BLOCKS` - 1.

    Returns:
        NaN where other blocks have no member or no non-member.
    """
    low, high = block.min(axis=1), block.max(axis=1)
    moments = _moments_of_blocks(columns, same, member, low, high)
    # A pair whose people are of one block leaves out the next block as well.
    other = np.where(low == high, (low + 1) % BLOCKS, high)
    left_out = np.sort(np.stack([low, other], axis=1), axis=1)
    scores = np.full(len(columns), np.nan)
    for out in combinations(range(BLOCKS), 2):
        kept = [one for one in moments if not one.blocks & {*out}]
        if {one.member for one in kept if one.count} != {True, False}:
            continue
        scored = (left_out == out).all(axis=1)
        for kind, weights in _fit_ridges(kept):
            scores[scored & (same == kind)] = columns[scored & (same == kind)] @ weights
    return scores


def _moments_of_blocks(
    columns: Float64Array, same: BoolArray, member: BoolArray, low: IntArray, high: IntArray
) -> list[_Moments]:
    found = []
    for one, two in combinations_with_replacement(range(BLOCKS), 2):
        here = (low == one) & (high == two)
        for kind in (False, True):
            for side in (False, True):
                part = columns[here & (same == kind) & (member == side)]
                sums = part.sum(axis=0)
                blocks = frozenset((one, two))
                found.append(_Moments(kind, side, blocks, part.T @ part, sums, len(part)))
    return found


def _fit_ridges(kept: list[_Moments]) -> list[tuple[bool, Float64Array]]:
    """Return (D,) weights for pairs of two people and of one."""
    total = sum(one.count for one in kept)
    members = sum(one.count for one in kept if one.member)
    weight = {True: total / (2 * members), False: total / (2 * (total - members))}
    found = []
    for kind in (False, True):
        used = [one for one in kept if one.same == kind]
        left = np.sum([weight[one.member] * one.squares for one in used], axis=0)
        sign = {True: 1, False: -1}
        right = np.sum([sign[one.member] * weight[one.member] * one.sums for one in used], axis=0)
        penalty = np.full(len(left), RIDGE * total)
        penalty[0] = 1.0  # the constant stands for the label alone
        found.append((kind, np.linalg.solve(left + np.diag(penalty), right)))
    return found
