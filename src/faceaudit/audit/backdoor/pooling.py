"""Figures of a backdoor audit that are made of others: pooled over seeds, or differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.metrics.differences import newcombe, newcombe_paired
from faceaudit.metrics.intervals import wilson
from faceaudit.records.backbone import PretrainedBackboneFacts
from faceaudit.records.backdoor import CLEAN, CLEAN_ROWS, PRISTINE, PRISTINE_ROWS
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure, successes


def pool_figures(cases: Sequence[CaseRecord]) -> dict[str, Figure]:
    """Return every figure of cases that differ in their seed alone, pooled, by metric.

    Successes and trials are added up and get a Wilson interval. A seed in which a figure was not
    measured counts for nothing, and `why_none` says so. The figures of a single case are returned
    as they are.

    Args:
        cases: the same attack under other seeds, at least one; none of them failed.
    """
    if len(cases) == 1:
        return {figure.metric: figure for figure in cases[0].figures}
    metrics = dict.fromkeys(figure.metric for case in cases for figure in case.figures)
    return {metric: _pool_figure(metric, cases) for metric in metrics}


def _pool_figure(metric: str, cases: Sequence[CaseRecord]) -> Figure:
    figures = [figure for case in cases for figure in case.figures if figure.metric == metric]
    known = [figure.estimate for figure in figures if figure.estimate is not None]
    if not known:
        reasons = dict.fromkeys(figure.why_none for figure in figures)
        return Figure(metric, None, "; ".join(reasons))
    total = wilson(sum(successes(each) for each in known), sum(each.n for each in known))
    partly = "" if len(known) == len(cases) else f"measured for {len(known)} of {len(cases)} seeds"
    return Figure(metric, total, partly)


def clean_accuracy_loss(cases: Sequence[CaseRecord]) -> Estimate | None:
    """Estimate clean accuracy less that of the pristine system, over all of `cases`.

    Both systems see the same test photos. Where the evidence holds the answers of both, they are
    compared photo by photo (Newcombe 1998, paired); otherwise as two unrelated groups, which gives
    a wider interval.

    Args:
        cases: the same attack under other seeds, at least one; none of them failed.

    Returns:
        The difference, negative when the attack costs accuracy; None when one side is unknown.
    """
    tallies = [tally for case in cases if (tally := _tally_answers(case)) is not None]
    if tallies and len(tallies) == len(cases):
        both, only_first, only_second, neither = (
            sum(cells) for cells in zip(*tallies, strict=True)
        )
        return newcombe_paired(both, only_first, only_second, neither)
    ours, theirs = (_count_trials(cases, metric) for metric in (CLEAN, PRISTINE))
    return None if ours is None or theirs is None else newcombe(*ours, *theirs)


def _count_trials(cases: Sequence[CaseRecord], metric: str) -> tuple[int, int] | None:
    """Return successes and trials over all cases, or None when one of them is unknown."""
    known = [rate for case in cases if (rate := case.figure(metric)) is not None]
    if not known or len(known) < len(cases):
        return None
    return sum(successes(rate) for rate in known), sum(rate.n for rate in known)


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
    same = len(outcomes) == len(rows) == accuracy.n
    return outcomes if same and sum(outcomes.values()) == successes(accuracy) else None


def success_difference(first: Estimate, second: Estimate) -> Estimate:
    """Estimate one success rate less another, of unrelated tries (Newcombe 1998)."""
    return newcombe(successes(first), first.n, successes(second), second.n)


def pretraining_accuracy(backbone: PretrainedBackboneFacts) -> Estimate | None:
    """Estimate how often a backbone recognised validation photos; None where there were none."""
    photos = backbone.validation_photos
    return wilson(round(backbone.validation_accuracy * photos), photos) if photos else None
