"""Small files are read whole; nothing is waited for and nothing is read without an end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from faceaudit.errors import OptionError
from faceaudit.files.small import read_small


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 9)
    assert read_small(path, 9, "a plan", OptionError) == b"x" * 9
    with pytest.raises(OptionError, match=r"a plan of at most 8 bytes, got .*; leave parts out"):
        read_small(path, 8, "a plan", OptionError)


def test_pipes_devices_and_folders_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero"), Path("/dev/full")):
        with pytest.raises(OptionError, match="which is a pipe or device"):
            read_small(path, 9, "a plan", OptionError)
    for path, words in (
        (tmp_path, "folder"),
        (tmp_path / "none", "No such file"),
        (Path("a\0b"), "null"),
    ):
        with pytest.raises(OptionError, match=words):
            read_small(path, 9, "a plan", OptionError)
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(OptionError, match="expected a plan, got"):
        read_small(loop, 9, "a plan", OptionError)
