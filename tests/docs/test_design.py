"""docs/design.md: what it says of the rooms holds."""

from __future__ import annotations

import pkgutil
import re
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

import faceaudit
from helpers.documents import ROOT

GRAPH = grimp.build_graph("faceaudit", cache_dir=None)
ROOMS = sorted(module for module in GRAPH.modules if GRAPH.find_children(module))
PLUMBING = {"__main__", "entry", "allocator", "deferred", "examples"}
"""Modules that start the program, set it up or load something late, and plans: in no table."""


def within(module: str) -> set[str]:
    return {module} | GRAPH.find_descendants(module)


def tidied(room: str) -> dict[str, set[str]]:
    """Return the parts of a room with all their modules; `base` and `common` are one part."""
    parts = {child: within(child) for child in GRAPH.find_children(room)}
    base, common = f"{room}.base", f"{room}.common"
    if base in parts and common in parts:
        parts[base] |= parts.pop(common)
    return parts


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_one_way_inside_a_room_too(room: str) -> None:
    parts = tidied(room)
    home = {module: part for part, modules in parts.items() for module in modules}
    needs = {
        part: {
            home[other]
            for module in modules
            for other in GRAPH.find_modules_directly_imported_by(module)
            if home.get(other, part) != part
        }
        for part, modules in parts.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


def test_every_room_is_in_the_table() -> None:
    page = (ROOT / "docs" / "design.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[^|]+`) \|", page, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    rooms = {found.name for found in pkgutil.iter_modules(faceaudit.__path__)}
    assert named == rooms - PLUMBING


@pytest.mark.parametrize("kind", ["backdoor", "membership"])
def test_a_kind_of_audit_is_one_folder_in_every_wing(kind: str) -> None:
    source = ROOT / "src" / "faceaudit"
    for wing in ("attacks", "audit", "report"):
        assert (source / wing / kind / "__init__.py").is_file()
    assert (source / "records" / f"{kind}.py").is_file()
    assert (ROOT / "docs" / f"{kind}.md").is_file()


def test_what_knows_no_kind_names_none() -> None:
    source = ROOT / "src" / "faceaudit"
    frames = [
        *(source / "audit").glob("*.py"),
        *(source / "audit" / "runners").glob("*.py"),
        *(source / "report").glob("*.py"),
        source / "cli" / "run.py",
        source / "cli" / "check.py",
        source / "cli" / "results.py",
    ]
    for path in frames:
        if path.name in ("kinds.py", "families.py"):
            continue
        imports = re.findall(
            r"^ *(?:from|import) (faceaudit\.\S*(?:backdoor|membership)\S*)",
            path.read_text("utf-8"),
            re.MULTILINE,
        )
        assert not imports, f"{path.name} imports {imports}"
