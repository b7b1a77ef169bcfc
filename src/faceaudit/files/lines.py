"""Lines of a text file of unknown content, read in bounded memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from faceaudit.errors import InputError

FILE_LIMIT = 1 << 30
"""Bytes of the largest list that is read."""

LINE_LIMIT = 8192
"""Bytes of the longest line that is read."""

Line = tuple[int, str]


def refuse_special(path: Path, error: type[InputError]) -> None:
    """Raise `error` for a pipe, which would be waited for, or a device, which may have no end."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise error(f"expected a file, got {path}, which is a pipe or device")


def numbered_lines(path: Path, error: type[InputError]) -> Iterator[Line]:
    """Yield each line that is not blank with its number from 1, without its end.

    UTF-8 is read, with or without a mark of byte order; bytes that are none are kept as Python's
    file names keep them, for `printable_name` to show.

    Raises:
        error: the file cannot be read, or it or one of its lines is too long.
    """
    try:
        refuse_special(path, error)
        with path.open("rb") as file:
            number = read = 0
            while raw := file.readline(LINE_LIMIT + 1):
                number, read = number + 1, read + len(raw)
                if number == 1:
                    raw = raw.removeprefix(codecs.BOM_UTF8)
                if len(raw) > LINE_LIMIT:
                    raise error(
                        f"expected lines of at most {LINE_LIMIT:,} bytes in {path}, got a longer "
                        f"one in line {number}"
                    )
                if read > FILE_LIMIT:
                    raise error(f"expected a list of at most {FILE_LIMIT:,} bytes, got {path}")
                text = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
                if text.strip():
                    yield number, text
    except (OSError, ValueError) as reason:
        if isinstance(reason, InputError):
            raise
        raise error(f"expected a file that can be read, got {path} ({reason})") from None


def whole_number(text: str, *, digits: int = 18) -> int | None:
    """Return the number that `text` spells in plain digits, or None.

    >>> whole_number("0017"), whole_number("-1"), whole_number("1_0")
    (17, None, None)
    """
    plain = text.isascii() and text.isdigit() and len(text) <= digits
    return int(text) if plain else None


def shown(text: str) -> str:
    r"""Return the start of a line of unknown content so that it can be shown anywhere.

    >>> print(shown("a" + chr(7)))
    'a\x07'
    """
    return ascii(text[:60] + ("..." if len(text) > 60 else ""))
