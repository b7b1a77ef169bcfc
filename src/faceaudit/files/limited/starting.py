"""How processes of models are started."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final

_KEPT_OUT: Final = ("HDF5_", "PYTHONSTARTUP", "PYTHONINSPECT")
"""HDF5 looks for plugins in the folders that its variables name."""


def start(kind: str, connection: int, shared: int, mode: str) -> subprocess.Popen[bytes]:
    """Start `child`, from a thread that stays.

    Args:
        kind: the module of the work.
        connection: a file that it gets, which requests come from.
        shared: a file that it gets, of the memory that large arrays come in.
        mode: "devices" or "none".

    Raises:
        OSError: the system starts no more.
        RuntimeError: this process is about to end.
    """
    started = _starter.thread().submit(_start, kind, connection, shared, mode)
    try:
        return started.result()
    except BaseException:  # an interrupt: whoever called closes the files that it is yet to get
        wait([started])
        raise


class _Starter:
    """The thread that starts processes.

    Linux ends a process with the thread that started it: so that has to be one that stays.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Take none for started, as a fork has no threads."""
        self._lock = threading.Lock()
        self._thread: ThreadPoolExecutor | None = None

    def thread(self) -> ThreadPoolExecutor:
        """Return it."""
        with self._lock:  # of two at once, one would go, and end what it started
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, "limited")
            return self._thread


def _start(kind: str, connection: int, shared: int, mode: str) -> subprocess.Popen[bytes]:
    environment = {name: v for name, v in os.environ.items() if not name.startswith(_KEPT_OUT)}
    arguments = [str(connection), str(shared), kind, str(os.getpid()), mode]
    return subprocess.Popen(  # noqa: S603 - our own module, run by our own interpreter
        [sys.executable, "-P", "-B", "-m", "faceaudit.files.limited.child", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(connection, shared),
        env={**environment, "OPENBLAS_NUM_THREADS": "1"},
    )


_starter = _Starter()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_starter.forget)
