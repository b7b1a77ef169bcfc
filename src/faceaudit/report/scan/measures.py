"""Measures of a scan: people who stand out, false alarms, and power."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.scan import FALSE_ALARMS, KIND, POWER
from faceaudit.report.measures import Measure
from faceaudit.report.scan.embedders import ComparedSystem, compared_systems
from faceaudit.report.scan.scans import ScannedSystem, scanned_systems
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate

SUSPICIOUS = "suspicious_people"
STANDING_OUT = "suspicious_measures"


def scan_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all systems that were scanned."""
    return (
        *(one for system in scanned_systems(records) for one in _of(system)),
        *(one for system in compared_systems(records) for one in _compared(system)),
    )


def _of(system: ScannedSystem) -> Iterator[Measure]:
    cases, facts = (system.record.id,), system.facts
    found, why = None, facts.why
    if facts.verdict != "not testable":
        count = float(facts.suspicious)
        method = f"tested at {facts.level * 100:g} % over all people"
        found, why = Estimate(count, count, count, facts.people, method), ""
    yield Measure(
        KIND,
        SUSPICIOUS,
        {"system": system.title},
        found,
        why_none=why,
        cases=cases,
        anchor=f"{system.anchor}-people",
    )
    yield from _worth(system)


def _compared(system: ComparedSystem) -> Iterator[Measure]:
    """Yield the measures of an embedder or a verifier: how many measures stand out, of which."""
    facts = system.facts
    found, why = None, facts.why
    if facts.verdict != "not testable":
        count = float(len(system.suspicious))
        method = f"tested at {facts.level * 100:g} % over all measures"
        found, why = Estimate(count, count, count, len(facts.measures), method), ""
    yield Measure(
        KIND,
        STANDING_OUT,
        {"system": system.title},
        found,
        why_none=why,
        cases=(system.record.id,),
        anchor=f"{system.anchor}-keys",
    )
    yield from _worth(system)


def _worth(system: ScannedSystem | ComparedSystem) -> Iterator[Measure]:
    for metric in (FALSE_ALARMS, POWER):
        figure = system.figure(metric)
        estimate = None if figure is None else figure.estimate
        yield Measure(
            KIND,
            metric,
            {"system": system.title},
            estimate,
            why_none="" if estimate or figure is None else figure.why_none,
            cases=(system.record.id,),
            anchor=system.anchor,
        )
