"""Text from names, files and errors as XML and tables may hold it."""

from __future__ import annotations

from faceaudit.cleaning import spell

BETWEEN = "\n\t"
"""Control characters that are blanks."""


def spelled_out(text: str) -> str:
    r"""Return a text of any length with control characters and the like spelled out, lines kept.

    XML 1.0 forbids most of them, and one makes a whole file unreadable.

    >>> spelled_out("red\x1b[31m")
    'red\\x1b[31m'
    """
    return spell(text, keep=BETWEEN)
