"""Text from outside made fit to show: in errors, on a terminal, in files and on pages.

Names, titles and messages of strangers may steer a terminal, turn the direction of what stands
beside them, hold what no file can hold, or be as long as memory. Whatever shows one passes it
through here.
"""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import category

MOST = 300
"""Characters of a name, a title or the like that are shown, unless said otherwise."""
QUOTED = 200
"""Characters of a value that an error shows."""
DEEPEST = 8
"""Levels of lists within lists that an error shows."""
JOINERS = "\u200c\u200d"
"""What Persian, Hindi and pictures of several parts need between two letters."""
_BITS = 4096
"""Of the largest integer that is written out: Python refuses a few more."""
_BRACKETS = {dict: "{}", list: "[]", tuple: "()", set: "{}", frozenset: "{}"}


def clean(text: object, most: int = MOST, *, keep: str = "") -> str:
    r"""Return a text that is fit to show: bounded, and with nothing in it but what can be seen.

    Control characters, those that turn the direction of letters or cannot be seen, those that mean
    nothing and halves of characters are spelled out. It takes anything, never raises, and builds no
    long text of a long one; what is clean stays as it is.

    Args:
        text: a text, or a value that is shown as Python spells it.
        most: characters of what comes back, at most; of a longer text the middle is left out.
        keep: characters that stay whatever they do, such as line breaks.

    >>> print(clean("red\x1b[31m\n"), clean("x" * 99, 9))
    red\x1b[31m\n xxx...xxx
    >>> clean({"a": [1, None]})
    "{'a': [1, None]}"
    """
    most = max(most, 3)
    whole = text if isinstance(text, str) else _worded(text, most)
    if len(whole) > 2 * most:  # each character takes the room of one at least
        whole = whole[:most] + whole[-most:]
    shown = spell(whole, keep=keep)
    if len(shown) <= most:
        return shown
    ends = (most - 3) // 2
    return f"{shown[: most - 3 - ends]}...{shown[len(shown) - ends :]}"


def quote(value: object, most: int = QUOTED) -> str:
    r"""Return a value as Python spells it, as an error shows it: bounded and clean like a text.

    >>> quote("it's"), quote(["x" * 50], 20), quote(10**5000)
    ('"it\'s"', "['xxxxxxx...xxxxxxx'", 'an integer of 16610 bits')
    """
    most = max(most, 3)
    if isinstance(value, str) and len(value) > 2 * most:
        value = value[:most] + value[-most:]
    return clean(_spelled(value, most), most)


def spell(text: str, *, keep: str = "") -> str:
    r"""Return a text of any length with what cannot be seen spelled out, as `clean` does it.

    >>> print(spell("a\u202eb\n"), spell("a\tb", keep="\t") == "a\tb")
    a\u202eb\n True
    """
    if text.isprintable():
        return text
    return "".join(one if _is_shown(one, keep) else ascii(one)[1:-1] for one in text)


def _is_shown(one: str, keep: str) -> bool:
    return one.isprintable() or one in keep or one in JOINERS or category(one) == "Zs"


def _worded(value: object, most: int) -> str:
    """Return what `str` says of a value, bounded where that could be long."""
    if isinstance(value, int | bytes | bytearray | dict | list | tuple | set | frozenset):
        return _spelled(value, most)
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - the classes of others may raise anything
        return f"<{type(value).__name__}>"


def _spelled(value: object, most: int) -> str:
    """Return a value as Python spells it, or enough of it to fill what is shown."""
    parts: list[str] = []
    room = 2 * most
    try:
        for part in _parts(value, most, 0):
            parts.append(part)
            room -= len(part)
            if room < 0:
                break
    except Exception:  # noqa: BLE001 - the classes of others may raise anything
        parts.append(f"<{type(value).__name__}>")
    return "".join(parts)


def _parts(value: object, most: int, depth: int) -> Iterator[str]:
    """Yield a value as Python spells it, bit by bit, so that whoever has enough can stop."""
    brackets = next((two for kind, two in _BRACKETS.items() if isinstance(value, kind)), "")
    if not brackets:
        yield _one(value, most)
        return
    yield brackets[0]
    if depth >= DEEPEST:
        yield "..."
    elif isinstance(value, dict):
        for number, (key, item) in enumerate(value.items()):
            yield ", " if number else ""
            yield from _parts(key, most, depth + 1)
            yield ": "
            yield from _parts(item, most, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, item in enumerate(value):
            yield ", " if number else ""
            yield from _parts(item, most, depth + 1)
        if isinstance(value, tuple) and len(value) == 1:
            yield ","
    yield brackets[1]


def _one(value: object, most: int) -> str:
    if isinstance(value, str | bytes | bytearray):
        return repr(value[: 2 * most])
    if isinstance(value, int) and value.bit_length() > _BITS:
        return f"an integer of {value.bit_length()} bits"
    return repr(value)
