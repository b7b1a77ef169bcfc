"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def open_atomically(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to, which takes the place of `path` once the block ends.

    It is a part file in the same folder, with a name of its own, so that several processes may
    write the same path at once. A kill or a power cut at any moment leaves the old file or the new
    one; when the block raises, the old one stays and the part is removed.

    Raises:
        OSError: the file cannot be written; what to say about that is the caller's to know.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:  # a Ctrl-C leaves no part behind either
        part.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write a file whole or not at all; text as UTF-8, its line ends as they are.

    Raises:
        OSError: the file cannot be written; what to say about that is the caller's to know.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    with open_atomically(path) as file:
        file.write(data)
