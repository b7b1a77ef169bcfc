"""Tensors of a PyTorch file, made of the bytes that it really holds."""

from __future__ import annotations

import io
import math
import mmap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from faceaudit.deferred import deferred
from faceaudit.errors import WeightsError
from faceaudit.files.safe_pickle import load_next
from faceaudit.files.safe_pickle_names import as_numpy
from faceaudit.files.safe_pickle_values import Array, BrokenPickle, Span
from faceaudit.weights.torch_pickle import (
    ITEM_SIZES,
    TORCH,
    OddTensor,
    Storage,
    StoredTensor,
    storage_of,
)

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")

MAGIC = 0x1950A86A20F9469CFC6C
"""The number that the first pickle of the older format holds."""

STEPS_LIMIT = 1_000_000
"""Instructions of the longest pickle; a network of 1,000 tensors and its optimiser take 100,000."""


@dataclass(frozen=True)
class Stream:
    """What the pickles of a file hold, and where in it the numbers are.

    Attributes:
        content: of the file, with stand-ins for tensors.
        places: first byte and number of bytes of each storage, by its key.
    """

    content: object
    places: Mapping[str, tuple[int, int]]


def read_stream(file: BinaryIO) -> Stream:
    """Read the older format of `torch.save`, or a plain pickle, that starts where `file` stands.

    The older format is five pickles (a number, a version, facts of the machine, the content, the
    keys of the storages), then each storage: how many numbers it has, in 8 bytes, and the numbers.

    Raises:
        InputError: it is broken, or holds code, which was not executed.
    """
    first = load_next(file, TORCH, steps=STEPS_LIMIT)
    if first != MAGIC:
        return Stream(first, {})
    for _ in range(2):
        load_next(file, TORCH, steps=STEPS_LIMIT)
    found: dict[str, Storage] = {}

    def remember(key: object) -> object:
        storage = storage_of(key)
        if isinstance(storage.key, str):
            found.setdefault(storage.key, storage)
        return storage

    language = replace(TORCH, persistent=remember)
    content = load_next(file, language, steps=STEPS_LIMIT)
    keys = load_next(file, TORCH, steps=STEPS_LIMIT)
    if not isinstance(keys, list):
        raise BrokenPickle("no list of storages")
    return Stream(content, _find_places(file, keys, found))


def _find_places(
    file: BinaryIO, keys: list[object], found: Mapping[str, Storage]
) -> dict[str, tuple[int, int]]:
    position = file.tell()
    size = file.seek(0, 2)
    places = {}
    for key in keys:
        storage = found.get(key) if isinstance(key, str) else None
        if storage is None:
            raise BrokenPickle("a storage that nothing names")
        file.seek(position)
        count = int.from_bytes(file.read(8), "little")
        length = count * _item_size(storage.dtype)
        if count != storage.count or position + 8 + length > size:
            raise BrokenPickle("it ends early, or a storage has another size than is said")
        places[storage.key] = (position + 8, length)
        position += 8 + length
    return {key: place for key, place in places.items() if isinstance(key, str)}


def _item_size(dtype: str) -> int:
    size = ITEM_SIZES.get(dtype)
    if size is None:
        raise BrokenPickle("numbers of no known type")
    return size


