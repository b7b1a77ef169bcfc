"""SIGKILL at any moment: the run that goes on ends with every file of one that was left alone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from disasters import plans, runs
from disasters.conftest import Sound

HOOKS = Path(__file__).parent / "hooks"


def run_through(sound: Sound, folder: Path, kills: list[int | float]) -> Path:
    """Run a plan, killed again and again, until it ends; return its store.

    Args:
        sound: the same run, left alone.
        folder: where to run.
        kills: when each process is killed: at this event of its own, or after so many seconds.
    """
    space = folder / "space"
    space.mkdir()
    command = ["run", str(sound.plan), "--store", str(space / "audit")]
    for when in kills:
        at = when if isinstance(when, int) else 0
        begun = runs.begin(command, folder / "logs", root=space, at=at)
        if isinstance(when, float):
            begun.process.join(when)
            begun.process.kill()
        status = begun.end()
        assert status in (0, -signal.SIGKILL), begun.text()
        assert runs.lies(space / "audit", sound.left) == [], f"after a kill at {when}"
    begun = runs.begin(command, folder / "logs", root=space)
    assert begun.end() == 0, begun.text()
    return space / "audit"


def test_a_run_killed_five_times_leaves_every_file_the_same(quick: Sound, tmp_path: Path) -> None:
    rng = random.Random(1)
    kills: list[int | float] = [rng.randrange(1, quick.events // 3) for _ in range(5)]
    store = run_through(quick, tmp_path, kills)
    assert runs.differences(store, quick.left) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_forty_cases_killed_at_any_event_or_moment(forty: Sound, tmp_path: Path, seed: int) -> None:
    """Ten kills for each seed: five at events, five at moments."""
    rng = random.Random(seed)
    share = forty.events // 8
    kills: list[int | float] = [rng.randrange(1, share) for _ in range(5)]
    kills += [rng.uniform(0.05, forty.seconds / 8) for _ in range(5)]
    rng.shuffle(kills)
    store = run_through(forty, tmp_path, kills)
    assert runs.differences(store, forty.left) == []


@pytest.mark.slow
def test_a_command_whose_processes_are_killed_goes_on(tmp_path: Path) -> None:
    """The command as users start it: with processes side by side for what needs few threads."""
    plan = plans.part([0, 1, 2])
    plan["backdoor"]["systems"][0]["training"]["threads"] = 1
    file = runs.write_plan(tmp_path / "plan.yaml", plan)
    sound, killed = tmp_path / "sound" / "audit", tmp_path / "killed" / "audit"
    with as_users_start(file, sound, tmp_path / "count", 0) as process:
        assert process.wait(runs.PATIENCE) == 0
    left, last = runs.left(sound), (tmp_path / "count").stat().st_size
    rng = random.Random(2)
    for number in range(6):
        count, at = tmp_path / f"count-{number}", rng.randrange(1, last // 4)
        first_alone = number % 2 == 1
        with as_users_start(file, killed, count, 0 if first_alone else at) as process:
            while first_alone and process.poll() is None:
                if count.exists() and count.stat().st_size >= at:
                    process.kill()
                time.sleep(0.005)
            assert process.wait(runs.PATIENCE) in (0, -signal.SIGKILL)
        assert runs.lies(killed, left) == []
    with as_users_start(file, killed, tmp_path / "count-last", 0) as process:
        assert process.wait(runs.PATIENCE) == 0
    assert runs.differences(killed, left) == []


def as_users_start(plan: Path, store: Path, count: Path, at: int) -> subprocess.Popen[bytes]:
    """Begin the command; all its processes are killed at an event of any of them."""
    store.parent.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name != "FACEAUDIT_CACHE"}
    environment["PYTHONPATH"] = os.pathsep.join([str(HOOKS), os.environ.get("PYTHONPATH", "")])
    environment["DISASTER"] = "\n".join([str(store.parent), str(count), str(at), "kill"])
    return subprocess.Popen(
        [sys.executable, "-m", "faceaudit", "run", str(plan), "--store", str(store)],
        env=environment,
        start_new_session=True,
    )
