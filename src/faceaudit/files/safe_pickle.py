"""Pickles read without running them: plain values alone, anything else is refused.

A pickle is a program: it may call any function by name, so that loading one from elsewhere is
running it. Here the few instructions that only build lists, tuples, bytes, text, whole numbers
and booleans are carried out by hand; what arrays of bytes or booleans need (some functions of
NumPy and of the standard library, by name) is imitated and never called. Everything else is
refused before anything happens. The standard library's own `Unpickler` is not used: restricting
which names it finds does not keep it from filling the memory (Python docs, "pickle",
"Restricting Globals"; instructions as documented in `pickletools`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from faceaudit.errors import InputError
from faceaudit.files.safe_pickle_values import (
    IMITATED,
    Array,
    Kind,
    Name,
    Span,
    broken,
    fill,
    holds_code,
)

STEPS_LIMIT = 4_000_000
"""Instructions of the longest pickle that is read: 2 or 3 a photo are usual."""

HELD_LIMIT = 256 * 1024 * 1024
"""Bytes of text and short byte strings that are held in memory; long ones stay in the file."""

_SHORT = 64
_REPR = re.compile(rb"(?:[^\\]++|\\(?:x[0-9a-f]{2}|[\\'\"nrt]))*+")

_HOSTILE: Final = {
    b"i": "INST", b"o": "OBJ", b"\x81": "NEWOBJ", b"\x92": "NEWOBJ_EX", b"P": "PERSID",
    b"Q": "BINPERSID", b"\x82": "EXT1", b"\x83": "EXT2", b"\x84": "EXT4",
}  # fmt: skip

_MARK: Final = object()


def load_plain(file: BinaryIO) -> object:
    """Return the value that is pickled in `file` from its first byte on.

    Byte strings of more than 64 bytes come as `Span`, those that were made with Python 2 as bytes
    and never as text, arrays as `Array`.

    Raises:
        InputError: it holds code, which was not executed; it is broken or cut short; or it holds
            something else than a pickle of plain values, or more than fits the limits.
    """
    size = file.seek(0, 2)
    file.seek(0)
    return _Machine(file, size).run()


@dataclass
class _Machine:
    """The stack, the marks in it and what was put aside, as pickles need them."""

    file: BinaryIO
    size: int
    stack: list[object] = field(default_factory=list)
    memo: dict[int, object] = field(default_factory=dict)
    held: int = 0

    def run(self) -> object:
        for _ in range(STEPS_LIMIT):
            code = self.read(1)
            if code == b".":
                value = self.pop()
                if self.stack:
                    raise broken("values are left over")
                return value
            step = _STEPS.get(code)
            if step is None:
                if code in _HOSTILE:
                    raise holds_code(_HOSTILE[code])
                raise InputError(
                    "expected a pickle of plain lists, bytes and booleans, got the instruction "
                    f"{code!r}"
                )
            step(self)
        raise InputError(f"expected a pickle of at most {STEPS_LIMIT:,} instructions, got more")

    def read(self, length: int) -> bytes:
        """Return exactly so many bytes; few, or counted against the limit."""
        if length > _SHORT:
            self.announced(length)
            self.hold(length)
        data = self.file.read(length)
        if len(data) != length:
            raise broken("it ends early")
        return data

    def announced(self, length: int) -> None:
        """Refuse a length that goes past the end, before room is made for it."""
        if length > self.size - self.file.tell():
            raise broken(f"{length:,} bytes are announced, fewer follow")

    def hold(self, length: int) -> None:
        self.held += length
        if self.held > HELD_LIMIT:
            raise InputError(
                f"expected at most {HELD_LIMIT:,} bytes of text in a pickle, got more; pickle it "
                "again with protocol 4"
            )

    def number(self, length: int, *, signed: bool = False) -> int:
        return int.from_bytes(self.read(length), "little", signed=signed)

    def line(self) -> bytes:
        """Return the rest of a line, for the instructions that are text."""
        line = self.file.readline(HELD_LIMIT - self.held + 1)
        self.hold(len(line))
        if not line.endswith(b"\n"):
            raise broken("a line does not end")
        return line[:-1]

    def push(self, value: object) -> None:
        self.stack.append(value)

    def pop(self) -> object:
        if not self.stack or self.stack[-1] is _MARK:
            raise broken("a value is missing")
        return self.stack.pop()

    def to_mark(self) -> list[object]:
        """Take what was pushed since the last mark, and the mark."""
        for index in range(len(self.stack) - 1, -1, -1):
            if self.stack[index] is _MARK:
                values = self.stack[index + 1 :]
                del self.stack[index:]
                return values
        raise broken("a mark is missing")

    def extend(self, values: list[object]) -> None:
        if not self.stack or not isinstance(self.stack[-1], list):
            raise broken("a list is missing")
        self.stack[-1].extend(values)

    def protocol(self, number: int) -> None:
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
        try:
            self.push(self.read(length).decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            raise broken("text that is no UTF-8") from None

    def tuple_of(self, count: int) -> None:
        values = [self.pop() for _ in range(count)]
        self.push(tuple(reversed(values)))

    def put(self, slot: int) -> None:
        self.memo[slot] = self.pop()
        self.push(self.memo[slot])

    def get(self, slot: int) -> None:
        if slot not in self.memo:
            raise broken("a value that was never put aside")
        self.push(self.memo[slot])

    def decimal(self) -> int:
        return _whole(self.line())

    def signed_long(self) -> None:
        length = self.number(1)
        if length > 8:
            raise InputError(f"expected whole numbers of 8 bytes in a pickle, got one of {length}")
        self.push(self.number(length, signed=True))

    def python_2_number(self) -> None:
        text = self.line()
        self.push(text == b"01" if text in (b"00", b"01") else _whole(text))

    def python_2_string(self) -> None:
        """Push what Python 2 wrote with `repr`."""
        text = self.line()
        if len(text) < 2 or text[:1] != text[-1:] or text[:1] not in (b"'", b'"'):
            raise broken("a string without quotes")
        if not _REPR.fullmatch(text[1:-1]):
            raise broken("a string that is none")
        self.push(codecs.escape_decode(text[1:-1])[0])

    def python_2_text(self) -> None:
        try:
            self.push(self.line().decode("raw-unicode-escape"))
        except UnicodeDecodeError:
            raise broken("text that is none") from None

    def name(self, module: object, name: object) -> None:
        # What a hostile pickle gives here can be nested so deep that showing it fails.
        if not isinstance(module, str) or not isinstance(name, str):
            raise holds_code("a name that is no text")
        full = f"{module}.{name}"
        if full not in IMITATED:
            raise holds_code(f"the name {full[:80]!a}")
        self.push(Name(full))

    def named_by_line(self) -> None:
        module, name = (self.line().decode("latin-1") for _ in range(2))
        self.name(module, name)

    def named_by_stack(self) -> None:
        name, module = self.pop(), self.pop()
        self.name(module, name)

    def call(self) -> None:
        """Imitate one of the few functions that arrays and old byte strings are made with."""
        arguments, function = self.pop(), self.pop()
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise holds_code("a call")
        self.push(IMITATED[function.text](self.hold, arguments))

    def build(self) -> None:
        """Fill an array; of its type the rest is of no meaning, for its items have one byte."""
        state, value = self.pop(), self.pop()
        if isinstance(value, Array):
            match state:
                case (_, (int() as count,), Kind() as kind, _, (bytes() | Span()) as data):
                    fill(value, kind, data, count)
                case _:
                    raise broken("an array that is none of one dimension")
        elif not isinstance(value, Kind):
            raise holds_code("BUILD")
        self.push(value)


def _whole(text: bytes) -> int:
    if not re.fullmatch(rb"-?[0-9]{1,19}L?", text):
        raise broken("a number that is none")
    return int(text.rstrip(b"L"))


_STEPS: Final[dict[bytes, Callable[[_Machine], object]]] = {
    b"\x80": lambda m: m.protocol(m.number(1)),
    b"\x95": lambda m: m.number(8),  # a frame: only tells how far to read ahead
    b"(": lambda m: m.push(_MARK),
    b"0": lambda m: m.stack.pop() if m.stack else m.pop(),
    b"1": lambda m: m.to_mark(),
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),  # noqa: FBT003 - the value itself
    b"\x89": lambda m: m.push(False),  # noqa: FBT003
    b"I": _Machine.python_2_number,
    b"L": lambda m: m.push(m.decimal()),
    b"J": lambda m: m.push(m.number(4, signed=True)),
    b"K": lambda m: m.push(m.number(1)),
    b"M": lambda m: m.push(m.number(2)),
    b"\x8a": _Machine.signed_long,
    b"S": _Machine.python_2_string,
    b"T": lambda m: m.string(m.number(4)),
    b"U": lambda m: m.string(m.number(1)),
    b"B": lambda m: m.string(m.number(4)),
    b"C": lambda m: m.string(m.number(1)),
    b"\x8e": lambda m: m.string(m.number(8)),
    b"\x96": lambda m: m.string(m.number(8)),
    b"V": _Machine.python_2_text,
    b"X": lambda m: m.text(m.number(4)),
    b"\x8c": lambda m: m.text(m.number(1)),
    b"\x8d": lambda m: m.text(m.number(8)),
    b"]": lambda m: m.push([]),
    b"l": lambda m: m.push(m.to_mark()),
    b"a": lambda m: m.extend([m.pop()]),
    b"e": lambda m: m.extend(m.to_mark()),
    b")": lambda m: m.push(()),
    b"t": lambda m: m.push(tuple(m.to_mark())),
    b"\x85": lambda m: m.tuple_of(1),
    b"\x86": lambda m: m.tuple_of(2),
    b"\x87": lambda m: m.tuple_of(3),
    b"p": lambda m: m.put(m.decimal()),
    b"q": lambda m: m.put(m.number(1)),
    b"r": lambda m: m.put(m.number(4)),
    b"\x94": lambda m: m.put(len(m.memo)),
    b"g": lambda m: m.get(m.decimal()),
    b"h": lambda m: m.get(m.number(1)),
    b"j": lambda m: m.get(m.number(4)),
    b"c": _Machine.named_by_line,
    b"\x93": _Machine.named_by_stack,
    b"R": _Machine.call,
    b"b": _Machine.build,
}
