"""Measures of a scan: people who stand out, false alarms, and power."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.scan import FALSE_ALARMS, KIND, POWER
from faceaudit.report.measures import Measure
from faceaudit.report.scan.scans import ScannedSystem, scanned_systems
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate

SUSPICIOUS = "suspicious_people"


def scan_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all systems that were scanned."""
    return tuple(one for system in scanned_systems(records) for one in _of(system))


def _of(system: ScannedSystem) -> Iterator[Measure]:
    labels = {"system": system.title}
    cases, facts = (system.record.id,), system.facts
    found, why = None, facts.why
    if facts.verdict != "not testable":
        count = float(facts.suspicious)
        method = f"tested at {facts.level * 100:g} % over all people"
        found, why = Estimate(count, count, count, facts.people, method), ""
    yield Measure(
        KIND, SUSPICIOUS, labels, found, why_none=why, cases=cases, anchor=f"{system.anchor}-people"
    )
    for metric in (FALSE_ALARMS, POWER):
        figure = system.figure(metric)
        estimate = None if figure is None else figure.estimate
        yield Measure(
            KIND,
            metric,
            labels,
            estimate,
            why_none="" if estimate or figure is None else figure.why_none,
            cases=cases,
            anchor=system.anchor,
        )
