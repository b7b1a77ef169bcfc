"""Power that goes at any event: at most the work in hand is lost, and nothing is believed.

Once on a real ext4 in a file, which only root may mount; once on any disk, by taking from it all
that the rules of POSIX let a crash take: what was written, made or renamed and not synced.
"""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from disasters import disks, runs
from disasters.conftest import Sound
from faceaudit.store import Store


def run_without_power(sound: Sound, folder: Path, cuts: list[tuple[int, str]]) -> list[int]:
    """Run a plan on a disk whose power is cut at events, until it ends.

    Returns:
        How many cases were kept over each cut.
    """
    kept = []
    with disks.ext4(folder) as disk:
        store = disk.place / "audit"
        command = ["run", str(sound.plan), "--store", str(store)]
        for at, what in cuts:
            begun = runs.begin(command, folder / "logs", root=disk.place, at=at, what=what)
            status = begun.end()
            assert status in (0, -signal.SIGKILL), begun.text()
            assert "damaged" not in begun.text(), "what is written is synced before it is named"
            disk.off()
            disk.on()
            assert runs.lies(store, sound.left) == [], f"after a cut at {at}, {what}"
            kept.append(len(Store(str(store)).case_ids()))
        begun = runs.begin(command, folder / "logs", root=disk.place)
        assert begun.end() == 0, begun.text()
        assert " 0 failed" in begun.text()
        assert runs.differences(store, sound.left) == []
    return kept


def cuts(
    rng: random.Random, count: int, last: int, kinds: tuple[str, str]
) -> list[tuple[int, str]]:
    """Return moments of disasters, of two kinds in turn."""
    return [(rng.randrange(1, last), kinds[n % 2]) for n in range(count)]


def crashed(sound: Sound, folder: Path, crashes: list[tuple[int, str]]) -> None:
    """Run a plan that crashes at each of these events of its process, until it ends."""
    space = folder / "space"
    space.mkdir()
    store = space / "audit"
    command = ["run", str(sound.plan), "--store", str(store)]
    for at, what in crashes:
        begun = runs.begin(command, folder / "logs", root=space, at=at, what=what)
        assert begun.end() in (0, -signal.SIGKILL), begun.text()
        assert "damaged" not in begun.text(), "what is written is synced before it is named"
        assert runs.lies(store, sound.left) == [], f"after a crash at {at}, {what}"
    begun = runs.begin(command, folder / "logs", root=space)
    assert begun.end() == 0, begun.text()
    assert " 0 failed" in begun.text()
    assert runs.differences(store, sound.left) == []


def test_what_was_not_synced_is_gone(quick: Sound, tmp_path: Path) -> None:
    third = quick.events // 3
    crashed(quick, tmp_path, [(third, "gone"), (2 * third, "empty")])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_what_forty_cases_did_not_sync_is_gone(forty: Sound, tmp_path: Path, seed: int) -> None:
    """Five crashes for each seed."""
    rng = random.Random(seed)
    crashed(forty, tmp_path, cuts(rng, 5, forty.events // 4, ("empty", "gone")))


def test_power_is_cut_twice(quick: Sound, tmp_path: Path) -> None:
    third = quick.events // 3
    run_without_power(quick, tmp_path, [(2 * third, "cut"), (third, "lost")])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_power_is_cut_at_any_event_of_forty_cases(forty: Sound, tmp_path: Path, seed: int) -> None:
    """Five cuts for each seed."""
    rng = random.Random(seed)
    kept = run_without_power(forty, tmp_path, cuts(rng, 5, forty.events // 4, ("cut", "lost")))
    assert kept == sorted(kept), "what was complete over a cut is not lost over the next"
    assert kept[-1] > 0
