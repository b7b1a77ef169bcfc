"""Comparisons are right as often as they say, in simulation, and the docs' tables are of these."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from faceaudit.report.comparison import compare as comparing
from simulation.comparisons import (
    ALIKE,
    PLANTED,
    SCENES,
    Level,
    Power,
    as_markdown,
    comparisons,
    level_of,
    power_of,
    study,
)
from simulation.table import BEGIN, END

DOCS = Path(__file__).parents[2] / "docs/compare.md"
BY_NAME = {scene.name: scene for scene in SCENES}
FINISHED, POOL = BY_NAME["two finished systems"], BY_NAME["8 targets of the same pool"]


def most(count: int) -> float:
    """Return what 5 % may be found as, three standard errors higher."""
    return float(0.05 + 3 * np.sqrt(0.05 * 0.95 / count))


@pytest.mark.parametrize(
    "scene", [FINISHED, BY_NAME["one training of the same seed"]], ids=lambda one: one.name
)
def test_audits_that_differ_by_chance_alone_seldom_show_a_difference(scene) -> None:
    level = level_of(scene, comparisons(scene, 60, {}, "quick"))
    assert level.different <= most(60)
    assert level.coverage > 0.9


def test_a_change_as_large_as_could_be_seen_is_mostly_shown() -> None:
    power = power_of(FINISHED, "clean_accuracy", 0.085, 60)
    assert 0.55 <= power.shown <= 0.98
    assert power.wrong == 0


def test_verdicts_on_single_rows_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulation must be able to fail: without Holm, some row of many differs by chance."""
    monkeypatch.setattr(comparing, "holm", list)
    found = level_of(POOL, comparisons(POOL, 60, {}, "quick"))
    assert found.different > most(60)


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
def test_all_are_right_as_often_as_they_say(scene) -> None:
    level, powers = study(scene, ALIKE, PLANTED)
    check(level, powers)


def check(level: Level, powers: list[Power]) -> None:
    assert level.different <= most(ALIKE), level
    assert level.coverage >= 0.94, level
    for power in powers:
        assert power.shown >= 0.6, power
        assert power.wrong <= 0.01, power


def test_the_docs_have_each_scene_and_what_was_found_is_within_bounds() -> None:
    table = DOCS.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    rows = [re.split(r" *\| *", line)[1:-1] for line in table.splitlines() if line[:1] == "|"]
    cells = [row for row in rows if row and not row[0].startswith(("---", "Two audits", "With a"))]
    levels = {row[0]: row for row in cells if len(row) == 5}
    powers = {(row[0], row[1]): row for row in cells if len(row) == 6}
    assert set(levels) == set(BY_NAME)
    assert set(powers) == {(scene.name, one) for scene in SCENES for one in scene.measures}
    for scene in SCENES:
        _, tested, *shares, count = levels[scene.name]
        level = Level(scene.name, int(tested), *map(share, shares), number(count))
        found = [
            Power(name, one, float(row[2]), share(row[3]), share(row[4]), number(row[5]))
            for (name, one), row in powers.items()
            if name == scene.name
        ]
        check(level, found)
        assert level.replications == ALIKE
        assert {power.replications for power in found} <= {PLANTED}


def share(text: str) -> float:
    return float(text.removesuffix(" %")) / 100


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_tables_have_a_row_a_scene() -> None:
    level = Level("some", 4, 0.031, 0.952, 600)
    text = as_markdown([(level, [Power("some", "own_fmr", 0.1234, 0.755, 0.0, 300)])])
    assert "| some | 4 | 3.1 % | 95.2 % | 600 |" in text
    assert "| some | own_fmr | 0.123 | 76 % | 0.0 % | 300 |" in text
