"""A process that has loaded what commands need, and forks for each of them.

Run by `helpers.warm`, which says what is asked of it. Nothing of the tests is imported here.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import signal
import socket
import sys
from typing import Any

STREAMS = 3
"""How many descriptors come with an order and are its standard streams; one more takes its end."""


def serve(descriptor: int, modules: list[str], prologue: str) -> None:
    """Load modules, run a prologue, and fork for each order; return only in a forked process.

    That process has run its order by then, and ends as any other does.
    """
    for name in modules:
        importlib.import_module(name)
    exec(prologue, {"__name__": "prologue"})
    gc.collect()
    gc.freeze()  # what all share is neither looked at nor copied
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait for orders
    channel = socket.socket(fileno=descriptor)
    channel.sendall(b"!")
    while True:
        said, given, _, _ = socket.recv_fds(channel, 1 << 20, STREAMS + 1)
        if not said:
            os._exit(0)
        if os.fork() == 0:
            channel.close()
            break
        for one in given:
            os.close(one)
        channel.sendall(b"!")  # the descriptors may be closed there, too
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told = given.pop()
    child = os.fork()
    if child:
        for stream in (0, 1, 2, *given):
            os.close(stream)
        os.write(told, f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    os.close(told)
    for stream, one in enumerate(given):
        os.dup2(one, stream)
        os.close(one)
    _run(json.loads(said))


def _run(order: dict[str, Any]) -> None:
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    _open_streams()
    sys.argv = ["-c", *order["words"]]
    exec(compile(order["code"], "<string>", "exec"), {"__name__": "__main__"})


def _open_streams() -> None:
    """Open the standard streams as Python does when it begins: what they lead to is another."""
    for name, descriptor, errors in (
        ("stdin", 0, "strict"),
        ("stdout", 1, "strict"),
        ("stderr", 2, "backslashreplace"),
    ):
        raw = open(descriptor, "wb" if descriptor else "rb", closefd=False)  # noqa: SIM115
        lines = descriptor == 2 or os.isatty(descriptor)
        stream = io.TextIOWrapper(raw, errors=errors, newline="\n", line_buffering=lines)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
