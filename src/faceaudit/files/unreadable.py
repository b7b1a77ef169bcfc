"""Files that cannot be read though nothing is wrong with them: that is said, and is no damage."""

from __future__ import annotations

import errno
from typing import Final

SHORT: Final = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE, errno.ETIMEDOUT)
"""What this process or its machine, or a disk elsewhere, may be short of for a while."""

DENIED: Final = (errno.EACCES, errno.EPERM)
"""What is said to those who may not read a file."""


def how_to_read(error: BaseException | None) -> str | None:
    """Return what to do so that a file can be read; None where the file itself may be damaged.

    Args:
        error: what reading it raised.

    >>> how_to_read(PermissionError(13, "Permission denied"))
    'give yourself the right to read it, or run as the user who wrote it'
    >>> how_to_read(OSError(5, "Input/output error")) is None
    True
    """
    if not isinstance(error, OSError):
        return None
    if error.errno in SHORT:
        return "end other programs or raise that limit"
    if error.errno in DENIED:
        return "give yourself the right to read it, or run as the user who wrote it"
    return None
