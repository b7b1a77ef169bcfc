"""The figures of a master-face case."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from faceaudit.audit.common.matching import MatchingSystem
from faceaudit.audit.master_face.searching import Search, first_covering
from faceaudit.metrics import wilson
from faceaudit.records.master_face import (
    CHANCE,
    COVERED,
    COVERED_KNOWN,
    accepted_at,
    covered_at,
)
from faceaudit.types import BoolArray, Estimate, Evidence, Figure, Float64Array, IntArray


def master_face_figures(search: Search) -> Iterator[Figure]:
    """Yield how many people faces pass as, on every system, beside chance and what it costs."""
    for system in search.judges:
        attacked, known = search.on_attacked(system), search.on_known(system)
        random = search.by_chance(system)
        draws = search.draws(len(random))
        for fmr in search.case.plan.fmrs:
            yield from _at_rate(search, system, fmr, (attacked, known, random), draws)
        for point in system.matcher.points:
            one = point.fnmr
            accepted = one and Estimate(1 - one.value, 1 - one.high, 1 - one.low, one.n, one.method)
            yield Figure(accepted_at(point.asked, system.title), accepted, point.why)


def _at_rate(
    search: Search,
    system: MatchingSystem,
    fmr: float,
    scores: tuple[Float64Array, Float64Array, Float64Array],
    draws: IntArray,
) -> Iterator[Figure]:
    missing = system.matcher.missing.get(fmr, "")
    for count in search.case.plan.counts:
        names = [
            covered_at(metric, fmr, count, system.title)
            for metric in (COVERED, COVERED_KNOWN, CHANCE)
        ]
        if missing:
            yield from (Figure(name, None, missing) for name in names)
            continue
        attacked, known, random = (system.matcher.accepts(one, fmr) for one in scores)
        yield Figure(names[0], _covered(attacked[:count]))
        yield Figure(names[1], _covered(known[:count]))
        if draws.shape[1] < count:
            why = f"expected {count} known people or more to draw from, got {draws.shape[1]}"
            yield Figure(names[2], None, why)
        else:
            yield Figure(names[2], chance(random, draws[:, :count]))


def _covered(passes: BoolArray) -> Estimate:
    """Return the share of (K, T) people whom a face passes as."""
    hits = np.count_nonzero(passes.any(axis=0))
    return wilson(int(hits), passes.shape[1])


def chance(passes: BoolArray, draws: IntArray) -> Estimate:
    """Return the share of people whom random sets of photos pass as: its mean, and 95 % of sets.

    Args:
        passes: (P, T) which photo passes as whom.
        draws: (S, k) photos of each set.

    >>> passes = np.array([[True, False], [False, False]])
    >>> found = chance(passes, np.array([[0], [1], [1], [1]]))
    >>> found.value, found.low, round(found.high, 4), found.n
    (0.125, 0.0, 0.4625, 4)
    """
    hit = np.zeros((len(draws), passes.shape[1]), dtype=np.bool_)
    for column in draws.T:  # a few faces; sets are worked on together
        hit |= passes[column]
    shares = hit.mean(axis=1)
    low, high = np.quantile(shares, (0.025, 0.975)).tolist()
    mean = float(shares.mean())
    return Estimate(mean, min(low, mean), max(high, mean), len(draws), "95 % of random sets")


def master_face_evidence(search: Search) -> Evidence:
    """Return for each attacked person the scores of all faces by every system.

    A row is called after the photo that the person is enrolled with. `faces_0` and so on are how
    many faces it takes at each false match rate, by the first system; 0 for never.
    """
    columns = {
        f"score_{place}": search.on_attacked(system).T.copy()
        for place, system in enumerate(search.judges)
    }
    first = search.judges[0]
    taken = {
        f"faces_{place}": first_covering(first.matcher.accepts(columns["score_0"].T, fmr))
        for place, fmr in enumerate(search.case.plan.fmrs)
        if fmr not in first.matcher.missing
    }
    return Evidence(search.ids(), {**columns, **taken})
