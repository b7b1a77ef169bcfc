"""Lines of a text file of unknown content, read in bounded memory."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from pathlib import Path

from faceaudit.errors import InputError

FILE_LIMIT = 1 << 30
"""Bytes of the largest list that is read."""

LINE_LIMIT = 8192
"""Characters of the longest line that is read."""

Line = tuple[int, str]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def refuse_special(path: Path, error: type[InputError]) -> None:
    """Raise `error` for a pipe, which would be waited for, or a device, which may have no end."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise error(f"expected a file, got {path}, which is a pipe or device")


def numbered_lines(path: Path, error: type[InputError]) -> Iterator[Line]:
    """Yield each line that is not blank with its number from 1, without its end.

    Lines end as on Unix, Windows or an old Macintosh. UTF-8 is read, and UTF-16 or UTF-32 as their
    marks of byte order (in UTF-16, also its zero bytes) give them away; bytes that are no UTF-8 are
    kept as Python's file names keep them, for `printable_name` to show.

    Raises:
        error: the file cannot be read, or it or one of its lines is too long.
    """
    try:
        refuse_special(path, error)
        with path.open("rb") as raw:
            encoding = _encoding_of(raw.read(4))
            if os.fstat(raw.fileno()).st_size > FILE_LIMIT:
                raise error(f"expected a list of at most {FILE_LIMIT:,} bytes, got {path}")
        with path.open(encoding=encoding, errors="surrogateescape") as file:
            number = 0
            while text := file.readline(LINE_LIMIT + 1):
                number += 1
                if len(text) > LINE_LIMIT:
                    raise error(
                        f"expected lines of at most {LINE_LIMIT:,} characters in {path}, got a "
                        f"longer one in line {number}"
                    )
                text = text.removesuffix("\n")
                if text.strip():
                    yield number, text
    except (OSError, ValueError) as reason:
        if isinstance(reason, InputError):
            raise
        raise error(f"expected a file that can be read, got {path} ({reason})") from None


def _encoding_of(start: bytes) -> str:
    """Return the encoding that the first bytes of a text give away; UTF-8 where they do not.

    >>> _encoding_of(b"a,b,"), _encoding_of("a,".encode("utf-16-le"))
    ('utf-8', 'utf-16-le')
    """
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    zeros = [byte == 0 for byte in start]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if zeros == [True, False, True, False] else "utf-8"


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
