"""MXNet's RecordIO, read without MXNet.

A record is the number 0xced7230a, then 3 bits that tell where in a record the part belongs and 29
bits with its length, the bytes, and zeros up to a multiple of 4; all numbers are little-endian. A
record that holds the number itself, at a multiple of 4, is cut there into several parts and the
number left out. What a record of an image holds is a header (flag, label, id, id2), `flag` more
labels when it is not 0, and the photo's file (Chen et al. 2015, arXiv 1512.01274; "Create a
Dataset Using RecordIO" and `python/mxnet/recordio.py` in the MXNet docs).
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.reading.layout import BYTES_LIMIT, refuse_heavy
from faceaudit.files.lines import numbered_lines, shown, whole_number
from faceaudit.files.random_access import RandomAccess
from faceaudit.types import IntArray

MAGIC = 0xCED7230A
_WORD = struct.pack("<I", MAGIC)
_PART = struct.Struct("<II")
_HEADER = struct.Struct("<IfQQ")
_LABELS = 2  # as many as anything here needs to know
_PARTS_LIMIT = 1024
_ALONE, _FIRST, _MIDDLE, _LAST = range(4)


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a record.

    Attributes:
        flag: how many labels follow the header; 0 when the only label is in it.
        labels: the first two of them at most.
        id: the number its maker gave it.
    """

    flag: int
    labels: tuple[float, ...]
    id: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record, as far as it is known without reading its photo.

    Attributes:
        header: what it says of its photo.
        photo_bytes: how long the photo's file is; 0 for a record without one.
        end: the byte after it, where the next record starts.
    """

    header: Header
    photo_bytes: int
    end: int


class RecordFile:
    """A `.rec` file; records are read by the byte they start at, from any thread.

    Attributes:
        file: the bytes.
    """

    def __init__(self, path: Path) -> None:
        self.file = RandomAccess(path)

    def record(self, offset: int) -> Record:
        """Return the record at byte `offset`, without its photo.

        Raises:
            PhotoError: no whole record is there.
            OSError: the file cannot be read.
        """
        flag, length = self._part(offset)
        end = offset + _PART.size + _padded(length)
        if flag == _ALONE:
            wanted = min(length, _HEADER.size + 4 * _LABELS)
            header, start = _header(self._bytes(offset + _PART.size, wanted), length, offset)
            return Record(header, length - start, end)
        data, end = self._joined(offset)
        header, start = _header(data, len(data), offset)
        return Record(header, len(data) - start, end)

    def photo(self, offset: int) -> bytes:
        """Return the photo's file in the record at byte `offset`.

        Raises:
            PhotoError: no whole record is there, or it is too large.
            OSError: the file cannot be read.
        """
        data, _ = self._joined(offset)
        _, start = _header(data, len(data), offset)
        refuse_heavy(len(data) - start)
        return data[start:]

    def scan(self) -> Iterator[tuple[int, Record]]:
        """Yield each record and the byte it starts at, from the first to the last.

        Raises:
            SourceError: what is not a whole record stands in between, or at the end.
        """
        offset = 0
        while offset < self.file.size:
            try:
                record = self.record(offset)
            except (PhotoError, OSError) as reason:
                raise SourceError(
                    f"expected a whole .rec file, got {self.file.path}, whose record at byte "
                    f"{offset:,} is broken or cut short ({reason}); fetch it "
                    "again, or put its .idx beside it to read what is whole"
                ) from None
            yield offset, record
            offset = record.end

    def _bytes(self, start: int, length: int) -> bytes:
        try:
            return self.file.read(start, length)
        except PhotoError as error:
            raise PhotoError(f"expected a whole record: {error}") from None

    def _part(self, offset: int) -> tuple[int, int]:
        """Return the kind (alone, first, middle or last) and length of the part at `offset`."""
        if offset % 4:
            raise PhotoError(f"expected a record at a multiple of 4, got byte {offset:,}")
        magic, rest = _PART.unpack(self._bytes(offset, _PART.size))
        if magic != MAGIC:
            raise PhotoError(
                f"expected a record that starts with {MAGIC:#x} at byte {offset:,}, got {magic:#x}"
            )
        flag, length = rest >> 29, rest & (1 << 29) - 1
        if flag > _LAST or (flag in (_FIRST, _MIDDLE) and length % 4):
            raise PhotoError(
                f"expected a record at byte {offset:,}, got a part of kind {flag} with {length:,} "
                "bytes"
            )
        end = offset + _PART.size + _padded(length)
        if end > self.file.size:
            raise PhotoError(
                f"expected a record of {length:,} bytes at byte {offset:,}, got a file that ends "
                f"at byte {self.file.size:,}"
            )
        return flag, length

    def _joined(self, offset: int) -> tuple[bytes, int]:
        """Return the bytes of the record at `offset`, all parts of it, and where it ends."""
        pieces: list[bytes] = []
        start, size = offset, 0
        while True:
            flag, length = self._part(start)
            if (flag in (_ALONE, _FIRST)) != (start == offset):
                raise PhotoError(
                    f"expected a record in one piece at byte {offset:,}, got a part of kind {flag} "
                    f"at byte {start:,}"
                )
            size += length + len(_WORD)
            if size > BYTES_LIMIT + (1 << 20) or len(pieces) > 2 * _PARTS_LIMIT:
                raise PhotoError(
                    f"expected a record of at most {BYTES_LIMIT:,} bytes in {_PARTS_LIMIT} parts "
                    f"at byte {offset:,}, got a larger one"
                )
            pieces.append(self._bytes(start + _PART.size, length))
            start += _PART.size + _padded(length)
            if flag in (_ALONE, _LAST):
                return b"".join(pieces), start
            pieces.append(_WORD)


def read_index(path: Path) -> tuple[IntArray, IntArray]:
    """Return (N,) keys, sorted, and the (N,) bytes their records start at, from an `.idx` file.

    Raises:
        SourceError: a line is not `<key> <byte>`, or two have one key or one byte.
    """
    keys, offsets = array("q"), array("q")
    for number, text in numbered_lines(path, SourceError):
        numbers = [whole_number(field) for field in text.split()]
        if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
            raise SourceError(
                f"{path.name}, line {number}: expected <key> <byte>, got {shown(text)}; make the "
                "index again, or take it away to read the records in a row"
            )
        keys.append(numbers[0])
        offsets.append(numbers[1])
    key, offset = np.array(keys, dtype=np.int64), np.array(offsets, dtype=np.int64)
    order = np.argsort(key, kind="stable")
    key, offset = key[order], offset[order]
    for what, column in (("key", key), ("byte", np.sort(offset))):
        twice = np.flatnonzero(column[1:] == column[:-1])
        if len(twice):
            raise SourceError(
                f"expected each {what} once in {path}, got {column[twice[0]]} again; make the "
                "index again"
            )
    return key, offset


def _padded(length: int) -> int:
    return (length + 3) // 4 * 4


def _header(data: bytes, length: int, offset: int) -> tuple[Header, int]:
    """Return the header that starts a record of `length` bytes, and where its photo starts."""
    if length < _HEADER.size:
        raise PhotoError(
            f"expected a header of {_HEADER.size} bytes in the record at byte {offset:,}, got "
            f"{length}"
        )
    flag, label, id_, _ = _HEADER.unpack_from(data)
    start = _HEADER.size + 4 * flag
    if start > length:
        raise PhotoError(
            f"expected {flag:,} labels in the record at byte {offset:,}, got {length:,} bytes"
        )
    count = min(flag, _LABELS)
    labels = struct.unpack_from(f"<{count}f", data, _HEADER.size) if flag else (label,)
    return Header(flag, labels, id_), start
