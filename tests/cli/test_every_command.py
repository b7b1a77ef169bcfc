"""Whatever is typed for whichever command, one line says what is wrong, and steers nothing."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from faceaudit import cli
from faceaudit.cli.lengths import LINE
from faceaudit.errors import FaceAuditError

EVIL = "[/red][bold]\x1b[31m\u202e\x07\x9b2J\n\udcff" + "x" * 3000
WIDEST = LINE + 400


def leaves(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every command that is registered, by the words that call it."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path
        return
    for name, below in inner.items():
        yield from leaves(below, (*path, name))


COMMANDS = sorted(leaves(typer.main.get_command(cli.app)))


def call(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """Run the command line in this process; return its status."""
    monkeypatch.setattr(sys, "argv", ["faceaudit", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_one_line_says_what_is_wrong(
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    tried = [(EVIL,), (EVIL, EVIL), (f"--{EVIL}",), ("--store", EVIL, EVIL), ("--set", EVIL)]
    for more in tried:
        assert call(*command, *more, monkeypatch=monkeypatch) == 2, more
        said = capsys.readouterr()
        lines = (said.out + said.err).split("\n")
        assert [line for line in lines if not line.isprintable()] == []
        assert max(map(len, lines)) <= WIDEST
        assert [line[:7] for line in said.err.splitlines()] == ["error: "], said.err
        assert "fault of faceaudit" not in said.err
    assert list(tmp_path.rglob("*.html")) == []


def test_all_commands_are_tried() -> None:
    assert ("results",) in COMMANDS
    assert ("evaluate", "verification") in COMMANDS
    assert len(COMMANDS) >= 24


@pytest.mark.parametrize("where", [0, 1, 2])
def test_debug_shows_where_an_error_was_raised(
    where: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["show", f"nobody{EVIL[:30]}"]
    assert call(*arguments, monkeypatch=monkeypatch) == 2
    plain = capsys.readouterr().err
    assert "Traceback" not in plain
    arguments.insert(where, "--debug")
    assert call(*arguments, monkeypatch=monkeypatch) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("Traceback")
    assert "in show" in shown
    assert shown.splitlines()[-1] == plain.splitlines()[0]
    assert [line for line in shown.split("\n") if not line.isprintable()] == []


def test_debug_behind_two_dashes_is_an_argument(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("show", "--", "--debug", monkeypatch=monkeypatch) == 2
    said = capsys.readouterr().err
    assert "got '--debug'" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (KeyError("x\x1b[31m"), r"KeyError: 'x\x1b[31m'; give --debug to see where, and report"),
        (MemoryError(), "expected memory enough, got none left"),
        (RecursionError(), "expected values in few levels"),
        (OSError(28, "No space left on device", "a\x1b[31m"), "expected room to write"),
        (OSError(5, "Input/output error"), "expected to read and write"),
        (FaceAuditError("expected this\x1b[31m"), r"error: expected this\x1b[31m"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_no_fault_shows_a_traceback_unless_asked(
    fault: Exception,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("faceaudit.api.components.components", broken)
    with (tmp_path / "stdout").open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert call("show", "blended", monkeypatch=monkeypatch) == 2
        said = capfd.readouterr().err
        assert len(said.splitlines()) == 1
        assert words in said
        assert said.rstrip("\n").isprintable()
        assert call("show", "blended", "--debug", monkeypatch=monkeypatch) == 2
    assert "in broken" in capfd.readouterr().err


def test_a_run_that_is_stopped_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt("stopped; two cases are kept")

    monkeypatch.setattr("faceaudit.api.audits.run", stopped)
    arguments = ["run", "--store", "it's [/red]\x1b[31m", "--debug"]
    assert call(*arguments, monkeypatch=monkeypatch) == 130
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "error: stopped; two cases are kept"
    again = said[1].removeprefix("go on with: ").replace(r"\x1b", "\x1b")
    assert shlex.split(again) == ["faceaudit", *arguments[:3]]
