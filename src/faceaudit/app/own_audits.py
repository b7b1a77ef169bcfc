"""Audits of the app's own: where they are, and their runs, in processes of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

from faceaudit.app import work
from faceaudit.app.settings import Settings
from faceaudit.errors import StoreError

FINE = (0, 3, 4)
"""Exit statuses of a run that came to its end: all limits kept, one broken, one inconclusive."""


def folder_of(settings: Settings) -> Path:
    """Return the folder of the app's own audits: of each KEY.yaml, its plan, and KEY, its store."""
    return settings.root / "audits"


def work_of(key: str) -> str:
    """Return what the run of one of the app's own audits is called."""
    return f"audit-{key}"


def remove(settings: Settings, key: str) -> bool:
    """Remove one of the app's own audits: its store, what was kept beside it, its plan, its run.

    Returns:
        Whether it was removed; one that is running is not.

    Raises:
        InputError: there can be no such audit.
        StoreError: its files cannot be removed.
    """
    folder, name = folder_of(settings), work_of(key)
    run = work.folder_of(settings, name)
    try:
        with work.idle(settings, name) as idle:
            if not idle:
                return False
            # The plan goes last: as long as it is there, the audit is listed, to be removed again.
            for left in (folder / key, folder / f"{key}.cache"):
                _remove(left)
            (folder / f"{key}.yaml").unlink(missing_ok=True)
            _remove(run)
    except OSError as error:
        raise StoreError(
            f"expected an audit whose files can be removed, got {error.strerror} for "
            f"{error.filename}; remove {folder / key} by hand"
        ) from error
    return True


def _remove(folder: Path) -> None:
    """Remove a folder; of a link, the link alone."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.is_dir():
        shutil.rmtree(folder)


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
