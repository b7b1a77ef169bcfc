"""How names stand in texts: where they begin and end, and how they may be spelled."""

from __future__ import annotations

import unicodedata

SHORT = 3
"""Letters from which on a name is replaced anywhere; a number needs one digit more."""


def is_edge(text: str, at: int) -> bool:
    """Return whether a name may begin or end at a place: not within letters, nor within digits."""
    if not 0 < at < len(text):
        return True
    before, after = text[at - 1], text[at]
    return not (before.isalpha() and after.isalpha()) and not (before.isdigit() and after.isdigit())


def spellings_of(name: str) -> set[str]:
    """Return a name as texts may have it: as errors quote it, and with accents taken apart."""
    if name.isascii():
        forms = {name}
    else:
        forms = {name, *(unicodedata.normalize(form, name) for form in ("NFC", "NFD"))}
    quoted = {write(form)[1:-1] for form in forms for write in (repr, ascii)}
    # In the words of an error that quotes those of another one, which have quotes of both kinds.
    return {*forms, *quoted, *(one.replace("'", r"\'") for one in forms)}


def is_short(name: str) -> bool:
    """Return whether a name is so short that it is as likely a word, or a number.

    >>> [is_short(name) for name in ("Al", "Ada", "123", "4242")]
    [True, False, True, False]
    """
    return len(name) < SHORT or (len(name) <= SHORT and name.isdigit())
