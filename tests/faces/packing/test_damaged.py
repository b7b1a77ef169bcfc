"""Packs that were changed are found and removed, but for those that somebody is at."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from faceaudit.errors import SourceError
from faceaudit.faces.packing import damaged
from faceaudit.faces.packing.damaged import damaged_packs, remove_damaged
from faceaudit.faces.packing.pack_folder import lock_of
from faceaudit.files.lock import alone
from faceaudit.files.sealed import put_sealed

CONTENT = bytes(range(100))


def pack(folder: Path, content: bytes = CONTENT) -> Path:
    part = folder / "part"
    part.mkdir(parents=True)
    (part / "images.u8").write_bytes(content)
    put_sealed(part, folder / "a", ["images.u8"])
    return folder / "a"


def change(made: Path) -> Path:
    content = bytearray((made / "images.u8").read_bytes())
    content[9] ^= 1
    (made / "images.u8").write_bytes(content)
    return made


def test_a_pack_that_was_changed_is_found_and_removed(tmp_path: Path) -> None:
    made = pack(tmp_path)
    (tmp_path / "unfinished").mkdir()
    assert list(damaged_packs(tmp_path)) == []
    change(made)
    [(found, wrong)] = damaged_packs(tmp_path)
    assert found == made
    assert wrong == "expected images.u8 as it was written, got another"
    assert remove_damaged(made)
    assert not made.exists()
    assert list(damaged_packs(tmp_path)) == []


def test_one_that_a_run_makes_again_stays(tmp_path: Path) -> None:
    made = change(pack(tmp_path))
    with alone(lock_of(made)):
        assert not remove_damaged(made)
    assert made.exists()
    assert remove_damaged(made)


def test_one_that_was_made_again_meanwhile_stays(tmp_path: Path) -> None:
    made = change(pack(tmp_path))
    assert [found for found, _ in damaged_packs(tmp_path)] == [made]
    (made / "images.u8").write_bytes(CONTENT)
    assert not remove_damaged(made)
    assert made.exists()


def test_one_that_may_not_be_read_is_said_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = pack(tmp_path)

    def denied(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(made / "images.u8"))

    monkeypatch.setattr(damaged, "check_sealed", denied)
    for use in (lambda: list(damaged_packs(tmp_path)), lambda: remove_damaged(made)):
        with pytest.raises(SourceError, match=r"Permission denied.*run as the user who wrote it"):
            use()
    assert made.exists()


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert list(damaged_packs(tmp_path / "none")) == []
