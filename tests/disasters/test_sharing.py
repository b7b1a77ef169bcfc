"""Several runs into one store at once: the right figures, and each piece of work done once."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from disasters import plans, runs
from disasters.conftest import Sound, run_soundly


def begin_all(files: list[Path], folder: Path) -> list[runs.Begun]:
    """Begin a run of each plan into one store, all at once."""
    told = {"TALLY": str(folder / "tally")}
    store = str(folder / "audit")
    return [
        runs.begin(["run", str(file), "--store", store], folder / "logs", environment=told)
        for file in files
    ]


def once(folder: Path, left: dict[str, str]) -> None:
    """Check that each case and system of what is left was computed once."""
    computed = runs.counted(folder / "tally")
    assert computed == {name.split("/")[1]: 1 for name in runs.work_of(left)}


def test_two_runs_of_one_plan_share_the_work(quick: Sound, tmp_path: Path) -> None:
    for begun in begin_all([quick.plan] * 2, tmp_path):
        assert begun.end() == 0, begun.text()
    assert runs.differences(tmp_path / "audit", quick.left) == []
    once(tmp_path, quick.left)


@pytest.mark.slow
def test_four_runs_of_one_plan_share_the_work(forty: Sound, tmp_path: Path) -> None:
    for begun in begin_all([forty.plan] * 4, tmp_path):
        assert begun.end() == 0, begun.text()
    assert runs.differences(tmp_path / "audit", forty.left) == []
    once(tmp_path, forty.left)


@pytest.mark.slow
@pytest.mark.parametrize(
    "overlapping",
    [[[0, 1, 2], [3, 2, 1]], [[0, 1, 2], [3, 2, 1], [2, 0], [1, 3, 0]]],
    ids=["two", "four"],
)
def test_plans_that_overlap_share_what_they_share(
    tmp_path: Path, overlapping: list[list[int]]
) -> None:
    sound = run_soundly(tmp_path, plans.part([0, 1, 2, 3]))
    shared = tmp_path / "shared"
    shared.mkdir()
    files = [
        runs.write_plan(shared / f"{number}.yaml", plans.part(seeds))
        for number, seeds in enumerate(overlapping)
    ]
    for begun in begin_all(files, shared):
        assert begun.end() == 0, begun.text()
    wanted = runs.work_of(sound.left)
    assert runs.differences(runs.work_of(runs.left(shared / "audit")), wanted) == []
    once(shared, wanted)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_what_a_killed_run_was_at_is_done_by_the_other(
    forty: Sound, tmp_path: Path, seed: int
) -> None:
    at = random.Random(seed).randrange(1, forty.events // 2)
    store, logs = tmp_path / "audit", tmp_path / "logs"
    command = ["run", str(forty.plan), "--store", str(store)]
    told = {"TALLY": str(tmp_path / "tally")}
    killed = runs.begin(command, logs, root=tmp_path, at=at, environment=told)
    other = runs.begin(command, logs, environment=told)
    assert killed.end() in (0, -signal.SIGKILL), killed.text()
    assert other.end() == 0, other.text()
    assert runs.differences(store, forty.left) == []
    computed = runs.counted(tmp_path / "tally")
    assert set(computed.values()) == {1}, "all but what the killed run was at"
    assert len(computed) >= len({name.split("/")[1] for name in runs.work_of(forty.left)}) - 1
