"""Arrays of an .npz of unknown content, read in bounded memory; nothing in it is run."""

from __future__ import annotations

import lzma
import math
import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from faceaudit.errors import InputError
from faceaudit.files.lines import refuse_special

FREE = 1 << 28
"""Bytes that arrays of a small file may take."""
TIMES = 20
"""Times a file's size that its arrays may take, where that is more."""
_SUFFIX = ".npy"
_CHUNK = 1 << 20
FAULTS = (
    *(OSError, ValueError, KeyError, TypeError, EOFError, RuntimeError, NotImplementedError),
    *(SyntaxError, TokenError, OverflowError, struct.error),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
"""What a damaged file makes zipfile and NumPy raise."""


def read_arrays(
    path: Path, names: Iterable[str], *, error: type[InputError], advice: str
) -> list[np.ndarray[Any, Any]]:
    """Return arrays of a file, by name.

    Args:
        path: where it is.
        names: of the arrays that it must hold.
        error: what to raise.
        advice: what to do about a wrong file, at the end of messages.

    Raises:
        error: it cannot be read, lacks an array, or holds more than `FREE` bytes and `TIMES` its
            size, as a file does that is to fill the memory.
    """
    names = tuple(names)
    refuse_special(path, error)
    try:
        with path.open("rb") as file:
            return list(unpack(file, names).values())
    except FAULTS as reason:
        raise error(
            f"expected an .npz with {', '.join(names)}, got {path} ({reason}); {advice}"
        ) from None


def unpack(file: BinaryIO, names: Iterable[str] | None = None) -> dict[str, np.ndarray[Any, Any]]:
    """Return arrays of an open .npz, by name.

    Args:
        file: open to be read.
        names: of the arrays that it must hold; all that there are when None.

    Raises:
        one of `FAULTS`: it cannot be read, lacks an array, or holds more than `FREE` bytes and
            `TIMES` its size.
    """
    with zipfile.ZipFile(file) as archive:
        if names is None:
            listed = [name for name in archive.namelist() if name.endswith(_SUFFIX)]
            names = [name.removesuffix(_SUFFIX) for name in listed]
        members = {name: archive.getinfo(f"{name}{_SUFFIX}") for name in names}
        most = _most(file)
        if _unpacked(members.values()) > most:
            raise ValueError(f"expected at most {most:,} bytes unpacked, got more")
        found = {}
        for name, member in members.items():
            with archive.open(member) as stream:
                found[name] = _read_array(stream, member.file_size)
        return found


def is_bounded(file: BinaryIO) -> bool:
    """Return whether the arrays of an .npz take no more than `unpack` lets them."""
    with zipfile.ZipFile(file) as archive:
        return _unpacked(archive.infolist()) <= _most(file)


def _most(file: BinaryIO) -> int:
    return max(FREE, TIMES * file.seek(0, os.SEEK_END))


def _unpacked(members: Iterable[zipfile.ZipInfo]) -> int:
    return sum(member.file_size for member in members)


def _read_array(stream: IO[bytes], size: int) -> np.ndarray[Any, Any]:
    """Return the array in a stream of `size` bytes; what it says of itself is checked first."""
    version = npy.read_magic(stream)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"expected an array of version 1.0 or 2.0, got {version}")
    shape, by_columns, dtype = readers[version](stream)
    if dtype.hasobject or dtype.itemsize == 0 or min(shape, default=0) < 0:
        raise ValueError(f"expected an array of numbers or text, got {dtype} {shape}")
    count = math.prod(shape)
    if count * dtype.itemsize > size:
        raise ValueError(f"expected an array of at most {size:,} bytes, got {dtype} {shape}")
    content = _read_exactly(stream, count * dtype.itemsize)
    if dtype.kind == "U":
        letters = np.frombuffer(content, np.dtype("u4").newbyteorder(dtype.byteorder))
        if letters.max(initial=0) > sys.maxunicode:  # a text that ends Python at some later moment
            raise ValueError("expected text, got characters that there are none of")
    flat = np.frombuffer(content, dtype, count)
    return flat.reshape(shape, order="F" if by_columns else "C")


def _read_exactly(stream: IO[bytes], size: int) -> bytearray:
    """Return so many bytes, which may be written to as those of an array of one's own."""
    content = bytearray(size)
    at = 0
    while at < size:
        piece = stream.read(min(_CHUNK, size - at))
        if not piece:
            raise ValueError(f"expected {size:,} bytes of an array, got {at:,}")
        content[at : at + len(piece)] = piece
        at += len(piece)
    return content
