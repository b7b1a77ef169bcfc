from __future__ import annotations

import pytest

from faceaudit.report import render
from faceaudit.store import Store
from report.backdoor.samples import full_audit, write_store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A whole audit: four attacks, a random key, and a case that failed."""
    return write_store(tmp_path_factory.mktemp("audit"), full_audit())


@pytest.fixture(scope="session")
def page(store: Store) -> str:
    """Its report."""
    return render(store)
