"""Figures of a backdoor audit that are made of others: over trainings, or differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from faceaudit.metrics import accuracy_over_trainings, share_over_trainings
from faceaudit.metrics.differences import newcombe_paired
from faceaudit.metrics.intervals import wilson
from faceaudit.metrics.paired_differences import paired_difference
from faceaudit.records.backbone import PretrainedBackboneFacts
from faceaudit.records.backdoor import (
    CLEAN,
    CLEAN_ROWS,
    PRISTINE,
    PRISTINE_ROWS,
    is_of_everybody,
)
from faceaudit.records.groups import is_comparison, is_of_groups, pool_comparisons
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure


def pool_figures(cases: Sequence[CaseRecord]) -> dict[str, Figure]:
    """Return every figure of cases that differ in their seed alone, over trainings, by metric.

    A figure is the mean over trainings, and its interval holds what they differ by: tries on one
    trained system tell little of another one. A training in which a figure was not measured counts
    for nothing, and `why_none` says so. The figures of a single case are returned as they are: they
    are of one training, and their intervals do not hold what another would give.

    Args:
        cases: the same attack under other seeds, at least one; none of them failed.
    """
    if len(cases) == 1:
        return {figure.metric: figure for figure in cases[0].figures}
    metrics = dict.fromkeys(figure.metric for case in cases for figure in case.figures)
    pooled = {
        metric: _pool_figure(metric, cases) for metric in metrics if not is_comparison(metric)
    }
    return {**pooled, **pool_comparisons(pooled.values())}


def _pool_figure(metric: str, cases: Sequence[CaseRecord]) -> Figure:
    figures = [figure for case in cases for figure in case.figures if figure.metric == metric]
    known = [figure.estimate for figure in figures if figure.estimate is not None]
    if not known:
        reasons = dict.fromkeys(figure.why_none for figure in figures)
        return Figure(metric, None, "; ".join(reasons))
    # The same people are in all trainings: a group's interval stays as wide as they make it.
    accuracy = metric in (CLEAN, PRISTINE) or is_of_groups(metric) or is_of_everybody(metric)
    several = accuracy and len(known) > 1
    total = accuracy_over_trainings(known) if several else _mean_of(known)
    partly = (
        "" if len(known) == len(cases) else f"measured for {len(known)} of {len(cases)} trainings"
    )
    return Figure(metric, total, partly)


def clean_accuracy_loss(cases: Sequence[CaseRecord]) -> Estimate | None:
    """Estimate clean accuracy less that of the pristine system, over all of `cases`.

    Both systems of a training see the same test photos. Where the evidence holds the answers of
    both, they are compared photo by photo (Newcombe 1998, paired); otherwise as two unrelated
    figures, which gives a wider interval. Over several trainings the value is the mean of their
    differences and `n` counts trainings; the interval is Student's over them, or the one over all
    photos where that is wider, since a few trainings may agree by chance.

    Args:
        cases: the same attack under other seeds, at least one; none of them failed.

    Returns:
        The difference, negative when the attack costs accuracy; None when one side is unknown.
    """
    rates = [(case.figure(CLEAN), case.figure(PRISTINE)) for case in cases]
    known = [(ours, theirs) for ours, theirs in rates if ours is not None and theirs is not None]
    if len(known) < len(cases):
        return None
    tallies = [tally for case in cases if (tally := _tally_answers(case)) is not None]
    if len(tallies) == len(cases):
        within = newcombe_paired(*(sum(cells) for cells in zip(*tallies, strict=True)))
    else:
        ours, theirs = (_mean_of([pair[side] for pair in known]) for side in (0, 1))
        within = success_difference(ours, theirs)
    if len(cases) == 1:
        return within
    values, others = (
        {place: pair[side].value for place, pair in enumerate(known)} for side in (0, 1)
    )
    between = paired_difference(*known[0], values, others)
    return replace(
        between,
        low=min(between.low, between.value + within.low - within.value),
        high=max(between.high, between.value + within.high - within.value),
    )


def success_difference(first: Estimate, second: Estimate) -> Estimate:
    """Estimate one share less another, of unrelated tries, from their intervals.

    See `faceaudit.metrics.paired_differences` (Zou, Donner 2008). For two Wilson intervals it is
    the interval of Newcombe 1998, method 10.
    """
    return paired_difference(first, second, {}, {})


def _mean_of(each: Sequence[Estimate]) -> Estimate:
    return each[0] if len(each) == 1 else share_over_trainings(each)


def _tally_answers(case: CaseRecord) -> tuple[int, int, int, int] | None:
    """Count the test photos that both systems recognised, only one of them, or neither."""
    ours = _recognised(case, CLEAN_ROWS, CLEAN)
    theirs = _recognised(case, PRISTINE_ROWS, PRISTINE)
    if ours is None or theirs is None or ours.keys() != theirs.keys():
        return None
    cells = [0, 0, 0, 0]
    for photo, right in ours.items():
        cells[2 * (not right) + (not theirs[photo])] += 1
    return cells[0], cells[1], cells[2], cells[3]


def _recognised(case: CaseRecord, kind: str, metric: str) -> dict[str, bool] | None:
    """Return whether each clean test photo was recognised; None where evidence and figure differ.

    Args:
        case: any case.
        kind: which rows of the evidence to read.
        metric: the figure that rests on them.
    """
    evidence, accuracy = case.evidence, case.figure(metric)
    if evidence is None or accuracy is None:
        return None
    if not {"kind", "truth", "predicted"} <= set(evidence.columns):
        return None
    right = np.asarray(evidence.columns["truth"] == evidence.columns["predicted"])
    rows = np.flatnonzero(evidence.columns["kind"] == kind)
    outcomes = {evidence.ids[row]: bool(right[row]) for row in rows}
    if not len(outcomes) == len(rows) > 0:
        return None
    share = sum(outcomes.values()) / len(rows)
    return outcomes if math.isclose(share, accuracy.value, abs_tol=1e-9) else None


def pretraining_accuracy(backbone: PretrainedBackboneFacts) -> Estimate | None:
    """Estimate how often a backbone recognised validation photos; None where there were none."""
    photos = backbone.validation_photos
    return wilson(round(backbone.validation_accuracy * photos), photos) if photos else None
