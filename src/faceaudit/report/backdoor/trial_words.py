"""Verdicts on mitigations of backdoors, in words; each follows from figures by a rule."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.records.backdoor import SUCCESS
from faceaudit.records.backdoor_mitigation import CLEAN_CHANGE, TARGET_NAMED
from faceaudit.report.backdoor.questions import Answer, Named, Question
from faceaudit.report.backdoor.trainings import FEWEST, trainings_in_words
from faceaudit.report.backdoor.trials import LITTLE, Tried
from faceaudit.report.numbers import (
    SPACE,
    count,
    listed,
    percent_in_text,
    percent_with_interval,
    points_with_interval,
)
from faceaudit.report.threats import Advice
from faceaudit.types import Estimate

COSTLY = 0.01
"""Clean accuracy that a mitigation may cost; more is said to be a price."""
MOST = 8


def mitigation_question(tried: Sequence[Tried]) -> tuple[Question, ...]:
    """Return whether mitigations help, the best answer first; nothing where none was measured."""
    groups: dict[str, list[Named]] = {}
    for one in tried:
        verdict = verdict_of(one)
        if verdict:
            title = f"{one.title} on {one.on}" if _several(tried) else one.title
            groups.setdefault(verdict, []).append(Named(one.anchor, title, _short(one)))
    answers = tuple(
        Answer(
            verdict,
            tuple(groups[verdict][:MOST]),
            f"{count(len(groups[verdict]) - MOST)} more" if len(groups[verdict]) > MOST else "",
        )
        for verdict in VERDICTS
        if verdict in groups
    )
    return (Question("Does a mitigation help?", "mitigation", answers),) if answers else ()


VERDICTS = (
    f"Every attack down to {LITTLE * 100:g}{SPACE}% or less",
    f"Some attacks down to {LITTLE * 100:g}{SPACE}% or less, not all",
    "Some attacks work less often, none is down",
    "Not shown to help",
)


def verdict_of(tried: Tried) -> str:
    """Return in a few words what a mitigation does; nothing where no attack was measured."""
    effects = [trial.effect for trial in tried.measured]
    if not effects:
        return ""
    low = [_is_low(trial.get(SUCCESS)) for trial in tried.trials]  # unknown is not low
    if "down" in effects:
        return VERDICTS[0] if all(low) else VERDICTS[1]
    return VERDICTS[2] if "less" in effects else VERDICTS[3]


def _is_low(rate: Estimate | None) -> bool:
    return rate is not None and rate.value <= LITTLE


def describe_tried(tried: Tried) -> str:
    """Return a mitigation's verdict in a sentence or two, with its worst row and its price."""
    verdict, worst = verdict_of(tried), tried.worst
    if worst is None:
        return "No attack was measured under it."
    rate = worst.get(SUCCESS)
    assert rate is not None
    text = f"{verdict}. What still works best is {worst.attack}: {percent_with_interval(rate)}"
    parts = [f"{text}, in {trainings_in_words(worst.trainings)}.", _price(tried), _naming(tried)]
    if worst.trainings < FEWEST:
        parts.append(f"Fewer than {FEWEST} trainings allow no verdict over trainings.")
    return " ".join(filter(None, parts))


def _price(tried: Tried) -> str:
    if tried.pristine is None:
        return ""
    change = tried.pristine.get(CLEAN_CHANGE)
    if change is None:
        return ""
    price = ", which is more than a point" if change.value < -COSTLY else ""
    return f"Without any attack clean accuracy changes by {points_with_interval(change)}{price}."


def _naming(tried: Tried) -> str:
    if tried.way != "training filter":
        return ""
    named = [trial.attack for trial in tried.trials if _always(trial.get(TARGET_NAMED))]
    known = [trial for trial in tried.trials if trial.get(TARGET_NAMED) is not None]
    if not known:
        return "It suspects photos and says of nobody that they are the target."
    if not named:
        return "It does not name the target first in every training of any attack."
    return f"It names the target first in every training of {listed(named)}."


def _always(named: Estimate | None) -> bool:
    return named is not None and named.value == 1


def _short(tried: Tried) -> str:
    worst = tried.worst
    assert worst is not None
    rate = worst.get(SUCCESS)
    assert rate is not None
    return f"worst {percent_in_text(rate.value)}"


def _several(tried: Sequence[Tried]) -> bool:
    return len({one.network for one in tried}) > 1


def mitigation_advice(tried: Sequence[Tried]) -> tuple[Advice, ...]:
    """Say which mitigation to use, or that none held; nothing where none was tried.

    The one that brings every attack down costs at most one point of clean accuracy where there is
    such a one, and of those the worst attack is smallest.
    """
    measured = [one for one in tried if one.worst is not None]
    if not measured:
        return ()
    held = [one for one in measured if verdict_of(one) == VERDICTS[0]]
    cheap = [one for one in held if _cost(one) <= COSTLY]
    best = min(cheap or held or measured, key=_success)
    rate = best.worst.get(SUCCESS) if best.worst else None
    assert rate is not None
    short = best.worst is not None and best.worst.trainings < FEWEST
    caution = " That is of fewer than three trainings: run more seeds." if short else ""
    if held:
        price = "" if best in cheap else ", though it costs more than a point of clean accuracy"
        return (
            Advice(
                f"Of the mitigations that were tried, {best.title} brought every attack down, the "
                f"worst to {percent_in_text(rate.value)}{price}.{caution}",
                "a mitigation holds",
                best.anchor,
            ),
        )
    return (
        Advice(
            "Do not rely on a mitigation that was tried: none brought every attack down. Under "
            f"the best of them, {best.title}, the worst attack still works in "
            f"{percent_in_text(rate.value)} of tries.{caution}",
            "every mitigation fails",
            best.anchor,
        ),
    )


def _success(tried: Tried) -> float:
    rate = None if tried.worst is None else tried.worst.get(SUCCESS)
    return 1.0 if rate is None else rate.value


def _cost(tried: Tried) -> float:
    change = None if tried.pristine is None else tried.pristine.get(CLEAN_CHANGE)
    return 1.0 if change is None else -change.value
