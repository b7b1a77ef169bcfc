"""The file that says that a run is at work."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from faceaudit import progress
from faceaudit.api.heartbeat import Heartbeat
from faceaudit.progress import Task, Watched, silent
from helpers.notes import Notes


def beat_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def wait_for(path: Path, what: str) -> dict[str, Any]:
    """Wait until the file says that something is being done, five seconds at most."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        beat = beat_of(path)
        if any(task["doing"] == what for task in beat["tasks"]):
            return beat
        time.sleep(0.005)
    raise AssertionError(f"{what} is not in {beat}")


def test_it_says_what_is_done_how_far_it_is_and_how_long_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "KEPT", 0.0)
    path = tmp_path / "heartbeat.json"
    with Heartbeat(path, silent, every=0.01) as heart:
        assert beat_of(path)["state"] == "running"
        with heart.task("cases", 4) as cases:
            cases(1)
            with heart.task("reading", None):
                beat = wait_for(path, "reading")
    outer, inner = beat["tasks"]
    assert (outer["doing"], outer["done"], outer["total"]) == ("cases", 1, 4)
    assert outer["seconds_left"] >= 0
    assert inner == {"doing": "reading", "done": 0, "total": None, "seconds_left": None}
    assert beat["process"] == os.getpid()
    assert abs((datetime.now(UTC) - datetime.fromisoformat(beat["time"])).total_seconds()) < 60
    assert (beat_of(path)["state"], beat_of(path)["tasks"]) == ("finished", [])
    assert [entry.name for entry in tmp_path.iterdir()] == ["heartbeat.json"], "no part is left"


def test_it_goes_on_while_nothing_advances(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.json"
    with Heartbeat(path, silent, every=0.01):
        path.unlink()
        end = time.monotonic() + 5
        while not path.exists() and time.monotonic() < end:
            time.sleep(0.005)
        assert path.exists()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_run_that_ends_early_is_said_to_have_stopped(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "heartbeat.json"
    with pytest.raises(error), Heartbeat(path, silent) as heart, heart.task("cases", 3):
        raise error
    assert (beat_of(path)["state"], beat_of(path)["tasks"]) == ("stopped", [])


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    with (
        Heartbeat(tmp_path / "no" / "such" / "folder", silent) as heart,
        heart.task("a", 1) as step,
    ):
        step(1)
    assert list(tmp_path.iterdir()) == []


def test_progress_is_shown_besides(tmp_path: Path) -> None:
    notes = Notes()
    with Heartbeat(tmp_path / "beat", notes) as heart:
        heart.note("a word")
    assert notes.said == ["a word"]


def test_time_left_counts_only_what_was_done_now(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    task = Task("cases", 25, started=now)
    task.advance(20)  # kept from before: no time was spent on them
    assert task.seconds_left is None
    now = 160.0
    assert task.seconds_left is None, "nothing is known of how long a case takes"
    task.advance(1)
    assert task.seconds_left == pytest.approx(4 * 60)
    task.advance(4)
    assert task.seconds_left == 0


def test_tasks_at_hand_are_known_the_outermost_first() -> None:
    watched = Watched(every=60)
    with watched.task("cases", 2), watched.task("photos", 5) as photos:
        photos(3)
        assert [(task.title, task.done) for task in watched.tasks] == [("cases", 0), ("photos", 3)]
    assert watched.tasks == []
