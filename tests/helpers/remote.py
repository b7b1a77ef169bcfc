"""An S3 server of the tests, reached from this process over a line that counts and may refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import s3fs

from disasters import s3


@contextmanager
def line_to(port: int, patch: pytest.MonkeyPatch) -> Iterator[s3.Line]:
    """Lead `s3://` of this process to a server; give the line there, on which nothing fails yet."""
    with s3.Line(port, lambda _number, _method: None) as line:
        for name, value in s3.environment(line.port).items():
            patch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        try:
            yield line
        finally:
            s3fs.S3FileSystem.clear_instance_cache()
