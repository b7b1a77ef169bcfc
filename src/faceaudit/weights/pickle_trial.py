"""Work of a limited process: the tensors of a file of `torch.save` looked for, on trial.

Pickles are read by a reader of our own, which is to take no longer than a file is long. Whatever is
wrong with a file is for whoever reads it afterwards to say: here only the limits count.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from faceaudit.weights.pytorch import find_tensors


class Work:
    """Files, one a request."""

    def answer(
        self,
        request: dict[str, Any],
        arrays: list[Any],  # noqa: ARG002 - none come with it
    ) -> tuple[dict[str, Any], list[Any]]:
        """Look for the tensors of the file at `path`, and say nothing of them."""
        path = Path(request["path"])
        with path.open("rb") as file, suppress(Exception):
            try:
                find_tensors(path, file, zipped=request["zipped"])
            except MemoryError:
                return {"error": "out of memory", "memory": True}, []
        return {}, []
