"""Output that cannot be written ends with one line and no traceback, whichever verb writes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

VERBS = [
    ["ls"],
    ["show", "blended"],
    ["weights", "ls"],
    ["evaluate", "options"],
    ["check", "--plan-only"],
    ["run", "--help"],
    ["--version"],
    ["faces", "inspect", "synthetic", "--source", "people=2", "--source", "photos=6"],
]


def call(arguments: list[str], **streams: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "faceaudit", *arguments]
    streams = {"stderr": subprocess.PIPE, **streams}
    return subprocess.run(command, text=True, check=False, timeout=120, **streams)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_a_full_disk(arguments: list[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = call(arguments, stdout=full, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: expected room to write, got")
    assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_a_reader_who_has_gone(arguments: list[str], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = call(arguments, stdout=pipe, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("arguments", VERBS[:3], ids=" ".join)
def test_a_stream_that_is_for_reading(arguments: list[str], tmp_path: Path) -> None:
    with Path("/dev/null").open() as reading:
        done = call(arguments, stdout=reading, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: expected to read and write, got")
    assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize("arguments", VERBS[:3], ids=" ".join)
def test_no_stream_at_all(arguments: list[str], tmp_path: Path) -> None:
    shell = f'exec "{sys.executable}" -m faceaudit {" ".join(arguments)} >&-'
    done = subprocess.run(
        ["sh", "-c", shell], stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: expected somewhere to print to")
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_errors_that_cannot_be_said_still_have_their_status() -> None:
    with Path("/dev/full").open("w") as full:
        assert call(["show", "nobody"], stdout=subprocess.PIPE, stderr=full).returncode == 2
        assert call(["nothing"], stdout=subprocess.PIPE, stderr=full).returncode == 2


def test_letters_that_a_stream_does_not_know_are_spelled_out(tmp_path: Path) -> None:
    (tmp_path / "Zoë").mkdir()
    (tmp_path / "Zoë" / "☃.png").write_bytes(b"none")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = call(
        ["check", "--set", "title=Zoë ☃", "--set", "backdoor.target=☃", "--no-time"],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert "\\u2603" in done.stderr
    assert "Traceback" not in done.stderr
