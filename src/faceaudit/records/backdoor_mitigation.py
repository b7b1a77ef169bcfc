"""Metric names and facts of a backdoor case under a mitigation, beside those of every such case."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from faceaudit.records.facts import Facts

Way = Literal["training filter", "input filter", "repair"]
"""The ways to mitigate: photos are left out and the system is trained anew, photos are refused when
they are shown, or the trained system is changed."""

SUCCESS_BEFORE: Final = "success_before"
WRONG_KEY_BEFORE: Final = "wrong_key_before"
CLEAN_BEFORE: Final = "clean_accuracy_before"
CLEAN_CHANGE: Final = "clean_accuracy_change"
TARGET_BEFORE: Final = "target_accuracy_before"

POISON_AUC: Final = "poison_auc"
POISON_PRECISION: Final = "poison_precision"
POISON_RECALL: Final = "poison_recall"
CLEAN_REMOVED: Final = "clean_photos_removed"
TARGET_NAMED: Final = "target_named_first"

DETECTION_AUC: Final = "detection_auc"
DETECTED: Final = "instances_refused"
REFUSED: Final = "clean_photos_refused"
REFUSED_GLASSES: Final = "glasses_photos_refused"

CLEAN_BEFORE_ROWS: Final = "clean_before"
INSTANCE_BEFORE_ROWS: Final = "instance_before"
WRONG_KEY_BEFORE_ROWS: Final = "wrong_key_before"
TRAINING_ROWS: Final = "training_photo"
"""Further values of the evidence's column `kind`. Rows whose kind has the name that a figure has at
an allowance of false alarms say what comes of the answer there: -1 where the photo is refused."""


def at_allowance(name: str, allowed: float) -> str:
    """Return a metric, or a kind of rows, at a share of clean photos that may be refused.

    >>> at_allowance(REFUSED, 0.05)
    'clean_photos_refused@frr=0.05'
    """
    return f"{name}@frr={allowed:g}"


class RankedTarget(Facts):
    """Where a filter of training sets puts the target among the people it suspects.

    Attributes:
        rank: 1 for the most suspected; people who are suspected as much come before.
        people: how many people the filter says anything of.
    """

    rank: int
    people: int


class MitigationFacts(Facts):
    """What is known of a mitigation beside its figures.

    Attributes:
        name: its registered name.
        title: its name, and the options that are not the default, with its budget.
        way: what it does.
        before: the id of the system without it; `BackdoorFacts.system` is the one with it, the same
            where photos are refused or none was left out.
        clean_photos: how many clean photos of each person whoever mitigates has.
        judged_photos: clean test photos that it is judged on; none of those above is among them.
        removed, removed_poison: how many photos were left out, and how many of them are poison;
            None where nothing is left out by such a mitigation.
        target: where the target stands; None where nobody is suspected, or nobody attacks.
        false_alarms: the shares of clean photos that may be refused, for which figures are given.
        others: how many clean photos of other people whoever mitigates has, in their place.
    """

    name: str
    title: str
    way: Way
    before: str
    clean_photos: int
    judged_photos: int
    removed: int | None = None
    removed_poison: int | None = None
    target: RankedTarget | None = None
    false_alarms: tuple[float, ...] = ()
    others: int = Field(0, exclude_if=lambda count: not count)
