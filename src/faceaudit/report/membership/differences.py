"""Differences between figures of two cases."""

from __future__ import annotations

from faceaudit.metrics.paired_differences import paired_difference
from faceaudit.report.membership.cases import Case
from faceaudit.types import Estimate


def difference(case: Case, metric: str, other: Case, other_metric: str) -> Estimate | None:
    """Estimate a figure of `case` less a figure of `other`; None where either is unknown.

    Args:
        case: the case whose figure is compared.
        metric: that figure.
        other: the case that it is compared with.
        other_metric: that case's figure.
    """
    first, second = case.get(metric), other.get(other_metric)
    if first is None or second is None:
        return None
    return paired_difference(first, second, case.by_target(metric), other.by_target(other_metric))
