"""Audits of the app's own: where they are, and their runs, in processes of their own."""

from __future__ import annotations

from pathlib import Path

from faceaudit.app import work
from faceaudit.app.settings import Settings

FINE = (0, 3, 4)
"""Exit statuses of a run that came to its end: all limits kept, one broken, one inconclusive."""


def folder_of(settings: Settings) -> Path:
    """Return the folder of the app's own audits: of each KEY.yaml, its plan, and KEY, its store."""
    return settings.root / "audits"


def work_of(key: str) -> str:
    """Return what the run of one of the app's own audits is called."""
    return f"audit-{key}"


def go_on(settings: Settings, key: str) -> None:
    """Run an audit from where it is; what was measured is kept."""
    store = folder_of(settings) / key
    name = work_of(key)
    work.start(
        settings,
        name,
        [
            *("-m", "faceaudit", "run", str(store.with_name(f"{key}.yaml"))),
            *("--store", str(store), "--heartbeat", str(work.heartbeat_of(settings, name))),
        ],
        fine=FINE,
    )
