"""An option means one thing in every verb that has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from faceaudit.cli import app
from helpers.pair_lists import made

ONE_MEANING = {
    "--set": "KEY=VALUE",
    "--json": "OUT",
    "--source": "OPTION=VALUE",
    "--network-set": "OPTION=VALUE",
    "--align": "NAME[:FILE]",
    "--store": "STORE",
    "--protocol": "OPTION=VALUE",
}


def verbs(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    for word, inner in getattr(command, "commands", {}).items():
        yield from verbs(inner, f"{name} {word}")
    if not hasattr(command, "commands"):
        yield name.strip(), command


@pytest.mark.parametrize("option", ONE_MEANING)
def test_an_option_means_one_thing(option: str) -> None:
    meanings: dict[tuple[str, str], list[str]] = {}
    for name, verb in verbs(typer.main.get_command(app)):
        for parameter in verb.params:
            if option in parameter.opts:
                about = (parameter.metavar, parameter.help.partition(",")[0])
                meanings.setdefault(about, []).append(name)
    kinds = {metavar for metavar, _ in meanings}
    assert kinds == {ONE_MEANING[option]}, meanings
    if option in ("--set", "--json"):
        assert len(meanings) == 1, meanings


def test_json_is_printed_alone_or_written(tmp_path: Path) -> None:
    pairs = made(np.random.default_rng(0), 200, range(60))
    lists = []
    for name, rows in (("members", range(100)), ("others", range(100, 200))):
        some = pairs.take([*rows])
        lines = zip(some.first, some.second, some.same.tolist(), strict=True)
        lists.append(tmp_path / f"{name}.csv")
        lists[-1].write_text("\n".join(f"{a},{b},{int(same)}" for a, b, same in lines))
    runner = CliRunner()
    printed = runner.invoke(app, ["gate", *map(str, lists), "--json", "-"])
    found = json.loads(printed.stdout)
    assert found["outcome"] == "failed"
    assert printed.exit_code == 3
    file = tmp_path / "gate.json"
    written = runner.invoke(app, ["gate", *map(str, lists), "--json", str(file)])
    assert json.loads(file.read_text()) == found
    assert "verdict: " in written.stdout, "what was printed alone is no rule for the next"
