"""Metrics of membership attacks: how well scores separate members from other records.

Members are the records that a model was trained on; a higher score is a likelier member. Pairs of
one block of people are not independent of one another: `cluster` says which are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.metrics.clustered_share import clustered_share
from faceaudit.metrics.fixed_rates import (
    add_threshold,
    exact_rate,
    limits_around,
    share_at_own_threshold,
    too_few_message,
)
from faceaudit.metrics.intervals import wilson, wilson_trials
from faceaudit.metrics.roc import roc
from faceaudit.metrics.scores import ScoreArray, checked, count_at_least, thresholds_letting
from faceaudit.metrics.thresholds import variance_of_choice
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import BoolArray, Estimate

LEAST = 10
"""Non-members that a false positive rate must let pass, below which it is not resolved."""


@dataclass(frozen=True)
class TprAtFpr:
    """The true positive rate at a false positive rate that was asked for; or why there is none.

    Attributes:
        fpr: the share of non-members wrongly called members that was asked for.
        threshold: the smallest threshold at which at most that share is.
        tpr: the share of members called members there; higher is a stronger attack; n counts
            members.
        realised: the share of non-members called members there; n counts non-members.
        why: why the three are None; empty when they are not.
    """

    fpr: float
    threshold: float | None = None
    tpr: Estimate | None = None
    realised: Estimate | None = None
    why: str = ""


def tpr_at_fpr(
    scores: npt.ArrayLike,
    member: npt.ArrayLike,
    fprs: Sequence[float],
    *,
    cluster: npt.ArrayLike | None = None,
    least: int = LEAST,
    level: float = 0.95,
) -> list[TprAtFpr]:
    """Estimate the share of members found at each false positive rate, where it can be resolved.

    TPR = members with score >= threshold / all members, at the smallest threshold that at most the
    share `fpr` of non-members reaches (Carlini et al. 2022, arXiv 2112.03570). Higher is a stronger
    attack; `fpr` itself is chance. Equal scores fall on one side together, so `realised` can be
    below `fpr`. A rate at which fewer than `least` non-members may be called members is refused in
    words.

    The interval is that of a share of members in clusters (`clustered_share`), or of independent
    ones (`wilson`), with the spread of the threshold added: it is read off as few non-members as
    the rate lets pass (`limits_around`), which count for fewer where they come in clusters.

    Args:
        scores: (N,) a higher one is more likely a member.
        member: (N,) bool, who is.
        fprs: false positive rates asked for, in (0, 1].
        cluster: (N,) the cluster of each, such as a block of people; None takes records as
            independent.
        least: how many non-members the rate must allow for.
        level: coverage, in (0, 1).

    Raises:
        InputError: no members or no non-members, scores not finite, columns that do not fit, or a
            rate out of range.

    >>> scores = np.append([0.6, 0.7, 0.2], np.linspace(0, 0.5, 11))
    >>> tenth, tiny = tpr_at_fpr(scores, np.arange(14) < 3, [0.1, 0.001], least=1)
    >>> round(tenth.tpr.value, 3), round(tenth.realised.value, 3)
    (0.667, 0.091)
    >>> tiny.tpr, tiny.why
    (None, 'expected at least 1,000 non-members for a rate of 0.001, got 11')
    """
    numbers, truth = checked_members(scores, member)
    names = None if cluster is None else column(cluster, len(truth), "clusters")
    rates = []
    for fpr in fprs:
        count = exact_rate(fpr, int(np.count_nonzero(~truth)), least)
        if count < least:
            why = too_few_message(fpr, int(np.count_nonzero(~truth)), least, "non-members")
            rates.append(TprAtFpr(fpr, why=why))
        else:
            rates.append(_tpr_at(numbers, truth, names, fpr, count, level))
    return rates


def _tpr_at(
    scores: ScoreArray,
    truth: BoolArray,
    names: npt.NDArray[np.generic] | None,
    fpr: float,
    count: int,
    level: float,
) -> TprAtFpr:
    members, nonmembers = scores[truth], scores[~truth]
    threshold = thresholds_letting(nonmembers, [count])[0]
    called = scores >= threshold
    found, effective = _share(called[truth], None if names is None else names[truth], level), None
    if names is not None:
        effective = wilson_trials(clustered_share(called[~truth], names[~truth], level), level)
    around = limits_around(
        partial(thresholds_letting, nonmembers),
        fpr,
        len(nonmembers),
        effective=effective,
        level=level,
    )
    at = [
        count_at_least(members, limit) / len(members) for limit in (around.highest, around.lowest)
    ]
    tpr = add_threshold(found, *at, resolved=around.resolved)
    realised = share_at_own_threshold(
        int(np.count_nonzero(called & ~truth)), len(nonmembers), effective=effective, level=level
    )
    return TprAtFpr(fpr, threshold, tpr, realised)


def _share(hits: BoolArray, cluster: npt.NDArray[np.generic] | None, level: float) -> Estimate:
    if cluster is None:
        return wilson(int(np.count_nonzero(hits)), len(hits), level)
    return clustered_share(hits, cluster, level)


def balanced_accuracy(
    scores: npt.ArrayLike,
    member: npt.ArrayLike,
    fold: npt.ArrayLike,
    *,
    cluster: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the mean of TPR and TNR at thresholds that other folds chose.

    On each fold a record with a score of at least the threshold is called a member; the threshold
    is the highest of those with the largest TPR - FPR on all other folds (Youden 1950, Cancer 3:32)
    and never saw the fold. Answers are pooled: (members rightly called / members + non-members
    rightly called / non-members) / 2; 0.5 is chance, higher is a stronger attack. `n` counts the
    records of the smaller side.

    The interval is half that of TPR - FPR: the ends of the intervals of both shares, in clusters
    (`clustered_share`) or of independent records (`wilson`), added in squares as in `newcombe`, and
    what the folds' answers differ by with one another's thresholds. What it covers is the accuracy
    at the thresholds that were chosen.

    Args:
        scores: (N,) a higher one is more likely a member.
        member: (N,) bool, who is.
        fold: (N,) the fold of each record, at least two; no people in two of them.
        cluster: (N,) the cluster of each, such as a block of people; None takes records as
            independent.
        level: coverage, in (0, 1).

    Raises:
        InputError: scores not finite, columns that do not fit, fewer than two folds, or folds that
            leave the others without members or without non-members.

    >>> scores = [0.9, 0.1, 0.8, 0.2, 0.7, 0.75]
    >>> found = balanced_accuracy(scores, [True, False] * 3, [0, 0, 1, 1, 2, 2])
    >>> round(found.value, 3), found.n
    (0.667, 3)
    """
    numbers, truth = checked_members(scores, member)
    rows = column(fold, len(numbers), "folds")
    names, index = np.unique(rows, return_inverse=True)
    if len(names) < 2:
        raise InputError(f"expected at least two folds, got {len(names)}")
    limits = np.array(
        [
            _best_threshold(numbers[index != number], truth[index != number])
            for number in range(len(names))
        ]
    )
    called = numbers >= limits[index]
    groups = None if cluster is None else column(cluster, len(truth), "clusters")
    hits, passed = (
        _share(called[side] == kind, None if groups is None else groups[side], level)
        for side, kind in ((truth, True), (~truth, False))
    )
    value = (hits.value + passed.value) / 2
    right = (numbers[:, None] >= limits) == truth[:, None]
    weight = 0.5 / np.where(truth, hits.n, passed.n)
    moved = z_of(level) * math.sqrt(variance_of_choice(right, index, weight))
    below = math.hypot((hits.value - hits.low) / 2, (passed.value - passed.low) / 2, moved)
    above = math.hypot((hits.high - hits.value) / 2, (passed.high - passed.value) / 2, moved)
    return Estimate(
        value,
        max(0.0, value - below),
        min(1.0, value + above),
        min(hits.n, passed.n),
        f"{hits.method}, and of non-members, in squares, over {len(names)} folds",
    )


