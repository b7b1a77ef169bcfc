"""docs/cluster.md: its commands have only options that there are, and its Python runs."""

from __future__ import annotations

import inspect
import re

import typer.main

import faceaudit
from faceaudit.cli import app
from helpers.documents import ROOT

PAGE = (ROOT / "docs" / "cluster.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def options_of(command: str) -> set[str]:
    """Return the options of a command of faceaudit."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    return {option for one in commands[command].params for option in one.opts}


def test_every_option_of_its_commands_is_one() -> None:
    lines = [
        line
        for language, text in BLOCKS
        if language in ("bash", "text")
        for line in text.splitlines()
        if line.startswith("faceaudit ")
    ]
    assert len(lines) >= 5
    for line in lines:
        command = line.split()[1]
        assert set(re.findall(r"(?<= )--[a-z-]+", line)) <= options_of(command), line


def test_every_option_that_is_told_of_is_one_of_run() -> None:
    told = set(re.findall(r"`(--[a-z-]+)`", PAGE)) - {"--num-cpus"}
    assert told >= {"--workers", "--threads", "--memory", "--only", "--failed", "--fail-fast"}
    assert told <= options_of("run")


def test_its_runners_take_what_they_are_given() -> None:
    calls = re.findall(r"runner=faceaudit\.(\w+)\((.*?)\)", PAGE)
    assert {name for name, _ in calls} == {"ProcessRunner", "RayRunner"}
    for name, given in calls:
        assert callable(eval(f"faceaudit.{name}({given})", {"faceaudit": faceaudit}).run)
    assert "runner" in inspect.signature(faceaudit.run).parameters
