"""Checks of arguments that every call shares."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.api.arguments import check_outputs, folders, output_of
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import InputError, OptionError
from faceaudit.progress import Silent, silent
from faceaudit.store import Store


def test_every_kind_of_cache_keeps_the_given_progress(tmp_path: Path) -> None:
    bars = Silent()
    other = Workspace(tmp_path, silent)
    for cache in (other, Store(tmp_path / "store"), tmp_path, str(tmp_path), None):
        assert folders(cache, bars).progress is bars
    kept = folders(other, bars)
    assert kept.root == other.root
    assert kept.memo is other.memo


def test_the_folder_of_a_file_to_write_is_made(tmp_path: Path) -> None:
    path = tmp_path / "one" / "two" / "scores.csv"
    assert output_of(str(path), "scores") == path
    assert path.parent.is_dir()
    assert not path.exists()
    with pytest.raises(InputError, match="expected the path of scores, got 3"):
        output_of(3, "scores")  # type: ignore[arg-type]


def test_no_file_to_write_replaces_another_the_plan_or_the_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "audit")
    plan, here = tmp_path / "plan.yaml", tmp_path / "a.xml"
    plan.write_text("title: t\n")
    check_outputs({"JUnit": here, "SARIF": str(tmp_path / "b.sarif"), "--json": None}, store)
    check_outputs({"JUnit": tmp_path / "default"}, store, spared="default")
    check_outputs({"a": tmp_path / "audit" / "limits.xml", "b": "cases"}, store)
    with pytest.raises(OptionError, match=r"own for SARIF, got .*also for JUnit; name another"):
        check_outputs({"JUnit": here, "SARIF": tmp_path / "x" / ".." / "a.xml"}, store)
    with pytest.raises(OptionError, match=r"own for JUnit, got .*also for the plan"):
        check_outputs({"JUnit": plan}, store, spared=str(plan))
    for own in ("run.json", "names.json", "cases/x/figures.json", "systems"):
        with pytest.raises(OptionError, match="not the store's own"):
            check_outputs({"--json": tmp_path / "audit" / own}, store)
        check_outputs({"--json": tmp_path / "audit" / own}, Store("memory://audit"))
