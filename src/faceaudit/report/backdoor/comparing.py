"""Backdoor figures of two audits: paired by photo, training by training where seeds are shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, inf
from statistics import fmean

import numpy as np

from faceaudit.metrics.paired_change import Tries, share_change
from faceaudit.metrics.uncertain import Uncertain, mean_of, own_error, two_groups
from faceaudit.records.backdoor import (
    CLEAN_ROWS,
    INSTANCE_ROWS,
    NULL_ROWS,
    WRONG_KEY_ROWS,
    BackdoorFacts,
)
from faceaudit.report.backdoor.measures import MEASURES
from faceaudit.report.backdoor.trainings import SPREAD, trainings_in_words
from faceaudit.report.sides import Change, Pairing, Side, same_data
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate

WEIGHS_CAUTIONS = True
"""Measures of few trainings are cautioned of; here is weighed how many there are on either side."""
PAIRED = 5
"""Shared seeds from which on trainings are taken as pairs: with fewer, the degrees of freedom that
this takes cost more than what it gains."""
ROWS = {
    "success": INSTANCE_ROWS,
    "success_without_poison": NULL_ROWS,
    "wrong_key_success": WRONG_KEY_ROWS,
    "clean_accuracy": CLEAN_ROWS,
    "target_accuracy": CLEAN_ROWS,
}
"""The rows of the evidence that a measure rests on."""
DATA = ("fingerprint", "split", "unseen", "unseen_from", "placed")
OTHERS = f"another training {SPREAD}"
Try = tuple[str, str]
"""The photo and the key."""


@dataclass(frozen=True)
class Training:
    """One training in which a figure was measured.

    Attributes:
        case: its case.
        figure: what was measured.
        tries: for each photo and key whether it hit, and whom it shows; empty where that was not
            kept.
    """

    case: CaseRecord
    figure: Estimate
    tries: Mapping[Try, tuple[bool, int]]

    @property
    def seed(self) -> int:
        """The seed of everything drawn."""
        return int(self.case.spec["seed"])


def compare_sides(before: Side, after: Side) -> Change | None:
    """Return what lies between the figures of two audits; None of those under a mitigation."""
    if before.name not in MEASURES:
        return None
    one, other = _trainings(before), _trainings(after)
    if not one or not other:
        return None
    if len(one) >= 2 and len(other) >= 2:
        return _over_trainings(one, other)
    seeds = {training.seed for training in one} & {training.seed for training in other}
    first, second = ([each for each in side if each.seed in seeds] for side in (one, other))
    found = _by_people(first, second) if seeds else None
    if found is not None:
        of = "one training each" if len(one) == len(other) else "of the shared seed alone"
        caution = f"{of}: it holds for these two systems; {OTHERS}"
        return Change(found, _pairing(first, second), caution=caution)
    seen = _unrelated(one, other)
    if seeds and _one_person(first, second):
        return Change(seen, why_none=f"one training each, with photos of one person; {OTHERS}")
    few = f"{trainings_in_words(len(one))} before and {trainings_in_words(len(other))} after"
    return Change(seen, why_none=f"{few}, not with one seed on the same photos; {OTHERS}")


def _trainings(side: Side) -> list[Training]:
    """Return the trainings in which a figure was measured, by growing seed."""
    metric = MEASURES[side.name]
    found = []
    for case in side.cases():
        figure = case.figure(metric)
        if figure is not None:
            found.append(Training(case, figure, _tries(case, side.name, figure)))
    return sorted(found, key=lambda training: training.seed)


def _tries(case: CaseRecord, name: str, figure: Estimate) -> Mapping[Try, tuple[bool, int]]:
    """Return every try; nothing where the evidence does not give the figure."""
    evidence, attack = case.evidence, BackdoorFacts.of(case).attack
    target = -1 if attack is None else attack.target_label
    if evidence is None or not {"kind", "key", "truth", "predicted"} <= set(evidence.columns):
        return {}
    kind, key, truth, predicted = (
        evidence.columns[column] for column in ("kind", "key", "truth", "predicted")
    )
    rows, hit = kind == ROWS[name], truth == predicted
    if name.endswith("accuracy"):
        rows = rows & (truth == target) if name == "target_accuracy" else rows
    else:
        rows, hit = rows & (truth != target), predicted == target
    places = np.flatnonzero(rows)
    found = {
        (evidence.ids[row], str(key[row])): (bool(hit[row]), int(truth[row])) for row in places
    }
    if not found or len(found) < len(places) or not np.isclose(hit[places].mean(), figure.value):
        return {}
    return found


def _alike(one: Training, other: Training) -> bool:
    """Return whether two trainings have their photos from the same ones of the same people."""
    return same_data(one.case.spec, other.case.spec, DATA)


def _over_trainings(before: Sequence[Training], after: Sequence[Training]) -> Change:
    """Return the change over at least two trainings on either side."""
    within, paired = _by_people(before, after), _pairing(before, after)
    one, other = ([each.figure.value for each in side] for side in (before, after))
    least = _apart(before, after) if within is None else within.below
    if paired == "by photo" and len(one) >= PAIRED:
        changes = [second - first for first, second in zip(one, other, strict=True)]
        over = mean_of(changes, "trainings, in pairs", least=least)
        return Change(over, "by training")
    over = two_groups(one, other, "trainings", least=least)
    return Change(over, "unpaired" if within is None else paired)


def _pairing(before: Sequence[Training], after: Sequence[Training]) -> Pairing:
    """Return whether two sides have the same photos with the same seeds, or the same people."""
    same = len(before) == len(after) and all(
        one.seed == other.seed and one.tries.keys() == other.tries.keys() and _alike(one, other)
        for one, other in zip(before, after, strict=True)
    )
    return "by photo" if same else "by person"


def _apart(before: Sequence[Training], after: Sequence[Training]) -> float:
    """Return the error that two groups of trainings have by their own photos and people."""
    errors = [own_error([one.figure for one in side]) for side in (before, after)]
    return hypot(*errors)


def _unrelated(before: Sequence[Training], after: Sequence[Training]) -> Uncertain:
    first, second = (fmean(each.figure.value for each in side) for side in (before, after))
    value, error = second - first, _apart(before, after)
    n = min(each.figure.n for each in (*before, *after))
    return Uncertain(value, error, error, inf, n, "without spread of trainings")


def _by_people(before: Sequence[Training], after: Sequence[Training]) -> Uncertain | None:
    """Return the change with people as clusters that both sides share; None where they do not."""
    first, *others = (*before, *after)
    if not all(_alike(first, other) for other in others) or first.case.spec.get("unseen"):
        return None  # a label is then another person
    one, other = _joined(before), _joined(after)
    if one is None or other is None or _one_person(before, after):
        return None
    return share_change(one, other)


def _one_person(before: Sequence[Training], after: Sequence[Training]) -> bool:
    """Return whether all tries are on photos of one person: nothing tells how people differ."""
    sides = (*before, *after)
    return len({person for one in sides for _, person in one.tries.values()}) == 1


def _joined(trainings: Sequence[Training]) -> Tries | None:
    """Return the tries of all trainings; None where some were not kept."""
    if not all(one.tries for one in trainings):
        return None
    rows = [
        (hit, person, place)
        for place, one in enumerate(trainings)
        for hit, person in one.tries.values()
    ]
    hit, people, training = (np.array(column) for column in zip(*rows, strict=True))
    return Tries(hit, people, training)
