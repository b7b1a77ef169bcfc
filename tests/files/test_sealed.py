"""Folders are believed as they were sealed, where they were put, and in no other way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from faceaudit.files import sealed
from faceaudit.files.sealed import SEAL, check_sealed, is_sealed, put_sealed, remove, remove_parts

NAMES = ("a.bin", "b.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    part = tmp_path / "part"
    part.mkdir()
    for name in NAMES:
        (part / name).write_text(f"content of {name}")
    assert not is_sealed(part)
    put_sealed(part, tmp_path / "folder", NAMES)
    assert not part.exists()
    sealed._sound.clear()
    return tmp_path / "folder"


def test_a_sealed_folder_is_believed(folder: Path) -> None:
    check_sealed(folder, NAMES)
    assert is_sealed(folder)
    stated = json.loads((folder / SEAL).read_bytes())
    assert stated["of"] == "folder"
    assert {name: known["size"] for name, known in stated["files"].items()} == {
        name: len(f"content of {name}") for name in NAMES
    }


def test_not_in_another_place(folder: Path) -> None:
    with pytest.raises(ValueError, match="expected the folder that was made here, got one of 'f"):
        check_sealed(folder.rename(folder.with_name("other")), NAMES)


def test_not_without_a_file_that_is_needed(folder: Path) -> None:
    with pytest.raises(OSError, match=r"c\.bin"):
        check_sealed(folder, (*NAMES, "c.bin"))
    (folder / "c.bin").write_text("")
    with pytest.raises(ValueError, match="expected sizes and digests in complete, got none"):
        check_sealed(folder, (*NAMES, "c.bin"))


@pytest.mark.parametrize(
    "seal",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '{"of": "folder", "files": {}}',
        '{"of": "folder", "files": {"a.bin": 1, "b.json": 2}}',
        '{"of": "folder", "files": {"a.bin": {}, "b.json": {}}}',
        '{"of": "folder", "files": {"a.bin": {"size": 16}, "b.json": {"size": 17}}}',
    ],
)
def test_not_by_a_seal_that_says_nothing(folder: Path, seal: str) -> None:
    (folder / SEAL).write_text(seal)
    with pytest.raises(ValueError, match="expected"):
        check_sealed(folder, NAMES)


@pytest.mark.parametrize("change", ["content of a.bin!", "Content of a.bin"])
def test_a_file_that_differs_is_found_also_where_it_was_sound_before(
    folder: Path, change: str
) -> None:
    check_sealed(folder, NAMES)
    (folder / "a.bin").write_text(change)
    with pytest.raises(ValueError, match=r"in a\.bin, got 17|expected a\.bin as it was written"):
        check_sealed(folder, NAMES)


def test_a_file_that_was_just_written_is_checked_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system with a coarse clock gives the next write the same time."""
    same = sealed._looks(folder, NAMES)
    monkeypatch.setattr(sealed, "_looks", lambda *_: same)
    check_sealed(folder, NAMES)
    (folder / "a.bin").write_text("Content of a.bin")
    with pytest.raises(ValueError, match=r"expected a\.bin as it was written"):
        check_sealed(folder, NAMES)


def make_file(path: Path) -> None:
    path.write_text("")


def make_link(path: Path) -> None:
    path.symlink_to(path.parent / "kept")


@pytest.mark.parametrize("make", [make_file, make_link, Path.mkdir, lambda path: None])
def test_what_is_removed_is_gone_and_nothing_else(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    (tmp_path / "kept").mkdir()
    make(tmp_path / "it")
    remove(tmp_path / "it")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_parts_of_a_file_alone_are_removed(tmp_path: Path) -> None:
    for name in ("a[1]", "a[1].7.ab.part", "a1.7.ab.part", "b.7.ab.part"):
        (tmp_path / name).write_text("")
    remove_parts(tmp_path / "a[1]")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["a1.7.ab.part", "a[1]", "b.7.ab.part"]
