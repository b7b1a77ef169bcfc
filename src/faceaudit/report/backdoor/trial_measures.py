"""Measures of mitigations of backdoors, which limits and comparisons may speak of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.backdoor import KIND, SUCCESS
from faceaudit.records.backdoor_mitigation import CLEAN_CHANGE, REFUSED, REFUSED_GLASSES
from faceaudit.report.backdoor.trainings import FEWEST, trainings_in_words
from faceaudit.report.backdoor.trials import Trial, Tried
from faceaudit.report.measures import Measure

OF_ATTACKS = {"mitigated_success": SUCCESS}
"""Measures of an attack under a mitigation, and the metric of each."""
OF_EACH = {"mitigated_accuracy_change": CLEAN_CHANGE}
"""Those of the pristine system as well."""
OF_INPUT_FILTERS = {"clean_refused": REFUSED, "glasses_refused": REFUSED_GLASSES}
"""Those of filters of inputs, on the pristine system."""


def mitigated_measures(tried: Sequence[Tried]) -> Iterator[Measure]:
    """Yield the measures of every mitigation, on the pristine system and on every attack."""
    for one in tried:
        if one.pristine is not None:
            yield from _measures(one, one.pristine, OF_EACH)
            if one.way == "input filter":
                yield from _measures(one, one.pristine, OF_INPUT_FILTERS)
        for trial in one.trials:
            yield from _measures(one, trial, {**OF_ATTACKS, **OF_EACH})


def _measures(tried: Tried, trial: Trial, metrics: dict[str, str]) -> Iterator[Measure]:
    few = 0 < trial.trainings < FEWEST
    for name, metric in metrics.items():
        figure = trial.figure(metric)
        yield Measure(
            KIND,
            name,
            {
                "system": tried.network,
                **(trial.labels or {"attack": "none"}),
                "mitigation": tried.budgeted,
                **({} if trial.allowed is None else {"frr": trial.allowed}),
            },
            figure.estimate,
            why_none="" if figure.estimate else figure.why_none,
            caution=f"measured in {trainings_in_words(trial.trainings)}" if few else "",
            cases=tuple(case.id for case in (*trial.cases, *trial.failed)),
            anchor=tried.anchor,
        )
