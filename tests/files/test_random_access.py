"""Parts of a file are read whole from any thread, or not at all."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from faceaudit.errors import PhotoError, SourceError
from faceaudit.files.random_access import RandomAccess

DATA = np.random.default_rng(0).bytes(100_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    return path


def test_any_part_is_read_from_any_thread(path: Path) -> None:
    file = RandomAccess(path)
    rng = np.random.default_rng(1)
    parts = [(int(start), int(rng.integers(0, 1000))) for start in rng.integers(0, 99_000, 500)]
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda part: file.read(*part), parts))
    assert read == [DATA[start : start + length] for start, length in parts]
    assert file.read(0, file.size) == DATA
    assert file.read(file.size, 0) == b""


@pytest.mark.parametrize(("start", "length"), [(99_999, 2), (100_001, 0), (-1, 1), (5, -1)])
def test_what_goes_past_the_end_is_refused(path: Path, start: int, length: int) -> None:
    with pytest.raises(PhotoError, match="got a file that ends at byte 100,000"):
        RandomAccess(path).read(start, length)


def test_a_file_that_is_cut_meanwhile_is_an_error(path: Path) -> None:
    file = RandomAccess(path)
    os.truncate(path, 10)
    with pytest.raises(PhotoError, match="got one that was cut"):
        file.read(0, 20)


def test_a_change_shows(path: Path) -> None:
    before = RandomAccess(path).changed
    assert RandomAccess(path).changed == before
    os.utime(path, ns=(1, 1))
    assert RandomAccess(path).changed != before


def test_it_closes_when_nobody_holds_it(path: Path) -> None:
    file = RandomAccess(path)
    handle = file._handle
    os.fstat(handle)
    del file
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(handle)


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(SourceError, match="which is a folder, pipe or device"):
            RandomAccess(path)
    for path in (tmp_path / "gone", Path("a\0b")):
        with pytest.raises(SourceError, match="expected a file that can be read"):
            RandomAccess(path)
