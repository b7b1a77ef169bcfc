"""Keeps what the app leaves on the disk within limits: keys that nobody uses, and plans timed."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path

from faceaudit.app import own_keys, work
from faceaudit.app.settings import Settings
from faceaudit.errors import InputError, OptionError

EVERY = 3600.0
"""Seconds between two looks."""
CHECK = "check-"
"""How the names of work begin that tells what a plan costs: of the folder of a plan not started."""
HOURS = 6
"""After so many hours a plan that was timed and not started goes."""
MOST = 20
"""Plans that were timed and not started, at most."""
AT_ONCE = 4
"""Plans that are timed at a time."""


def make_room(settings: Settings) -> None:
    """Make room for one more plan to be timed.

    Raises:
        OptionError: so many are being timed that it has to wait.
    """
    _tidy_checks(settings, MOST - 1)
    running = sum(_runs(settings, folder) for folder in _checks(settings))
    if running >= AT_ONCE:
        raise OptionError(
            f"expected at most {AT_ONCE} plans to be timed at once, got one more; try again in a "
            "minute"
        )


def tidy(settings: Settings) -> None:
    """Remove keys and timed plans that nobody uses any more."""
    own_keys.tidy(settings)
    _tidy_checks(settings, MOST)


async def keep_tidy(settings: Settings) -> None:
    """Tidy now and every hour, until cancelled."""
    while True:
        with suppress(OSError, LookupError, TypeError, ValueError):  # the next look may do better
            await asyncio.to_thread(tidy, settings)
        await asyncio.sleep(EVERY)


def _tidy_checks(settings: Settings, most: int) -> None:
    oldest = time.time() - HOURS * 3600
    for number, folder in enumerate(_checks(settings)):
        if (number >= most or _age(folder) < oldest) and not _runs(settings, folder):
            shutil.rmtree(folder, ignore_errors=True)


def _checks(settings: Settings) -> list[Path]:
    """Return the folders of plans that were timed, the newest first."""
    folders = (settings.root / "work").glob(f"{CHECK}*")
    return sorted((one for one in folders if one.is_dir()), key=_age, reverse=True)


def _age(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _runs(settings: Settings, folder: Path) -> bool:
    try:
        return work.look(settings, folder.name).state == "running"
    except InputError:
        return False
