"""A disk that is full, or read-only: one line, status 2, nothing damaged; and on it goes."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from disasters import disks, runs
from disasters.conftest import Sound


def goes_on(sound: Sound, store: Path, logs: Path) -> None:
    """Check that a run that was refused goes on to its end."""
    begun = runs.begin(["run", str(sound.plan), "--store", str(store)], logs)
    assert begun.end() == 0, begun.text()
    assert runs.differences(store, sound.left) == []


def is_refused(begun: runs.Begun, sound: Sound, store: Path) -> None:
    """Check that a run ended with one line that says why, and that nothing is damaged."""
    assert begun.end() == 2, begun.text()
    assert "No space left on device" in begun.complaint()
    assert runs.lies(store, sound.left) == []


def filled(sound: Sound, folder: Path, shares: list[float]) -> None:
    """Run on a disk that holds these shares of what a run writes, one after another."""
    space = sound.store.parent
    kilobytes = sum(4 + (path.stat().st_size + 4095) // 4096 * 4 for path in space.rglob("*"))
    with disks.memory(folder / "small", int(shares[0] * kilobytes)) as small:
        store = small / "audit"
        for share in shares:
            disks.resize(small, int(share * kilobytes))
            begun = runs.begin(["run", str(sound.plan), "--store", str(store)], folder / "logs")
            is_refused(begun, sound, store)
        disks.resize(small, 3 * kilobytes)
        goes_on(sound, store, folder / "logs")


def test_a_full_disk_is_said_and_the_run_goes_on(quick: Sound, tmp_path: Path) -> None:
    filled(quick, tmp_path, [0.3, 0.7])


@pytest.mark.slow
def test_forty_cases_go_on_from_full_disks(forty: Sound, tmp_path: Path) -> None:
    filled(forty, tmp_path, [0.01, 0.1, 0.2, 0.4, 0.6, 0.8])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_no_event_may_fail_with_more_than_a_line(quick: Sound, tmp_path: Path, seed: int) -> None:
    """Each file, folder and name from one event on is refused, as on a full disk."""
    space = tmp_path / "space"
    space.mkdir()
    store, at = space / "audit", random.Random(seed).randrange(1, quick.events)
    command = ["run", str(quick.plan), "--store", str(store)]
    begun = runs.begin(command, tmp_path / "logs", root=space, at=at, what="full")
    if begun.end() == 0:  # the last ones only tidy up
        assert at > quick.events - 20
        assert runs.differences(runs.work_of(runs.left(store)), runs.work_of(quick.left)) == []
    else:
        is_refused(begun, quick, store)
    goes_on(quick, store, tmp_path / "logs")


@pytest.fixture
def locked(quick: Sound) -> Iterator[Path]:
    with disks.read_only(quick.store) as store:
        yield store


@pytest.mark.slow
def test_a_store_that_nobody_may_write_can_be_read(
    quick: Sound, locked: Path, tmp_path: Path
) -> None:
    logs, page = tmp_path / "logs", tmp_path / "page.html"
    for words in (
        ["results", str(locked)],
        ["compare", str(locked), str(locked)],
        ["store", "verify", str(locked)],
        ["report", str(locked), "-o", str(page)],
    ):
        begun = runs.begin(words, logs, report=True)
        assert begun.end() == 0, begun.text()
    assert page.stat().st_size > 100_000
    begun = runs.begin(["run", str(quick.plan), "--store", str(locked)], logs)
    assert begun.end() == 2
    assert "expected a store that can be written" in begun.complaint()
    assert runs.differences(locked, quick.left) == []
    assert not os.access(locked, os.W_OK)


@pytest.mark.slow
def test_a_report_that_cannot_go_into_its_store_says_where_it_can(
    locked: Path, tmp_path: Path
) -> None:
    begun = runs.begin(["report", str(locked)], tmp_path / "logs", report=True)
    assert begun.end() == 2
    assert "-o" in begun.complaint()
