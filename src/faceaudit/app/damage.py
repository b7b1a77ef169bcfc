"""What is shown of an audit that cannot be read: one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from faceaudit.app.language import say
from faceaudit.app.outside import complain, complain_of
from faceaudit.errors import FaceAuditError

DAMAGED: Final = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError, IndexError),
    *(ArithmeticError, AssertionError, RecursionError),
)
"""What reading raises of files that hold something else than an audit writes into them."""


@contextmanager
def said() -> Iterator[None]:
    """Say in one line that an audit cannot be read, where that comes to light."""
    try:
        yield
    except FaceAuditError as error:
        complain_of(error)
    except DAMAGED:
        complain(say("audits.damaged"))
