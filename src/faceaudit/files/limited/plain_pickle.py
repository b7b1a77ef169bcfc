"""Work: a pickle of plain values read on trial, by the reader that reads it afterwards.

That reader is to take no longer than a file is long. Whatever is wrong with a file is for whoever
reads it afterwards to say: here only the limits count.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from faceaudit.files.safe_pickle import load_plain


class Work:
    """Files, one a request."""

    def answer(
        self,
        request: dict[str, Any],
        arrays: list[Any],  # noqa: ARG002 - none come with it
    ) -> tuple[dict[str, Any], list[Any]]:
        """Read the pickle at `path`, and say nothing of it."""
        with Path(request["path"]).open("rb") as file, suppress(Exception):
            try:
                load_plain(file)
            except MemoryError:
                return {"error": "out of memory", "memory": True}, []
        return {}, []
