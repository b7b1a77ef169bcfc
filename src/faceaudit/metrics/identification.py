"""Identification rates of searches in a gallery, closed set and open set.

ISO/IEC 19795-1 words: a *mated* probe shows somebody of the gallery, a *non-mated* one does not. A
candidate's score is the highest of all templates that the gallery holds of that identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from faceaudit.errors import InputError
from faceaudit.metrics.intervals import wilson
from faceaudit.metrics.scores import thresholds_letting
from faceaudit.metrics.searches import SearchResults
from faceaudit.metrics.verification import exact_rate, too_few_message
from faceaudit.metrics.wilson_bands import wilson_band
from faceaudit.types import Estimate, Float64Array

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

    `low` and `high` are the ends of the Wilson interval at each rank.
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
    ranks: Sequence[int] = (1, 5, 10),
    ties: Ties = "pessimistic",
    level: float = 0.95,
) -> list[RankRate]:
    """Estimate rank-k identification rates with Wilson intervals; non-mated probes do not count.

    A rank that the whole gallery is within is refused: the rate would be 1 whatever the scores.

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
            within = int(np.count_nonzero(places <= one))
            rates.append(RankRate(one, wilson(within, len(places), level)))
    return rates


def cmc(
    searches: SearchResults, upto: int, *, ties: Ties = "pessimistic", level: float = 0.95
) -> Cmc:
    """Return the cumulative match characteristic for ranks 1 to `upto`.

    Raises:
        InputError: no mated probe, or `upto` not in 1 to the number of identities.
    """
    if not 1 <= upto <= searches.people:
        raise InputError(f"expected ranks up to 1 to {searches.people}, got {upto}")
    places = np.sort(_mated_ranks(searches, ties))
    within = np.searchsorted(places, np.arange(1, upto + 1), side="right")
    low, high = wilson_band(within, len(places), level)
    return Cmc(within / len(places), low, high, len(places))


def open_set(
    searches: SearchResults,
    fpirs: Sequence[float],
    *,
    within: int = 1,
    least: int = 1,
    strict: bool = False,
    level: float = 0.95,
) -> list[TpirAtFpir]:
    """Estimate how often somebody of the gallery is found, at a rate of finding strangers.

    FPIR(T) = share of non-mated probes for which any identity scores at least T; TPIR(T) = share of
    mated probes whose own identity scores at least T and is within the first ranks (ties all
    ahead); FNIR = 1 - TPIR. T is the smallest threshold whose FPIR is at most the one asked for.
    Both depend on the size of the gallery. Intervals are Wilson's.

    Args:
        searches: mated and non-mated probes.
        fpirs: false-positive identification rates asked for, in (0, 1].
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
        threshold = thresholds_letting(searches.top, [count])[0]
        hits = int(np.count_nonzero((places <= within) & (searches.score >= threshold)))
        false = int(np.count_nonzero(searches.top >= threshold))
        found.append(
            TpirAtFpir(
                fpir,
                threshold,
                wilson(hits, len(places), level),
                wilson(len(places) - hits, len(places), level),
                wilson(false, len(searches.top), level),
            )
        )
    return found


def _mated_ranks(searches: SearchResults, ties: Ties) -> Float64Array:
    if not len(searches.mated):
        raise InputError(
            "expected at least one probe of somebody in the gallery, got none; a share of nothing"
            " is unknown"
        )
    return mated_ranks(searches, ties=ties)
