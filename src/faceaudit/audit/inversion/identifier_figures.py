"""Figures of an inversion of an identifier, counted from what was said of its faces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from faceaudit.audit.inversion.identifier_judging import IdentifierTrial, Said, joined
from faceaudit.metrics import clustered_share
from faceaudit.metrics.inversion import inversion_rates, mean_queries, success_above
from faceaudit.protocols.matching import Matcher, real_fmr
from faceaudit.records.identifier_inversion import JUDGE, OVER_RANDOM, RANKS, found_at
from faceaudit.records.inversion import (
    LOOK_ALIKE,
    MATCH,
    OTHERS,
    OVER,
    QUERIES,
    RANDOM,
    SOLVED,
    TRANSFER,
    at_fmr,
    at_rank,
)
from faceaudit.types import BoolArray, Column, Figure, IntArray

NOTHING = "the attack gave no face at all"
BASELINES = ((OVER, LOOK_ALIKE), (OVER_RANDOM, RANDOM))
"""What an attack is compared with try by try, and how the difference is called."""


def identifier_figures(
    trials: Sequence[IdentifierTrial],
    targets: IntArray,
    matcher: Matcher,
    fmrs: Sequence[float],
) -> Iterator[Figure]:
    """Yield the figures of an attack, then those of what it is held against.

    Tries of one person are a cluster, over trials and test photos; a face that was not made counts
    as tried and not accepted.

    Args:
        trials: of the attack, one at least.
        targets: (A,) labels of the attacked people.
        matcher: the judge's thresholds.
        fmrs: false match rates asked for.
    """
    people = np.tile(targets, len(trials))
    solved = np.concatenate([one.found.solved for one in trials])
    said = joined([one.said for one in trials])
    others = {
        name: joined([one.references[name] for one in trials]) for name in trials[0].references
    }
    known = said.everybody.shape[1]
    yield Figure(SOLVED, clustered_share(solved, people))
    yield Figure(QUERIES, mean_queries(np.stack([one.found.queries for one in trials])))
    yield from _within_ranks(said, people, known)
    for metric, name in BASELINES:
        passed, before = (one.judged_rank == 1 for one in (said, others[name]))
        yield Figure(f"{metric}@rank=1", success_above(passed, before, people))
    for fmr in fmrs:
        yield from _at(fmr, said, solved, people, matcher)
        yield _as_another(fmr, said, targets, len(trials), matcher)
        for metric, name in BASELINES:
            yield _over(metric, fmr, (said, others[name]), people, matcher)
    for name, other in others.items():
        yield from _within_ranks(other, people, known, name)
        for fmr in fmrs:
            yield _passing(at_fmr(TRANSFER, fmr, JUDGE, name), fmr, other, people, matcher)


def identifier_columns(trials: Sequence[IdentifierTrial], targets: IntArray) -> dict[str, Column]:
    """Return the columns of evidence: a row a person and trial."""
    columns: dict[str, Column] = {
        "people": np.tile(targets, len(trials)),
        "trial": np.repeat(np.arange(len(trials)), len(targets)),
        "solved": np.concatenate([one.found.solved for one in trials]),
        "queries": np.concatenate([one.found.queries for one in trials]),
        **joined([one.said for one in trials]).columns(),
    }
    for name in trials[0].references:
        columns |= joined([one.references[name] for one in trials]).columns(name)
    return columns


def _within_ranks(said: Said, people: IntArray, known: int, *of: str) -> Iterator[Figure]:
    for rank in RANKS:
        for metric, places in (
            (at_rank(rank, *of), said.rank),
            (found_at(rank, *of), said.judged_rank),
        ):
            if rank >= known:
                why = f"expected more than {rank} people to look among, got {known}"
                yield Figure(metric, None, why)
            else:
                yield Figure(metric, clustered_share((places >= 1) & (places <= rank), people))


def _at(
    fmr: float, said: Said, solved: BoolArray, people: IntArray, matcher: Matcher
) -> Iterator[Figure]:
    success, match = at_fmr(TRANSFER, fmr, JUDGE), at_fmr(MATCH, fmr)
    if fmr not in matcher.thresholds:
        yield from (Figure(one, None, matcher.missing[fmr]) for one in (success, match))
        return
    row = np.nonzero(said.photos)[0]
    rates = inversion_rates(solved[row], _accepted(said, matcher, fmr), people[row])
    yield Figure(success, rates.success)
    yield Figure(match, rates.match, "" if rates.match else NOTHING)


def _passing(metric: str, fmr: float, said: Said, people: IntArray, matcher: Matcher) -> Figure:
    if fmr not in matcher.thresholds:
        return Figure(metric, None, matcher.missing[fmr])
    row = np.nonzero(said.photos)[0]
    return Figure(metric, clustered_share(_accepted(said, matcher, fmr), people[row]))


def _accepted(said: Said, matcher: Matcher, fmr: float) -> BoolArray:
    """Return which tries passed, of each face with each test photo that there is of the person."""
    return matcher.accepts(said.judged[said.photos], fmr)


def _over(
    metric: str, fmr: float, sides: tuple[Said, Said], people: IntArray, matcher: Matcher
) -> Figure:
    """Return by how much more often faces pass than a baseline's do, on the same photos."""
    metric = at_fmr(metric, fmr)
    if fmr not in matcher.thresholds:
        return Figure(metric, None, matcher.missing[fmr])
    passed, before = (_accepted(one, matcher, fmr) for one in sides)
    return Figure(metric, success_above(passed, before, people[np.nonzero(sides[0].photos)[0]]))


def _as_another(fmr: float, said: Said, targets: IntArray, trials: int, matcher: Matcher) -> Figure:
    """Return how often faces pass as somebody else whom the identifier knows.

    That is what they would pass in if its labels were shuffled: the null of the headline.
    """
    metric = at_fmr(OTHERS, fmr)
    if fmr not in matcher.thresholds:
        return Figure(metric, None, matcher.missing[fmr])
    own = np.tile(targets, trials)
    other = np.broadcast_to(np.arange(said.everybody.shape[1])[None, :, None], said.everybody.shape)
    made = ~np.isnan(said.everybody) & (other != own[:, None, None])
    if not made.any():
        return Figure(metric, None, NOTHING)
    pairs = np.column_stack([own[np.nonzero(made)[0]], other[made]])
    return Figure(metric, real_fmr(matcher, fmr, said.everybody[made], pairs))
