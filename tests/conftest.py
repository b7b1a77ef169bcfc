"""What all tests share: small faces, and a loud word when real data is missing."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import hypothesis
import pytest

os.environ.setdefault("GOMP_SPINCOUNT", "3000")  # before torch; see faceaudit.entry
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the other cores have workers of their own

from faceaudit.types import FaceSet
from helpers.faces import blocks

REAL_DATA = "FACEAUDIT_REAL_DATA"

# Machines are shared: how long an example takes says nothing about the code.
hypothesis.settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    folder = os.environ.get(REAL_DATA)
    if folder and Path(folder).is_dir():
        return
    reason = f"{REAL_DATA} is not set to a folder: nothing is measured on real photos or weights"
    for item in items:
        if item.get_closest_marker("realdata"):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish() -> None:
    """Let the garbage collector look at what tests make, not at the tests and libraries.

    Those stay to the end, and are far more: a collection takes 0.1 s for each 100,000 objects, and
    Streamlit asks for one after each run of a page.
    """
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if "realdata" in report.keywords
    ]
    if skipped:
        terminalreporter.section("REAL DATA WAS NOT TESTED", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests need real photos or weights: set {REAL_DATA}")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real photos and weights."""
    return Path(os.environ[REAL_DATA])


@pytest.fixture
def faces() -> FaceSet:
    """Four people, 40 photos each, 55 x 47."""
    return blocks()
