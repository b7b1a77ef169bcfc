"""docs/api.md is what the docstrings say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import faceaudit

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def make_api() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_api", DOCS / "make_api.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_the_one_that_is_made(make_api: ModuleType) -> None:
    assert (DOCS / "api.md").read_text("utf-8") == make_api.page(), "run `make api`"


def test_every_name_is_on_the_page(make_api: ModuleType) -> None:
    assert {*faceaudit.__all__} - make_api.covered() == {"__version__"}
    for name in make_api.covered():
        assert name.rpartition(".")[2] in make_api.page()
