"""Differences between figures of two cases, and what may be said of them."""

from __future__ import annotations

from faceaudit.metrics.paired_differences import paired_difference
from faceaudit.records.membership import ACCURACY, AUC, Granularity, strongest
from faceaudit.report.membership.cases import Case, ComparableCases
from faceaudit.types import Estimate

LOSS = 0.01
"""Accuracy that a mitigation may cost."""


def difference(case: Case, metric: str, other: Case, other_metric: str) -> Estimate | None:
    """Estimate a figure of `case` less a figure of `other`; None where either is unknown.

    Attacks compare a target with all other verifiers, so that their figures on several targets are
    correlated, and so are the differences: the interval allows for that. It does so for attacks
    without shadows, too, and is then wider than it need be.

    Args:
        case: the case whose figure is compared.
        metric: that figure.
        other: the case that it is compared with, which may be the same.
        other_metric: that case's figure.
    """
    first, second = case.get(metric), other.get(other_metric)
    if first is None or second is None:
        return None
    ours, theirs = case.by_target(metric), other.by_target(other_metric)
    drawn = case.facts.blocks is not None
    models = case.facts.verifiers if drawn and metric != ACCURACY else None
    return paired_difference(first, second, ours, theirs, models=models)


def leak_change(case: Case, base: Case, level: Granularity) -> Estimate | None:
    """Estimate the AUC of the strongest attack less that without mitigation, at a level."""
    metric = strongest(AUC, level)
    return difference(case, metric, base, metric)


def accuracy_change(case: Case, group: ComparableCases) -> Estimate | None:
    """Return accuracy less that without mitigation, or None when unknown."""
    base = group.baseline
    return None if base is None else difference(case, ACCURACY, base, ACCURACY)


def is_affordable(change: Estimate | None) -> bool:
    """Return whether accuracy falls by no more than a point, by the whole interval."""
    return change is not None and change.low >= -LOSS


def helps(change: Estimate | None) -> bool:
    """Return whether a leak is smaller than without mitigation, by the whole interval."""
    return change is not None and change.high < 0


def harms(change: Estimate | None, case: Case) -> bool:
    """Return whether a mitigation's leak is larger than without it, by the whole interval.

    One that only changes the answers of unmitigated verifiers cannot leak more than these: a higher
    figure then shows that the one without mitigation is too low.
    """
    return change is not None and change.low > 0 and not case.facts.post_processing


def direction(change: Estimate, case: Case) -> int:
    """Return -1 for less leak by the whole interval, 1 for more, 0 for neither."""
    return -1 if helps(change) else 1 if harms(change, case) else 0
