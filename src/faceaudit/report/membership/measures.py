"""Measures of a membership audit: each mitigation's accuracy, and its leak by level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from faceaudit.records.groups import grouped
from faceaudit.records.membership import (
    ACCURACY,
    AUC,
    FMR,
    FNMR,
    KIND,
    LEVELS,
    Granularity,
    strongest,
)
from faceaudit.report.groups import group_measures
from faceaudit.report.kept_cases import once
from faceaudit.report.measures import Measure
from faceaudit.report.membership.cases import Case, comparable_cases
from faceaudit.report.membership.groups_table import ANCHOR as GROUPS
from faceaudit.report.membership.groups_table import LEAK
from faceaudit.report.membership.words import describe_check
from faceaudit.store import CaseRecord

LEVEL_NAMES: Final[dict[Granularity, str]] = {
    "identity": "person",
    "photo": "photo",
    "block": "block",
    "pair": "pair",
}
"""Levels as a limit spells them."""
ANCHOR = "leak"
BY_GROUP = {"fmr": FMR, "fnmr": FNMR, "auc": LEAK}
"""Measures that there are by group of people, and the metric of each."""


def membership_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all cases that did not fail."""
    return tuple(
        one
        for group in once(records, comparable_cases)
        for case in group.cases
        for one in _of_case(case)
    )


def _of_case(case: Case) -> Iterator[Measure]:
    labels = {
        "mitigation": case.facts.title,
        "system": "+".join(case.facts.backbones),
        "protocol": case.protocol,
        "seed": case.record.spec["seed"],
    }
    yield _measure(case, "accuracy", ACCURACY, labels)
    for level in LEVELS:
        if level not in case.facts.strongest:
            continue
        of_level = {"level": LEVEL_NAMES[level], **labels}
        yield _measure(case, "auc", strongest(AUC, level), of_level)
        for figure in case.record.figures:
            rate, _, end = figure.metric.partition(":")
            if rate.startswith("strongest_tpr@fpr=") and end == level:
                fpr = float(rate.partition("=")[2])
                yield _measure(case, "tpr", figure.metric, {"fpr": fpr, **of_level})
    yield from _by_group(case, labels)


def _by_group(case: Case, labels: dict[str, str | int | float]) -> Iterator[Measure]:
    found = grouped(case.record.figures)
    for name, metric in BY_GROUP.items():
        yield from group_measures(
            KIND,
            name,
            found,
            metric,
            labels,
            cases=(case.record.id,),
            anchor=GROUPS,
            caution=_caution(case),
        )


def _caution(case: Case) -> str:
    flaw = describe_check(case.failed[0]) if case.failed else ""
    return f"a check of the evaluation failed: {flaw}" if flaw else ""


def _measure(case: Case, name: str, metric: str, labels: dict[str, str | int | float]) -> Measure:
    figure = case.figure(metric)
    return Measure(
        KIND,
        name,
        labels,
        figure.estimate,
        why_none="" if figure.estimate else figure.why_none,
        caution=_caution(case),
        cases=(case.record.id,),
        anchor=case.anchor or ANCHOR,
    )
