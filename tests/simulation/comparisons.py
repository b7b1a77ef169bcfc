"""How often comparisons of two audits are right, as Markdown tables.

`PYTHONPATH=tests python -m simulation.comparisons docs/compare.md` puts them between the marks.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from faceaudit.report.comparison import ComparedRow, Comparison, compare_audits
from faceaudit.store import CaseRecord
from simulation.draws import Rng
from simulation.made_audits import (
    Asked,
    Pool,
    Spreads,
    World,
    audit_of,
    backdoor_audit,
    finished_audit,
    membership_audit,
)
from simulation.table import put

ALIKE, PLANTED = 400, 200
SEED = 12
GAPS = {"none": 0.6, "facebone": 0.2, "selena": 0.1}
Change = Mapping[str, float]
Draw = Callable[[Rng, Change], tuple[list[CaseRecord], list[CaseRecord]]]


@dataclass(frozen=True)
class Scene:
    """Two audits that differ by chance alone, or by a planted change.

    Attributes:
        name: in words.
        draw: draws both; the change is made to the second.
        measures: in which changes are planted.
    """

    name: str
    draw: Draw
    measures: tuple[str, ...] = ()


def trainings(before: Sequence[int], after: Sequence[int], spreads: Spreads) -> Draw:
    """Draw two runs of one plan with some seeds each."""

    def draw(rng: Rng, change: Change) -> tuple[list[CaseRecord], list[CaseRecord]]:
        world = World.of(rng, [*before, *after], spreads.people)
        one = backdoor_audit(rng, world, before, spreads)
        return one, renamed(backdoor_audit(rng, world, after, spreads, change=change))

    return draw


def same_pool(rng: Rng, change: Change) -> tuple[list[CaseRecord], list[CaseRecord]]:
    pool = Pool.of(rng)
    one = membership_audit(rng, pool, 0, gaps=GAPS)
    return one, renamed(membership_audit(rng, pool, 0, gaps=GAPS, change=change))


def other_pool(rng: Rng, change: Change) -> tuple[list[CaseRecord], list[CaseRecord]]:
    one = membership_audit(rng, Pool.of(rng), 0, gaps=GAPS)
    return one, membership_audit(rng, Pool.of(rng), 1, gaps=GAPS, change=change)


def systems(rng: Rng, change: Change) -> tuple[list[CaseRecord], list[CaseRecord]]:
    asked = Asked.of(rng, 600)
    return finished_audit(rng, asked), renamed(finished_audit(rng, asked, change=change))


def renamed(records: Sequence[CaseRecord]) -> list[CaseRecord]:
    """Return cases of another run: they are not the very same."""
    return [replace(record, id=f"{record.id}-again") for record in records]


ALL_OR_NOTHING = Spreads(success=(0.9, 0.295))
SCENES = (
    Scene("3 and 3 trainings of other seeds", trainings((0, 1, 2), (3, 4, 5), Spreads()),
          ("clean_accuracy",)),
    Scene("3 and 3 trainings, each opens for all or for nobody",
          trainings((0, 1, 2), (3, 4, 5), ALL_OR_NOTHING)),
    Scene("3 trainings of the same seeds", trainings((0, 1, 2), (0, 1, 2), Spreads()),
          ("clean_accuracy",)),
    Scene("6 trainings of the same seeds", trainings(range(6), range(6), Spreads()),
          ("clean_accuracy",)),
    Scene("one training of the same seed",
          trainings((0,), (0,), Spreads((0.6, 0.0), (0.3, 0.0), (0.8, 0.0))),
          ("success", "clean_accuracy")),
    Scene("8 targets of another pool", other_pool, ("accuracy", "auc")),
    Scene("8 targets of the same pool", same_pool, ("accuracy", "auc")),
    Scene("two finished systems", systems, ("clean_accuracy", "own_fmr", "own_fnmr")),
)  # fmt: skip


@dataclass(frozen=True)
class Level:
    """What comparisons of audits that differ by chance alone said.

    Attributes:
        scene: its name.
        rows: how many rows a comparison tested.
        different: the share of comparisons that showed any difference.
        coverage: the share of single intervals that held 0.
        replications: how many comparisons there were.
    """

    scene: str
    rows: int
    different: float
    coverage: float
    replications: int


@dataclass(frozen=True)
class Power:
    """How often a planted change was shown.

    Attributes:
        scene, measure: where it was planted.
        change: the mean of the smallest difference that would have been shown.
        shown: the share of comparisons that showed it.
        wrong: the share that showed it the other way round.
        replications: how many comparisons there were.
    """

    scene: str
    measure: str
    change: float
    shown: float
    wrong: float
    replications: int


def comparisons(scene: Scene, count: int, change: Change, what: str) -> list[Comparison]:
    """Draw a scene many times and compare."""
    rng = np.random.default_rng([SEED, zlib.crc32(f"{scene.name} {what}".encode())])
    found = []
    for _ in range(count):
        before, after = scene.draw(rng, change)
        found.append(compare_audits(audit_of(before), audit_of(after)))
    return found


def level_of(scene: Scene, found: Sequence[Comparison]) -> Level:
    """Return how often a difference was shown, where there is none."""
    rows = [row for one in found for row in one.rows if row.difference is not None]
    held = [row.difference.low <= 0 <= row.difference.high for row in rows if row.difference]
    return Level(
        scene.name,
        found[0].tested,
        float(np.mean([bool(one.changes) for one in found])),
        float(np.mean(held)),
        len(found),
    )


def smallest_of(found: Sequence[Comparison], measure: str) -> float:
    """Return the mean of the smallest difference that would have been shown."""
    each = [first_row(one, measure).smallest for one in found]
    return float(np.mean([1.0 if one is None else one for one in each]))


def first_row(found: Comparison, measure: str) -> ComparedRow:
    """Return the row that a change is planted in: that of the first attack or mitigation."""
    label = {"backdoor": ("attack", "blended"), "membership": ("mitigation", "none")}
    for row in found.rows:
        key, value = label.get(row.kind, ("", ""))
        if row.name == measure and row.labels.get(key, "") == value:
            return row
    raise AssertionError(measure)


def power_of(scene: Scene, measure: str, change: float, count: int) -> Power:
    """Return how often a change of a size is shown."""
    sign = -1 if measure in ("clean_accuracy", "accuracy") else 1  # there is room in that direction
    found = comparisons(scene, count, {measure: sign * change}, measure)
    verdicts = [first_row(one, measure).verdict for one in found]
    right, wrong = ("falls", "rises")[:: sign * -1]
    shares = [float(np.mean([one == side for one in verdicts])) for side in (right, wrong)]
    return Power(scene.name, measure, change, *shares, count)


def study(scene: Scene, alike: int, planted: int) -> tuple[Level, list[Power]]:
    """Return the level of a scene, and its power at what comparisons say could have been seen."""
    found = comparisons(scene, alike, {}, "")
    level = level_of(scene, found)
    sizes = {measure: smallest_of(found, measure) for measure in scene.measures}
    return level, [power_of(scene, measure, size, planted) for measure, size in sizes.items()]


def as_markdown(found: Sequence[tuple[Level, Sequence[Power]]]) -> str:
    """Return a table of levels and one of power."""
    lines = [
        "| Two audits that differ by chance alone | Rows | Show a difference anywhere"
        " | Single intervals hold 0 | Comparisons |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {one.scene} | {one.rows} | {100 * one.different:.1f} % | {100 * one.coverage:.1f} %"
        f" | {one.replications:,} |"
        for one, _ in found
    ]
    lines += [
        "",
        "| With a change planted in one figure | Figure | Change: the smallest that would be shown"
        " | Shown | Shown the wrong way | Comparisons |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {one.scene} | {one.measure} | {one.change:.3f} | {100 * one.shown:.0f} %"
        f" | {100 * one.wrong:.1f} % | {one.replications:,} |"
        for _, powers in found
        for one in powers
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    put(Path(sys.argv[1]), as_markdown([study(scene, ALIKE, PLANTED) for scene in SCENES]))
