"""A file that is written atomically is the old one or the new one, and leaves nothing beside it."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from faceaudit.files import atomic
from faceaudit.files.atomic import exchange, make_private, open_atomically, write_atomically


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "result.json"


@pytest.mark.parametrize(
    ("content", "stored"),
    [
        (b"\x00\r\n", b"\x00\r\n"),
        ("José\n", b"Jos\xc3\xa9\n"),
        ("as they are\r\n", b"as they are\r\n"),
        (b"", b""),
    ],
)
def test_bytes_and_text_are_written_as_they_are(
    path: Path, content: bytes | str, stored: bytes
) -> None:
    for _ in range(2):  # a new file, and one in place of an old one
        write_atomically(path, content)
        assert path.read_bytes() == stored
    assert names(path.parent) == [path.name]


def test_a_relative_path_is_written_where_it_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_atomically(Path("here"), b"1")
    assert (tmp_path / "here").read_bytes() == b"1"


def test_the_old_file_stays_until_the_new_one_is_whole(path: Path) -> None:
    path.write_bytes(b"old")
    with open_atomically(path) as file:
        file.write(b"new, half")
        file.flush()
        assert path.read_bytes() == b"old"
        file.write(b" and whole")
    assert path.read_bytes() == b"new, half and whole"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_a_writer_that_fails_leaves_the_old_file_and_no_part(
    path: Path, error: type[BaseException]
) -> None:
    path.write_bytes(b"old")

    def fail() -> None:
        with open_atomically(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_bytes() == b"old"
    assert names(path.parent) == [path.name]


def test_a_full_disk_leaves_the_old_file_and_no_part(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path.write_bytes(b"old")
    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(path.parent) == [path.name]


def test_what_cannot_be_written_raises_the_systems_own_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "no folder" / "file", b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path / "folder", b"")
    assert names(tmp_path) == ["folder"]


def test_two_writers_at_once_do_not_mix(path: Path) -> None:
    with open_atomically(path) as one, open_atomically(path) as other:
        one.write(b"one")
        other.write(b"other")
    assert path.read_bytes() == b"one"  # the inner block ends first
    assert names(path.parent) == [path.name]


KILLED = """
import os, signal, sys
from pathlib import Path
from faceaudit.files.atomic import open_atomically
with open_atomically(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_leaves_the_old_file_and_can_be_followed(path: Path) -> None:
    path.write_bytes(b"old")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.fixture
def open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("open_to_all")
def test_only_its_user_reads_what_is_written(path: Path) -> None:
    path.write_bytes(b"for all to read")
    assert mode(path) == 0o666
    write_atomically(path, b"for me")
    assert mode(path) == 0o600
    new = path.parent / "a/b/c"
    make_private(new)
    make_private(new)
    assert {mode(one) for one in (new, new.parent, new.parent.parent)} == {0o700}


def test_what_is_in_the_way_of_a_folder_is_said(path: Path) -> None:
    path.write_bytes(b"")
    for there in (path, path / "below"):
        with pytest.raises((FileExistsError, NotADirectoryError)):
            make_private(there)


def test_content_then_name_then_folder_are_on_the_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def synced(number: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file"
        done.append(f"sync {kind}")
        sync(number)

    def replaced(part: Path, target: Path) -> Path:
        done.append("name")
        return replace(part, target)

    monkeypatch.setattr(atomic.os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    write_atomically(path, b"new")
    assert done == ["sync file", "name", "sync folder"]


def test_a_folder_that_cannot_be_synced_is_no_failure_but_a_broken_disk_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync
    for number, raised in ((errno.EINVAL, False), (errno.EIO, True)):

        def failing(file: int, number: int = number) -> None:
            if stat.S_ISDIR(os.fstat(file).st_mode):
                raise OSError(number, os.strerror(number))
            sync(file)

        monkeypatch.setattr(atomic.os, "fsync", failing)
        with pytest.raises(OSError, match="put/output") if raised else nullcontext():
            write_atomically(path, b"new")


def test_two_folders_change_places(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    if not exchange(one, other):
        pytest.skip("this file system cannot exchange two folders")
    assert [(folder / "name").read_text() for folder in (one, other)] == ["other", "one"]
    with pytest.raises(FileNotFoundError):
        exchange(one, tmp_path / "missing")
