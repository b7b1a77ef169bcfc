"""The stack of a pickle reader, and the bytes, text and numbers that are read onto it."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from faceaudit.errors import InputError
from faceaudit.files.safe_pickle_values import BrokenPickle, Span

HELD_LIMIT = 256 * 1024 * 1024
"""Bytes of text and short byte strings that are held in memory; long ones stay in the file."""

_SHORT = 64
_SLOTS = 2**32  # places to put values aside
_DIGITS = 80  # of the longest number that is read; torch's magic number has 25
_REPR = re.compile(rb"(?:[^\\]++|\\(?:x[0-9a-f]{2}|[\\'\"nrt]))*+")
_MARK: Final = object()


@dataclass
class Stack:
    """The values that a pickle has pushed, those it put aside, and the file it goes on in.

    Attributes:
        file: stands where the next instruction is.
        size: of the file.
        stack: with a mark wherever one was set.
        memo: what was put aside, by slot.
        held: bytes of text in memory.
    """

    file: BinaryIO
    size: int
    stack: list[object] = field(default_factory=list)
    memo: dict[int, object] = field(default_factory=dict)
    held: int = 0

    def read(self, length: int) -> bytes:
        """Return exactly so many bytes; few, or counted against the limit."""
        if length > _SHORT:
            self.announced(length)
            self.hold(length)
        data = self.file.read(length)
        if len(data) != length:
            raise BrokenPickle("it ends early")
        return data

    def announced(self, length: int) -> None:
        """Refuse a length that goes past the end, before room is made for it."""
        if length > self.size - self.file.tell():
            raise BrokenPickle(f"{length:,} bytes are announced, fewer follow")

    def hold(self, length: int) -> None:
        """Count bytes against what may be held in memory."""
        self.held += length
        if self.held > HELD_LIMIT:
            raise InputError(
                f"expected at most {HELD_LIMIT:,} bytes of text in a pickle, got more; pickle it "
                "again with protocol 4"
            )

    def number(self, length: int, *, signed: bool = False) -> int:
        """Return the number in so many bytes."""
        return int.from_bytes(self.read(length), "little", signed=signed)

    def line(self) -> bytes:
        """Return the rest of a line, for the instructions that are text."""
        line = self.file.readline(HELD_LIMIT - self.held + 1)
        self.hold(len(line))
        if not line.endswith(b"\n"):
            raise BrokenPickle("a line does not end")
        return line[:-1]

    def push(self, value: object) -> None:
        """Put a value on the stack."""
        self.stack.append(value)

    def pop(self) -> object:
        """Take the last value."""
        if not self.stack or self.stack[-1] is _MARK:
            raise BrokenPickle("a value is missing")
        return self.stack.pop()

    def to_mark(self) -> list[object]:
        """Take what was pushed since the last mark, and the mark."""
        for index in range(len(self.stack) - 1, -1, -1):
            if self.stack[index] is _MARK:
                values = self.stack[index + 1 :]
                del self.stack[index:]
                return values
        raise BrokenPickle("a mark is missing")

    def mark(self) -> None:
        """Set a mark."""
        self.stack.append(_MARK)

    def protocol(self, number: int) -> None:
        """Refuse a protocol that is not known."""
        if number > 5:
            raise InputError(f"expected a pickle of protocol 5 at most, got {number}")

    def string(self, length: int) -> None:
        """Push a byte string; a long one is skipped and its place remembered."""
        if length <= _SHORT:
            self.push(self.read(length))
            return
        start = self.file.tell()
        self.announced(length)
        self.file.seek(start + length)
        self.push(Span(start, length))

    def text(self, length: int) -> None:
        """Push text of so many bytes."""
        try:
            self.push(self.read(length).decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            raise BrokenPickle("text that is no UTF-8") from None

    def tuple_of(self, count: int) -> None:
        """Make one tuple of the last values."""
        values = [self.pop() for _ in range(count)]
        self.push(tuple(reversed(values)))

    def put(self, slot: int) -> None:
        """Put the last value aside, too."""
        if not 0 <= slot < _SLOTS:  # larger numbers may share one hash, and take for ever
            raise BrokenPickle("a place that no pickler gives")
        self.memo[slot] = self.pop()
        self.push(self.memo[slot])

    def get(self, slot: int) -> None:
        """Push what was put aside."""
        if slot not in self.memo:
            raise BrokenPickle("a value that was never put aside")
        self.push(self.memo[slot])

    def decimal(self) -> int:
        """Return the whole number in a line."""
        return _whole(self.line())

    def fraction(self) -> None:
        """Push the number in a line."""
        text = self.line()
        if len(text) > _DIGITS:
            raise BrokenPickle("a number that is none")
        try:
            self.push(float(text))
        except ValueError:
            raise BrokenPickle("a number that is none") from None

    def python_2_number(self) -> None:
        """Push the number, or the truth value, in a line."""
        text = self.line()
        self.push(text == b"01" if text in (b"00", b"01") else _whole(text))

    def python_2_string(self) -> None:
        """Push what Python 2 wrote with `repr`."""
        text = self.line()
        if len(text) < 2 or text[:1] != text[-1:] or text[:1] not in (b"'", b'"'):
            raise BrokenPickle("a string without quotes")
        if not _REPR.fullmatch(text[1:-1]):
            raise BrokenPickle("a string that is none")
        self.push(codecs.escape_decode(text[1:-1])[0])

    def python_2_text(self) -> None:
        """Push the text in a line."""
        try:
            self.push(self.line().decode("raw-unicode-escape"))
        except UnicodeDecodeError:
            raise BrokenPickle("text that is none") from None


def _whole(text: bytes) -> int:
    if len(text) > _DIGITS or not re.fullmatch(rb"-?[0-9]+L?", text):
        raise BrokenPickle("a number that is none")
    return int(text.rstrip(b"L"))
