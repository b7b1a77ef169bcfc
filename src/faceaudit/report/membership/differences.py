"""Differences between figures of two cases."""

from __future__ import annotations

from faceaudit.metrics.paired_differences import difference_over_seeds
from faceaudit.report.membership.cases import Case
from faceaudit.types import Estimate


def contrast(case: Case, metric: str, other: Case, other_metric: str) -> Estimate | None:
    """Estimate a figure of `case` less a figure of `other`; None where either is unknown.

    Args:
        case: the one.
        metric: its figure.
        other: the other.
        other_metric: that one's figure.
    """
    first, second = case.get(metric), other.get(other_metric)
    if first is None or second is None:
        return None
    return difference_over_seeds(first, second, case.by_seed(metric), other.by_seed(other_metric))
