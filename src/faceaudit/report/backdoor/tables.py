"""Tables of a backdoor audit: every figure as a cell with its interval, or why it has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faceaudit.records.backdoor import CLEAN, NULL, PRISTINE, SUCCESS, WRONG_KEY
from faceaudit.report.backdoor.attack_series import SampleCount, Series
from faceaudit.report.backdoor.published import reported
from faceaudit.report.elements import Cell, cell
from faceaudit.report.numbers import count, listed, percent, points_with_interval


@dataclass(frozen=True)
class Row:
    """One attack on one network: figures reported by the original, and measured here."""

    attack: str
    subtitle: str
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
        samples=samples,
        reported_success=none if original is None else Cell(percent(original.success)),
        success=_measured(series, SUCCESS),
        null=_measured(series, NULL),
        wrong=_measured(series, WRONG_KEY),
        reported_accuracy=none if original is None else Cell(percent(original.accuracy)),
        clean=_measured(series, CLEAN),
        pristine=_measured(series, PRISTINE),
    )


def _measured(series: Series, metric: str) -> Cell:
    if series.main is None:
        if metric != SUCCESS:
            return Cell(note="not measured")
        return Cell(note=f"not measured: {series.errors}")
    return cell(series.main.figure(metric))


def levels(series: Series) -> tuple[LevelRow, ...]:
    """Return the figures behind a series' chart."""
    return tuple(_build_level_row(level) for level in series.levels)


def _build_level_row(level: SampleCount) -> LevelRow:
    return LevelRow(
        samples=count(level.samples),
        seeds=listed([str(seed) for seed in level.seeds], most=9),
        success=cell(level.figure(SUCCESS)),
        null=cell(level.figure(NULL)),
        wrong=cell(level.figure(WRONG_KEY)),
        clean=cell(level.figure(CLEAN)),
        pristine=cell(level.figure(PRISTINE)),
        cost="not known" if level.cost is None else points_with_interval(level.cost),
    )


def wrong_keys(series: Series) -> tuple[tuple[str, Cell], ...]:
    """Return the success of each wrong key at the series' main level."""
    if series.main is None:
        return ()
    return tuple((name, cell(figure)) for name, figure in series.main.wrong_keys.items())
