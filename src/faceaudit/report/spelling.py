"""Text from names, files and errors as XML and tables may hold it."""

from __future__ import annotations

from unicodedata import category

BETWEEN = "\n\t"
"""Control characters that are blanks."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What makes a text look like another one, as it turns the direction of letters."""


def spelled_out(text: str) -> str:
    r"""Return a text with control characters and the like spelled out.

    XML 1.0 forbids most of them, and one makes a whole file unreadable.

    >>> spelled_out("red\x1b[31m")
    'red\\x1b[31m'
    """
    return "".join(ascii(one)[1:-1] if _is_steering(one) else one for one in text)


def _is_steering(one: str) -> bool:
    return one in TURNING or (category(one) in ("Cc", "Cs", "Cn") and one not in BETWEEN)
