"""Photos are listed, and weights are tried, once while a plan is checked, however often asked.

A sweep names the same folder of photos in each of a hundred systems.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from faceaudit.faces.loaded import Survey
from faceaudit.faces.sources.base import Source

T = TypeVar("T")

_SEEN: ContextVar[dict[Hashable, Any] | None] = ContextVar("seen", default=None)


@contextmanager
def looking_once() -> Iterator[None]:
    """Let what is looked at within a block be looked at once; after it, what is there may change.

    >>> with looking_once():
    ...     look_once("answer", lambda: 1), look_once("answer", lambda: 2)
    (1, 1)
    """
    token = _SEEN.set({})
    try:
        yield
    finally:
        _SEEN.reset(token)


def look_once(what: Hashable, look: Callable[[], T]) -> T:
    """Return what a look shows; within `looking_once`, what it showed before.

    Args:
        what: is looked at.
        look: shows it; one that raises is not remembered.
    """
    seen = _SEEN.get()
    if seen is None:
        return look()
    if what not in seen:
        seen[what] = look()
    found: T = seen[what]
    return found


def survey_of(source: Source) -> Survey:
    """Return what a source holds, counted without reading a photo.

    Raises:
        SourceError: the source as a whole cannot be used.
    """
    return look_once(("survey", source), source.survey)
