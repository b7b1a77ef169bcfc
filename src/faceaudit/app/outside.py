"""Text from outside, shown letter by letter: names, titles, messages and paths of strangers.

Where Streamlit takes text, it reads Markdown: links, pictures, colours and formulas. Whatever was
not written by us goes through here: to HTML by `shown`, to the label of a widget by `literal`, and
a message by `complain`.
"""

from __future__ import annotations

import re
from html import escape

import streamlit as st

from faceaudit.app.language import say
from faceaudit.cleaning import clean

LONGEST = 2000
"""Characters of a text that are shown at most."""
JOINER = "\N{WORD JOINER}"
_COMMAND = re.compile("`([^`]+)`")
_MARKS = re.compile(r"([!-/:-@\[-`{-~])")
_FOUND_LATER = re.compile(r"(\\[:@.])")


def shown(text: object, most: int = LONGEST) -> str:
    r"""Return text as HTML that shows it, whatever is in it.

    Args:
        text: from anywhere.
        most: characters of it at most.

    >>> print(shown("<b>a\x1b</b>"))
    &lt;b&gt;a\x1b&lt;/b&gt;
    """
    return escape(clean(text, most, keep=JOINER))


def with_commands(text: object) -> str:
    """Return text as HTML, in which what stands between backticks is set as a command.

    >>> with_commands("a < b; try `faceaudit init`")
    'a &lt; b; try <code>faceaudit init</code>'
    """
    return _COMMAND.sub(r"<code>\1</code>", shown(text))


def literal(text: object, most: int = LONGEST) -> str:
    """Return text as Markdown that shows it, for labels of widgets.

    Args:
        text: from anywhere.
        most: characters of it at most.
    """
    # What stands behind a backslash is text; web addresses and the names of pictures are looked
    # for in that text once more, so that a joiner, which has no width, takes them apart.
    return _FOUND_LATER.sub(rf"{JOINER}\1{JOINER}", _MARKS.sub(r"\\\1", clean(text, most)))


def complain(words: object) -> None:
    """Say what went wrong, in words of our own or of a library."""
    st.html(f'<p class="warning" role="alert">{with_commands(words)}</p>')


def complain_of(error: Exception) -> None:
    """Say that something did not work, and why."""
    complain(say("app.error", why=" ".join(str(error).split())))
