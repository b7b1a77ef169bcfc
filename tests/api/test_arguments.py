"""Checks of arguments that every call shares."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.api.arguments import folders, output_of
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import InputError
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
