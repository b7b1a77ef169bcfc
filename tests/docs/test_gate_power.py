"""How often the gate is wrong, by simulation: what docs/gate.md says of it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gate_power", DOCS / "gate_power.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for their own
    spec.loader.exec_module(module)
    return module


POWER = load()


def test_the_page_has_a_line_for_each_leak() -> None:
    page = (DOCS / "gate.md").read_text("utf-8")
    for leak in POWER.LEAKS.values():
        for strength in leak.strengths:
            what = leak.what.format(strength).replace("%", " %")
            assert f"| {what} |" in page, "run `python docs/gate_power.py`"


def test_leaks_are_planted_and_nothing_else_is_changed() -> None:
    """The same seed without a leak passes, so what fails is the leak."""
    for name, leak in POWER.LEAKS.items():
        with_it = POWER.simulated(
            3, name, leak.strengths[-1], photos=name in ("brightness", "JPEG")
        )
        assert with_it.outcome == "failed", name
    assert POWER.simulated(3, "", 0, photos=False).outcome == "passed"


@pytest.mark.slow
@pytest.mark.parametrize("photos", [False, True])
def test_false_alarms_are_rare(photos: bool) -> None:
    """Up to 5 % of clean lists may fail; 13 of 100 or more would then come once in 1,000 times."""
    tally = POWER.false_alarms(100, photos=photos)
    assert tally.failed < 13


@pytest.mark.slow
@pytest.mark.parametrize("name", POWER.LEAKS)
def test_strong_leaks_are_found(name: str) -> None:
    leak = POWER.LEAKS[name]
    assert POWER.planted(name, leak.strengths[-1], POWER.EACH).failed >= leak.required
