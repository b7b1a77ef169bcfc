"""What the disasters share: a run that nothing happened to."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from disasters import plans, runs
from faceaudit.store import Store


@dataclass(frozen=True)
class Sound:
    """A run that nothing happened to.

    Attributes:
        plan: the file of its plan.
        left: digests of what it left, by path.
        events: how many events it took.
        seconds: how long it took.
        store: where it is.
    """

    plan: Path
    left: dict[str, str]
    events: int
    seconds: float
    store: Path


def run_soundly(folder: Path, plan: dict[str, Any]) -> Sound:
    """Run a plan that nothing happens to."""
    file = runs.write_plan(folder / "plan.yaml", plan)
    store = folder / "space" / "audit"
    store.parent.mkdir()
    clock = time.monotonic()
    begun = runs.begin(
        ["run", str(file), "--store", str(store)], folder / "logs", root=store.parent
    )
    assert begun.end() == 0, begun.text()
    return Sound(file, runs.left(store), begun.events(), time.monotonic() - clock, store)


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return run_soundly(tmp_path_factory.mktemp("quick"), plans.QUICK)


@pytest.fixture(scope="session")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    sound = run_soundly(tmp_path_factory.mktemp("forty"), plans.forty())
    assert len(Store(str(sound.store)).case_ids()) == 40
    return sound
