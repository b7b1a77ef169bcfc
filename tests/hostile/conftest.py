"""Sound samples of every kind of file, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostile import samples


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    samples.build(folder)
    return folder
