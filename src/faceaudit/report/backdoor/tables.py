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
    count,
    counted,
    percent,
    percent_in_text,
    points_with_interval,
)


@dataclass(frozen=True)
class Row:
    """One attack on one network: figures reported by the original, and measured here."""

    attack: str
    subtitle: str
    trainings: str
    samples: Cell
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


def comparison(series: Sequence[Series]) -> tuple[Row, ...]:
    """Return the table "reported by the original / measured here"."""
    return tuple(_compare_series(each) for each in series)


def _compare_series(series: Series) -> Row:
    original = reported(series.attack, series.network)
    none = Cell(note="none reported")
    level = series.main
    here = "" if level is None else f"here {count(level.samples)}"
    if original is not None and level is not None and original.samples == level.samples:
        samples = Cell(count(level.samples))
    elif original is not None:
        samples = Cell(here, note=f"reported with {count(original.samples)}")
    else:
        samples = Cell(here)
    return Row(
        attack=series.name,
        subtitle=series.subtitle,
        trainings="" if level is None else _trainings(level),
        samples=samples,
        reported_success=none if original is None else Cell(percent(original.success)),
        success=_measured(series, SUCCESS),
        null=_measured(series, NULL),
        wrong=_measured(series, WRONG_KEY),
        reported_accuracy=none if original is None else Cell(percent(original.accuracy)),
        clean=_measured(series, CLEAN),
        pristine=_measured(series, PRISTINE),
        target=_measured(series, TARGET_CLEAN),
    )


def _measured(series: Series, metric: str) -> Cell:
    if series.main is None:
        if metric != SUCCESS:
            return Cell(note="not measured")
        return Cell(note=f"not measured: {series.errors}")
    return level_cell(series.main, metric)


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


def wrong_keys(series: Series) -> tuple[tuple[str, Cell], ...]:
    """Return the success of each wrong key at the series' main level."""
    level = series.main
    if level is None:
        return ()
    return tuple((name, level_cell(level, of_key(WRONG_KEY, name))) for name in level.wrong_keys)
