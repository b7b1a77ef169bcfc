"""The examples in README and the documents: Python, plans and commands."""

from __future__ import annotations

import ast
import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from PIL import Image

import faceaudit
from faceaudit import cli
from faceaudit.audit.kinds import KINDS
from faceaudit.audit.plan_file import load_plan
from faceaudit.faces.sources.base import sources
from helpers.documents import ROOT, CodeBlock, all_blocks, blocks_of

ELSEWHERE = ("api.md", "extending.md")
"""The one holds signatures; the blocks of the other are files, which test_extending.py installs."""
PYTHON = [block for block in all_blocks("python") if block.page.name not in ELSEWHERE]
PLANS = [block for block in all_blocks("yaml") if block.page.name not in ELSEWHERE]
COMMANDS = [
    (block, line.strip())
    for block in all_blocks("sh")
    for line in block.text.replace("\\\n", " ").splitlines()
    if line.strip().startswith("faceaudit ")
]
PROGRAM = typer.main.get_command(cli.app)


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_python_compiles_and_its_imports_are_there(block: CodeBlock) -> None:
    tree = ast.parse(block.text)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in imports:
        exec(compile(ast.Module([node], []), str(block), "exec"), {})
    names = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "faceaudit"
    }
    for name in names:
        assert hasattr(faceaudit, name), f"faceaudit.{name}"


README = blocks_of(ROOT / "README.md", "python")
OWN_PHOTOS = "/photos"
"""Stands for a folder of the reader's."""


@pytest.mark.slow
@pytest.mark.parametrize("block", [block for block in README if OWN_PHOTOS in block.text], ids=str)
def test_python_of_the_readme_runs_on_photos_of_ones_own(
    block: CodeBlock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = faceaudit.load_faces({"source": "synthetic", "people": 8, "photos": 30}, (64, 64)).faces
    for row, image in enumerate(faces.images):
        person = tmp_path / "photos" / faces.names[faces.identity[row]]
        person.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(person / f"{row}.png")
    monkeypatch.chdir(tmp_path)
    text = block.text.replace(OWN_PHOTOS, str(tmp_path / "photos"))
    exec(compile(text, str(block), "exec"), {})
    assert list(tmp_path.rglob("report.html"))


@pytest.mark.parametrize(
    "block", [block for block in README if OWN_PHOTOS not in block.text], ids=str
)
def test_python_of_the_readme_runs_as_it_stands(
    block: CodeBlock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FACEAUDIT_CACHE", raising=False)
    exec(compile(block.text, str(block), "exec"), {})
    assert list(tmp_path.rglob("report.html"))


def test_python_of_the_protocols_prints_what_they_say() -> None:
    page = ROOT / "docs" / "protocols.md"
    (block,) = blocks_of(page, "python")
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(block.text, str(block), "exec"), {})
    shown = "".join(f"    {line}\n" for line in printed.getvalue().splitlines())
    assert f"```\n\n{shown}" in page.read_text("utf-8")


@pytest.mark.parametrize("block", PLANS, ids=str)
def test_plans_are_valid(block: CodeBlock) -> None:
    values = yaml.safe_load(block.text)
    kinds = [kind for kind in KINDS if kind.name in values]
    if not kinds:
        assert set(values) == {"faces"}
        sources.build(values["faces"])
        return
    for kind in kinds:
        if "faces" not in values and "faces" in kind.plan.model_fields:
            values[kind.name].setdefault("faces", "synthetic")
    load_plan(values)


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that a line's first words name, and the words after them."""
    command: Any = PROGRAM
    while words and hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize(("block", "line"), COMMANDS, ids=lambda value: str(value)[:60])
def test_commands_have_these_options(block: CodeBlock, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command, rest = command_of([word for word in words if word != "..."])
    known = {
        name for option in command.params for name in (*option.opts, *option.secondary_opts)
    } | {"--help"}
    given = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
    assert given <= known


@pytest.mark.parametrize(
    ("block", "line"),
    [pair for pair in COMMANDS if re.match(r"faceaudit (run|check) [a-z0-9-]+( |$)", pair[1])],
    ids=lambda value: str(value)[:60],
)
def test_plans_that_commands_name_ship_with_it(block: CodeBlock, line: str) -> None:
    load_plan(shlex.split(line, comments=True)[2])
