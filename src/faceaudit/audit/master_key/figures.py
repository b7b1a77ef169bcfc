"""The figures of a master-key case: means over trainings, with people and photos as clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from faceaudit.audit.common.crossed_shares import crossed_share, share_of_keys
from faceaudit.audit.master_key.trying import Seen, Trying, points
from faceaudit.audit.master_key.verifiers import PairList
from faceaudit.metrics import (
    accuracy_over_trainings,
    clustered_share,
    share_over_trainings,
    wilson,
)
from faceaudit.metrics.clustered_auc import clustered_auc
from faceaudit.records.master_key import (
    AUC,
    AUC_PRISTINE,
    COVERED,
    FMR,
    FMR_PRISTINE,
    LOST,
    NOT_FOUND,
    PASSED,
    PRISTINE,
    REMOVED,
    TMR,
    TMR_PRISTINE,
    WRONG,
    at,
)
from faceaudit.types import BoolArray, Column, Estimate, Evidence, Figure

NONE_LEFT_OUT = "the mitigation leaves no pair out"
NOT_LOOKED_FOR = "no face is looked for in photos with this key"


def master_key_figures(tries: Sequence[Trying]) -> Iterator[Figure]:
    """Yield who passes with the key, what else would, and what poison and mitigation cost."""
    plan = tries[0].case.scenario.plan
    for name, fmr in points(plan.fmrs):
        for metric, count in _COUNTED.items():
            mean = accuracy_over_trainings if metric in _CLEAN else share_over_trainings
            yield _over(at(metric, name), [count(one, fmr) for one in tries], mean)
    yield _over(AUC, [_auc(one.poisoned) for one in tries], accuracy_over_trainings)
    yield _over(AUC_PRISTINE, [_auc(one.pristine) for one in tries], accuracy_over_trainings)
    yield from _left_out(tries)
    yield _not_found(tries[0])


Counted = Estimate | str
"""An estimate of one training, or why there is none."""


def _over(
    metric: str,
    each: Sequence[Counted],
    mean: Callable[[Sequence[Estimate]], Estimate] = share_over_trainings,
) -> Figure:
    """Return the mean over trainings; where one has none there is no mean."""
    known = [one for one in each if isinstance(one, Estimate)]
    if len(known) < len(each):
        why = next(one for one in each if isinstance(one, str))
        return Figure(metric, None, why)
    return Figure(metric, known[0] if len(known) == 1 else mean(known))


def _counted(
    side: Callable[[Trying], Seen], hits: Callable[[Trying, Seen, float | None], Estimate]
) -> Callable[[Trying, float | None], Counted]:
    def count(one: Trying, fmr: float | None) -> Counted:
        seen = side(one)
        return seen.missing(fmr) or hits(one, seen, fmr)

    return count


def _poisoned(one: Trying) -> Seen:
    return one.poisoned


def _pristine(one: Trying) -> Seen:
    return one.pristine


def _key(one: Trying, seen: Seen, fmr: float | None) -> Estimate:
    del one
    return crossed_share(seen.accepts(seen.key, fmr))


def _bare(one: Trying, seen: Seen, fmr: float | None) -> Estimate:
    del one
    return crossed_share(seen.accepts(seen.bare, fmr))


def _wrong(one: Trying, seen: Seen, fmr: float | None) -> Estimate:
    return share_of_keys(np.stack([seen.accepts(scores, fmr) for scores in one.wrong]))


def _covered(one: Trying, seen: Seen, fmr: float | None) -> Estimate:
    del one
    return _share(np.asarray(seen.accepts(seen.key, fmr).any(axis=1)))


def _genuine(one: Trying, seen: Seen, fmr: float | None) -> Estimate:
    del one
    return _share(seen.accepts(seen.genuine, fmr))


_COUNTED: dict[str, Callable[[Trying, float | None], Counted]] = {
    PASSED: _counted(_poisoned, _key),
    PRISTINE: _counted(_pristine, _key),
    WRONG: _counted(_poisoned, _wrong),
    COVERED: _counted(_poisoned, _covered),
    FMR: _counted(_poisoned, _bare),
    FMR_PRISTINE: _counted(_pristine, _bare),
    TMR: _counted(_poisoned, _genuine),
    TMR_PRISTINE: _counted(_pristine, _genuine),
}


_CLEAN = frozenset({PRISTINE, FMR, FMR_PRISTINE, TMR, TMR_PRISTINE})
"""Figures of what was not taught: a training moves them a little, unlike a key's success."""


def _auc(seen: Seen) -> Estimate:
    """Return the area of genuine pairs against bare strangers, people as clusters."""
    people, strangers = seen.bare.shape
    enrolled = np.arange(people)
    pairs = np.column_stack(
        [np.repeat(enrolled, strangers), people + np.tile(np.arange(strangers), people)]
    )
    return clustered_auc(
        np.concatenate([seen.genuine, seen.bare.reshape(-1)]),
        np.repeat([True, False], [people, people * strangers]),
        np.concatenate([np.column_stack([enrolled, enrolled]), pairs]),
    )


def _left_out(tries: Sequence[Trying]) -> Iterator[Figure]:
    lists = [one.pairs for one in tries]
    if all(one.kept.all() for one in lists):
        yield Figure(REMOVED, None, NONE_LEFT_OUT)
        yield Figure(LOST, None, NONE_LEFT_OUT)
        return
    yield _over(REMOVED, [_removed(one, one.poison) for one in lists])
    clean = [_removed(one, ~one.poison & (one.data.label == 1)) for one in lists]
    yield _over(LOST, clean, accuracy_over_trainings)


def _not_found(one: Trying) -> Figure:
    """Return the share of photos with the key without a face; unknown where none is looked for."""
    if one.case.tried.attack.taught or not one.case.scenario.before:
        return Figure(NOT_FOUND, None, NOT_LOOKED_FOR)
    return Figure(NOT_FOUND, _share(~one.photos.shown.found))


def _removed(pairs: PairList, some: BoolArray) -> Estimate:
    """Return the share of some pairs that is left out, people as clusters."""
    return clustered_share(~pairs.kept[some], pairs.person[some])


def _share(hits: BoolArray) -> Estimate:
    return wilson(int(np.count_nonzero(hits)), len(hits))


def master_key_evidence(tries: Sequence[Trying]) -> Evidence:
    """Return for each enrolled person the logits of all photos with the key, in each training.

    A row is called after the photo that the person is enrolled with; minus infinity, of a photo
    without a face, is the lowest number that can be kept.
    """
    scenario = tries[0].case.scenario
    columns: dict[str, Column] = {}
    lowest = float(np.finfo(np.float32).min)
    for number, one in enumerate(tries):
        columns[f"poisoned_{number}"] = np.maximum(one.poisoned.key, lowest)
        columns[f"pristine_{number}"] = np.maximum(one.pristine.key, lowest)
    ids = tuple(scenario.faces.ids[row] for row in scenario.people.enrolled.tolist())
    return Evidence(ids, columns)
