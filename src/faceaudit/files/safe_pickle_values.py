"""Stand-ins for what a pickle makes, and what a reader of pickles knows by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from re import Pattern
from typing import TypeAlias

from faceaudit.errors import InputError

Hold: TypeAlias = Callable[[int], None]
"""Counts bytes against what may be held in memory, and refuses more."""

Imitation: TypeAlias = Callable[[Hold, tuple[object, ...]], object]
"""Makes the stand-in for what a function would return, without calling that function."""


class HoldsCode(InputError):  # noqa: N818 - reads as what it says
    """A pickle that would run something.

    Attributes:
        what: the name, or the instruction.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            f"expected a pickle of plain lists, bytes and booleans, got one that holds code "
            f"({what}), which was not executed; do not load this file with anything that runs "
            "pickles"
        )


class BrokenPickle(InputError):  # noqa: N818 - reads as what it says
    """A pickle that no pickler wrote.

    Attributes:
        why: what is wrong with it.
    """

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"expected a whole pickle, got one that is broken or cut short ({why})")


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
class Kind:
    """Stands for the type of a NumPy array's items.

    Attributes:
        text: as NumPy abbreviates it, such as "u1" for bytes and "b1" for booleans.
        order: "<", ">" or "|", in front of it.
    """

    text: str
    order: str = "|"

    @property
    def size(self) -> int:
        """Bytes of an item."""
        return int(self.text[1:]) * (4 if self.text[0] == "U" else 1)


@dataclass(slots=True, eq=False)
class Array:
    """Stands for a NumPy array.

    Attributes:
        kind: of its items; None as long as nobody knows.
        shape: of it.
        fortran: whether its first axis is the one whose items lie side by side.
        data: its bytes, or its items where they are Python's own.
    """

    kind: Kind | None = None
    shape: tuple[int, ...] = (0,)
    fortran: bool = False
    data: bytes | Span | list[object] = b""

    def fill(self, kind: Kind, shape: object, data: object, *, fortran: bool = False) -> None:
        """Give the array its items.

        Raises:
            BrokenPickle: there are not as many as its shape says.
        """
        if not isinstance(shape, tuple) or any(type(n) is not int or n < 0 for n in shape):
            raise BrokenPickle("an array whose shape is none")
        if len(shape) > 32 or math.prod(shape) > 2**60:
            raise BrokenPickle("an array larger than any")
        count = math.prod(shape)
        if kind.text[0] == "O":
            if not isinstance(data, list) or len(data) != count:
                raise BrokenPickle(f"an array of {count:,} values without them")
        else:
            if not isinstance(data, bytes | Span):
                raise BrokenPickle("an array without its bytes")
            length = data.length if isinstance(data, Span) else len(data)
            if length != count * kind.size:
                raise BrokenPickle(f"an array of {count:,} items with {length:,} bytes")
        self.kind, self.shape, self.data, self.fortran = kind, shape, data, fortran


@dataclass(frozen=True, slots=True)
class Name:
    """A function or class that is named and not imported."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """Stands for a value of a class whose content is of no use here and is not kept.

    Attributes:
        kind: the name of the class.
    """

    kind: str


@dataclass(frozen=True)
class Language:
    """What a reader of pickles knows.

    Attributes:
        imitated: by name, how to make the stand-in for what a function or class would make.
        inert: names that may stand in a pickle and may not be called.
        persistent: makes the stand-in for what lies outside the pickle.
    """

    imitated: Mapping[str, Imitation]
    inert: Pattern[str] | None = None
    persistent: Callable[[object], object] | None = field(default=None)

    def knows(self, name: str) -> bool:
        """Return whether a name may stand in a pickle."""
        return name in self.imitated or (
            self.inert is not None and self.inert.fullmatch(name) is not None
        )

    def call(self, name: Name, hold: Hold, arguments: tuple[object, ...]) -> object:
        """Return the stand-in for what a call would make; nothing is called.

        Raises:
            HoldsCode: it is not known what that would be.
        """
        imitation = self.imitated.get(name.text)
        if imitation is None:
            raise HoldsCode(f"a call of {name.text}")
        return imitation(hold, arguments)


def is_simple(key: object) -> bool:
    """Return whether a value may be a key: others may take for ever to hash or to compare.

    So may numbers that were chosen for all having one hash, which small ones cannot.
    """
    if isinstance(key, int):
        return -(2**53) < key < 2**53
    return key is None or isinstance(key, str | bytes)
