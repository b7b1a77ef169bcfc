"""Kinds of work that are no good, for processes that are to survive none of them."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

KEPT: list[Any] = []


class Work:
    def answer(
        self, request: dict[str, Any], arrays: list[np.ndarray]
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        said = globals()[request["do"]](*request.get("with", []), *arrays)
        return {"said": said}, [array.copy() for array in arrays]


def echo(*arrays: np.ndarray) -> float:
    return float(sum(array.sum() for array in arrays))


def spin() -> None:
    while True:
        pass


def spin_for(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def fill() -> None:
    while True:
        KEPT.append(np.ones(1 << 20))


def reserve(size: int) -> int:
    return np.empty(size, np.uint8).nbytes


def crash() -> None:
    signal.raise_signal(signal.SIGFPE)


def leave() -> None:
    os._exit(3)


def sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


def start_threads(count: int) -> int:
    end = threading.Event()
    threads = [threading.Thread(target=end.wait) for _ in range(count)]
    for thread in threads:
        thread.start()
    end.set()
    for thread in threads:
        thread.join()
    return len(threads)


def fail(text: str) -> None:
    raise ValueError(text)


def talk_nonsense() -> None:
    for file in range(3, 1024):
        try:
            os.write(file, b"\xff" * 4096)
        except OSError:
            continue
    time.sleep(60)


def claim_much() -> None:
    for file in range(3, 1024):
        try:
            text = b'{"arrays": [["<f8", [1099511627776]]]}'
            os.write(file, len(text).to_bytes(4, "little") + text)
        except OSError:
            continue
    time.sleep(60)


def shrink() -> str:
    for file in range(3, 1024):
        try:
            os.ftruncate(file, 0)
        except OSError:
            continue
        return "shrunk"
    return "kept"


def attempt(name: str, *arguments: Any) -> str:
    """Try what a model never needs; say what the system made of it."""
    try:
        FORBIDDEN[name](*arguments)
    except OSError as error:
        return type(error).__name__
    return "done"


def _native(number: int, *arguments: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.syscall(number, *map(ctypes.c_long, arguments)) < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def _write_by_number(path: str) -> None:
    """Open for writing by the call that takes its flags from memory, where no filter looks."""
    name = ctypes.create_string_buffer(path.encode())
    how = ctypes.create_string_buffer(struct.pack("<3Q", os.O_WRONLY | os.O_TRUNC, 0, 0))
    _native(437, -100, ctypes.addressof(name), ctypes.addressof(how), 24)


FORBIDDEN = {
    "connect": lambda port: socket.create_connection(("127.0.0.1", port), 1),
    "listen": lambda: socket.create_server(("127.0.0.1", 0)),
    "local socket": lambda: socket.socket(socket.AF_UNIX),
    "socket pair": socket.socketpair,
    "write": lambda path: Path(path).write_text("x"),
    "append": lambda path: Path(path).open("a").close(),
    "write otherwise": _write_by_number,
    "remove": lambda path: Path(path).unlink(),
    "rename": lambda path: Path(path).rename(path + ".moved"),
    "make folder": lambda path: Path(path + ".folder").mkdir(),
    "link": lambda path: Path(path + ".link").symlink_to(path),
    "change mode": lambda path: Path(path).chmod(0o777),
    "fork": os.fork,
    "run": lambda: subprocess.run([sys.executable, "-c", ""], check=False),
    "replace itself": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
    "signal": lambda pid: os.kill(pid, 0),
    "signal a thread": lambda pid: _native(234, pid, pid, 0),
    "trace": lambda pid: _native(101, 0x4206, pid, 0, 0),
    "read the memory of": lambda pid: _native(310, pid, 0, 0, 0, 0, 0),
    "raise the limits of": lambda pid: _native(302, pid, 7, 0, 0),
}
