"""Names of photos that are needed, as people give them: a list of pairs, its file, or names."""

from __future__ import annotations

import os
from collections.abc import Sequence

from faceaudit.api.arguments import StrPath, shown
from faceaudit.errors import InputError
from faceaudit.faces.pairs.read import Pairs
from faceaudit.faces.pairs.wanted import names_in
from faceaudit.types import PairSet

NamesLike = Pairs | PairSet | StrPath | Sequence[str]
"""Names of photos: a list of pairs, its file, or the names themselves."""


def names_of(only: NamesLike) -> tuple[str, ...]:
    """Return the names of photos that are needed, each once.

    Raises:
        PairsError: the file of a list cannot be read.
        InputError: they are neither a list of pairs nor names.
    """
    if isinstance(only, Pairs):
        only = only.pairs
    if isinstance(only, PairSet):
        return tuple(dict.fromkeys((*only.first, *only.second)))
    if isinstance(only, str | os.PathLike):
        return names_in(os.fspath(only))
    if not isinstance(only, Sequence) or not all(isinstance(name, str) for name in only):
        raise InputError(
            f"expected a list of pairs, its file, or names of photos, got {shown(only)}; try "
            "only='pairs.txt'"
        )
    return tuple(dict.fromkeys(only))