def checked_members(scores: npt.ArrayLike, member: npt.ArrayLike) -> tuple[ScoreArray, BoolArray]:
    """Return scores and membership, both (N,).

    Raises:
        InputError: no members or no non-members, scores not finite, or columns that do not fit.
    """
    numbers, truth = checked(scores, "scores"), np.asarray(member)
    if truth.shape != numbers.shape or truth.dtype != np.bool_:
        raise InputError(
            f"expected member {numbers.shape} as bool, got {truth.shape} {truth.dtype}"
        )
    if truth.all() or not truth.any():
        raise InputError(
            f"expected members and non-members, got {np.count_nonzero(truth)} and"
            f" {np.count_nonzero(~truth)}"
        )
    return numbers, truth


def column(values: npt.ArrayLike, count: int, what: str) -> npt.NDArray[np.generic]:
    """Return a column of one value a record."""
    array = np.asarray(values)
    if array.shape != (count,):
        raise InputError(f"expected {what} ({count},), got {array.shape}")
    return array


def _best_threshold(scores: ScoreArray, truth: BoolArray) -> float:
    """Return the highest threshold with the largest TPR - FPR; infinity calls nobody a member."""
    if truth.all() or not truth.any():
        raise InputError(
            "expected members and non-members outside each fold, got a fold that holds all of a"
            " kind; try fewer folds or more groups of people"
        )
    curve = roc(scores[truth], scores[~truth])
    gap = curve.true_accepts * curve.impostors - curve.false_accepts * curve.genuines
    return float(curve.thresholds[np.argmax(gap)])
