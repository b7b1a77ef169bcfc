"""The figures of a linkage case."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from faceaudit.audit.linkage.comparing import LinkedPeople
from faceaudit.audit.linkage.scenario import unprotected
from faceaudit.metrics import closed_set, clustered_share, open_set
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.metrics.maximal_leakage import maximal_leakage
from faceaudit.metrics.operating_points import OperatingPoint
from faceaudit.metrics.unlinkability import d_sys
from faceaudit.protocols.matching import Matcher
from faceaudit.records.linkage import (
    AS_SYSTEM,
    AS_SYSTEM_FMR,
    D_SYS,
    LEAKAGE,
    LINKED,
    LINKED_FMR,
    NAMED,
    TMR,
    TMR_PLAIN,
    TPIR,
    at_rate,
    floor_of,
)
from faceaudit.types import Estimate, Evidence, Figure


def linkage_figures(people: LinkedPeople) -> Iterator[Figure]:
    """Yield what was found: people linked, people named, how unlinkable, and what it costs."""
    plan = people.case.scenario.plan
    for fmr in plan.fmrs:
        yield from _linked(people, people.recalibrated, fmr, (LINKED, LINKED_FMR))
        yield from _linked(people, people.as_system, fmr, (AS_SYSTEM, AS_SYSTEM_FMR))
    yield from _named(people)
    yield from _unlinkability(people)
    tried, scenario = people.case.tried, people.case.scenario
    for metric, protection in ((TMR, tried.protection), (TMR_PLAIN, unprotected())):
        system = scenario.system(protection, second=False, untrained=tried.untrained)
        for point in system.points:
            yield Figure(at_rate(metric, point.asked), _accepted(point), point.why)


def _accepted(point: OperatingPoint) -> Estimate | None:
    """Return the share of genuine comparisons that is accepted."""
    one = point.fnmr
    if one is None:
        return None
    return Estimate(1 - one.value, 1 - one.high, 1 - one.low, one.n, one.method)


def _linked(
    people: LinkedPeople, matcher: Matcher, fmr: float, metrics: tuple[str, str]
) -> Iterator[Figure]:
    """Yield the share of people linked at a threshold, and that of two people."""
    names = [at_rate(metric, fmr) for metric in metrics]
    if fmr in matcher.missing:
        yield from (Figure(name, None, matcher.missing[fmr]) for name in names)
        return
    mated, others = people.mated, people.non_mated
    hits = matcher.accepts(people.scores(mated), fmr)
    yield Figure(names[0], clustered_share(hits, people.person[mated.first]))
    false = matcher.accepts(people.scores(others), fmr)
    yield Figure(names[1], comparison_share(false, people.people(others)))


def _named(people: LinkedPeople) -> Iterator[Figure]:
    searches, person, _ = people.named
    for rank in closed_set(searches, people=person, ranks=(1,)):
        yield Figure(NAMED, rank.rate, rank.why)
    for point in open_set(searches, people.case.scenario.plan.fpirs, people=person):
        yield Figure(at_rate(TPIR, point.fpir), point.tpir, point.why)


def _unlinkability(people: LinkedPeople) -> Iterator[Figure]:
    mated, others = people.for_unlinkability
    scenario = people.case.scenario
    for metric, measure in ((D_SYS, d_sys), (LEAKAGE, maximal_leakage)):
        found = measure(
            people.scores(mated),
            people.scores(others),
            bins=scenario.plan.bins,
            people=(people.people(mated), people.people(others)),
            seed=scenario.seed,
        )
        yield Figure(metric, found.estimate)
        yield Figure(floor_of(metric), found.floor)


def linkage_evidence(people: LinkedPeople) -> Evidence:
    """Return each comparison behind D_sys with its score; of those who are looked for, their rank.

    A row is called after its two photos, that of the first database first.
    """
    mated, others = people.for_unlinkability
    pairs = mated.and_(others)
    searches = people.named[0]
    rank = np.full(len(pairs), -1, dtype=np.int64)
    rank[searches.mated] = 1 + searches.ahead + searches.tied
    return Evidence(
        tuple(
            f"{people.ids[one]}|{people.ids[two]}"
            for one, two in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
        ),
        {
            "score": people.scores(pairs),
            "same": np.arange(len(pairs)) < len(mated),
            "attacked": pairs.first < people.count,
            "rank": rank,
        },
    )
