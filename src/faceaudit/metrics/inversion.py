"""Rates of an inversion: what it solved, what passed of that, and what passed of all tries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.errors import InputError
from faceaudit.metrics.clustered_share import clustered_share
from faceaudit.metrics.paired_change import Tries, share_change
from faceaudit.metrics.student_mean import student_mean
from faceaudit.types import BoolArray, Estimate, IntArray


@dataclass(frozen=True)
class InversionRates:
    """Shares of tries, with people as clusters; trials of a person are no independent tries.

    Attributes:
        solution: tries that gave a face / all tries.
        match: faces accepted / faces given; None where none was given.
        success: faces accepted / all tries: the headline.
    """

    solution: Estimate
    match: Estimate | None
    success: Estimate


def inversion_rates(
    solved: BoolArray, accepted: BoolArray, person: IntArray, *, level: float = 0.95
) -> InversionRates:
    """Estimate the rates of an inversion at one threshold.

    A try without a face counts as tried and not accepted, whatever `accepted` says: the
    denominator of the success rate is what was tried. The split into solution, match and success
    follows the protocol of BTPBench (Idiap, 2026) for ISO/IEC 30136's irreversibility.

    Args:
        solved: (N,) whether the attack gave a face.
        accepted: (N,) whether that face was accepted.
        person: (N,) who is attacked in each try, several times where there are several trials or
            photos to be held against.
        level: coverage, in (0, 1).

    Raises:
        InputError: no try, or columns that do not fit.

    >>> solved = np.array([True, True, False, True])
    >>> accepted = np.array([True, False, True, True])
    >>> rates = inversion_rates(solved, accepted, np.arange(4))
    >>> rates.solution.value, round(rates.match.value, 3), rates.success.value, rates.success.n
    (0.75, 0.667, 0.5, 4)
    """
    _check(solved, accepted, person)
    passed = solved & accepted
    match = clustered_share(passed[solved], person[solved], level) if solved.any() else None
    return InversionRates(
        clustered_share(solved, person, level), match, clustered_share(passed, person, level)
    )


def success_above(
    passed: BoolArray, baseline: BoolArray, person: IntArray, *, level: float = 0.95
) -> Estimate:
    """Estimate by how much an attack succeeds more often than a baseline on the same tries.

    The difference is paired by try, with people as clusters; see `share_change`.

    Args:
        passed: (N,) what the attack passed.
        baseline: (N,) what the baseline passed, try by try.
        person: (N,) who is attacked in each.
        level: coverage, in (0, 1).

    Raises:
        InputError: no try, or columns that do not fit.

    >>> above = success_above(np.array([True] * 20), np.array([False] * 20), np.arange(20))
    >>> above.value, round(above.low, 2), above.high
    (1.0, 0.9, 1.0)
    """
    _check(passed, baseline, person)
    return share_change(Tries(baseline, person), Tries(passed, person)).interval(level)


def mean_queries(queries: IntArray) -> Estimate:
    """Estimate how many queries a person takes on average, with people as clusters.

    Args:
        queries: (trials, people), how many each took.

    >>> mean_queries(np.array([[10, 20], [20, 30]])).value
    20.0
    """
    means = queries.mean(axis=0)
    if np.ptp(means) == 0:
        value = float(means[0])
        return Estimate(value, value, value, len(means), "the same for everybody")
    return student_mean(means, bounds=(0.0, float(queries.max())))


def _check(first: BoolArray, second: BoolArray, person: IntArray) -> None:
    if not len(first) == len(second) == len(person) or not len(first):
        raise InputError(
            "expected two outcomes and a person of each try, one try at least, got "
            f"{len(first)}, {len(second)} and {len(person)}; a share of nothing is unknown"
        )
