"""A small file that says every few seconds that a run is at work, and how far it is."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from faceaudit.files.atomic import write_atomically
from faceaudit.progress import Progress, Watched

HEARTBEAT = "heartbeat.json"
"""What the file is called in a store."""
EVERY = 5.0
"""Seconds between two beats."""

State = Literal["running", "finished", "stopped"]


class Heartbeat(Watched):
    """Progress that is also written to a file, whole each time, while the block lasts.

    The file holds `time` (UTC), `state` ("running", "finished", or "stopped" by an error or by the
    user), `process` (its number), `running` (titles of the cases at hand), `failed` (how many
    cases did) and `tasks`: each with `doing`, `done`, `total` and `seconds_left`, the outermost
    first; numbers that are unknown are null. A file that cannot be written stops nothing.

    Args:
        path: the file.
        shown: shows the progress besides.
        every: seconds between two beats.
    """

    def __init__(self, path: Path, shown: Progress, *, every: float = EVERY) -> None:
        super().__init__(shown, every=every)
        self._path = path

    def __enter__(self) -> Self:
        self.tell()
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        self._beat("finished" if kind is None else "stopped")

    def tell(self) -> None:
        """Write how far the run is."""
        self._beat("running")

    def _beat(self, state: State) -> None:
        tasks = [
            {
                "doing": task.title,
                "done": task.done,
                "total": task.total,
                "seconds_left": None if (left := task.seconds_left) is None else round(left),
            }
            for task in self.tasks[:]
        ]
        now = datetime.now(UTC).isoformat(timespec="seconds")
        beat = {
            "time": now,
            "state": state,
            "process": os.getpid(),
            "running": self.running[:],
            "failed": self.failures,
            "tasks": tasks,
        }
        with suppress(OSError):
            write_atomically(self._path, json.dumps(beat, indent=1))
