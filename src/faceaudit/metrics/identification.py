"""Identification rates of searches in a gallery, closed set and open set.

ISO/IEC 19795-1 words: a *mated* probe shows somebody of the gallery, a *non-mated* one does not. A
candidate's score is the highest of all templates that the gallery holds of that identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

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
from faceaudit.metrics.scores import thresholds_letting
from faceaudit.metrics.searches import SearchResults
from faceaudit.metrics.wilson_bands import wilson_band
from faceaudit.types import BoolArray, Estimate, Float64Array, IntArray

Ties = Literal["pessimistic", "midway"]


@dataclass(frozen=True)
class RankRate:
    """The share of probes whose identity is among the first `rank`; or why there is none.

    `rate` is the rank-k identification rate; higher is better; n counts mated probes.
    """

    rank: int
    rate: Estimate | None = None
    why: str = ""


@dataclass(frozen=True, eq=False)
class Cmc:
    """The cumulative match characteristic: shares of mated probes within ranks 1 to R, (R,) each.

    `low` and `high` are the ends of the interval at each rank.
    """

    share: Float64Array
    low: Float64Array
    high: Float64Array
    probes: int


@dataclass(frozen=True)
class TpirAtFpir:
    """Open-set rates at a false-positive identification rate that was asked for; or why not.

    Attributes:
        fpir: the false-positive identification rate asked for.
        threshold: the smallest threshold whose rate is at most that.
        tpir: the true-positive identification rate there; higher is better; n counts mated probes.
        fnir: 1 - tpir, the false-negative identification rate; lower is better.
        realised: the false-positive identification rate there; n counts non-mated probes.
        why: why the four are None; empty when they are not.
    """

    fpir: float
    threshold: float | None = None
    tpir: Estimate | None = None
    fnir: Estimate | None = None
    realised: Estimate | None = None
    why: str = ""


def mated_ranks(searches: SearchResults, *, ties: Ties = "pessimistic") -> Float64Array:
    """Return the rank of the right identity for each mated probe, 1 and up, (P,).

    1 + the identities that score higher, and of those that score the same all ("pessimistic": a
    network that gives everybody one score is last, not first) or half ("midway").
    """
    if ties not in ("pessimistic", "midway"):
        raise InputError(f"expected ties as 'pessimistic' or 'midway', got {ties!r}")
    part = 1.0 if ties == "pessimistic" else 0.5
    return 1.0 + searches.ahead + part * searches.tied


def closed_set(
    searches: SearchResults,
    *,
    people: IntArray | None = None,
    ranks: Sequence[int] = (1, 5, 10),
    ties: Ties = "pessimistic",
    level: float = 0.95,
) -> list[RankRate]:
    """Estimate rank-k identification rates; non-mated probes do not count.

    A rank that the whole gallery is within is refused: the rate would be 1 whatever the scores.
    Intervals take the gallery as given. Probes of one person are no independent trials: with
    `people` they are clusters (`clustered_share`); without, intervals are Wilson's.

    Args:
        searches: with mated probes.
        people: (N,) who is on each probe, of all that were searched with.
        ranks: 1 and up.
        ties: see `mated_ranks`.
        level: coverage, in (0, 1).

    Raises:
        InputError: no mated probe, or a rank below 1.

    >>> from faceaudit.metrics.searches import Gallery, search
    >>> scores = np.array([[0.9, 0.3, 0.1], [0.6, 0.5, 0.2]])
    >>> found = search(scores, np.array([0, 1]), Gallery.of([0, 1, 2]))
    >>> [one.rate.value for one in closed_set(found, ranks=(1, 2))]
    [0.5, 1.0]
    """
    places = _mated_ranks(searches, ties)
    rates = []
    for one in ranks:
        if one < 1:
            raise InputError(f"expected a rank of at least 1, got {one}")
        if one >= searches.people:
            why = f"expected more than {one} identities in the gallery, got {searches.people}"
            rates.append(RankRate(one, why=why))
        else:
            rates.append(RankRate(one, _share(places <= one, people, searches.mated, level)))
    return rates


def cmc(
    searches: SearchResults,
    upto: int,
    *,
    people: IntArray | None = None,
    ties: Ties = "pessimistic",
    level: float = 0.95,
) -> Cmc:
    """Return the cumulative match characteristic for ranks 1 to `upto`.

    With `people`, (N,) who is on each probe, probes count at all ranks for as many independent ones
    as they do at rank 1 (`closed_set`).

    Raises:
        InputError: no mated probe, or `upto` not in 1 to the number of identities.
    """
    if not 1 <= upto <= searches.people:
        raise InputError(f"expected ranks up to 1 to {searches.people}, got {upto}")
    places = np.sort(_mated_ranks(searches, ties))
    within = np.searchsorted(places, np.arange(1, upto + 1), side="right")
    trials = float(len(places))
    if people is not None:
        trials = wilson_trials(_share(places <= 1, people, searches.mated, level), level)
    low, high = wilson_band(within / len(places), trials, level)
    return Cmc(within / len(places), low, high, len(places))


def open_set(
    searches: SearchResults,
    fpirs: Sequence[float],
    *,
    people: IntArray | None = None,
    within: int = 1,
    least: int = 1,
    strict: bool = False,
    level: float = 0.95,
) -> list[TpirAtFpir]:
    """Estimate how often somebody of the gallery is found, at a rate of finding strangers.

    FPIR(T) = share of non-mated probes for which any identity scores at least T; TPIR(T) = share of
    mated probes whose own identity scores at least T and is within the first ranks (ties all
    ahead); FNIR = 1 - TPIR. T is the smallest threshold whose FPIR is at most the one asked for.
    Both depend on the size of the gallery. The interval of TPIR is as in `closed_set`, with the
    spread of the threshold added, which is read off as few non-mated probes as `fpir` lets pass;
    see `limits_around`.

    Args:
        searches: mated and non-mated probes.
        fpirs: false-positive identification rates asked for, in (0, 1].
        people: (N,) who is on each probe, of all that were searched with; None takes probes as
            independent.
        within: the rank to be within; 1 says that the first candidate must be right.
        least: how many false positives the non-mated probes must allow for; fewer is refused.
        strict: raise instead of returning a refusal.
        level: coverage, in (0, 1).

    Raises:
        InputError: no mated probe, a rate out of range, or with `strict` one that is not resolved.
    """
    places = _mated_ranks(searches, "pessimistic")
    found = []
    for fpir in fpirs:
        count = exact_rate(fpir, len(searches.top), least)
        if count < least:
            why = too_few_message(fpir, len(searches.top), least, "non-mated probes")
            if strict:
                raise InputError(why)
            found.append(TpirAtFpir(fpir, why=why))
            continue
        found.append(_open_set_at(searches, places <= within, fpir, count, people, level))
    return found


def _open_set_at(
    searches: SearchResults,
    first: BoolArray,
    fpir: float,
    count: int,
    people: IntArray | None,
    level: float,
) -> TpirAtFpir:
    letting = partial(thresholds_letting, searches.top)
    threshold, trials = letting([count])[0], len(searches.top)
    false = searches.top >= threshold
    alarms = _share(false, people, searches.nonmated, level)
    effective = wilson_trials(alarms, level)
    around = limits_around(letting, fpir, trials, effective=effective, level=level)
    tpir = add_threshold(
        _share(first & (searches.score >= threshold), people, searches.mated, level),
        float(np.mean(first & (searches.score >= around.highest))),
        float(np.mean(first & (searches.score >= around.lowest))),
        resolved=around.resolved,
    )
    fnir = Estimate(1 - tpir.value, 1 - tpir.high, 1 - tpir.low, tpir.n, tpir.method)
    realised = share_at_own_threshold(
        int(np.count_nonzero(false)), trials, effective=effective, level=level
    )
    return TpirAtFpir(fpir, threshold, tpir, fnir, realised)


def _share(hits: BoolArray, people: IntArray | None, rows: IntArray, level: float) -> Estimate:
    """Estimate a share of the probes at `rows`."""
    if people is None:
        return wilson(int(np.count_nonzero(hits)), len(hits), level)
    if people.ndim != 1 or (len(rows) and rows.max() >= len(people)):
        raise InputError(f"expected people of all probes, (N,), got {people.shape}")
    return clustered_share(hits, people[rows], level)


def _mated_ranks(searches: SearchResults, ties: Ties) -> Float64Array:
    if not len(searches.mated):
        raise InputError(
            "expected at least one probe of somebody in the gallery, got none; a share of nothing"
            " is unknown"
        )
    return mated_ranks(searches, ties=ties)
