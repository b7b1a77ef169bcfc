"""Measures of an audit of finished systems: recognition, keys that stand out, and leaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from faceaudit.records.finished import (
    ANOTHER,
    CLEAN,
    KIND,
    LEVEL,
    NOT_RECOGNISED,
    OWN_FMR,
    OWN_FNMR,
    STRANGERS,
    of_score,
)
from faceaudit.records.groups import grouped
from faceaudit.report.finished.systems import AskedPart, AskedSystem, arrange
from faceaudit.report.groups import group_measures
from faceaudit.report.measures import Measure
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate

SINGLE = {
    "clean_accuracy": CLEAN,
    "taken_for_another": ANOTHER,
    "strangers_named": STRANGERS,
    "own_fmr": OWN_FMR,
    "own_fnmr": OWN_FNMR,
}
"""Measures of a system, and the metric of each."""
BY_GROUP = {
    "not_recognised": NOT_RECOGNISED,
    "strangers_named": STRANGERS,
    "own_fmr": OWN_FMR,
    "own_fnmr": OWN_FNMR,
}
"""Measures that there are by group of people, and the metric of each."""
LEVEL_NAMES = {"people": "person", "photos": "photo", "pairs": "pair"}
"""Levels as a limit spells them."""


def finished_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all systems that were asked."""
    return tuple(one for system in arrange(records) for one in _of_system(system, system.anchor))


def _of_system(system: AskedSystem, anchor: str) -> Iterator[Measure]:
    labels = {"system": system.title, "role": system.role}
    accuracy = clean_accuracy(system)
    for part in system.parts:
        for figure in part.figures:
            for name, metric in SINGLE.items():
                if figure.metric == metric:
                    yield Measure(
                        KIND,
                        name,
                        labels,
                        figure.estimate,
                        why_none="" if figure.estimate else figure.why_none,
                        cases=(part.record.id,),
                        anchor=anchor,
                    )
        for name, metric in BY_GROUP.items():
            yield from group_measures(
                KIND,
                name,
                grouped(part.record.figures),
                metric,
                labels,
                cases=(part.record.id,),
                anchor=f"{anchor}-groups",
            )
        for found in (_suspicious(part, labels, anchor), _leaks(part, labels, anchor)):
            yield from (replace(one, accuracy=accuracy) for one in found)


def clean_accuracy(system: AskedSystem) -> Estimate | None:
    """Return the share of clean photos that a system recognises; None where it names nobody."""
    return next(filter(None, (part.get(CLEAN) for part in system.of("recognition"))), None)


def _suspicious(part: AskedPart, labels: dict[str, str], anchor: str) -> Iterator[Measure]:
    """Yield how many keys of an attack stand out; a test has no interval, so the ends are equal."""
    keys = part.facts.keys
    if keys is None:
        return
    tested = [key for key in keys.keys if key.p is not None]
    count = len(keys.suspicious())
    yield Measure(
        KIND,
        "suspicious_keys",
        {**labels, "attack": keys.attack},
        Estimate(count, count, count, len(tested), f"tests at {LEVEL:.0%} over all keys")
        if tested
        else None,
        why_none="" if tested else next((key.why for key in keys.keys if key.why), "no key"),
        cases=(part.record.id,),
        anchor=anchor,
    )


def _leaks(part: AskedPart, labels: dict[str, str], anchor: str) -> Iterator[Measure]:
    lists = part.facts.membership
    if lists is None:
        return
    caution = "" if lists.outcome == "passed" else f"the lists did not pass: {lists.verdict}"
    for level in lists.levels:
        metric = of_score("auc", level)
        figure = next((one for one in part.figures if one.metric == metric), None)
        estimate = None if figure is None else figure.estimate
        yield Measure(
            KIND,
            "auc",
            {"level": LEVEL_NAMES.get(level, level), **labels},
            estimate,
            why_none="" if figure is None or estimate else figure.why_none,
            caution=caution,
            cases=(part.record.id,),
            anchor=anchor,
        )
