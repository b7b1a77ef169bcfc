"""`faceaudit compare`: a short table, a page, JSON, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import faceaudit
from faceaudit.cli import app
from faceaudit.errors import InputError, OptionError
from faceaudit.store import CaseRecord, Store
from report.finished import samples as finished
from simulation.comparisons import renamed, same_pool


def write(folder: Path, cases: list[CaseRecord]) -> str:
    store = Store(str(folder))
    for case in cases:
        store.write_case(case)
    store.write_run({"cases": [case.id for case in cases], "plan": {"title": folder.name}})
    return str(folder)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("stores")
    before, after = same_pool(np.random.default_rng(1), {"accuracy": -0.06})
    hostile = finished.recognition(title="a \x1b[31msystem")
    return (
        write(folder / "a", [*before, hostile, finished.keys(title="a \x1b[31msystem")]),
        write(folder / "b", [*after, *renamed([hostile])]),
    )


def say(*words: str) -> str:
    done = CliRunner().invoke(app, ["compare", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_changes_come_first_then_what_shows_none(stores: tuple[str, str]) -> None:
    lines = say(*stores).splitlines()
    assert lines[0].startswith("Accuracy falls by ")
    assert lines[1].split()[:4] == ["Figure", "Before", "After", "Difference"]
    assert lines[2].startswith("membership.accuracy (mitigation none")
    assert "falls" in lines[2]
    assert lines[2].endswith("by target, 8 targets")
    assert all("falls" not in line for line in lines[3:])
    assert lines[-1].startswith("only before: 1, such as finished.suspicious_keys")


def test_no_name_steers_the_terminal(stores: tuple[str, str]) -> None:
    assert "\x1b" not in say(*stores)


def test_a_page_and_json_are_written(stores: tuple[str, str], tmp_path: Path) -> None:
    page = tmp_path / "new/page.html"
    assert f"comparison: {page}" in say(*stores, "-o", str(page))
    assert "<h1>Accuracy falls by" in page.read_text(encoding="utf-8")
    values = json.loads(say(*stores, "--json", "-", "--level", "0.9"))
    assert values["level"] == 0.9
    assert values["before"]["title"] == "a"


def test_one_measure_and_one_value_can_be_chosen(stores: tuple[str, str]) -> None:
    said = say(stores[0], stores[0], "--match", "mitigation=none:facebone", "--only",
               "membership.auc(level=pair)")  # fmt: skip
    assert "mitigation none → facebone" in said
    assert "accuracy" not in said


@pytest.mark.parametrize("option", ["-o", "--json"])
def test_nothing_is_written_over_a_store_or_over_one_another(
    stores: tuple[str, str], tmp_path: Path, option: str
) -> None:
    for store in stores:
        before = (Path(store) / "run.json").read_bytes()
        done = CliRunner().invoke(app, ["compare", *stores, option, f"{store}/run.json"])
        assert isinstance(done.exception, OptionError)
        assert (Path(store) / "run.json").read_bytes() == before
    both = ["-o", str(tmp_path / "x"), "--json", str(tmp_path / "x")]
    done = CliRunner().invoke(app, ["compare", *stores, *both])
    assert isinstance(done.exception, OptionError)


def test_what_python_refuses(stores: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="expected match as a list"):
        faceaudit.compare(*stores, match="mitigation=none:facebone")
    with pytest.raises(OptionError, match="expected a level"):
        faceaudit.compare(*stores, level=2.0)
    with pytest.raises(InputError, match="got the folder"):
        faceaudit.compare(*stores, page=tmp_path)
    for store in stores:
        with pytest.raises(OptionError, match="that is not the store's own"):
            faceaudit.compare(*stores, page=Path(store) / "run.json")
    with pytest.raises(faceaudit.StoreError, match="expected a store with an audit in it"):
        faceaudit.compare(stores[0], tmp_path)
