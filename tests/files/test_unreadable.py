"""What can be read once its reader may, and what is damaged, told apart by the error."""

from __future__ import annotations

import errno
import os

import pytest

from faceaudit.files.unreadable import how_to_read


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "the right to read it"),
        (PermissionError(errno.EPERM, "Operation not permitted"), "the right to read it"),
        (OSError(errno.EMFILE, "Too many open files"), "end other programs"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "end other programs"),
        (TimeoutError(errno.ETIMEDOUT, "Connection timed out"), "end other programs"),
    ],
)
def test_a_file_that_may_be_sound_is_told_how_to_be_read(error: OSError, remedy: str) -> None:
    said = how_to_read(error)
    assert said is not None
    assert remedy in said


@pytest.mark.parametrize(
    "error",
    [
        *(
            OSError(number, os.strerror(number))
            for number in (errno.EIO, errno.ENOENT, errno.ELOOP)
        ),
        OSError("no number"),
        ValueError("another size"),
        None,
    ],
)
def test_a_file_that_may_be_damaged_is_not(error: Exception | None) -> None:
    assert how_to_read(error) is None
