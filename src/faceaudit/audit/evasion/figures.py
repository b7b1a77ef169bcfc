"""The figures of an evasion case."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.audit.evasion.changing import Changed
from faceaudit.metrics import wilson
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.records.evasion import BARE, NOISE, SUCCESS, TMR, evaded_at
from faceaudit.types import BoolArray, Estimate, Evidence, Figure


def evasion_figures(changed: Changed) -> Iterator[Figure]:
    """Yield how often changed photos evade every system, beside noise and photos as they are."""
    shown = {SUCCESS: changed.changed, NOISE: changed.noised, BARE: changed.photos}
    for system in changed.judges:
        scores = {metric: changed.scores(system, images) for metric, images in shown.items()}
        missing = system.matcher.missing
        for fmr in changed.case.plan.fmrs:
            for metric, each in scores.items():
                name = evaded_at(metric, fmr, system.title)
                if fmr in missing:
                    yield Figure(name, None, missing[fmr])
                else:
                    accepted = system.matcher.accepts(each, fmr)
                    yield Figure(name, _share(changed, accepted))
        for point in system.matcher.points:
            one = point.fnmr
            genuine = one and Estimate(1 - one.value, 1 - one.high, 1 - one.low, one.n, one.method)
            yield Figure(evaded_at(TMR, point.asked, system.title), genuine, point.why)


def _share(changed: Changed, accepted: BoolArray) -> Estimate:
    """Return the share of photos that did what was wanted of them."""
    if changed.case.goal == "dodge":
        return wilson(int((~accepted).sum()), len(accepted))
    # Each person is in two comparisons, as who impersonates and as who is impersonated.
    return comparison_share(accepted, changed.people())


def evasion_evidence(changed: Changed) -> Evidence:
    """Return for each photo its scores: changed, with noise and as it is, by every system."""
    columns = {}
    for place, system in enumerate(changed.judges):
        columns[f"changed_{place}"] = changed.scores(system, changed.changed)
        columns[f"noise_{place}"] = changed.scores(system, changed.noised)
        columns[f"bare_{place}"] = changed.scores(system, changed.photos)
    return Evidence(changed.ids(), columns)
