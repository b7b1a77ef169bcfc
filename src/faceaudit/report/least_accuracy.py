"""Systems that recognise too few for a verdict: what is measured on them decides no limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from faceaudit.report.measures import Measure
from faceaudit.report.numbers import SPACE, percent_in_text
from faceaudit.types import Estimate


def of_working_systems(measures: Iterable[Measure], least: float) -> tuple[Measure, ...]:
    """Return the measures, those of systems below the least accuracy with a caution that says so.

    A limit is then neither broken nor kept by them. Measures that are an accuracy themselves stay
    as they are, as do those of systems whose accuracy is not known.

    Args:
        measures: of an audit.
        least: the plan's `declared.least_accuracy`.
    """
    return tuple(
        replace(one, caution=too_low(one.accuracy, least))
        if one.accuracy is not None and is_too_low(one.accuracy, least)
        else one
        for one in measures
    )


def is_too_low(accuracy: Estimate | None, least: float) -> bool:
    """Return whether a system recognises too few for a verdict; one of unknown accuracy does not.

    >>> is_too_low(Estimate(0.79, 0.70, 0.86, 100, "wilson 95 %"), 0.8), is_too_low(None, 0.8)
    (True, False)
    """
    return accuracy is not None and accuracy.value < least


def too_low(accuracy: Estimate, least: float) -> str:
    """Say why a system gets no verdict, as a part of a sentence."""
    return (
        f"without any attack the system recognises only {percent_in_text(accuracy.value)} of "
        f"photos, and there is a verdict from {least * 100:g}{SPACE}% on "
        "(declared.least_accuracy): how attacks fare on a system that does not work says little "
        "of one that does"
    )
