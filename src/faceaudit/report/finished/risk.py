"""The risk statements of finished systems: strangers who get in, keys that draw, members found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from faceaudit.audit.declared import Declared
from faceaudit.records.finished import (
    DRAWN,
    DRAWN_NULL,
    OWN_FMR,
    STRANGERS,
    KeyFacts,
    of_key,
    of_score,
)
from faceaudit.report.elements import reason_of
from faceaudit.report.finished.systems import AskedPart, AskedSystem
from faceaudit.report.numbers import decimal_with_interval, percent_with_interval
from faceaudit.report.risk_lines import (
    NO_RATE,
    declared_lines,
    lowest_rate,
    missing,
    openings,
    openings_a_day_missing,
    people_exposed,
    people_found,
)
from faceaudit.report.threats import Risk, RiskLine
from faceaudit.types import Estimate, Figure

Suspect = tuple[AskedSystem, AskedPart, KeyFacts]
RATES = {
    OWN_FMR: "strangers accepted as the person they claim to be",
    STRANGERS: "strangers taken for somebody it knows",
}
"""Wrong openings without any key, by metric."""


def keys_risk(
    systems: Sequence[AskedSystem], suspects: Sequence[Suspect], declared: Declared
) -> Risk:
    """Combine how often strangers get in, and keys that stand out, with what is declared."""
    rates = [*_strangers(systems), *_drawn(suspects, DRAWN, "with the key")]
    nulls = _drawn(suspects, DRAWN_NULL, "without the key")
    measured = tuple(
        RiskLine(name, percent_with_interval(rate), rate) for name, rate in (*rates, *nulls)
    )
    why = "no system decides by itself, and no key stands out"
    combined = (
        *(line for name, rate in rates for line in openings(name, rate, declared)),
        *openings_a_day_missing(declared),
    )
    return Risk(
        measured or (missing("Wrong openings", why),),
        declared_lines(declared, ("use", "people", "attempts", "protects")),
        combined if rates else (missing("Wrong openings", NO_RATE),),
    )


def _strangers(systems: Sequence[AskedSystem]) -> Iterator[tuple[str, Estimate]]:
    for system in systems:
        for one in system.parts:
            for metric, name in RATES.items():
                rate = one.get(metric)
                if rate is not None:
                    yield f"{system.title}, {name}", rate


def _drawn(suspects: Sequence[Suspect], metric: str, how: str) -> Iterator[tuple[str, Estimate]]:
    for system, one, key in suspects:
        rate = one.get(of_key(metric, key.key))
        if rate is not None:
            yield f"{system.title}, taken for {key.person} {how} {key.key}", rate


def membership_risk(parts: Sequence[AskedPart], declared: Declared) -> Risk:
    """Combine how many trained people were found with what is declared.

    Args:
        parts: those whose lists passed their checks.
        declared: what the owner says of the system's use.
    """
    measured: list[RiskLine] = []
    combined: list[RiskLine] = []
    for one in parts:
        measured += (_titled(one, line) for line in _measured(one))
        rate = lowest_rate(_rates(one))
        if rate is not None:
            combined += (_titled(one, line) for line in people_exposed(*rate, declared=declared))
    return Risk(
        tuple(measured) or (missing("Trained people found", "no list passed its checks"),),
        declared_lines(declared, ("use", "people", "prior", "sensitivity")),
        tuple(combined) or (missing("Precision, and people exposed", NO_RATE),),
    )


def _titled(one: AskedPart, line: RiskLine) -> RiskLine:
    return replace(line, name=f"{one.facts.system.title}. {line.name}")


def _measured(one: AskedPart) -> Iterator[RiskLine]:
    name, metric = "Right choices between two people", of_score("auc", "people")
    area = next((figure for figure in one.figures if figure.metric == metric), None)
    if area is None or area.estimate is None:
        yield missing(name, "the lists are not of people" if area is None else reason_of(area))
    else:
        text = f"AUC {decimal_with_interval(area.estimate)}; guessing: 0.5"
        yield RiskLine(name, text, area.estimate)
    rate = lowest_rate(_rates(one))
    if rate is not None:
        yield from people_found(*rate)


def _rates(one: AskedPart) -> Iterator[tuple[float, Figure]]:
    """Yield each false positive rate that people were told apart at, and how many were found."""
    for figure in one.figures:
        name, _, level = figure.metric.partition(":")
        if name.startswith("tpr@fpr=") and level == "people":
            yield float(name.partition("=")[2]), figure
