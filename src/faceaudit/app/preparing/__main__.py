"""Makes what is missing: `python -m faceaudit.app.preparing`, settings in the environment."""

from __future__ import annotations

import importlib
import pkgutil

from faceaudit.api.heartbeat import Heartbeat
from faceaudit.app import preparing
from faceaudit.app.preparing.step import DONE, Step, folder_of, is_made
from faceaudit.app.settings import settings
from faceaudit.app.work import heartbeat_of
from faceaudit.progress import silent

WORK = "preparing"
"""What the work is called."""


def steps() -> tuple[Step, ...]:
    """Return the steps there are, in their order: a `STEP` in each file of this package."""
    modules = (
        importlib.import_module(f"{preparing.__name__}.{one.name}")
        for one in pkgutil.iter_modules(preparing.__path__)
        if one.name not in ("__main__", "step")
    )
    return tuple(sorted((one.STEP for one in modules), key=lambda step: step.place))


def main() -> None:
    """Make every step that is missing."""
    given = settings()
    with Heartbeat(heartbeat_of(given, WORK), silent, every=1.0) as beat:
        for step in steps():
            if is_made(given, step.name):
                continue
            folder = folder_of(given, step.name)
            folder.mkdir(parents=True, exist_ok=True)
            step.make(given, folder, beat)
            (folder / DONE).write_text("", encoding="utf-8")


if __name__ == "__main__":
    main()
