"""Pickles of protocols 0 to 5 read without running them.

A pickle is a program: it may call any function by name, so that loading one from elsewhere is
running it. Here the instructions that only build lists, dictionaries, bytes, text and numbers are
carried out by hand; the functions and classes that a `Language` knows (some of NumPy, PyTorch and
the standard library) are imitated and never called, nor is anything imported. Everything else is
refused before anything happens. The standard library's own `Unpickler` is not used: restricting
which names it finds does not keep it from filling the memory (Python docs, "pickle",
"Restricting Globals"; instructions as documented in `pickletools`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from faceaudit.errors import InputError
from faceaudit.files.safe_pickle_names import PLAIN
from faceaudit.files.safe_pickle_stack import Stack
from faceaudit.files.safe_pickle_values import (
    Array,
    BrokenPickle,
    HoldsCode,
    Kind,
    Language,
    Name,
    Opaque,
    is_simple,
)

STEPS_LIMIT = 4_000_000
"""Instructions of the longest pickle that is read: 2 or 3 a photo are usual."""

_NAME = 200  # characters of the longest name that is known; a pickle could repeat a longer one
_HOSTILE: Final = {b"\x82": "EXT1", b"\x83": "EXT2", b"\x84": "EXT4"}


def load_plain(file: BinaryIO, language: Language = PLAIN) -> object:
    """Return the value that is pickled in `file` from its first byte on.

    Byte strings of more than 64 bytes come as `Span`, those that were made with Python 2 as bytes
    and never as text, arrays as `Array`, sets and what is made of other classes as `Opaque`.

    Args:
        file: from its first byte on.
        language: the names that are known.

    Raises:
        InputError: it holds code, which was not executed; it is broken or cut short; or it holds
            something else than a pickle of plain values, or more than fits the limits.
    """
    file.seek(0)
    return load_next(file, language)


def load_next(file: BinaryIO, language: Language = PLAIN, *, steps: int | None = None) -> object:
    """Return the value whose pickle starts where `file` stands, and leave it at its end.

    Args:
        file: standing at the pickle's first byte; a `Span` counts from the file's own.
        language: the names that are known.
        steps: instructions that it may have; `STEPS_LIMIT` when left out.

    Raises:
        InputError: as `load_plain`.
    """
    start = file.tell()
    size = file.seek(0, 2)
    file.seek(start)
    return _Machine(file, size, language=language).run(STEPS_LIMIT if steps is None else steps)


@dataclass
class _Machine(Stack):
    """Carries the instructions of a pickle out."""

    language: Language = PLAIN

    def run(self, steps: int) -> object:
        for _ in range(steps):
            code = self.read(1)
            if code == b".":
                value = self.pop()
                if self.stack:
                    raise BrokenPickle("values are left over")
                return value
            step = _STEPS.get(code)
            if step is None:
                if code in _HOSTILE:
                    raise HoldsCode(_HOSTILE[code])
                raise InputError(
                    "expected a pickle of plain lists, bytes and booleans, got the instruction "
                    f"{code!r}"
                )
            step(self)
        raise InputError(f"expected a pickle of at most {steps:,} instructions, got more")

    def extend(self, values: list[object]) -> None:
        made = self.stack[-1] if self.stack else None
        if isinstance(made, list):
            made.extend(values)
        elif not isinstance(made, Opaque):
            raise BrokenPickle("a list is missing")

    def set_items(self, values: list[object]) -> None:
        made = self.stack[-1] if self.stack else None
        if len(values) % 2 or not isinstance(made, dict | Opaque):
            raise BrokenPickle("a dictionary is missing")
        if isinstance(made, dict):
            made.update(_pairs(values))

    def dictionary(self) -> None:
        values = self.to_mark()
        if len(values) % 2:
            raise BrokenPickle("a value is missing")
        self.push(dict(_pairs(values)))

    def add(self) -> None:
        self.to_mark()
        if not self.stack or not isinstance(self.stack[-1], Opaque):
            raise BrokenPickle("a set is missing")

    def frozen_set(self) -> None:
        self.to_mark()
        self.push(Opaque("frozenset"))

    def name(self, module: object, name: object) -> None:
        # What a hostile pickle gives here can be nested so deep that showing it fails.
        if not isinstance(module, str) or not isinstance(name, str):
            raise HoldsCode("a name that is no text")
        full = f"{module}.{name}"
        if len(full) > _NAME or not self.language.knows(full):
            raise HoldsCode(f"the name {full[:80]!a}")
        self.push(Name(full))

    def named_by_line(self) -> None:
        module, name = (self.line().decode("latin-1") for _ in range(2))
        self.name(module, name)

    def named_by_stack(self) -> None:
        name, module = self.pop(), self.pop()
        self.name(module, name)

    def make(self, function: object, arguments: object) -> None:
        """Push the stand-in for what a call, or a class, would make."""
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise HoldsCode("a call")
        self.push(self.language.call(function, self.hold, arguments))

    def call(self) -> None:
        arguments, function = self.pop(), self.pop()
        self.make(function, arguments)

    def call_with_names(self) -> None:
        _, arguments, function = self.pop(), self.pop(), self.pop()
        self.make(function, arguments)

    def call_by_line(self) -> None:
        arguments = tuple(self.to_mark())
        self.named_by_line()
        self.make(self.pop(), arguments)

    def call_from_mark(self) -> None:
        function, *arguments = self.to_mark() or [None]
        self.make(function, tuple(arguments))

    def persistent(self, key: object) -> None:
        if self.language.persistent is None:
            raise HoldsCode("something outside the pickle")
        self.push(self.language.persistent(key))

    def build(self) -> None:
        """Fill an array or tell the order of its bytes; what else is set is of no meaning here."""
        state, value = self.pop(), self.pop()
        match value, state:
            case Array(), (_, shape, Kind() as kind, fortran, data):
                value.fill(kind, shape, data, fortran=bool(fortran))
            case Array(), _:
                raise BrokenPickle("an array that is none")
            case Kind(), (_, str() | bytes() as order, *_):
                text = order.decode("latin-1") if isinstance(order, bytes) else order
                value.order = {"=": "<"}.get(text, text) if text in ("<", ">", "=", "|") else "|"
            case ((Kind() | Opaque() | dict()), _):
                pass
            case _:
                raise HoldsCode("BUILD")
        self.push(value)


def _pairs(values: list[object]) -> Iterator[tuple[object, object]]:
    """Yield keys and values; a key that is not simple becomes one that equals no other."""
    for key, value in zip(values[::2], values[1::2], strict=True):
        yield (key if is_simple(key) else Opaque("key")), value


_STEPS: Final[dict[bytes, Callable[[_Machine], object]]] = {
    b"\x80": lambda m: m.protocol(m.number(1)),
    b"\x95": lambda m: m.number(8),  # a frame: only tells how far to read ahead
    b"(": lambda m: m.mark(),
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
    b"\x8a": lambda m: m.push(m.number(m.number(1), signed=True)),
    b"G": lambda m: m.push(struct.unpack(">d", m.read(8))[0]),
    b"F": _Machine.fraction,
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
    b"}": lambda m: m.push({}),
    b"d": _Machine.dictionary,
    b"s": lambda m: m.set_items([m.pop(), m.pop()][::-1]),
    b"u": lambda m: m.set_items(m.to_mark()),
    b"\x8f": lambda m: m.push(Opaque("set")),
    b"\x90": _Machine.add,
    b"\x91": _Machine.frozen_set,
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
    b"\x81": _Machine.call,
    b"\x92": _Machine.call_with_names,
    b"i": _Machine.call_by_line,
    b"o": _Machine.call_from_mark,
    b"P": lambda m: m.persistent(m.line()),
    b"Q": lambda m: m.persistent(m.pop()),
    b"b": _Machine.build,
}
