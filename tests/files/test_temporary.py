"""Temporary folders go with whoever works in them, also when that is killed."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from faceaudit.files.temporary import TemporaryFolder

WORK = """
import os, signal, sys
from faceaudit.files.temporary import TemporaryFolder
folder = TemporaryFolder()
(folder.path / "photo").write_text("private")
print(folder.path, flush=True)
if sys.argv[1] == "wait":
    sys.stdin.read()
elif sys.argv[1] == "fork":
    child = os.fork()
    if not child:
        sys.exit(0)
    os.waitpid(child, 0)
    print((folder.path / "photo").exists(), flush=True)
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def work(how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORK, how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_it_is_private_and_goes_with_the_object(tmp_path: Path) -> None:
    folder = TemporaryFolder()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    (folder.path / "in").mkdir()
    del folder
    assert not list(tmp_path.iterdir())


def test_it_goes_with_the_process(tmp_path: Path) -> None:
    with work("end") as process:
        process.communicate()
    assert not list(tmp_path.iterdir())


def test_what_is_forked_off_leaves_it(tmp_path: Path) -> None:
    with work("fork") as process:
        said = process.communicate()[0].splitlines()
    assert said[-1] == "True"
    assert not list(tmp_path.iterdir())


def test_the_next_one_removes_what_a_kill_left_and_nothing_else(tmp_path: Path) -> None:
    with work("wait") as killed, work("wait") as alive:
        assert killed.stdout is not None
        assert alive.stdout is not None
        left, held = Path(killed.stdout.readline().strip()), Path(alive.stdout.readline().strip())
        other = tmp_path / "faceaudit-work-of-someone"
        other.mkdir()  # as one that is being made this very moment
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert left.is_dir()
        mine = TemporaryFolder()
        assert not left.exists()
        assert held.is_dir()
        assert other.is_dir()
        os.utime(other, (1, 1))
        again = TemporaryFolder()
        assert not other.exists()
        assert mine.path.is_dir()
        assert again.path.is_dir()
        alive.communicate()
    del mine, again
    assert not list(tmp_path.iterdir())
