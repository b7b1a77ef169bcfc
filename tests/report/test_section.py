from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from faceaudit.audit.kinds import KINDS
from faceaudit.errors import StoreError
from faceaudit.report import render
from faceaudit.report.section import section_of
from faceaudit.store import CaseRecord
from report.backdoor.samples import case, write_store

HEAVY = ("matplotlib", "PIL", "scipy", "torch", "cv2")


def test_every_kind_has_a_section_with_places_of_its_own() -> None:
    anchors = [anchor for kind in KINDS for anchor, _ in section_of(kind.report).navigation]
    assert len(anchors) >= len(KINDS)
    assert len(set(anchors)) == len(anchors)


def test_a_store_without_cases_has_no_section(tmp_path: Path) -> None:
    text = render(write_store(tmp_path, [], planned=["gone"], sections={}))
    assert "Nothing was measured" in text
    assert "Incomplete: of 1" in text
    assert 'href="#attacks"' not in text


def test_cases_of_an_unknown_kind_are_refused(tmp_path: Path) -> None:
    spec = {**case().spec, "kind": "telepathy"}
    with pytest.raises(StoreError, match="telepathy"):
        render(write_store(tmp_path / "new", [CaseRecord("new", spec, error="gone")]))
    del spec["kind"]
    page = render(write_store(tmp_path / "old", [CaseRecord("old", spec, error="gone")]))
    assert "Incomplete: of 1" in page, "no run writes a case of no kind"
    assert "1 damaged" in page


MODULES = ["faceaudit.report", *(kind.report for kind in KINDS), "faceaudit.report.numbers"]


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """What is heavy and there after each of the modules, in one process that loads them in turn."""
    code = f"""
import importlib, json, sys
found = {{}}
for module in {MODULES}:
    importlib.import_module(module)
    found[module] = [name for name in {HEAVY} if name in sys.modules]
print(json.dumps(found))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("module", MODULES)
def test_nothing_heavy_is_loaded_before_a_chart_is_drawn(
    module: str, loaded: dict[str, list[str]]
) -> None:
    """What one loads counts for all after it, too."""
    assert loaded[module] == []
