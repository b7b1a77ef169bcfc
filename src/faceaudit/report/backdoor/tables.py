"""The report's tables: every figure as a cell that knows its interval, or why it has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faceaudit.report.backdoor.attack_series import (
    CLEAN,
    NULL,
    PRISTINE,
    SUCCESS,
    WRONG,
    SampleCount,
    Series,
)
from faceaudit.report.backdoor.published import reported
from faceaudit.report.numbers import count, interval, listed, percent, points_interval
from faceaudit.store import Figure


@dataclass(frozen=True)
class Cell:
    """One figure of a table.

    Attributes:
        value: the figure; empty when there is none.
        interval: its interval.
        trials: how many trials it rests on.
        note: what else to know; of an empty cell, why it is empty.
        flaw: why the figure is not to be relied on; usually nothing.
    """

    value: str = ""
    interval: str = ""
    trials: str = ""
    note: str = ""
    flaw: str = ""


@dataclass(frozen=True)
class Row:
    """One attack on one network: what the original reported, and what was measured here."""

    attack: str
    setting: str
    samples: Cell
    reported_success: Cell
    success: Cell
    null: Cell
    wrong: Cell
    reported_accuracy: Cell
    clean: Cell
    pristine: Cell


@dataclass(frozen=True)
class LevelRow:
    """One attack at one number of poison samples."""

    samples: str
    seeds: str
    success: Cell
    null: Cell
    wrong: Cell
    clean: Cell
    pristine: Cell
    cost: str


def cell(figure: Figure) -> Cell:
    """Return a figure as a cell; one that was not measured keeps its reason."""
    estimate = figure.estimate
    if estimate is None:
        return Cell(note=f"not measured: {figure.why_none or 'no reason was kept'}")
    return Cell(
        percent(estimate.value), interval(estimate), f"n = {count(estimate.n)}", figure.why_none
    )


def comparison(series: Sequence[Series]) -> tuple[Row, ...]:
    """Return the table "reported by the original / measured here"."""
    return tuple(_row(one) for one in series)


def _row(series: Series) -> Row:
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
        setting=series.setting,
        samples=samples,
        reported_success=none if original is None else Cell(percent(original.success)),
        success=_measured(series, SUCCESS),
        null=_measured(series, NULL),
        wrong=_measured(series, WRONG),
        reported_accuracy=none if original is None else Cell(percent(original.accuracy)),
        clean=_measured(series, CLEAN),
        pristine=_measured(series, PRISTINE),
    )


def _measured(series: Series, metric: str) -> Cell:
    if series.main is None:
        if metric != SUCCESS:
            return Cell(note="not measured")
        errors = dict.fromkeys(record.error or "no reason was kept" for record in series.failed)
        return Cell(note=f"not measured: {'; '.join(errors)}")
    return cell(series.main.figure(metric))


def levels(series: Series) -> tuple[LevelRow, ...]:
    """Return the figures behind a series' chart."""
    return tuple(_level(level) for level in series.levels)


def _level(level: SampleCount) -> LevelRow:
    return LevelRow(
        samples=count(level.samples),
        seeds=listed([str(seed) for seed in level.seeds], most=9),
        success=cell(level.figure(SUCCESS)),
        null=cell(level.figure(NULL)),
        wrong=cell(level.figure(WRONG)),
        clean=cell(level.figure(CLEAN)),
        pristine=cell(level.figure(PRISTINE)),
        cost="not known" if level.cost is None else points_interval(level.cost),
    )


def wrong_keys(series: Series) -> tuple[tuple[str, Cell], ...]:
    """Return the success of each wrong key at the series' main level."""
    if series.main is None:
        return ()
    return tuple((name, cell(figure)) for name, figure in series.main.wrong_keys.items())
