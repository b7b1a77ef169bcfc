from __future__ import annotations

from collections.abc import Iterator

import pytest

from audit.finished.doors import MadeSystem, StandIns
from faceaudit.faces.sources.base import sources
from faceaudit.systems.under_test.base import systems_under_test


@pytest.fixture(autouse=True)
def made() -> Iterator[None]:
    """Let plans name the made-up systems and faces, in these tests alone."""
    systems_under_test.names()
    sources.names()
    systems_under_test.register(MadeSystem)
    sources.register(StandIns)
    yield
    del systems_under_test._members["made"]
    del sources._members["stand_ins"]
