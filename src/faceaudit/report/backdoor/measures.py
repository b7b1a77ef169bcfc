"""Measures of a backdoor audit: each attack at each number of poison samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.audit.backdoor.pooling import pool_figures
from faceaudit.records.backdoor import (
    CLEAN,
    CLEAN_ERROR,
    KIND,
    NULL,
    OPEN_FMRS,
    OPEN_KEYED_FMR,
    OPEN_SUCCESS,
    SUCCESS,
    TARGET_CLEAN,
    WRONG_KEY,
    at_fmr,
    is_mitigated,
    network_of,
)
from faceaudit.records.groups import grouped
from faceaudit.report.backdoor.attack_series import SampleCount, Series, arrange
from faceaudit.report.backdoor.groups_table import ANCHOR
from faceaudit.report.backdoor.open_set_table import ANCHOR as OPEN_SET_ANCHOR
from faceaudit.report.backdoor.trainings import FEWEST, caution_of, trainings_in_words
from faceaudit.report.backdoor.trial_measures import mitigated_measures
from faceaudit.report.backdoor.trials import arrange_mitigated
from faceaudit.report.groups import group_measures
from faceaudit.report.kept_cases import once
from faceaudit.report.measures import Measure
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

MEASURES = {
    "success": SUCCESS,
    "success_without_poison": NULL,
    "wrong_key_success": WRONG_KEY,
    "clean_accuracy": CLEAN,
    "target_accuracy": TARGET_CLEAN,
}
"""Measures of an attack, and the metric of each."""
BY_GROUP = {"success": SUCCESS, "clean_error": CLEAN_ERROR}
"""Measures that there are by group, and the metric of each."""
OPEN_SET = {"open_set_success": OPEN_SUCCESS, "open_set_keyed_fmr": OPEN_KEYED_FMR}
"""Measures of strangers with the key, and the metric of each, without its rate."""
ACCURACIES = {"clean_accuracy", "target_accuracy"}
"""Those of them that say how well the system works, and so stand for themselves."""


def backdoor_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all attacks, the accuracy of the pristine systems, and mitigations."""
    pristine = tuple(pristine_measures(records))
    accuracy = {str(one.labels["system"]): one.estimate for one in pristine}
    attacks = [
        one
        for each in once(records, arrange)
        for one in _of_series(each, each.anchor, accuracy.get(each.network))
    ]
    return (*attacks, *pristine, *mitigated_measures(once(records, arrange_mitigated)))


def _of_series(series: Series, anchor: str, accuracy: Estimate | None) -> Iterator[Measure]:
    for level in series.levels:
        labels = _labels(series, level)
        for name, metric in MEASURES.items():
            figure = level.figure(metric)
            yield Measure(
                KIND,
                name,
                labels,
                figure.estimate,
                why_none="" if figure.estimate else figure.why_none,
                caution=caution_of(series, level).strip(),
                cases=tuple(case.id for case in level.cases),
                anchor=anchor,
                accuracy=None if name in ACCURACIES else accuracy,
            )
        yield from _of_strangers(series, level, labels, accuracy)
        yield from _by_group(series, level, labels)
    if series.failed and not series.levels:
        yield Measure(
            KIND,
            "success",
            {"system": series.network, "attack": series.attack, **_options(series)},
            None,
            why_none=series.errors,
            cases=tuple(case.id for case in series.failed),
            anchor=anchor,
        )


def _of_strangers(
    series: Series,
    level: SampleCount,
    labels: dict[str, str | int | float],
    accuracy: Estimate | None,
) -> Iterator[Measure]:
    """Yield what strangers with the key reach, at each rate; nothing where none tried."""
    for name, metric in OPEN_SET.items():
        for fmr in OPEN_FMRS:
            figure = level.figures.get(at_fmr(metric, fmr))
            if figure is None:
                continue
            yield Measure(
                KIND,
                name,
                {**labels, "fmr": fmr},
                figure.estimate,
                why_none="" if figure.estimate else figure.why_none,
                caution=caution_of(series, level).strip(),
                cases=tuple(case.id for case in level.cases),
                anchor=OPEN_SET_ANCHOR,
                accuracy=accuracy,
            )


def _by_group(
    series: Series, level: SampleCount, labels: dict[str, str | int | float]
) -> Iterator[Measure]:
    """Yield success and clean errors by group, at the attack's usual number of samples."""
    found = grouped(level.figures.values()) if level is series.main else ()
    for name, metric in BY_GROUP.items():
        yield from group_measures(
            KIND,
            name,
            found,
            metric,
            labels,
            cases=tuple(case.id for case in level.cases),
            anchor=ANCHOR,
            caution=caution_of(series, level).strip(),
        )


def _labels(series: Series, level: SampleCount) -> dict[str, str | int | float]:
    return {
        "system": series.network,
        "attack": series.attack,
        "key": level.attack.key,
        "samples": level.samples,
        **_options(series, f"key {level.attack.key}"),
    }


def _options(series: Series, known: str = "") -> dict[str, str]:
    """Return what sets a series apart from others of its attack, but for what is `known`."""
    options = [one for one in series.distinguishing_options.split(", ") if one and one != known]
    return {"options": ", ".join(options)} if options else {}


def pristine_measures(records: Sequence[CaseRecord]) -> Iterator[Measure]:
    """Yield the clean accuracy of systems without poison, one for each network."""
    by_network: dict[str, list[CaseRecord]] = {}
    for record in records:
        if record.spec["attack"] is None and record.error is None and not is_mitigated(record):
            by_network.setdefault(network_of(record.spec), []).append(record)
    for network, cases in by_network.items():
        figure = pool_figures(cases).get(CLEAN, Figure(CLEAN, None, "the case does not hold it"))
        few = len(cases) < FEWEST
        yield Measure(
            KIND,
            "clean_accuracy",
            {"system": network, "attack": "none"},
            figure.estimate,
            why_none="" if figure.estimate else figure.why_none,
            caution=f"measured in {trainings_in_words(len(cases))}" if few else "",
            cases=tuple(case.id for case in cases),
            anchor="found",
        )