class Storages:
    """The numbers in a file; tensors that are made of them lie in it (memory-mapped).

    Args:
        path: of the file.
        places: first byte and number of bytes of each storage, by its key.
        pickled: the file that spans in the pickle count in.
    """

    def __init__(
        self, path: Path, places: Mapping[str, tuple[int, int]], pickled: BinaryIO
    ) -> None:
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        self._places = places
        self._pickled = pickled
        self._own: dict[object, tuple[Tensor, int]] = {}
        self._aligned: dict[tuple[int, int], bytearray] = {}
        self._arrays: dict[Array, Tensor] = {}
        self._copied = 0

    def tensor(self, name: str, stored: object) -> Tensor:
        """Return a tensor of the file.

        Raises:
            WeightsError: it is no plain tensor, or one that the file cannot really hold.
        """
        if isinstance(stored, Array):
            return self._array(stored)
        if isinstance(stored, OddTensor):
            raise WeightsError(
                f"expected plain tensors, got a {stored.kind} one for {name!r}; save the network's "
                "state_dict() before it is quantised or made sparse"
            )
        assert isinstance(stored, StoredTensor)
        numbers, held = self._numbers(name, stored)
        shape, stride = stored.shape, stored.stride
        last = stored.offset + sum((n - 1) * step for n, step in zip(shape, stride, strict=True))
        room = math.prod(shape) * numbers.element_size()
        if room and (last >= numbers.numel() or room > max(held, len(self._bytes))):
            raise WeightsError(
                f"expected tensors no larger than their file of {len(self._bytes):,} bytes, got "
                f"{shape} for {name!r}; the file is broken or not to be trusted"
            )
        if not room:
            return torch.empty(shape, dtype=numbers.dtype)
        return torch.as_strided(numbers, shape, stride, stored.offset)

    def _numbers(self, name: str, stored: StoredTensor) -> tuple[Tensor, int]:
        """Return all numbers of a tensor's storage, and how many bytes they have."""
        storage = stored.storage
        if not isinstance(storage.key, str):
            return self._nested(storage)
        dtype = getattr(torch, stored.dtype, None)
        if not isinstance(dtype, torch.dtype):
            raise WeightsError(
                f"expected numbers of a type of torch, got {stored.dtype} for {name!r}; save the "
                "network's state_dict() as float32"
            )
        start, held = self._places.get(storage.key, (0, -1))
        if held != storage.count * _item_size(storage.dtype):
            raise WeightsError(
                f"expected the numbers of {name!r} in a part of their size, got none of "
                f"{storage.count * _item_size(storage.dtype):,} bytes in the file; it is broken or "
                "not to be trusted"
            )
        return self._cut(self._bytes, start, held, dtype), held

    def _cut(self, source: mmap.mmap, start: int, length: int, dtype: torch.dtype) -> Tensor:
        count = length // dtype.itemsize
        if not count:
            return torch.empty(0, dtype=dtype)
        if start % dtype.itemsize:  # not every machine reads numbers at any byte
            place = start, length
            if place not in self._aligned:  # one copy for all tensors that are views of it
                self._count_copy(length)
                self._aligned[place] = bytearray(source[start : start + length])
            return torch.frombuffer(self._aligned[place], dtype=dtype, count=count)
        return torch.frombuffer(source, dtype=dtype, count=count, offset=start)

    def _count_copy(self, length: int) -> None:
        """Refuse more copies than the file has bytes, which parts that overlap would need."""
        self._copied += length
        if self._copied > len(self._bytes):
            raise BrokenPickle("its parts overlap")

    def _nested(self, storage: Storage) -> tuple[Tensor, int]:
        """Return the numbers of a storage that a plain pickle holds as a file of its own."""
        if storage.key not in self._own:
            data = self._content(storage.key)
            stream = read_stream(io.BytesIO(data))
            inner = stream.content
            if not isinstance(inner, Storage) or inner.key not in stream.places:
                raise BrokenPickle("a storage that is none")
            start, length = stream.places[str(inner.key)]
            kind = getattr(torch, inner.dtype)
            self._own[storage.key] = (
                torch.frombuffer(bytearray(data[start : start + length]), dtype=kind)
                if length
                else torch.empty(0, dtype=kind),
                length,
            )
        return self._own[storage.key]

    def _content(self, key: object) -> bytes:
        if isinstance(key, Span):
            self._pickled.seek(key.start)
            return self._pickled.read(key.length)
        assert isinstance(key, bytes)
        return key

    def _array(self, array: Array) -> Tensor:
        if array not in self._arrays:
            data = array.data
            assert not isinstance(data, list)
            self._count_copy(data.length if isinstance(data, Span) else len(data))
            values = as_numpy(array, self._content(data))
            native = values.astype(values.dtype.newbyteorder("="), copy=True)
            self._arrays[array] = torch.from_numpy(native)
        return self._arrays[array]
