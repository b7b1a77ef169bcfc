"""Membership figures of two audits: target by target where both drew the same pool and halves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from faceaudit.metrics.uncertain import Uncertain, average, mean_of, own_error, uncertain
from faceaudit.records.membership import ACCURACY, AUC, LEVELS, of_target, strongest
from faceaudit.report.measures import Measure
from faceaudit.report.membership.cases import Case
from faceaudit.report.membership.measures import LEVEL_NAMES
from faceaudit.report.sides import Change, Side, same_data
from faceaudit.types import Estimate

POOL = ("fingerprints", "pool", "subjects", "verifiers")
"""What two cases of one seed agree in whose targets learned from the same pairs."""


@dataclass(frozen=True, eq=False)
class Seeded:
    """A figure with one seed.

    Attributes:
        case: its case.
        whole: the figure, over targets.
        targets: the figure of each target.
        models: verifiers that are one another's shadows; None where the figure needs none.
    """

    case: Case
    whole: Estimate
    targets: Mapping[int, Estimate]
    models: int | None


def compare_sides(before: Side, after: Side) -> Change | None:
    """Return what lies between the figures of two audits."""
    one, other = _by_seed(before), _by_seed(after)
    if not one or not other:
        return None
    pairs = [(one[seed], other[seed]) for seed in one if seed in other]
    changes = [_by_target(*pair) for pair in pairs]
    paired = [change for change in changes if change is not None]
    if len(paired) == len(one) == len(other):
        return Change(average(paired), "by target")
    sides = [average([_alone(each) for each in side.values()]) for side in (one, other)]
    return Change(sides[1].minus(sides[0]))


def _by_seed(side: Side) -> dict[int, Seeded]:
    found = {}
    for measure in side.measures:
        (record,) = (side.figures[id_] for id_ in measure.cases)
        case, metric = Case(record, ""), _metric(measure)
        whole = case.get(metric)
        if whole is None:
            continue
        each = {
            number: figure
            for number in range(case.facts.targets)
            if (figure := case.get(of_target(metric, number))) is not None
        }
        drawn = case.facts.blocks is not None and metric != ACCURACY
        models = case.facts.verifiers if drawn else None
        found[int(record.spec["seed"])] = Seeded(case, whole, each, models)
    return found


def _metric(measure: Measure) -> str:
    if measure.name == "accuracy":
        return ACCURACY
    level = next(one for one in LEVELS if LEVEL_NAMES[one] == measure.labels["level"])
    if measure.name == "auc":
        return strongest(AUC, level)
    return strongest(f"tpr@fpr={measure.labels['fpr']:g}", level)


def _by_target(before: Seeded, after: Seeded) -> Uncertain | None:
    """Return the change over targets; None where they did not learn from the same pairs."""
    both = sorted(before.targets.keys() & after.targets.keys())
    if len(both) < 2 or not same_data(before.case.record.spec, after.case.record.spec, POOL):
        return None
    changes = [after.targets[key].value - before.targets[key].value for key in both]
    return mean_of(changes, "targets", models=after.models)


def _alone(one: Seeded) -> Uncertain:
    """Return a figure whose error holds that of another pool.

    All targets share one pool: to the spread of targets that of the records of one is added, in
    squares, as a figure of given lists has it.
    """
    if len(one.targets) < 2:
        return uncertain(one.whole)
    each = list(one.targets.values())
    if len({figure.value for figure in each}) == 1:
        return uncertain(max(each, key=lambda figure: figure.high - figure.low))
    over = mean_of([figure.value for figure in each], "targets", models=one.models)
    pool = own_error(each)
    error = math.hypot(over.below, pool)
    freedom = over.freedom * (error / over.below) ** 4 if over.below else math.inf
    return replace(over, below=error, above=error, freedom=freedom)
