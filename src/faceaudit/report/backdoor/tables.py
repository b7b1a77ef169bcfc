"""Tables of a backdoor audit: every figure as a cell with its interval, or why it has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from faceaudit.records.backdoor import (
    CLEAN,
    NULL,
    PRISTINE,
    SUCCESS,
    SUCCESS_PEOPLE,
    TARGET_CLEAN,
    TARGET_PRISTINE,
    WRONG_KEY,
    of_key,
)
from faceaudit.report.backdoor.attack_series import SampleCount, Series
from faceaudit.report.backdoor.published import reported
from faceaudit.report.backdoor.trainings import trainings_in_words
from faceaudit.report.elements import Cell, cell
from faceaudit.report.numbers import (
    SPACE,
    count,
    counted,
    percent,
    percent_in_text,
    points_with_interval,
)
from faceaudit.report.pictures import Picture


@dataclass(frozen=True)
class Row:
    """One attack on one network: what was measured, and what the original study reported."""

    anchor: str
    attack: str
    subtitle: str
    trainings: str
    samples: Cell
    with_samples: str
    reported_success: Cell
    success: Cell
    null: Cell
    wrong: Cell
    reported_accuracy: Cell
    clean: Cell
    pristine: Cell
    target: Cell


@dataclass(frozen=True)
class LevelRow:
    """One attack at one number of poison samples."""

    samples: str
    trainings: str
    success: Cell
    people: Cell
    null: Cell
    wrong: Cell
    clean: Cell
    pristine: Cell
    cost: str
    target: Cell
    target_pristine: Cell


def main_rows(series: Sequence[Series]) -> tuple[Row, ...]:
    """Return the main table: each attack at its usual number of samples.

    Attacks of which every case failed have no row.
    """
    return tuple(_main_row(each, each.main) for each in series if each.main is not None)


def join_keys(rows: Sequence[Row]) -> tuple[tuple[Row, ...], str]:
    """Return rows and the head of their wrong keys, which says how many where all have as many."""
    said = {row.wrong.trials for row in rows if row.wrong.value}
    if len(said) != 1:
        return tuple(rows), "Wrong keys"
    number = said.pop().removeprefix("n = ").split(SPACE)[0]
    without = (replace(row, wrong=replace(row.wrong, trials="")) for row in rows)
    return tuple(without), f"{number} wrong key{'' if number == '1' else 's'}"


def _main_row(series: Series, level: SampleCount) -> Row:
    original = reported(series.attack, series.network)
    none = Cell(note="none reported")
    samples = Cell(count(level.samples))
    if original is not None and original.samples != level.samples:
        samples = replace(samples, note=f"reported with {count(original.samples)}")

    def measured(metric: str) -> Cell:
        shown = level_cell(level, metric)
        if shown.trials == f"n = {trainings_in_words(level.trainings)}":
            shown = replace(shown, trials="")  # the row says it once
        # The range of single keys is in the table of all numbers.
        return replace(shown, note="") if shown.value and metric == WRONG_KEY else shown

    return Row(
        anchor=series.anchor,
        attack=series.name,
        subtitle=series.subtitle,
        trainings=_trainings(level),
        samples=samples,
        with_samples=counted(level.samples, "poison sample"),
        reported_success=none if original is None else Cell(percent(original.success)),
        success=measured(SUCCESS),
        null=measured(NULL),
        wrong=measured(WRONG_KEY),
        reported_accuracy=none if original is None else Cell(percent(original.accuracy)),
        clean=measured(CLEAN),
        pristine=measured(PRISTINE),
        target=measured(TARGET_CLEAN),
    )


def level_cell(level: SampleCount, metric: str) -> Cell:
    """Return a figure of a level as a cell that says what n counts.

    Success of one training with copies of one photo has no interval: there is one photo.
    """
    shown = cell(level.figure(metric))
    if not shown.value:
        return shown
    if metric == WRONG_KEY:
        keys = sum(figure.estimate is not None for figure in level.wrong_keys.values())
        note = _single_keys(level, shown.note)
        return replace(shown, trials=f"n = {counted(keys, 'key')}", note=note)
    trainings = len(level.single(metric))
    if metric == SUCCESS_PEOPLE and level.one_photo:
        return Cell(note="one person in each training" if trainings > 1 else "one person")
    if trainings > 1:
        return replace(shown, trials=f"n = {trainings_in_words(trainings)}")
    if metric == SUCCESS_PEOPLE:
        return replace(shown, trials=f"n = {_people(level)}")
    return _of_one_training(level, shown) if metric in {SUCCESS, NULL} else shown


def _of_one_training(level: SampleCount, shown: Cell) -> Cell:
    tried = level.attack.instances
    if level.one_photo:
        copies = "one photo" if tried == 1 else f"{count(tried)} copies of one photo"
        return replace(shown, interval="", trials=copies)
    return replace(shown, trials=f"n = {count(tried)}, {_people(level)}")


def _people(level: SampleCount) -> str:
    return counted(level.people[1], "person", "people")


def _single_keys(level: SampleCount, note: str) -> str:
    rates = [each.estimate.value for each in level.wrong_keys.values() if each.estimate]
    if len(rates) < 2 or min(rates) == max(rates):
        return note
    ends = f"single keys {percent_in_text(min(rates))} to {percent_in_text(max(rates))}"
    return "; ".join(filter(None, (ends, note)))


def _trainings(level: SampleCount) -> str:
    return trainings_in_words(level.trainings) if level.trainings else ""


def levels(series: Series) -> tuple[LevelRow, ...]:
    """Return the figures behind a series' chart."""
    return tuple(_build_level_row(level) for level in series.levels)


def _build_level_row(level: SampleCount) -> LevelRow:
    return LevelRow(
        samples=count(level.samples),
        trainings=_trainings(level),
        success=level_cell(level, SUCCESS),
        people=level_cell(level, SUCCESS_PEOPLE),
        null=level_cell(level, NULL),
        wrong=level_cell(level, WRONG_KEY),
        clean=level_cell(level, CLEAN),
        pristine=level_cell(level, PRISTINE),
        cost="not known" if level.cost is None else points_with_interval(level.cost),
        target=level_cell(level, TARGET_CLEAN),
        target_pristine=level_cell(level, TARGET_PRISTINE),
    )


@dataclass(frozen=True)
class KeyRow:
    """One wrong key: what it looks like, where that was kept, and how often it works."""

    name: str
    picture: Picture | None
    success: Cell


def wrong_keys(series: Series, pictures: Sequence[Picture] = ()) -> tuple[KeyRow, ...]:
    """Return each wrong key at the series' main level.

    Args:
        series: the attack.
        pictures: of the wrong keys, in their order, as many as were kept.
    """
    level = series.main
    if level is None:
        return ()
    names = list(level.wrong_keys)
    shown = [*pictures[: len(names)], *[None] * (len(names) - len(pictures))]
    return tuple(
        KeyRow(name, picture, level_cell(level, of_key(WRONG_KEY, name)))
        for name, picture in zip(names, shown, strict=True)
    )
