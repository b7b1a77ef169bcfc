"""Figures of backdoor cases under one mitigation, over trainings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.metrics import accuracy_over_trainings, share_over_trainings, student_mean
from faceaudit.records.backdoor import CLEAN
from faceaudit.records.backdoor_mitigation import (
    CLEAN_BEFORE,
    CLEAN_CHANGE,
    CLEAN_REMOVED,
    DETECTION_AUC,
    POISON_AUC,
    REFUSED,
    REFUSED_GLASSES,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

STEADY = {
    CLEAN,
    CLEAN_BEFORE,
    CLEAN_REMOVED,
    DETECTION_AUC,
    POISON_AUC,
    REFUSED,
    REFUSED_GLASSES,
}
"""Figures that trainings move a little, either way; others may be all or nothing."""


def pool_mitigated(cases: Sequence[CaseRecord]) -> dict[str, Figure]:
    """Return every figure of cases that differ in their seed alone, over trainings, by metric.

    As `pool_figures` does; a training in which a figure was not measured counts for nothing, and
    `why_none` says so.

    Args:
        cases: at least one; none of them failed.
    """
    if len(cases) == 1:
        return {figure.metric: figure for figure in cases[0].figures}
    metrics = dict.fromkeys(figure.metric for case in cases for figure in case.figures)
    return {metric: _pool(metric, cases) for metric in metrics}


def _pool(metric: str, cases: Sequence[CaseRecord]) -> Figure:
    figures = [figure for case in cases for figure in case.figures if figure.metric == metric]
    known = [figure.estimate for figure in figures if figure.estimate is not None]
    if not known:
        return Figure(metric, None, "; ".join(dict.fromkeys(one.why_none for one in figures)))
    partly = (
        "" if len(known) == len(cases) else f"measured for {len(known)} of {len(cases)} trainings"
    )
    return Figure(metric, _mean(metric.partition("@")[0], known), partly)


def _mean(metric: str, known: Sequence[Estimate]) -> Estimate:
    if len(known) == 1:
        return known[0]
    if metric == CLEAN_CHANGE:
        return change_over_trainings(known)
    return accuracy_over_trainings(known) if metric in STEADY else share_over_trainings(known)


def change_over_trainings(each: Sequence[Estimate]) -> Estimate:
    """Estimate the mean of a change of accuracy over trainings.

    The interval is Student's over trainings, or as far as those of single trainings reach on
    average where that is farther: a few trainings may agree by chance. Where all are equal, as
    changes by whole photos often are, Student's says nothing, and single trainings' is taken.

    Args:
        each: (T,) the change in each training, T at least 2, with an interval of its own.

    >>> from faceaudit.metrics import newcombe_paired
    >>> each = [newcombe_paired(700, 5, 9, 6), newcombe_paired(702, 6, 8, 4)]
    >>> found = change_over_trainings(each)
    >>> round(found.value, 4), found.low < -0.005 < found.high, found.n
    (-0.0042, True, 2)
    """
    over = student_mean([one.value for one in each], bounds=(-1.0, 1.0))
    below = sum(one.value - one.low for one in each) / len(each)
    above = sum(one.high - one.value for one in each) / len(each)
    low, high = max(-1.0, over.value - below), min(1.0, over.value + above)
    if np.ptp([one.value for one in each]) > 0:
        low, high = min(low, over.low), max(high, over.high)
    method = f"student over {len(each)} trainings, or as one where wider 95 %"
    return Estimate(over.value, low, high, len(each), method)
