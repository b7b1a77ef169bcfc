"""Words of the app, by language: a folder a language, a file a page.

A translation is a folder with the same files and keys as `en`; tests hold them to that.
"""

from __future__ import annotations

import numbers
import re
import string
import tomllib
from functools import cache
from importlib import resources
from typing import Any, Final

FALLBACK: Final = "en"
"""The language of those whose own is not there."""


@cache
def languages() -> dict[str, str]:
    """Return what languages call themselves, by their code."""
    here = resources.files(__name__)
    codes = sorted(one.name for one in here.iterdir() if (one / "app.toml").is_file())
    return {code: words(code, "app")["language"] for code in codes}


@cache
def words(language: str, name: str) -> dict[str, str]:
    """Return the words of a page, or those of the app itself (`app`), by key."""
    file = resources.files(__name__) / language / f"{name}.toml"
    found: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))
    return found


def nearest(wanted: str | None) -> str:
    """Return the language that is there for a browser's, such as "de" for "de-AT".

    >>> nearest("de-AT"), nearest("xx"), nearest(None)
    ('de', 'en', 'en')
    """
    code = (wanted or "").split("-")[0].lower()
    return code if code in languages() else FALLBACK


def fill(language: str, key: str, values: dict[str, Any]) -> str:
    """Return the words at `PAGE.KEY` with values filled in, numbers as the language writes them.

    Raises:
        KeyError: there are none, or they name a value that is not given.
    """
    page, _, rest = key.partition(".")
    return _Writer(language).vformat(words(language, page)[rest], (), values)


def written(language: str, number: str) -> str:
    """Return a number, as Python writes it, in the way of a language.

    >>> written("de", "1,234.5"), written("en", "1,234.5")
    ('1.234,5', '1,234.5')
    """
    marks = words(language, "app")
    return number.translate({ord("."): marks["decimal"], ord(","): marks["thousands"]})


def translated(language: str, said: str) -> str:
    """Return what the library says that it is doing in another language; as it is where unknown.

    >>> translated("de", "cases: train DeepID pristine"), translated("de", "something new")
    ('Fälle: Training: DeepID pristine', 'something new')
    """
    for key, pattern in _doing():
        if (found := pattern.fullmatch(said)) is not None:
            return fill(language, f"doing.{key}", found.groupdict())
    outer, colon, inner = said.partition(": ")
    if not colon:
        return said
    return f"{translated(language, outer)}: {translated(language, inner)}"


@cache
def _doing() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return patterns of what the library says, those that leave the least open first."""
    known = sorted(words(FALLBACK, "doing").items(), key=lambda one: one[1].count("{"))
    return tuple(
        (key, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(said))))
        for key, said in known
    )


class _Writer(string.Formatter):
    """Fills words in, numbers in the way of a language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(super().format_field(value, format_spec))
        is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        return written(self._language, text) if is_number else text
