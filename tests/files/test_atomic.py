"""A file that is written atomically is the old one or the new one, and leaves nothing beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faceaudit.files import atomic
from faceaudit.files.atomic import open_atomically, write_atomically


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


def test_the_file_has_the_permissions_of_any_new_file(path: Path) -> None:
    write_atomically(path, b"")
    plain = path.with_name("plain")
    plain.write_bytes(b"")
    assert path.stat().st_mode == plain.stat().st_mode
