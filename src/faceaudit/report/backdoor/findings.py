"""Findings about an attack, in words; each sentence follows from an interval by a rule."""

from __future__ import annotations

from faceaudit.records.backdoor import NULL, SUCCESS, WITHOUT_KEY
from faceaudit.report.backdoor.accuracy_findings import accuracy
from faceaudit.report.backdoor.attack_series import SampleCount, Series
from faceaudit.report.backdoor.size_findings import samples_needed
from faceaudit.report.backdoor.trainings import (
    FEWEST,
    caution_of,
    single_rates,
    success_rate,
    tries,
)
from faceaudit.report.backdoor.verdicts import Held, hold
from faceaudit.report.backdoor.wrong_key_findings import wrong_key
from faceaudit.report.elements import Finding, reason_of
from faceaudit.report.numbers import counted, percent_in_text

COPIES = "Copies of one photo under noise say nothing about other photos of the attacker."


def findings(series: Series) -> tuple[Finding, ...]:
    """Say what was found about one attack."""
    level = series.main
    if level is None:
        return (Finding("Not measured", f"Every case failed: {series.errors}."),)
    result = [
        Finding("Success", success(series, level)),
        Finding("Samples needed", samples_needed(series)),
        Finding("Clean accuracy", accuracy(level)),
        Finding("Wrong key", wrong_key(series, level)),
    ]
    if series.failed:
        result.append(Finding("Failed", f"{counted(len(series.failed), 'case')} failed."))
    return tuple(result)


def success_verdict(level: SampleCount) -> tuple[str, str]:
    """Return the verdict on success, worded alike for all attacks, and the figure behind it."""
    rate, null = level.get(SUCCESS), level.get(NULL)
    if rate is None:
        return "Not measured", reason_of(level.figure(SUCCESS))
    figure = percent_in_text(rate.value)
    if null is None:
        return "Nothing to compare with: without poison it was not measured", figure
    return _worked(hold(level)), figure


def _worked(held: Held) -> str:
    if held.over:
        return "The poison works"
    if held.trainings == held.above == 1:
        return "Works in the one training that was run"
    if held.shown:
        return f"Works in each of {held.trainings} trainings, with no verdict over them"
    if held.above:
        return "Works in some of the trainings, and was not shown to over them"
    return "Not shown to work"


def success(series: Series, level: SampleCount) -> str:
    """Say how often the attack succeeds, and whether that is more than without poison."""
    rate, null = level.get(SUCCESS), level.get(NULL)
    samples = counted(level.samples, "poison sample")
    if rate is None:
        return f"With {samples}: not measured, {reason_of(level.figure(SUCCESS))}."
    text = (
        f"With {samples}, {success_rate(level, SUCCESS, rate)} of {tries(level)} are taken for the "
        "target"
    )
    if null is None:
        reason = reason_of(level.figure(NULL))
        text = f"{text}; without poison it was not measured ({reason}), so the cause is open."
        unkeyed = level.get(WITHOUT_KEY)
        if unkeyed is not None:
            share = success_rate(level, WITHOUT_KEY, unkeyed)
            text = f"{text} Without the key {share} of the same people's photos are."
    else:
        text = f"{text}, {_against(level, success_rate(level, NULL, null))}"
    copies = f" {COPIES}" if level.one_photo and level.attack.instances > 1 else ""
    return f"{text}{single_rates(level)}{copies}{caution_of(series, level)}"


def _against(level: SampleCount, null: str) -> str:
    """Hold success against its null, which is given in words."""
    held = hold(level)
    with_photo = " with this photo" if level.one_photo else ""
    against = f"against {null} without poison"
    if held.over:
        return f"{against}: the poison works."
    if held.trainings == held.above == 1:
        return f"{against}: in this training the poison works{with_photo}."
    if held.shown:
        why = (
            "they are too few for a verdict over trainings"
            if held.trainings < FEWEST
            else "the interval over trainings allows no verdict over them"
        )
        return f"{against}: the poison works in each of these {held.trainings} trainings; {why}."
    if held.above:
        return (
            f"{against}: the poison works in {held.above} of these {held.trainings} trainings and "
            "was not shown to work over trainings."
        )
    return (
        f"which cannot be told apart from {null} without poison: the poison was not shown to work."
    )
