"""Small files of unknown content, read whole: never waited for, never without an end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from faceaudit.errors import InputError


def read_small(path: Path, most: int, what: str, error: type[InputError]) -> bytes:
    """Return the bytes of a file.

    Args:
        path: where it is.
        most: bytes of the largest that is read.
        what: it should be, for the error, such as "a plan".
        error: what to raise.

    Raises:
        error: it cannot be read, is larger, or is a pipe, which would be waited for, or a device,
            which may have no end.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                kind = "folder" if path.is_dir() else "pipe or device"
                raise error(f"expected {what}, got {str(path)!r}, which is a {kind}")
            content = file.read(most + 1)
    except (OSError, ValueError) as reason:
        if isinstance(reason, InputError):
            raise
        raise error(f"expected {what}, got {str(path)!r}: {reason}") from None
    if len(content) > most:
        raise error(
            f"expected {what} of at most {most:,} bytes, got {str(path)!r}, which is larger; "
            "leave parts out"
        )
    return content
