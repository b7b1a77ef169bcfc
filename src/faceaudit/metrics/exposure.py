"""How exposed each record is to a membership attack on several models, and what chance would show.

A model has members and non-members of its own, so that a record is a member of some models and not
of others. The AUC of an attack is a mean over all members; here that mean is taken apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.metrics.clustered_auc import share_below
from faceaudit.metrics.membership import LEAST, checked_members, column
from faceaudit.metrics.scores import allowed, thresholds_letting
from faceaudit.types import BoolArray, Float64Array, IntArray

RATES = (0.01, 0.05, 0.1)
"""False-positive rates to choose from, the lowest first."""


@dataclass(frozen=True, eq=False)
class Exposure:
    """How far each of R records stands out, over all models that an attack scored it on.

    Attributes:
        record: (R,) the records, sorted.
        times: (R,) of how many models each was a member.
        placement: (R,) the share of a model's non-members that score below it, equal ones half,
            averaged over the models that it was a member of; NaN where it was of none.
        found: (R,) of how many of these models its score reached the threshold; None without one.
        other_times: (R,) of how many models it was not a member.
        other_placement: (R,) the share of the model's other non-members that score below it there.
    """

    record: npt.NDArray[np.generic]
    times: IntArray
    placement: Float64Array
    found: IntArray | None
    other_times: IntArray
    other_placement: Float64Array


def exposure(
    scores: npt.ArrayLike,
    member: npt.ArrayLike,
    record: npt.ArrayLike,
    model: npt.ArrayLike,
    fpr: float | None = None,
) -> Exposure:
    """Return how exposed each record is when it is a member, and how it scores when it is not.

    The placement of a member is the share of its model's non-members that it beats; its mean over
    all members of a model is the AUC. 0.5 is chance, 1 beats all of them; higher is more exposed. A
    record that is as high where it is no member stands out by nature: what it is, not that it was
    learned from, sets it apart.

    Args:
        scores: (N,) an attack's score of a record on a model; higher is more likely a member.
        member: (N,) bool, whether the record was a member of the model.
        record: (N,) which record.
        model: (N,) which model; each has members and non-members.
        fpr: the share of a model's non-members that may reach its threshold; see `found_at`.

    Raises:
        InputError: a model without members or with fewer than two non-members, a record twice for
            one model, scores not finite, or columns that do not fit.

    >>> scores, member = [0.9, 0.2, 0.4, 0.8, 0.1, 0.6], [True, False, False, False, True, False]
    >>> found = exposure(scores, member, ["a", "b", "c"] * 2, [0, 0, 0, 1, 1, 1])
    >>> found.record.tolist(), found.times.tolist(), found.placement.tolist()
    (['a', 'b', 'c'], [1, 1, 0], [1.0, 0.0, nan])
    """
    numbers, truth = checked_members(scores, member)
    models = column(model, len(numbers), "models")
    names, who = _records(record, models)
    placement = np.empty(len(numbers))
    for rows in _rows_of(models, truth):
        of_model, kind = numbers[rows].astype(np.float64), truth[rows]
        others = np.sort(of_model[~kind])
        below = share_below(others, of_model)
        # A non-member is not compared with itself, which counted as half.
        own = (below * len(others) - 0.5) / (len(others) - 1)
        placement[rows] = np.where(kind, below, own)
    passed = None if fpr is None else found_at(numbers, truth, models, fpr)
    sides = [
        (np.bincount(who[side], minlength=len(names)), _mean_by(who, placement, side, len(names)))
        for side in (truth, ~truth)
    ]
    found = None
    if passed is not None:
        found = np.bincount(who[truth & passed], minlength=len(names)).astype(np.int64)
    (times, own_mean), (other_times, other_mean) = sides
    return Exposure(
        names,
        times.astype(np.int64),
        own_mean,
        found,
        other_times.astype(np.int64),
        other_mean,
    )


def found_at(
    scores: npt.ArrayLike, member: npt.ArrayLike, model: npt.ArrayLike, fpr: float
) -> BoolArray:
    """Return (N,) which records are taken for members at a false-positive rate.

    Each model has a threshold of its own: the smallest that at most the share `fpr` of its
    non-members reaches, as in `tpr_at_fpr`.

    Raises:
        InputError: as `exposure` does.

    >>> found_at([0.9, 0.3, 0.5, 0.1], [True, True, False, False], [0, 0, 0, 0], 0.5).tolist()
    [True, True, True, False]
    """
    numbers, truth = checked_members(scores, member)
    passed = np.zeros(len(numbers), dtype=np.bool_)
    for rows in _rows_of(column(model, len(numbers), "models"), truth):
        others = numbers[rows][~truth[rows]]
        (threshold,) = thresholds_letting(others, [allowed(fpr, len(others))])
        passed[rows] = numbers[rows] >= threshold
    return passed


def resolved_rate(member: npt.ArrayLike, model: npt.ArrayLike) -> float | None:
    """Return the lowest of `RATES` that lets `LEAST` non-members of each model pass, or None.

    >>> resolved_rate([False] * 250 + [True] * 250, [0] * 500)
    0.05
    """
    truth, models = np.asarray(member, dtype=np.bool_), np.asarray(model)
    fewest = min(int(np.count_nonzero(~truth[models == one])) for one in np.unique(models))
    return next((rate for rate in RATES if fewest and allowed(rate, fewest) >= LEAST), None)


def fewest_times(models: int) -> int:
    """Return of how many of some models a record has to be a member to be ranked: a quarter.

    One that was a member once or twice is at the top by chance more often than the others.

    >>> fewest_times(16), fewest_times(5), fewest_times(1)
    (4, 2, 1)
    """
    return math.ceil(models / 4)


def rank(found: Exposure, fewest: int) -> IntArray:
    """Return the places of the records, the most exposed first.

    The highest placement comes first; of equal ones, the one that was a member more often, then the
    first by name. Those that were members less often than `fewest` times are left out.
    """
    known = np.flatnonzero(found.times >= max(1, fewest))
    order = np.lexsort((known, -found.times[known], -found.placement[known]))
    return np.asarray(known[order], dtype=np.int64)


def ranking_by_chance(
    scores: npt.ArrayLike,
    member: npt.ArrayLike,
    record: npt.ArrayLike,
    model: npt.ArrayLike,
    *,
    fewest: int,
    top: int,
    draws: int,
    rng: np.random.Generator,
) -> Float64Array:
    """Return (draws, top) the highest placements where membership is dealt anew, falling.

    The highest of many means is high by chance. In each draw every model keeps its scores and the
    number of its members, and who they are is drawn; then records are ranked as in `rank`. That
    holds a record that scores high on every model high here, too: what remains above is what
    membership does. Members are dealt one by one, also where whole groups are members together:
    with many groups that changes little, but with a few, each of many records that score alike, the
    true null lies higher. Of ten groups of ten, the first was above the mark of 5 % in 11 %.

    Args:
        scores: (N,), as in `exposure`.
        member: (N,) bool.
        record: (N,).
        model: (N,).
        fewest: how often a record has to be a member to be ranked.
        top: how many of the ranking are returned; NaN where fewer are ranked.
        draws: how often.
        rng: what they are drawn with.

    Raises:
        InputError: as `exposure` does, or no draw or no place asked for.
    """
    if draws < 1 or top < 1:
        raise InputError(f"expected at least one draw and one place, got {draws} and {top}")
    numbers, truth = checked_members(scores, member)
    models = column(model, len(numbers), "models")
    names, who = _records(record, models)
    total = np.zeros((draws, len(names)))
    times = np.zeros((draws, len(names)))
    for rows in _rows_of(models, truth):
        order = rows[np.argsort(numbers[rows], kind="stable")]
        rising = numbers[order]
        start, end = (np.searchsorted(rising, rising, side=side) for side in ("left", "right"))
        dealt = rng.permuted(np.tile(truth[order], (draws, 1)), axis=1)
        others = np.cumsum(~dealt, axis=1)
        before = np.concatenate((np.zeros((draws, 1), others.dtype), others), axis=1)
        below = (before[:, start] + before[:, end]) / (2 * others[:, -1:])
        total[:, who[order]] += np.where(dealt, below, 0.0)
        times[:, who[order]] += dealt
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(times >= max(1, fewest), total / times, -np.inf)
    highest = -np.sort(-mean, axis=1)[:, :top]
    found = np.full((draws, top), np.nan)
    found[:, : highest.shape[1]] = np.where(np.isfinite(highest), highest, np.nan)
    return found


def _rows_of(model: npt.NDArray[np.generic], member: BoolArray) -> Iterator[IntArray]:
    """Yield the rows of each model.

    Raises:
        InputError: a model lacks members or has fewer than two non-members.
    """
    for one in np.unique(model):
        rows = np.flatnonzero(model == one)
        members = int(np.count_nonzero(member[rows]))
        if not members or len(rows) - members < 2:
            raise InputError(
                "expected a member and two non-members of each model, got "
                f"{members} and {len(rows) - members} of model {one}"
            )
        yield rows


def _records(
    record: npt.ArrayLike, model: npt.NDArray[np.generic]
) -> tuple[npt.NDArray[np.generic], IntArray]:
    """Return the records, sorted, and which of them each row is about.

    Raises:
        InputError: a record is there twice for one model.
    """
    names, who = np.unique(column(record, len(model), "records"), return_inverse=True)
    for one in np.unique(model):
        of_model = who[model == one]
        if len(np.unique(of_model)) < len(of_model):
            raise InputError(f"expected each record once a model, got one twice of model {one}")
    return names, who.astype(np.int64)


def _mean_by(who: IntArray, values: Float64Array, side: BoolArray, count: int) -> Float64Array:
    """Return (count,) means of the values on one side; NaN where there are none."""
    total = np.bincount(who[side], weights=values[side], minlength=count)
    with np.errstate(invalid="ignore"):
        mean: Float64Array = total / np.bincount(who[side], minlength=count)
    return mean
