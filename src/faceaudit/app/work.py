"""Long work in processes of its own: started, watched and stopped by any page of any session.

All there is to know of a piece of work is in its folder, `work/NAME` of the app's: a page reads
it, whoever started the work. Whether it runs is told by a lock that its processes hold: it is
gone with them, however they end, and no other process can be taken for them.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Literal

from faceaudit.app.keeper import ENDED, LOG, PROCESS, born, send
from faceaudit.app.settings import VARIABLE, Settings
from faceaudit.errors import InputError, StoreError

State = Literal["absent", "running", "finished", "failed", "stopped"]

NAMES = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
LINES = 20
"""Lines of a log that are shown."""
TRIES = 10
"""How often a lock is tried: another page may hold it for the moment in which it looks."""
KEEPER = "faceaudit.app.keeper"
_ASKED = "asked"
_BEGUN = "begun.json"


@dataclass(frozen=True)
class Work:
    """How far a piece of work is.

    Attributes:
        state: "absent" where it was never started.
        doing: what it does now, for people to read; "" where that is not known.
        share: of it that is done, 0 to 1; None where that is not known.
        seconds_left: of what it does now; None where that is not known.
        log: the last lines it printed.
        status: the exit status it ended with, negative for a signal; None where it is not known.
        stopping: whether it was asked to end and has not yet.
    """

    state: State
    doing: str = ""
    share: float | None = None
    seconds_left: float | None = None
    log: str = ""
    status: int | None = None
    stopping: bool = False


def folder_of(settings: Settings, name: str) -> Path:
    """Return the folder of a piece of work.

    Raises:
        InputError: a name has other letters than a-z, digits, "-", "_" and ".".
    """
    if not NAMES.fullmatch(name):
        raise InputError(f"expected a name of a-z, 0-9, '-', '_' and '.', got {name!r}")
    return settings.root / "work" / name


def heartbeat_of(settings: Settings, name: str) -> Path:
    """Return the file in which a piece of work says how far it is."""
    return folder_of(settings, name) / "heartbeat.json"


def start(
    settings: Settings, name: str, command: Sequence[str], *, fine: Sequence[int] = (0,)
) -> None:
    """Start a piece of work, unless it is running.

    It outlives the browser, the session and the app.

    Args:
        settings: of the app; given to the process by its environment.
        name: of the work.
        command: arguments after the Python interpreter, as in ["-m", "faceaudit.app.preparing"].
        fine: exit statuses that say that it did what it was to do.

    Raises:
        InputError: the name is none.
        StoreError: the app's folder cannot be written.
    """
    folder = folder_of(settings, name)
    try:
        settings.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(parents=True, exist_ok=True)
        for private in (folder.parent, folder):
            private.chmod(0o700)
        with _lock(folder, fcntl.LOCK_EX) as lock:
            if lock is not None:
                _begin(settings, folder, lock, command, fine)
    except OSError as error:
        raise StoreError(
            f"expected a folder for the app that can be written, got {error.strerror} for "
            f"{folder}; try --folder"
        ) from error


def look(settings: Settings, name: str) -> Work:
    """Return how far a piece of work is.

    Raises:
        InputError: the name is none.
    """
    folder = folder_of(settings, name)
    begun = _read(folder / _BEGUN)
    if begun is None:
        return Work("absent")
    asked = (folder / _ASKED).exists()
    log = _last_lines(folder / LOG)
    beat = _read(folder / "heartbeat.json") or {}
    if _is_held(folder):
        return of_beat(beat, log, stopping=asked)
    status = (_read(folder / ENDED) or {}).get("status")
    fine = status in begun["fine"] or (status is None and beat.get("state") == "finished")
    state: State = "finished" if fine else "stopped" if asked else "failed"
    return Work(state, share=1.0 if fine else None, log=log, status=status)


def stop(settings: Settings, name: str) -> None:
    """Ask a piece of work to end; what is kept is said in its log.

    It is interrupted as by Ctrl-C, and with more weight where it has not ended after a while.

    Raises:
        InputError: the name is none.
    """
    folder = folder_of(settings, name)
    numbers = _read(folder / PROCESS)
    if numbers is None or not _is_held(folder):
        return
    again = (folder / _ASKED).exists()
    with suppress(OSError):
        (folder / _ASKED).touch(mode=0o600)
    if born(numbers["keeper"]) == numbers["born"]:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(numbers["keeper"], signal.SIGTERM)
    else:  # it was killed, and the work left alone
        send(numbers["process"], signal.SIGTERM if again else signal.SIGINT)


@contextmanager
def idle(settings: Settings, name: str) -> Iterator[bool]:
    """Keep a piece of work from being started meanwhile; give whether it is not running now.

    Raises:
        InputError: the name is none.
        OSError: the app's folder cannot be written.
    """
    folder = folder_of(settings, name)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock(folder, fcntl.LOCK_EX) as lock:
        yield lock is not None


def _begin(
    settings: Settings, folder: Path, lock: int, command: Sequence[str], fine: Sequence[int]
) -> None:
    for left in (_ASKED, ENDED, PROCESS, LOG, "heartbeat.json"):
        (folder / left).unlink(missing_ok=True)
    opened = os.open(folder / _BEGUN, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        json.dump({"command": list(command), "fine": list(fine), "time": time.time()}, file)
    waits, ready = os.pipe()
    given = [str(folder), str(lock), str(ready), "--", *command]
    try:
        keeper = subprocess.Popen(  # noqa: S603 - of pages, never of what was typed
            [sys.executable, "-P", "-m", KEEPER, *given],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock, ready),
            start_new_session=True,
            env={**os.environ, VARIABLE: settings.model_dump_json(), "PYTHONUNBUFFERED": "1"},
        )
    finally:
        os.close(ready)
    # Somebody must wait for a child, or it stays as a zombie while the app runs; nobody needs what
    # it returns, and an app that ends before it may do so without a warning.
    Thread(target=os.waitpid, args=(keeper.pid, 0), daemon=True).start()
    keeper.returncode = 0
    with os.fdopen(waits, "rb") as pipe:
        pipe.read(1)  # until its number is written down, or it ended


def of_beat(beat: Mapping[str, Any], log: str = "", *, stopping: bool = False) -> Work:
    """Return how far running work is, by what it says of itself.

    Args:
        beat: with `tasks`, as a heartbeat has them.
        log: the last lines it printed.
        stopping: whether it was asked to end.
    """
    tasks = beat.get("tasks") or []
    if not tasks:
        return Work("running", log=log, stopping=stopping)
    outer, inner = tasks[0], tasks[-1]
    total = outer["total"]
    return Work(
        "running",
        doing=outer["doing"] if outer is inner else f"{outer['doing']}: {inner['doing']}",
        share=min(outer["done"] / total, 1.0) if total else None,
        seconds_left=outer["seconds_left"],
        log=log,
        stopping=stopping,
    )


@contextmanager
def _lock(folder: Path, kind: int) -> Iterator[int | None]:
    """Give the number of the lock's open file; None where another process holds it."""
    opened = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        for left in reversed(range(TRIES)):
            try:
                fcntl.flock(opened, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if left and kind == fcntl.LOCK_EX:
                    time.sleep(0.02)
                    continue
                yield None
            else:
                yield opened
            return
    finally:
        os.close(opened)


def _is_held(folder: Path) -> bool:
    try:
        with _lock(folder, fcntl.LOCK_SH) as lock:
            return lock is None
    except OSError:
        return False


def _read(file: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _last_lines(log: Path) -> str:
    try:
        text = log.read_bytes()[-16_384:].decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-LINES:])
