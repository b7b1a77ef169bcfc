"""Arrays of strangers: read to the bit, or refused before they fill the memory."""

from __future__ import annotations

import io
import os
import re
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from faceaudit.errors import InputError
from faceaudit.files.npz import read_arrays


def read(path: Path, *names: str) -> list[np.ndarray]:
    return read_arrays(path, names, error=InputError, advice="write one")


def zipped(path: Path, content: bytes, name: str = "a.npy") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return path


def headed(text: str, data: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\0" + len(text).to_bytes(2, "little") + text.encode() + data


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=">f4").reshape(3, 4),
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.array(["a", "Zoë", ""]),
        np.array([], dtype="f4"),
        np.float64(3.5).reshape(()),
        np.zeros((0, 7)),
    ],
    ids=lambda one: f"{one.dtype}{one.shape}",
)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_comes_back(array: np.ndarray, save: object, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save(path, a=array, b=array)  # type: ignore[operator]
    for one in read(path, "a", "b"):
        assert one.dtype == array.dtype
        np.testing.assert_array_equal(one, array)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (headed("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,)}"), "at most"),
        (headed("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"), "numbers or text"),
        (headed("{'descr': 'O', 'fortran_order': False, 'shape': (1,)}"), "numbers or text"),
        (headed("[" * 500), "expected an .npz"),
        (headed("__import__('os').abort()"), "expected an .npz"),
        (b"", "expected an .npz"),
        (b"\x93NUMPY\x09\x09", "version"),
    ],
)
def test_what_is_no_array_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words) as refused:
        read(zipped(tmp_path / "a.npz", content), "a")
    assert str(refused.value).endswith("write one")


def test_letters_that_there_are_none_of_are_refused(tmp_path: Path) -> None:
    inner = io.BytesIO()
    np.lib.format.write_array(inner, np.array([0x110000, 65], "u4").view("U1"))
    with pytest.raises(InputError, match="characters that there are none of"):
        read(zipped(tmp_path / "a.npz", inner.getvalue()), "a")


def test_a_small_file_of_a_large_array_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file, file.open("a.npy", "w") as inner:
        inner.write(headed("{'descr': '|u1', 'fortran_order': False, 'shape': (300000000,)}"))
        for _ in range(30):
            inner.write(bytes(10_000_000))
    tracemalloc.start()
    with pytest.raises(InputError, match=re.escape("bytes unpacked, got more")):
        read(path, "a")
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_places_that_are_no_file_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, tmp_path / "none"):
        with pytest.raises(InputError):
            read(path, "a")
    with pytest.raises(InputError, match=r"a\.npy"):
        read(zipped(tmp_path / "a.npz", b"", "b.npy"), "a")
