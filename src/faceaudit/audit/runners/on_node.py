"""What runs on the machines of a cluster."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from faceaudit.allocator import keep_freed_memory
from faceaudit.audit.common.discretion import Discretion
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace, workspace
from faceaudit.audit.runners.base import run_job
from faceaudit.audit.runners.logs import output_logged
from faceaudit.audit.runners.told import Message, SentProgress
from faceaudit.errors import StoreError
from faceaudit.files import paths
from faceaudit.files.atomic import make_private
from faceaudit.store import Store

SENDS = 1.0
"""Seconds between two letters of a task about what it is at."""

_WORK: dict[tuple[str, bool, bytes | None], Workspace] = {}
"""Of each store, and what is kept of people: tasks that follow one another share memory."""


class MailBox:
    """Holds what tasks say they are at, until it is asked for."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, Message]] = []

    def put(self, case: str, messages: list[Message]) -> None:
        """Take messages of a case."""
        self._kept += [(case, message) for message in messages]

    def take(self) -> list[tuple[str, Message]]:
        """Return what came since it was asked last."""
        kept, self._kept = self._kept, []
        return kept


class _Letters:
    """Messages of one task, sent together every second."""

    def __init__(self, box: Any, case: str) -> None:
        self._box, self._case = box, case
        self._messages: list[Message] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    def __enter__(self) -> _Letters:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._send()

    def add(self, message: Message) -> None:
        """Take a message; steps of the same work are added up."""
        with self._lock:
            last = self._messages[-1] if self._messages else {}
            if "steps" in message and "steps" in last and last["task"] == message["task"]:
                last["steps"] += message["steps"]
            else:
                self._messages.append(message)

    def _go_on(self) -> None:
        while not self._ended.wait(SENDS):
            self._send()

    def _send(self) -> None:
        with self._lock:
            messages, self._messages = self._messages, []
        if messages:
            self._box.put.remote(self._case, messages)


def run(
    job: dict[str, Any], url: str, box: Any, *, wait: bool, faces: bool, secret: bytes | None
) -> dict[str, Any]:
    """Run one job here, and say what became of it.

    Args:
        job: as plain values.
        url: of the store.
        box: a `MailBox` of the cluster, or something like it.
        wait: for another run that is at the same case.
        faces: whether pictures of real people are kept.
        secret: of pseudonyms, the same on all machines; None where nobody is real.

    Returns:
        `done` and `kept`, or `unkept` with the reason.
    """
    keep_freed_memory()
    given, store = Job(**job), Store(url)
    with _Letters(box, given.id) as letters:
        try:
            shared = local_work(store, faces=faces, secret=secret)
            work = replace(shared, progress=SentProgress(letters.add))
            with output_logged(given, work):
                record = run_job(given, store, work, wait=wait)
        except StoreError as error:
            return {"unkept": str(error)}
    return {"done": record is not None, "kept": record is not None and record.kept}


def local_work(store: Store, *, faces: bool, secret: bytes | None) -> Workspace:
    """Return the local folders of a store on this machine, which its tasks share.

    Those of a store on another machine are temporary, but outlast the process: others go on with
    what they hold.

    Raises:
        StoreError: there is no room for them, or they are somebody else's.
    """
    key = store.url, faces, secret
    if key not in _WORK:
        discretion = Discretion(faces=faces, secret=secret)
        if store.local or os.environ.get(paths.CACHE):
            root = workspace(store).root
        else:
            root = _private(temporary_folder(store.url))
        _WORK[key] = Workspace(root, discretion=discretion)
    return _WORK[key]


def temporary_folder(url: str) -> Path:
    """Return the folder of this user for what tasks of one store share on this machine."""
    name = hashlib.sha256(url.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"faceaudit-{os.getuid()}" / name


def _private(folder: Path) -> Path:
    """Return a folder, made in one that is this user's alone: /tmp is everybody's."""
    try:
        make_private(folder.parent)
        above = folder.parent.lstat()
        if above.st_uid != os.getuid() or above.st_mode & 0o077:
            raise StoreError(
                f"expected {folder.parent} to be this user's alone, got another's; set TMPDIR or "
                f"{paths.CACHE} to a folder of your own on this machine"
            )
        make_private(folder)
    except OSError as error:
        raise StoreError(f"expected room for temporary files, got {error}") from None
    return folder


def clean(url: str) -> None:
    """Remove what tasks of a store left on this machine."""
    for key in [key for key in _WORK if key[0] == url]:
        del _WORK[key]
    shutil.rmtree(temporary_folder(url), ignore_errors=True)
