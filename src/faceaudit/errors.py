"""Everything faceaudit raises on purpose.

FaceAuditError
├── InputError          a value that came from outside is not what was expected
│   ├── OptionError     an option of a component or a plan
│   ├── UnknownName     a name that no registry holds
│   ├── PhotoError      one photo cannot be used; the rest of its source can
│   ├── SourceError     a source of faces as a whole cannot be used
│   ├── PairsError      a list of pairs cannot be used
│   └── WeightsError    a file of weights cannot be used, or not for this network
├── SplitError          there are too few photos or people for what was asked
├── StoreError          a store cannot be read or written
└── CaseError           a case of an audit failed while it ran

Every message reads `expected <what>, got <value>` and then says what to try. Whatever a stranger's
file or name brought into it is bounded and spelled out.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from faceaudit.cleaning import clean, quote

LISTED = 20
LONGEST = 4000
"""Characters of the longest message."""
COMPARED = 200
"""Characters of the longest name that is compared with those known."""


class FaceAuditError(Exception):
    r"""Base of every error that faceaudit raises on purpose.

    >>> print(FaceAuditError("expected a name, got red\x1b[31m"))
    expected a name, got red\x1b[31m
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(clean(message, LONGEST, keep="\n\t"))


class InputError(FaceAuditError, ValueError):
    """A value that came from outside is not what was expected."""


class OptionError(InputError):
    """An option of a component or a plan has a wrong name, type or range."""


class UnknownName(InputError):  # noqa: N818 - reads as what it says
    """A name that is not registered; the message offers the closest one.

    >>> str(UnknownName("network", "depid", ["deepid", "vggface"]))
    "expected a network (deepid, vggface), got 'depid'; try 'deepid'"
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        self.kind, self.name, self.known = kind, name, tuple(known)
        listed = ", ".join(known[:LISTED]) + (", ..." if len(known) > LISTED else "")
        article = "an" if kind[0] in "aeiou" else "a"
        message = f"expected {article} {kind} ({listed}), got {quote(name)}"
        close = closest(name, known)
        super().__init__(f"{message}; try {close!r}" if close else message)

    def __reduce__(self) -> tuple[type[UnknownName], tuple[str, str, tuple[str, ...]]]:
        """Let it be sent to another process."""
        return type(self), (self.kind, self.name, self.known)


class PhotoError(InputError):
    """One photo cannot be used; it is left out and listed, the rest goes on.

    Attributes:
        kind: what is wrong with bytes that do not decode, for who says it in other words: "format",
            "pixels" (too many), "moving" (several frames), "cut" or "broken"; "" for anything else.
    """

    def __init__(self, message: str, *, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


class SourceError(InputError):
    """A source of faces as a whole cannot be used."""


class PairsError(InputError):
    """A list of pairs cannot be used."""


class WeightsError(InputError):
    """A file of weights cannot be used, or not for this network."""


class SplitError(FaceAuditError):
    """There are too few photos or people for what was asked."""


class StoreError(FaceAuditError):
    """A store cannot be read or written."""


class CaseError(FaceAuditError):
    """A case of an audit failed while it ran."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, or None when nothing is alike.

    >>> closest("blend", ["accessory", "blended"])
    'blended'
    """
    if len(name) > COMPARED:  # which would take long, and is no slip of a finger
        return None
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return found[0] if found else None
