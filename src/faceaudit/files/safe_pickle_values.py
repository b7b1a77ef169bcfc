"""Stand-ins for the values of a pickle that are no plain ones, and for NumPy's functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from faceaudit.errors import InputError

Hold = Callable[[int], None]
"""Counts bytes against what may be held in memory, and refuses more."""


@dataclass(frozen=True, slots=True)
class Span:
    """A long byte string that was left in the file.

    Attributes:
        start: its first byte there.
        length: how many they are.
    """

    start: int
    length: int


@dataclass(slots=True, eq=False)
class Array:
    """Stands for a NumPy array of one dimension, of bytes or booleans.

    Attributes:
        kind: "u1" for bytes, "b1" for booleans, "" as long as nobody knows.
        data: its bytes.
    """

    kind: str = ""
    data: bytes | Span = b""


@dataclass(frozen=True, slots=True)
class Name:
    """A function that is named and not imported."""

    text: str


@dataclass(frozen=True, slots=True)
class Kind:
    """Stands for the type of a NumPy array's items: "u1" or "b1"."""

    text: str


def broken(why: str) -> InputError:
    """Return the error for a pickle that no pickler wrote."""
    return InputError(f"expected a whole pickle, got one that is broken or cut short ({why})")


def holds_code(what: str) -> InputError:
    """Return the error for a pickle that would run something."""
    return InputError(
        f"expected a pickle of plain lists, bytes and booleans, got one that holds code ({what}), "
        "which was not executed; do not load this file with anything that runs pickles"
    )


def fill(array: Array, kind: Kind, data: bytes | Span, count: int) -> None:
    """Give an array its `count` items.

    Raises:
        InputError: there are not so many bytes.
    """
    length = data.length if isinstance(data, Span) else len(data)
    if length != count:
        raise broken(f"an array of {count:,} items with {length:,} bytes")
    array.kind, array.data = kind.text, data


def _encode_text(hold: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case (str() as text, str() as name) if name in ("latin1", "latin-1"):
            hold(len(text))
            try:
                return text.encode("latin-1")
            except UnicodeEncodeError:
                pass
    raise broken("bytes that are none")


def _make_empty_array(_: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case (Name("numpy.ndarray"), (0,), b"b" | "b"):
            return Array()
    raise broken("an array that is none")


def _make_kind(_: Hold, arguments: tuple[object, ...]) -> object:
    text = arguments[0] if arguments else None
    name = text.decode("latin-1") if isinstance(text, bytes) else text
    if not isinstance(name, str) or name not in ("u1", "b1"):
        got = ascii(name[:20]) if isinstance(name, str) else "another type"
        raise InputError(f"expected arrays of bytes (u1) or booleans (b1) in a pickle, got {got}")
    return Kind(name)


def _make_scalar(_: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case (Kind() as kind, bytes() as data) if len(data) == 1:
            return data != b"\0" if kind.text == "b1" else data[0]
    raise broken("a number that is none")


def _make_array(_: Hold, arguments: tuple[object, ...]) -> object:
    array = Array()
    match arguments:
        case ((bytes() | Span()) as data, Kind() as kind, (int() as count,), *_):
            fill(array, kind, data, count)
            return array
    raise broken("an array that is none")


def _make_bytes(_: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case ((bytes() | Span()) as data,):
            return data
        case ():
            return b""
    raise broken("bytes that are none")


def _refuse_call(_: Hold, __: tuple[object, ...]) -> object:
    raise holds_code("a call of numpy.ndarray")


IMITATED: Final[dict[str, Callable[[Hold, tuple[object, ...]], object]]] = {
    "_codecs.encode": _encode_text,
    "numpy.dtype": _make_kind,
    "numpy.ndarray": _refuse_call,
    "builtins.bytearray": _make_bytes,
    "__builtin__.bytearray": _make_bytes,
    "__builtin__.bytes": _make_bytes,  # of no bytes, in protocols 0 to 2
    **{f"numpy.{core}.multiarray._reconstruct": _make_empty_array for core in ("core", "_core")},
    **{f"numpy.{core}.multiarray.scalar": _make_scalar for core in ("core", "_core")},
    **{f"numpy.{core}.numeric._frombuffer": _make_array for core in ("core", "_core")},
}
