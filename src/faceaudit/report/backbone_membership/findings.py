"""What was found about one recipe, in a sentence or two for each question."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.records.backbone_membership import PHOTOS, VERIFICATION, Asked, tpr_at
from faceaudit.report.backbone_membership.cases import Case
from faceaudit.report.backbone_membership.words import PHOTOS as BY
from faceaudit.report.backbone_membership.words import short
from faceaudit.report.elements import Finding, reason_of
from faceaudit.report.numbers import (
    SPACE,
    counted,
    decimal,
    decimal_with_interval,
    listed,
    percent_in_text,
    percent_with_interval,
)
from faceaudit.types import Estimate

WIDE = 0.1
"""Half the width of an interval from which on a figure says little."""
ABOUT = {"trained": "With the training photos", "held_out": "With other photos"}


def findings(case: Case) -> tuple[Finding, ...]:
    """Return what was found, people first."""
    found = [Finding(ABOUT[photos], _told(case, case.headline(photos))) for photos in PHOTOS]
    found += _others(case)
    found.append(Finding("The backbones", _trainings(case)))
    return tuple(found)


def told_apart(case: Case, asked: Asked) -> bool:
    """Return whether members are told apart, by lists that passed and better than untrained.

    That is when the whole interval lies above guessing, and above what untrained networks find.
    """
    area, null = case.get(asked), case.null(asked)
    guessing = 0.5 if null is None else max(0.5, null.value)
    return area is not None and area.low > guessing and not case.flaw(asked)


def _told(case: Case, asked: Asked) -> str:
    figure = case.figure(asked)
    if figure is None or figure.estimate is None:
        why = "it was not asked for" if figure is None else reason_of(figure)
        return f"Not measured: {why}."
    area, flaw = figure.estimate, case.flaw(asked)
    if flaw:
        return f"Not to be relied on, as {flaw}: AUC {decimal_with_interval(area)}."
    verdict = {
        True: "People are told apart",
        False: "People are not shown to be told apart",
    }[told_apart(case, asked)]
    said = [
        f"{verdict} by {BY[asked.photos]}: AUC {decimal_with_interval(area)} by the first attack "
        f"of the plan ({short(asked)[:1].lower()}{short(asked)[1:]}); guessing: 0.5"
        f"{_beside(case, asked)}."
    ]
    if _half(area) > WIDE:
        said.append("The interval is wide: more people and trainings would say more.")
    said += _rates(case, asked)
    return " ".join(said)


def _beside(case: Case, asked: Asked) -> str:
    null, blind = case.null(asked), case.blind(asked)
    parts = [f"untrained networks: {decimal(null.value)}"] if null else []
    parts += [f"pixels alone: {decimal(blind.value)}"] if blind else []
    return "".join(f"; {one}" for one in parts)


def _half(area: Estimate) -> float:
    return (area.high - area.low) / 2


def _rates(case: Case, asked: Asked) -> Iterator[str]:
    for fpr in case.rates():
        rate = case.get(asked, tpr_at(fpr))
        if rate is not None:
            yield (
                f"With {fpr * 100:g}{SPACE}% of others wrongly named, "
                f"{percent_with_interval(rate)} of members are found."
            )
            return


def _others(case: Case) -> Iterator[Finding]:
    """Yield what members told from people of another source are worth."""
    for lists in case.facts.lists:
        if lists.against != "other_source" or lists.photos != "trained":
            continue
        areas = {
            asked: figure.estimate
            for asked, figure in case.asked()
            if (asked.against, asked.photos, asked.level) == ("other_source", "trained", "photo")
            and figure.estimate is not None
        }
        blind = next((area for asked, area in areas.items() if asked.attack == "blind"), None)
        said = [
            f"{short(asked)} {decimal(area.value)}"
            + (f" (untrained networks {decimal(null.value)})" if (null := case.null(asked)) else "")
            for asked, area in areas.items()
            if asked.attack != "blind" and asked.nets == "trained"
        ]
        pixels = (
            ""
            if blind is None
            else f"Pixels alone, without any network, reach {decimal(blind.value)}. "
        )
        worth = (
            "The gate refuses these lists: what is told there is the source, not whom the backbone "
            "learned from."
            if lists.outcome == "failed"
            else f"The gate: {lists.verdict}."
        )
        figures = f"AUC by photo: {listed(said, most=6)}. " if said else "No attack has a figure. "
        yield Finding("Against another source", f"{figures}{pixels}{worth}")


def _trainings(case: Case) -> str:
    facts = case.facts
    accuracy = sum(one.validation_accuracy for one in facts.trainings) / len(facts.trainings)
    loss = sum(one.train_loss for one in facts.trainings) / len(facts.trainings)
    watched = (
        "other photos of their people"
        if case.record.spec["recipe"]["stop"] == "validation"
        else "their training photos"
    )
    sessions = (
        "of sessions that nobody learned from"
        if facts.held_out_sessions
        else "some of a session that was learned from"
    )
    return (
        f"{counted(len(facts.trainings), 'backbone')} learned from half of "
        f"{counted(facts.people, 'person', 'people')} each, by up to "
        f"{counted(facts.photos[0], 'photo')}; up to {counted(facts.photos[1], 'other photo')} "
        f"of each were held out, {sessions}. They know {percent_in_text(accuracy)} of {watched}; "
        f"their training loss is {decimal(loss)}.{_worth(case)}"
    )


def _worth(case: Case) -> str:
    found = case.record.figure(VERIFICATION)
    if found is None:
        return ""
    return (
        f" What they are good for: of people whom they did not learn from, two photos of one are "
        f"more alike than two of different ones with AUC {decimal_with_interval(found)}."
    )
