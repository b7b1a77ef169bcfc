"""Where there is no terminal, long work says now and then how far it is."""

from __future__ import annotations

import io
import time

import pytest

from faceaudit import progress as tasks
from faceaudit.cli import console, slow_work
from faceaudit.cli.console import SafeConsole, progress
from faceaudit.cli.slow_work import SlowWork


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps count from the start: nothing here is kept from before."""
    monkeypatch.setattr(tasks, "KEPT", 0.0)


def wait_for(lines: list[str], count: int) -> None:
    """Wait until so many lines were said, two seconds at most."""
    end = time.monotonic() + 2
    while len(lines) < count and time.monotonic() < end:
        time.sleep(0.005)
    assert len(lines) >= count


def test_the_innermost_and_the_outermost_task_are_told_with_the_time_left() -> None:
    lines: list[str] = []
    with SlowWork(lines.append, every=0.02) as slow:
        with slow.task("cases", 5) as outer:
            outer(1)
            with slow.task("photos", 1000) as inner:
                inner(250)
                inner(250)
                wait_for(lines, 1)
            innermost, outermost = lines[-1].split("; ")
            assert innermost.startswith("photos: 500 of 1,000, about ")
            assert innermost.endswith(" left")
            assert outermost.startswith("cases: 1 of 5, about ")
            assert outermost.endswith(" left")
            with slow.task("packing", 2), slow.task("photos", 3):
                lines.clear()
                wait_for(lines, 2)
                assert [one.partition(":")[0] for one in lines[-1].split("; ")] == [
                    "photos",
                    "cases",
                ]
            lines.clear()
            wait_for(lines, 1)
            assert lines[-1].startswith("cases: 1 of 5, about ")
        lines.clear()
        wait_for(lines, 1)
        assert lines[-1].startswith("still at work after ")
    count = len(lines)
    time.sleep(0.1)
    assert len(lines) == count, "nothing is said when the work is done"


def test_work_without_a_known_end_and_work_that_has_not_begun() -> None:
    lines: list[str] = []
    with SlowWork(lines.append, every=0.02) as slow:
        with slow.task("reading", None) as advance:
            advance(7)
            wait_for(lines, 1)
            assert lines[-1].startswith("reading: 7 done in ")
        with slow.task("waiting", 9):
            lines.clear()
            wait_for(lines, 1)
            assert lines[-1].startswith("waiting: 0 of 9 after ")


def test_quick_work_says_nothing() -> None:
    lines: list[str] = []
    with SlowWork(lines.append) as slow, slow.task("photos", 3) as advance:
        advance(3)
    assert lines == []
    assert slow_work.EVERY == 60


def test_a_task_that_fails_is_no_longer_told() -> None:
    lines: list[str] = []
    with SlowWork(lines.append, every=0.02) as slow:
        with pytest.raises(ValueError, match="broken"), slow.task("photos", 3):
            raise ValueError("broken")
        wait_for(lines, 1)
        assert lines[-1].startswith("still at work")


def test_progress_without_a_terminal_goes_to_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(console, "err", SafeConsole(file=said))
    monkeypatch.setattr(slow_work, "EVERY", 0.02)
    with progress() as bars, bars.task("photos\x1b", 4) as advance:
        advance(1)
        bars.note("one \x1b is broken")
        time.sleep(0.1)
    lines = said.getvalue().splitlines()
    assert lines[0] == r"one \x1b is broken"
    assert lines[1].startswith(r"photos\x1b: 1 of 4, about ")
