"""Output that cannot be written ends with one line and no traceback, whichever verb writes it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO, TypeAlias

import pytest

from helpers.warm import faceaudit

Call: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]
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


def begun(arguments: list[str], **streams: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that begins with it."""
    command = [sys.executable, "-m", "faceaudit", *arguments]
    streams = {"stderr": subprocess.PIPE, **streams}
    return subprocess.run(command, text=True, check=False, timeout=120, **streams)  # type: ignore[call-overload,no-any-return]


def forked(
    arguments: list[str], stdout: TextIO, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that is forked for it."""
    return faceaudit(*arguments, stdout=stdout.fileno(), cwd=cwd)


BOTH = [
    *(pytest.param(verb, forked, id=" ".join(verb)) for verb in VERBS),
    pytest.param(["--version"], begun, id="--version, in a process that begins with it"),
]


@pytest.mark.parametrize(("arguments", "call"), BOTH)
def test_a_full_disk(arguments: list[str], call: Call, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = call(arguments, stdout=full, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: expected room to write, got")
    assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize(("arguments", "call"), BOTH)
def test_a_reader_who_has_gone(arguments: list[str], call: Call, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = call(arguments, stdout=pipe, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("arguments", VERBS[:3], ids=" ".join)
def test_a_stream_that_is_for_reading(arguments: list[str], tmp_path: Path) -> None:
    with Path("/dev/null").open() as reading:
        done = forked(arguments, stdout=reading, cwd=tmp_path)
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


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("arguments", [["show", "nobody"], ["nothing"]], ids=" ".join)
def test_errors_that_cannot_be_said_still_have_their_status(
    arguments: list[str], unbuffered: str
) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        done = begun(arguments, stdout=subprocess.PIPE, stderr=full, env=environment)
    assert done.returncode == 2


def test_letters_that_a_stream_does_not_know_are_spelled_out(tmp_path: Path) -> None:
    (tmp_path / "Zoë").mkdir()
    (tmp_path / "Zoë" / "☃.png").write_bytes(b"none")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = begun(
        ["check", "--set", "title=Zoë ☃", "--set", "backdoor.target=☃", "--no-time"],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert "\\u2603" in done.stderr
    assert "Traceback" not in done.stderr
