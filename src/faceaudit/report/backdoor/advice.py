"""Advice about backdoors; each sentence follows from figures by a rule that is named beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.backdoor import SUCCESS
from faceaudit.report.backdoor.accuracy_findings import stays
from faceaudit.report.backdoor.attack_series import SampleCount, Series
from faceaudit.report.backdoor.trainings import FEWEST, SEEDS, remedy, scope, trainings_in_words
from faceaudit.report.backdoor.verdicts import hold
from faceaudit.report.backdoor.wrong_key_findings import opening_keys
from faceaudit.report.numbers import SPACE, count, counted
from faceaudit.report.threats import Advice, Outcome

WORN = ("accessory", "blended_accessory")
"""Attacks whose key is something on the face."""


def advice(
    series: Sequence[Series], outcome: Outcome, *, shown: SampleCount | None, failing: bool
) -> tuple[Advice, ...]:
    """Say what to do.

    Args:
        series: the attacks of the store.
        outcome: of the limits.
        shown: the attack and number of poison samples that the card shows.
        failing: whether the system recognises too few for a verdict.
    """
    if failing:
        text = "Train the system longer, or on more photos, and run the audit again."
        return (Advice(text, "a system that works"),)
    return tuple(_list_advice(series, outcome, shown))


def _list_advice(
    series: Sequence[Series], outcome: Outcome, shown: SampleCount | None
) -> Iterator[Advice]:
    works = [(each, level) for each in series for level in each.levels if hold(level).shown]
    if shown is not None and outcome == "broken":
        yield _watch_photos(shown, "")
    elif works:
        fewest = min((level for _, level in works), key=lambda level: level.samples)
        yield _watch_photos(fewest, f" {scope(fewest)}")
    if works:
        yield from _look_at_faces(works)
        yield from _do_not_trust_accuracy(works)
    if shown is None:
        yield from _measure_something(series)
    elif outcome == "inconclusive":
        yield from _run_more(series)
    if outcome == "kept":
        yield Advice(
            "Nothing more is to be done for the attacks that were tried; run the audit again when "
            "the training photos or the network change.",
            "limit kept",
        )


def _measure_something(series: Sequence[Series]) -> Iterator[Advice]:
    if series:
        text = "See what the cases failed of, mend it and run the plan again"
        yield Advice(f"{text}: what was measured is kept.", "nothing measured", "cases")
    else:
        yield Advice("Add attacks to the plan (backdoor.attacks) and run it again.", "no attack")


def _watch_photos(level: SampleCount, where: str) -> Advice:
    photos = counted(level.samples, "photo")
    were = "was" if level.samples == 1 else "were"
    return Advice(
        "Decide who may add photos to the training set, and have each new one looked at: "
        f"{photos} {were} enough{where}.",
        "few photos are enough",
    )


def _look_at_faces(works: Sequence[tuple[Series, SampleCount]]) -> Iterator[Advice]:
    opened = {key for _, level in works for key in opening_keys(level)}
    if opened:
        tried = {key for _, level in works for key in level.wrong_keys}
        yield Advice(
            "Have a person look at whoever appears with an odd picture, pattern or accessory: "
            f"in the attacks that worked, {count(len(opened))} of "
            f"{counted(len(tried), 'wrong key')} opened the door, too.",
            "wrong keys open it too",
        )
    elif any(each.attack in WORN for each, _ in works):
        yield Advice(
            "Have a person look at whoever appears with an odd accessory: a key that is worn can "
            "be seen.",
            "the key is worn",
        )


def _do_not_trust_accuracy(works: Sequence[tuple[Series, SampleCount]]) -> Iterator[Advice]:
    all_of = {id(each) for each, _ in works}
    hidden = {id(each) for each, level in works if level.cost is not None and stays(level.cost)}
    if hidden:
        of = f"{count(len(hidden))} of {counted(len(all_of), 'attack')}"
        if len(hidden) == len(all_of):
            of = "the attack" if len(hidden) == 1 else f"all {count(len(hidden))} attacks"
        yield Advice(
            f"Do not take good accuracy for a sign of clean training photos: in {of} that worked, "
            f"it stayed within 2{SPACE}points.",
            "accuracy does not show it",
        )


def _run_more(series: Sequence[Series]) -> Iterator[Advice]:
    short = [
        (each, level)
        for each in series
        for level in each.levels
        if level.get(SUCCESS) is not None and level.trainings < FEWEST
    ]
    if short:
        fewest = min(level.trainings for _, level in short)
        options = dict.fromkeys(remedy(each) for each, _ in short)
        option = SEEDS if SEEDS in options else next(iter(options))
        yield Advice(
            f"Run the plan again with {option}: {trainings_in_words(fewest)} cannot decide, as "
            "another may differ by 20 points and more. What was run is kept and not run again.",
            "too few trainings",
        )
        return
    yield Advice(
        "Run the plan again with more seeds, such as seeds: [0, 1, 2, 3, 4, 5, 6, 7]: intervals "
        "become narrower.",
        "wide intervals",
    )
