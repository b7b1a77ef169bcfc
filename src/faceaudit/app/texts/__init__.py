"""Words of the app, by language: a folder a language, a file a page.

A translation is a folder with the same files and keys as `en`; tests hold them to that.
"""

from __future__ import annotations

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
    """Return the words at `PAGE.KEY` with values filled in.

    Raises:
        KeyError: there are none, or they name a value that is not given.
    """
    page, _, rest = key.partition(".")
    return words(language, page)[rest].format(**values)
