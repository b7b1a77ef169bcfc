"""The risk statement of membership: who is found, how sure an attacker is, how many are exposed."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.audit.declared import Declared
from faceaudit.records.membership import AUC, strongest
from faceaudit.report.elements import reason_of
from faceaudit.report.membership.cases import Case
from faceaudit.report.numbers import decimal_with_interval
from faceaudit.report.risk_lines import (
    NO_RATE,
    declared_lines,
    lowest_rate,
    missing,
    people_exposed,
    people_found,
)
from faceaudit.report.threats import Risk, RiskLine
from faceaudit.types import Figure


def risk(case: Case | None, declared: Declared) -> Risk:
    """Combine what was measured of people with what is declared.

    Args:
        case: the one whose figure the card shows; None where there is no verdict.
        declared: what the owner says of the system's use.
    """
    said = declared_lines(declared, ("use", "people", "prior", "sensitivity"))
    if case is None or case.failed:
        none = missing("Trained people found", "nothing was measured that a verdict may rest on")
        return Risk((none,), said, (missing("Precision, and people exposed", NO_RATE),))
    area, rate = case.figure(strongest(AUC, "identity")), lowest_rate(_rates(case))
    name = "Right choices between two people"
    first = (
        missing(name, reason_of(area))
        if area.estimate is None
        else RiskLine(
            name, f"AUC {decimal_with_interval(area.estimate)}; guessing: 0.5", area.estimate
        )
    )
    if rate is None:
        why = "people were not attacked at any false positive rate"
        return Risk(
            (first, missing("Trained people found", why)),
            said,
            (missing("Precision, and people exposed", why),),
        )
    return Risk(
        (first, *people_found(*rate)), said, tuple(people_exposed(*rate, declared=declared))
    )


def _rates(case: Case) -> Iterator[tuple[float, Figure]]:
    """Yield each false positive rate that people were attacked at, and how many were found."""
    for figure in case.record.figures:
        name, _, level = figure.metric.partition(":")
        if name.startswith("strongest_tpr@fpr=") and level == "identity":
            yield float(name.partition("=")[2]), figure
