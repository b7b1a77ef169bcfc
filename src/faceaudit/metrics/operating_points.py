"""Operating points: thresholds at asked false match rates, measured on people not used for them.

A threshold that is read off comparisons lets through as many of these as it is asked to: that says
nothing. What it does on others is told here by cross-fitting, and how far others may lie from that
by an interval that holds both the spread of the people it was chosen on and that of the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics.clusters import effective_trials, unordered
from faceaudit.metrics.comparison_share import People, checked_people
from faceaudit.metrics.fixed_rates import exact_rate, too_few_message
from faceaudit.metrics.predicted_share import predicted_ends
from faceaudit.metrics.scores import (
    ScoreArray,
    allowed,
    checked_both,
    count_at_least,
    thresholds_letting,
)
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import BoolArray, Estimate, IntArray

if TYPE_CHECKING:
    from scipy import sparse
    from scipy.sparse import csgraph
else:
    sparse = deferred("scipy.sparse")
    csgraph = deferred("scipy.sparse.csgraph")

FMRS = (0.01, 0.001, 0.0001)
"""False match rates that thresholds are given at where none are asked for."""

HALVINGS = 10
"""How often the people are halved to measure a threshold of one half on the other one."""

METHOD = "cross-fitted, predicts as many other people"


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold for a false match rate that was asked for; or why there is none.

    Attributes:
        asked: the false match rate (FMR, FAR) asked for.
        threshold: the score from which on a comparison is accepted.
        fmr: the share of impostor comparisons of other people that is accepted; lower is better; n
            counts impostor comparisons.
        fnmr: the share of genuine comparisons of other people that is rejected; lower is better; n
            counts genuine comparisons.
        why: why the three are None; empty when they are not.
    """

    asked: float
    threshold: float | None = None
    fmr: Estimate | None = None
    fnmr: Estimate | None = None
    why: str = ""


