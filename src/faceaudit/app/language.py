"""The language of whoever looks, and words in it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from faceaudit.app import texts

CHOSEN = "language"
"""Where a session keeps the language that was chosen."""


def language() -> str:
    """Return the code of this session's language: the chosen one, or the browser's."""
    chosen = st.session_state.get(CHOSEN)
    return chosen if chosen in texts.languages() else texts.nearest(st.context.locale)


def written(number: str) -> str:
    """Return a number, as Python writes it, in the way of this session's language."""
    return texts.written(language(), number)


def translated(said: str) -> str:
    """Return what the library says that it is doing in this session's language."""
    return texts.translated(language(), said)


def say(key: str, **values: Any) -> str:
    """Return the words at `PAGE.KEY` in this session's language, with values filled in.

    Numbers are formatted where the words say how, as in "{share:.1%}".
    """
    return texts.fill(language(), key, values)
