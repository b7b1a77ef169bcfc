"""The memo of a run: a cache that may forget anything, and is bounded."""

from __future__ import annotations

import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from faceaudit.api.arguments import folders
from faceaudit.audit.common.workspace import CACHE, KEPT, Memo, one_at_a_time, workspace
from faceaudit.errors import StoreError
from faceaudit.progress import silent
from faceaudit.store import Store


def counted(builds: list[int], value: int) -> Callable[[], int]:
    def build() -> int:
        builds.append(value)
        return value

    return build


def test_a_value_is_built_once_a_key_and_kind() -> None:
    memo, builds = Memo(), list[int]()
    assert [memo.get("square", {"n": 2}, counted(builds, 4)) for _ in range(3)] == [4, 4, 4]
    assert memo.get("square", {"n": 3}, counted(builds, 9)) == 9
    assert memo.get("cube", {"n": 2}, counted(builds, 8)) == 8
    assert builds == [4, 9, 8]


def test_what_was_asked_for_longest_ago_is_forgotten_first() -> None:
    memo, builds = Memo(), list[int]()
    for number in range(KEPT):
        memo.get("number", number, counted(builds, number))
    memo.get("number", 0, counted(builds, 0))  # asked for again, so the next is the oldest
    memo.get("number", KEPT, counted(builds, KEPT))
    builds.clear()
    assert memo.get("number", 0, counted(builds, 0)) == 0
    assert memo.get("number", KEPT, counted(builds, KEPT)) == KEPT
    assert builds == [], "both are still known"
    assert memo.get("number", 1, counted(builds, 1)) == 1
    assert builds == [1], "the oldest was forgotten, and is built again"


def test_folders_are_beside_the_store_unless_a_cache_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(CACHE, raising=False)
    store = Store(str(tmp_path / "store"))
    work = workspace(store)
    assert work.faces == tmp_path / "store.cache" / "faces"
    assert work.unfinished == tmp_path / "store.cache" / "work"
    assert work.embeddings == tmp_path / "store.cache" / "work" / "embeddings"
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    assert workspace(store).root == tmp_path / "cache"
    assert workspace(Store("memory://audit")).root == tmp_path / "cache"


def test_nothing_of_a_store_elsewhere_stays_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(CACHE, raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    work = workspace(Store("memory://audit"))
    assert work.root.parent == tmp_path
    assert stat.S_IMODE(work.root.stat().st_mode) == 0o700
    other = folders(work, silent)
    work.faces.mkdir()
    root = work.root
    del work
    assert root.is_dir(), "someone still works in it"
    del other
    assert not list(tmp_path.iterdir())


def test_a_temporary_folder_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CACHE, raising=False)
    monkeypatch.setattr("tempfile.tempdir", "/proc/nowhere")
    with pytest.raises(StoreError, match=r"expected room .* set TMPDIR or FACEAUDIT_CACHE"):
        workspace(Store("memory://audit"))


def test_one_trains_and_the_others_wait(tmp_path: Path) -> None:
    inside, most = [0], list[int]()

    def train() -> None:
        with one_at_a_time(tmp_path / "work", "it"):
            inside[0] += 1
            most.append(inside[0])
            time.sleep(0.01)
            inside[0] -= 1

    threads = [threading.Thread(target=train) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8
    assert not list((tmp_path / "work").iterdir())


def test_a_folder_for_unfinished_work_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "work").write_text("")
    with (
        pytest.raises(StoreError, match="expected a folder for unfinished work"),
        one_at_a_time(tmp_path / "work", "it"),
    ):
        pass


def test_folders_are_elsewhere_where_nothing_can_be_written_beside_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a volume that is mounted as the store."""
    monkeypatch.delenv(CACHE, raising=False)
    elsewhere = Path.home() / ".cache" / "faceaudit"
    assert workspace(Store("/")).root == elsewhere
    deep = Store(tmp_path / "not" / "yet" / "there")
    assert workspace(deep).root == tmp_path / "not" / "yet" / "there.cache"
    monkeypatch.setattr("os.access", lambda place, mode: Path(place) != tmp_path)
    assert workspace(deep).root == elsewhere
