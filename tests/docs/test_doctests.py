"""The examples in docstrings, of every module of the package."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from itertools import islice
from pathlib import Path

import pytest

import faceaudit

ELSEWHERE = {"faceaudit.__main__"}
"""A module that runs the command line as soon as it is imported."""
MODULES = [
    "faceaudit",
    *(
        found.name
        for found in pkgutil.walk_packages(faceaudit.__path__, "faceaudit.")
        if found.name not in ELSEWHERE
    ),
]


def looked_through(name: str) -> bool:
    """Return whether there may be examples in a module; looking through its names takes longer."""
    file = importlib.import_module(name).__file__
    return file is not None and ">>> " in Path(file).read_text("utf-8")


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if looked_through(name):
        module = importlib.import_module(name)
        assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


def test_there_are_examples_to_run() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = (
        test
        for name in filter(looked_through, MODULES)
        for test in finder.find(importlib.import_module(name))
        if test.examples
    )
    assert len(list(islice(examples, 51))) == 51
