"""`import faceaudit`: what it offers, how it is documented, and how little it loads."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import faceaudit
from faceaudit import errors
from faceaudit.errors import FaceAuditError

CALLS = [name for name in faceaudit.__all__ if inspect.isfunction(getattr(faceaudit, name))]


def test_importing_it_loads_nothing_else() -> None:
    code = "import sys, faceaudit; print([m for m in sys.modules if m.startswith('faceaudit.')]); "
    code += "print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "False"]


def test_every_name_is_there_and_listed() -> None:
    assert dir(faceaudit) == sorted(faceaudit.__all__)
    assert len(set(faceaudit.__all__)) == len(faceaudit.__all__)
    for name in faceaudit.__all__:
        assert getattr(faceaudit, name) is not None, name


def test_type_checkers_see_the_names_that_are_loaded() -> None:
    tree = ast.parse(Path(faceaudit.__file__).read_text("utf-8"))
    typed = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {*typed, "__version__"} == set(faceaudit.__all__)
    for name, module in typed.items():
        assert getattr(importlib.import_module(str(module)), name) is getattr(faceaudit, name)
        assert faceaudit._MODULE_OF[name] == module  # type: ignore[attr-defined]


def test_a_misspelled_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'faceaudit' has no attribute 'runn'"):
        faceaudit.runn  # type: ignore[attr-defined] # noqa: B018
    with pytest.raises(ImportError):
        exec("from faceaudit import runn")


def test_every_error_is_offered() -> None:
    raised = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, FaceAuditError)
    }
    assert raised <= set(faceaudit.__all__)


@pytest.mark.parametrize("name", [name for name in faceaudit.__all__ if name != "__version__"])
def test_every_name_is_documented(name: str) -> None:
    first = inspect.getdoc(getattr(faceaudit, name)).split("\n")[0]
    assert first.endswith(".")
    assert len(first) > 20


@pytest.mark.parametrize("name", CALLS)
def test_every_call_is_documented_whole(name: str) -> None:
    call = getattr(faceaudit, name)
    text = inspect.getdoc(call)
    for heading in ("Args", "Raises"):
        assert f"\n{heading}:\n" in text, heading
    assert "\nReturns:\n" in text or text.startswith("Return"), "Returns"
    assert "\nExample:\n" in text or ">>> " in text, "an example"
    listed = set(re.findall(r"^    (\w+): ", text.split("\nArgs:\n")[1], re.MULTILINE))
    assert set(inspect.signature(call).parameters) <= listed


TYPED = """
from typing import assert_type
import numpy as np
import faceaudit
from faceaudit.api.audits import AuditRun, Results
from faceaudit.api.faces import LoadedFaces
from faceaudit.gate.examine import Gate
from faceaudit.types import FloatArray

assert_type(faceaudit.run("plan.yaml"), AuditRun)
assert_type(faceaudit.results("audit"), Results)
assert_type(faceaudit.load_faces("synthetic"), LoadedFaces)
assert_type(faceaudit.check_lists("a", "b"), Gate)
assert_type(faceaudit.load_plan(None), faceaudit.Plan)
embedder = faceaudit.load_network("iresnet50", "model.pt")
assert_type(embedder, faceaudit.Embedder)
assert_type(faceaudit.embed(embedder, np.zeros((1, 112, 112, 3), np.uint8)), FloatArray)
assert_type(faceaudit.verify("a", "b").score, float)
assert_type(faceaudit.__version__, str)
"""

WRONG = """
import faceaudit
faceaudit.runn()
faceaudit.run(plan=3)
"""


@pytest.mark.slow
def test_type_checkers_see_real_types(tmp_path: Path) -> None:
    (tmp_path / "typed.py").write_text(TYPED)
    (tmp_path / "wrong.py").write_text(WRONG)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental"]
    for file, status in (("typed.py", 0), ("wrong.py", 1)):
        done = subprocess.run(
            [*command, str(tmp_path / file)], capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout
    assert 'Module has no attribute "runn"' in done.stdout
    assert 'Argument "plan" to "run" has incompatible type "int"' in done.stdout