def operating_points(
    genuine: npt.ArrayLike,
    impostor: npt.ArrayLike,
    fmrs: Sequence[float] = FMRS,
    *,
    people: People | None = None,
    rounded: Callable[[float], float] | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> list[OperatingPoint]:
    """Choose a threshold for each false match rate, and measure both errors on other people.

    The threshold is the smallest at which at most the share asked for of all impostor comparisons
    is accepted. What it does on others is cross-fitted: people are halved, a threshold is chosen on
    each half in the same way, and measured on the comparisons among the others; over 10 halvings.
    The errors given are half-way between those and the shares of the comparisons themselves: twice
    as many people leave half of the difference. What is halved are groups of people who are
    compared with nobody else, where no group has most comparisons; else single people, and the
    comparisons of one of each half do not count.

    The intervals are prediction intervals, of what a test of as many other people, compared as
    often, will measure at the threshold. The rate behind a threshold that was read off n
    independent comparisons has a beta distribution, whatever the scores' own: that is the spread of
    the threshold. What the others measure of it is a binomial count (`predicted_ends`). With
    `people` comparisons count for as many as would vary as little (`effective_trials`). FNMR is
    that of the threshold that is kept, which genuine scores have no part in, so that its spread is
    none of the threshold but only that of either test's genuine comparisons.

    Comparisons of the same two people count for no more than one: among 25 people there are 300
    pairs of strangers, however many photos each has. A rate is refused where those that count let
    less than one pass, or where the comparisons of half of the people let none.

    Args:
        genuine: (N,) scores of two photos of one person.
        impostor: (M,) scores of two people.
        fmrs: false match rates asked for, in (0, 1).
        people: who is compared, (N, 2) and (M, 2); None takes comparisons as independent.
        rounded: brings a threshold to the next higher one of a grid.
        seed: draws the halves.
        level: coverage of the intervals, in (0, 1).

    Raises:
        InputError: no scores or some not finite, a rate out of range, or people that do not fit.

    >>> rng = np.random.default_rng(0)
    >>> genuine, impostor = rng.normal(4, 1, 500), rng.normal(0, 1, 2000)
    >>> point, fine = operating_points(genuine, impostor, [0.01, 0.0001])
    >>> round(point.threshold, 2), round(point.fmr.low, 4), round(point.fmr.high, 4)
    (2.23, 0.0047, 0.0177)
    >>> fine.why
    'expected at least 10,000 impostor comparisons for a rate of 0.0001, got 2,000'
    """
    first, second = checked_both(genuine, impostor)
    for rate in fmrs:
        exact_rate(rate, len(second), 1)
        if rate == 1:
            raise InputError("expected false match rates below 1, got 1; any threshold accepts all")
    z_of(level)
    if people is not None:
        for numbers, scores in zip(people, (first, second), strict=True):
            checked_people(numbers, len(scores))
    choose = _Choice(rounded)
    halved = people or _nobody_twice(len(first), len(second))
    fitted = _cross_fit(first, second, fmrs, halved, choose, seed)
    return [
        _point(first, second, rate, people, errors, choose, level)
        for rate, errors in zip(fmrs, fitted, strict=True)
    ]


@dataclass(frozen=True)
class _Choice:
    """How a threshold is chosen."""

    rounded: Callable[[float], float] | None

    def __call__(self, impostor: ScoreArray, rate: float) -> float:
        threshold = thresholds_letting(impostor, [allowed(rate, len(impostor))])[0]
        return threshold if self.rounded is None else self.rounded(threshold)


def _nobody_twice(genuine: int, impostor: int) -> People:
    """Return people of whom none is in two comparisons."""
    one = np.arange(genuine)
    two = genuine + np.arange(2 * impostor).reshape(impostor, 2)
    return np.column_stack([one, one]), two


def _point(
    genuine: ScoreArray,
    impostor: ScoreArray,
    rate: float,
    people: People | None,
    errors: _Errors,
    choose: _Choice,
    level: float,
) -> OperatingPoint:
    count = len(impostor)
    if allowed(rate, count) < 1:
        return OperatingPoint(rate, why=too_few_message(rate, count, 1, "impostor comparisons"))
    threshold = choose(impostor, rate)
    accepted, rejected = impostor >= threshold, genuine < threshold
    if not accepted.any():
        equal = int(np.count_nonzero(impostor == impostor.max()))
        why = f"expected highest impostor scores that differ for a rate of {rate:g}, got {equal:,}"
        return OperatingPoint(rate, why=f"{why} equal ones of {count:,}")
    effective, share = _effective(accepted, people and people[1], level), float(np.mean(accepted))
    if people is not None:  # comparisons of the same two people say little more than one of them
        effective = min(effective, float(len(np.unique(unordered(people[1])))))
    if round(share * effective, 9) < 1:
        why = (
            f"expected impostor comparisons that count for {1 / share:,.0f} independent ones, got "
            f"{count:,} that count for {effective:,.0f}; try more people"
        )
        return OperatingPoint(rate, why=why)
    if not errors.known:
        why = (
            f"expected {math.ceil(1 / rate):,} impostor comparisons and a genuine one among each "
            f"half of the people for a rate of {rate:g}, got fewer; try more people"
        )
        return OperatingPoint(rate, why=why)
    # What twice as many people leave of the difference that halves make.
    fmr, fnmr = (share + errors.fmr) / 2, (float(np.mean(rejected)) + errors.fnmr) / 2
    # The rate behind a threshold that is read off has a beta distribution; at least one passes.
    hits = max(1.0, fmr * effective)
    among = predicted_ends(hits, max(1.0, effective - hits), effective, level)
    counted = _effective(rejected, people and people[0], level)
    missed, found = fnmr * counted + 0.5, (1 - fnmr) * counted + 0.5
    method = f"{METHOD} {level * 100:g} %"
    return OperatingPoint(
        rate,
        threshold,
        _estimate(fmr, among, count, method),
        _estimate(fnmr, predicted_ends(missed, found, counted, level), len(genuine), method),
    )


def _estimate(value: float, ends: tuple[float, float], n: int, method: str) -> Estimate:
    return Estimate(value, min(value, ends[0]), max(value, ends[1]), n, method)


def _effective(hits: BoolArray, people: IntArray | None, level: float) -> float:
    if people is None:
        return float(len(hits))
    return effective_trials((hits - np.mean(hits)) / len(hits), people, level)


@dataclass
class _Errors:
    """Counts of errors on people that a threshold was not chosen on."""

    accepted: int = 0
    impostors: int = 0
    rejected: int = 0
    genuines: int = 0

    @property
    def known(self) -> bool:
        return self.impostors > 0 and self.genuines > 0

    @property
    def fmr(self) -> float:
        return self.accepted / self.impostors

    @property
    def fnmr(self) -> float:
        return self.rejected / self.genuines


def _cross_fit(
    genuine: ScoreArray,
    impostor: ScoreArray,
    rates: Sequence[float],
    people: People,
    choose: _Choice,
    seed: int,
) -> list[_Errors]:
    """Return, for each rate, the errors at thresholds of one half of the people on the other."""
    unit, names = _units(people), people[1]
    found = [_Errors() for _ in rates]
    rng = np.random.default_rng(seed)
    for _ in range(HALVINGS):
        half = _deal(unit, rng)
        inside = half[names[:, 0]], half[names[:, 1]]
        sides = [impostor[inside[0] & inside[1]], impostor[~inside[0] & ~inside[1]]]
        own = half[people[0][:, 0]]
        others = [genuine[own], genuine[~own]]
        for one in (0, 1):
            chosen_on, tested, asked = sides[one], sides[1 - one], others[1 - one]
            for rate, errors in zip(rates, found, strict=True):
                if not len(tested) or not len(asked) or exact_rate(rate, len(chosen_on), 1) < 1:
                    continue
                limit = choose(chosen_on, rate)
                errors.accepted += count_at_least(tested, limit)
                errors.impostors += len(tested)
                errors.rejected += len(asked) - count_at_least(asked, limit)
                errors.genuines += len(asked)
    return found


def _deal(unit: IntArray, rng: np.random.Generator) -> BoolArray:
    """Return (people,) who is in the first half: every other unit of a random order."""
    order = rng.permutation(int(unit.max()) + 1)
    half: BoolArray = (order % 2 == 0)[unit]
    return half


def _units(people: People) -> IntArray:
    """Return (people,) the unit that each person is dealt with.

    Those who are joined by comparisons, where no such group has most of them; else a person.
    """
    pairs = np.concatenate(people)
    count = int(pairs.max()) + 1
    edges = sparse.coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (count, count))
    groups, unit = csgraph.connected_components(edges, directed=False)
    if np.bincount(unit[people[1][:, 0]], minlength=groups).max() <= len(people[1]) / 2:
        return np.asarray(unit, dtype=np.int64)
    return np.arange(count)
