"""Findings about clean accuracy: what an attack costs all people, and the target alone."""

from __future__ import annotations

from faceaudit.audit.backdoor.pooling import success_difference
from faceaudit.records.backdoor import CLEAN, PRISTINE, TARGET_CLEAN, TARGET_PRISTINE
from faceaudit.report.backdoor.attack_series import SampleCount
from faceaudit.report.backdoor.trainings import over_trainings, scope
from faceaudit.report.elements import reason_of
from faceaudit.report.numbers import (
    SPACE,
    percent_in_text,
    points_with_interval,
    signed_points,
)
from faceaudit.types import Estimate

MARGIN = 0.02
"""Clean accuracy that an attack may cost and still be said to leave it as it was."""


def accuracy(level: SampleCount) -> str:
    """Say what the attack costs on clean photos, beside a margin of two points."""
    return f"{_accuracy_of_all(level)} {_accuracy_of_target(level)}"


def accuracy_verdict(level: SampleCount) -> tuple[str, str]:
    """Return the verdict on what an attack costs on clean photos, and the figure behind it."""
    if level.get(CLEAN) is None:
        return "Not measured", reason_of(level.figure(CLEAN))
    if level.cost is None:
        return "Nothing to compare with: the pristine system\u2019s was not measured", ""
    figure = f"{signed_points(level.cost.value)}{SPACE}points"
    if stays(level.cost):
        return "Stays within 2 points of the pristine system", figure
    if level.cost.high < -MARGIN:
        return "Falls by more than 2 points", figure
    return "Not decided: by the interval it may fall by more than 2 points", figure


def target_verdict(level: SampleCount) -> tuple[str, str]:
    """Return that accuracy on the target's own photos falls, and how far; nothing otherwise."""
    cost = target_cost(level)
    if cost is None or not falls(cost):
        return "", ""
    verdict = "Falls for the target\u2019s own photos"
    return verdict, f"{signed_points(cost.value)}{SPACE}points"


def stays(cost: Estimate) -> bool:
    """Return whether accuracy was shown to stay within two points."""
    return cost.low >= -MARGIN


def falls(cost: Estimate) -> bool:
    """Return whether accuracy was shown to fall, by however little."""
    return cost.high < 0


def target_cost(level: SampleCount) -> Estimate | None:
    """Estimate accuracy on the target's own photos less the pristine system's."""
    ours, pristine = level.get(TARGET_CLEAN), level.get(TARGET_PRISTINE)
    return None if ours is None or pristine is None else success_difference(ours, pristine)


def _accuracy_of_all(level: SampleCount) -> str:
    ours, pristine, cost = level.get(CLEAN), level.get(PRISTINE), level.cost
    if ours is None:
        return f"Not measured: {reason_of(level.figure(CLEAN))}."
    if pristine is None or cost is None:
        reason = reason_of(level.figure(PRISTINE))
        return (
            f"{over_trainings(level, CLEAN, ours)}; the pristine system's was not measured "
            f"({reason})."
        )
    compared = (
        f"{percent_in_text(ours.value)} against {percent_in_text(pristine.value)} for the pristine "
        f"system, {points_with_interval(cost)}"
    )
    where = scope(level, CLEAN)
    if stays(cost):
        fall = "Falls, but stays" if falls(cost) else "Stays"
        return f"{fall} within 2 points of the pristine system {where}: {compared}."
    if cost.high < -MARGIN:
        return f"Falls by more than 2 points {where}: {compared}."
    if cost.value >= -MARGIN:
        verdict = f"Measured within 2 points of the pristine system {where}"
        but = "but the interval allows for more"
    else:
        verdict = f"Measured more than 2 points below the pristine system {where}"
        but = "though it may be within them"
    more = "trainings" if len(level.single(CLEAN)) > 1 else "test photos"
    return f"{verdict}, {but}: {compared}. More {more} would tell."


def _accuracy_of_target(level: SampleCount) -> str:
    ours, pristine, cost = level.get(TARGET_CLEAN), level.get(TARGET_PRISTINE), target_cost(level)
    if ours is None:
        reason = reason_of(level.figure(TARGET_CLEAN))
        return f"The target's own photos: not measured, {reason}."
    text = f"The target's own photos: {over_trainings(level, TARGET_CLEAN, ours)}"
    if pristine is None or cost is None:
        return f"{text}; the pristine system's was not measured."
    text = f"{text} against {percent_in_text(pristine.value)}"
    if falls(cost):
        others = level.cost
        only = (
            ", where that of all people was not shown to fall"
            if others and not falls(others)
            else ""
        )
        return f"{text}: the target's own accuracy falls{only}."
    if cost.value < 0:
        return f"{text}: lower, but the interval allows for no fall."
    return f"{text}."
