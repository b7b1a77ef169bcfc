"""What became of limits, in words: for the command line, JUnit and SARIF."""

from __future__ import annotations

from faceaudit.audit.kinds import kind_of
from faceaudit.audit.limits import Limit
from faceaudit.report.judging import Judgement, verdict
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import SPACE
from faceaudit.types import Estimate


def judgement_line(judgement: Judgement) -> str:
    """Say in one line what became of a limit, by how many figures, and what the worst one is."""
    limit = judgement.limit
    if not judgement.deciding:
        return f"{judgement.outcome}: {limit.text}: {judgement.why_none}"
    by, all_ = len(judgement.deciding), len(judgement.measures)
    share = "its only figure" if all_ == 1 else f"all {all_} figures"
    share = share if by == all_ else f"{by} of {all_} figures"
    worst = judgement.deciding[0]
    return f"{judgement.outcome}, by {share}: {limit.text}: {measure_line(limit, worst)}"


def measure_line(limit: Limit, measure: Measure) -> str:
    """Say what a measure is, on which side of a limit it lies, and what to do about doubt."""
    return f"{measure.title} {reason(limit, measure)}"


def reason(limit: Limit, measure: Measure) -> str:
    """Say what a measure came to, why that breaks or keeps a limit, and what to do about doubt."""
    if measure.estimate is None:
        return _plain(f"was not measured ({measure.why_none}), which keeps no limit")
    found = f"is {_spell(measure.estimate, limit.bound)}"
    if measure.caution:
        return _plain(f"{found}, on which no verdict may rest: {measure.caution.strip(' .')}")
    outcome, beyond = verdict(limit, measure), {">": "above", "<": "below"}[limit.sign]
    if outcome == "broken":
        return f"{found}: the whole interval lies {beyond} {limit.bound:g}"
    if outcome == "kept":
        return f"{found}: no part of the interval lies {beyond} {limit.bound:g}"
    narrowing = kind_of(limit.kind).narrowing
    return f"{found}: {limit.bound:g} lies within the interval, which {narrowing} would narrow"


def _spell(estimate: Estimate, bound: float) -> str:
    value, low, high = (
        _digits(each, bound) for each in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} ({low} to {high}), n = {estimate.n:,}"


def _digits(number: float, bound: float) -> str:
    """Return a number in three digits; in all it has where those moved it to or over a bound.

    >>> _digits(0.70612, 0.6), _digits(0.6000004, 0.6), _digits(0.6, 0.6)
    ('0.706', '0.6000004', '0.6')
    """
    text = f"{number:.3g}"
    shown = float(text)
    moved = (shown > bound, shown < bound) != (number > bound, number < bound)
    return repr(number) if moved else text


def _plain(text: str) -> str:
    """Return the words of a page for a terminal, which has no spaces that do not break."""
    return " ".join(text.replace(SPACE, " ").split())
