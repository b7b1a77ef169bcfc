"""A pair of photos as a file lists it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListedPair:
    """A pair as a file lists it.

    Attributes:
        where: its line, or its number where a file has no lines.
        first, second: what its photos are called there.
        same: whether both show one person.
        fold: the fold that the file puts it in, or -1 when it names none.
    """

    where: str
    first: str
    second: str
    same: bool
    fold: int = -1
