"""Messages between the process that asks and the one that answers.

A message is a length, that many bytes of JSON, and then as many bytes as its "bytes" says. Nothing
in one is executed, and each side bounds what it takes before it makes room for it.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

AnyArray = npt.NDArray[Any]

HEADER = 1 << 20
"""Bytes that the JSON of a message may have."""

NO_MEMORY = 77
"""What a process ends with that has no memory left to say so."""

_LENGTH: Final = struct.Struct("<I")
_TYPES = frozenset({"<f2", "<f4", "<f8", "|u1", "|i1", "|b1", "<i2", "<i4", "<i8", "<u2", "<u4"})
_AXES = 32
_WRITTEN = 1 << 30  # bytes at a time; the kernel takes no more than 2 GiB


class Garbled(Exception):  # noqa: N818 - reads as what it says
    """A message that nobody here wrote, or the end of them."""


def send(to: int, header: dict[str, Any], parts: Iterable[AnyArray | bytes] = ()) -> None:
    """Write a message.

    Raises:
        OSError: nobody reads any more.
    """
    kept = [np.frombuffer(p, np.uint8) if isinstance(p, bytes) else p for p in parts]
    kept = [np.asarray(part, order="C") for part in kept]
    listed = [[part.dtype.str, list(part.shape)] for part in kept]
    text = json.dumps({**header, "arrays": listed}).encode()
    _write(to, memoryview(_LENGTH.pack(len(text)) + text))
    for part in kept:
        _write(to, _bytes_of(part))


def receive(read: Any, limit: int) -> tuple[dict[str, Any], list[AnyArray]]:
    """Read a message whose arrays have at most `limit` bytes.

    Args:
        read: fills a memoryview from the other side, whole, or raises `Garbled`.
        limit: bytes that its arrays may have.

    Raises:
        Garbled: it is none, or larger.
    """
    length = bytearray(_LENGTH.size)
    read(memoryview(length))
    (size,) = _LENGTH.unpack(length)
    if size > HEADER:
        raise Garbled
    text = bytearray(size)
    read(memoryview(text))
    try:
        header = json.loads(text)
        arrays = [_make_room(*described) for described in _bounded(header["arrays"], limit)]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Garbled from None
    for array in arrays:
        read(_bytes_of(array))
    return header, arrays


def array_of(buffer: Any, described: Sequence[Any]) -> AnyArray:
    """Return the array of a type and shape that lies at the beginning of a buffer."""
    dtype, shape = np.dtype(described[0]), tuple(described[1])
    return np.frombuffer(buffer, dtype, math.prod(shape)).reshape(shape)


def _bounded(listed: Any, limit: int) -> list[tuple[str, tuple[int, ...]]]:
    found = []
    for kind, shape in listed:
        if kind not in _TYPES or len(shape) > _AXES:
            raise Garbled
        if any(type(edge) is not int or edge < 0 for edge in shape):
            raise Garbled
        limit -= math.prod(shape) * np.dtype(kind).itemsize
        if limit < 0:
            raise Garbled
        found.append((kind, tuple(shape)))
    return found


def _make_room(kind: str, shape: tuple[int, ...]) -> AnyArray:
    return np.empty(shape, np.dtype(kind))


def _bytes_of(array: AnyArray) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _write(to: int, data: memoryview) -> None:
    while len(data):
        data = data[os.write(to, data[:_WRITTEN]) :]
