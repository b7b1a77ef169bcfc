"""Figures of an inversion, counted from the scores of its trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.audit.inversion.judging import Scored, Trial
from faceaudit.metrics import clustered_share
from faceaudit.metrics.inversion import inversion_rates, mean_queries, success_above
from faceaudit.protocols.matching import Matcher, real_fmr
from faceaudit.records.inversion import (
    LOOK_ALIKE,
    MATCH,
    OTHERS,
    OVER,
    PHOTO,
    QUERIES,
    SOLVED,
    TRANSFER,
    TYPE_I,
    TYPE_II,
    at_fmr,
    at_rank,
)
from faceaudit.types import BoolArray, Figure, Float64Array, IntArray

RANKS = (1, 5)
NOTHING = "the attack gave no face at all"


@dataclass(frozen=True, eq=False)
class Counting:
    """What figures are counted by.

    Attributes:
        people: (A,) numbers of the attacked people.
        titles: of the networks, the attacked one first.
        matchers: thresholds: of the attacked system, then of each further network.
        fmrs: false match rates asked for.
    """

    people: IntArray
    titles: Sequence[str]
    matchers: Sequence[Matcher]
    fmrs: Sequence[float]


def inversion_figures(trials: Sequence[Trial], by: Counting) -> Iterator[Figure]:
    """Yield the figures of an attack, then those of what it is held against.

    Tries of one person are a cluster, over trials; what was not made counts as tried and not
    accepted.

    Args:
        trials: of the attack, one at least.
        by: what is counted by.
    """
    people = np.tile(by.people, len(trials))
    solved = np.concatenate([one.found.solved for one in trials])
    yield Figure(SOLVED, clustered_share(solved, people))
    yield Figure(QUERIES, mean_queries(np.stack([one.found.queries for one in trials])))
    scored = _joined([one.scored for one in trials])
    yield from _named(scored, people, len(by.people))
    for fmr in by.fmrs:
        yield from _at(fmr, scored, solved, people, by)
        yield _as_another(fmr, trials, by)
    names = trials[0].references
    for name in names:
        other = _joined([one.references[name] for one in trials])
        yield from _named(other, people, len(by.people), name)
        for fmr in by.fmrs:
            yield from _of_reference(name, fmr, other, people, by)
            if name == LOOK_ALIKE:
                yield _over(fmr, scored, other, people, by)


def _joined(each: Sequence[Scored]) -> Scored:
    """Return the scores of several trials, one after the other."""
    return Scored(
        np.concatenate([one.own for one in each]),
        np.concatenate([one.other for one in each]),
        np.concatenate([one.rank for one in each]),
        np.concatenate([one.everybody for one in each]),
    )


def _accepts(scores: Float64Array, matcher: Matcher, fmr: float) -> BoolArray:
    """Return which scores are accepted; one that is NaN, of no picture, never is."""
    return matcher.accepts(scores, fmr)


def _at(
    fmr: float, scored: Scored, solved: BoolArray, people: IntArray, by: Counting
) -> Iterator[Figure]:
    matcher = by.matchers[0]
    if fmr not in matcher.thresholds:
        why = matcher.missing[fmr]
        yield from (Figure(at_fmr(one, fmr), None, why) for one in (TYPE_I, TYPE_II, MATCH))
    else:
        own = _accepts(scored.own, matcher, fmr)
        rates = inversion_rates(solved, _accepts(scored.other[:, 0], matcher, fmr), people)
        yield Figure(at_fmr(TYPE_I, fmr), inversion_rates(solved, own, people).success)
        yield Figure(at_fmr(TYPE_II, fmr), rates.success)
        yield Figure(at_fmr(MATCH, fmr), rates.match, "" if rates.match else NOTHING)
    yield from _transfers(fmr, scored, people, by)


def _transfers(
    fmr: float, scored: Scored, people: IntArray, by: Counting, *of: str
) -> Iterator[Figure]:
    for number in range(1, len(by.matchers)):
        metric, matcher = at_fmr(TRANSFER, fmr, by.titles[number], *of), by.matchers[number]
        if fmr not in matcher.thresholds:
            yield Figure(metric, None, matcher.missing[fmr])
        else:
            accepted = _accepts(scored.other[:, number], matcher, fmr)
            yield Figure(metric, clustered_share(accepted, people))


def _of_reference(
    name: str, fmr: float, scored: Scored, people: IntArray, by: Counting
) -> Iterator[Figure]:
    matcher = by.matchers[0]
    types = {TYPE_I: scored.own, TYPE_II: scored.other[:, 0]}
    if name == PHOTO:  # the stolen photo itself always matches its own template
        del types[TYPE_I]
    for metric, scores in types.items():
        if fmr not in matcher.thresholds:
            yield Figure(at_fmr(metric, fmr, name), None, matcher.missing[fmr])
        else:
            hits = _accepts(scores, matcher, fmr)
            yield Figure(at_fmr(metric, fmr, name), clustered_share(hits, people))
    yield from _transfers(fmr, scored, people, by, name)


def _over(fmr: float, scored: Scored, baseline: Scored, people: IntArray, by: Counting) -> Figure:
    """Return by how much more often faces pass than those of look-alikes do."""
    matcher, metric = by.matchers[0], at_fmr(OVER, fmr)
    if fmr not in matcher.thresholds:
        return Figure(metric, None, matcher.missing[fmr])
    passed, before = (_accepts(one.other[:, 0], matcher, fmr) for one in (scored, baseline))
    return Figure(metric, success_above(passed, before, people))


def _as_another(fmr: float, trials: Sequence[Trial], by: Counting) -> Figure:
    """Return how often faces pass as somebody else of the attacked people: the null of type II."""
    matcher, metric = by.matchers[0], at_fmr(OTHERS, fmr)
    if fmr not in matcher.thresholds:
        return Figure(metric, None, matcher.missing[fmr])
    count = len(by.people)
    away = ~np.eye(count, dtype=bool)
    first, second = np.nonzero(away)
    pairs = np.column_stack([by.people[first], by.people[second]])
    scores = np.concatenate([one.scored.everybody[away] for one in trials])
    made = ~np.isnan(scores)
    if not made.any():
        return Figure(metric, None, NOTHING)
    pairs = np.tile(pairs, (len(trials), 1))
    return Figure(metric, real_fmr(matcher, fmr, scores[made], pairs[made]))


def _named(scored: Scored, people: IntArray, gallery: int, *of: str) -> Iterator[Figure]:
    for rank in RANKS:
        if rank >= gallery:
            why = f"expected more than {rank} people to look among, got {gallery}"
            yield Figure(at_rank(rank, *of), None, why)
        else:
            hits = (scored.rank >= 1) & (scored.rank <= rank)
            yield Figure(at_rank(rank, *of), clustered_share(hits, people))


def columns_of(trials: Sequence[Trial], people: IntArray) -> Mapping[str, np.ndarray]:
    """Return the columns of evidence: a row a person and trial.

    People are numbered as they come: their numbers among all tell names to whoever lists a folder.
    """
    columns = {
        "people": np.tile(np.arange(len(people)), len(trials)),
        "trial": np.repeat(np.arange(len(trials)), len(people)),
        "solved": np.concatenate([one.found.solved for one in trials]),
        "queries": np.concatenate([one.found.queries for one in trials]),
    }
    sides = {"": [one.scored for one in trials]}
    sides |= {name: [one.references[name] for one in trials] for name in trials[0].references}
    for name, each in sides.items():
        for column, values in _joined(each).columns().items():
            columns[f"{column}:{name}" if name else column] = values
    return columns
