"""The risk statement of back doors: wrong openings among so many tries, and a day."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.audit.declared import Declared
from faceaudit.records.backdoor import NULL, SUCCESS, WRONG_KEY
from faceaudit.report.backdoor.attack_series import SampleCount
from faceaudit.report.backdoor.trainings import FEWEST, scope
from faceaudit.report.elements import reason_of
from faceaudit.report.numbers import percent_in_text, percent_with_interval
from faceaudit.report.risk_lines import (
    NO_RATE,
    declared_lines,
    missing,
    openings,
    openings_a_day_missing,
)
from faceaudit.report.threats import Risk, RiskLine

NAMES = {
    SUCCESS: "With the right key",
    WRONG_KEY: "With a wrong key",
    NULL: "With the right key, on a system without poison",
}
ONE_PHOTO = "copies of one photo in one training say nothing of other photos"


def risk(level: SampleCount | None, declared: Declared) -> Risk:
    """Combine what was measured with what is declared.

    Args:
        level: the attack and number of poison samples that the card shows; None where there is no
            verdict, so that nothing is combined.
        declared: what the owner says of the system's use.
    """
    said = declared_lines(declared, ("use", "people", "attempts", "protects"))
    if level is None:
        none = missing("Tries that get in", "nothing was measured that a verdict may rest on")
        return Risk((none,), said, (missing("Wrong openings", NO_RATE),))
    return Risk(tuple(_measured(level)), said, tuple(_combined(level, declared)))


def _measured(level: SampleCount) -> Iterator[RiskLine]:
    for metric, name in NAMES.items():
        figure = level.figure(metric)
        if figure.estimate is None:
            yield missing(name, reason_of(figure))
            continue
        where = f", {scope(level)} alone" if level.trainings < FEWEST else ""
        if level.one_photo:
            where = f"{where}, with copies of one photo"
        rate = percent_with_interval(figure.estimate)
        if _lacks_interval(level):
            rate = percent_in_text(figure.estimate.value)
        yield RiskLine(name, f"{rate}{where}", figure.estimate)


def _lacks_interval(level: SampleCount) -> bool:
    return level.one_photo and level.trainings == 1


def _combined(level: SampleCount, declared: Declared) -> Iterator[RiskLine]:
    for metric in (SUCCESS, WRONG_KEY):
        figure = level.figure(metric)
        if figure.estimate is None or _lacks_interval(level):
            why = ONE_PHOTO if figure.estimate else reason_of(figure)
            yield missing(f"{NAMES[metric]}: wrong openings", why)
        else:
            yield from openings(NAMES[metric], figure.estimate, declared)
    yield from openings_a_day_missing(declared)
