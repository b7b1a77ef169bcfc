"""What the process of a model does to itself before it sees the model."""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import time
from contextlib import suppress
from pathlib import Path

from faceaudit.files.limited.seccomp import restrict

_DIE_WITH_PARENT = 1
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_FILES = 64
_ROOM = 1 << 30  # addresses that are reserved and never used
_UNKNOWN = 1 << 30
_THREAD_ROOM = 80 << 20  # so are those of each thread
_STACK = 8 << 20  # of a thread, as limits count it


def confine(parent: int, *, devices: bool) -> str:
    """Give up what a model never needs; return how the network was: "filtered", "apart", "open".

    Args:
        parent: the process that this one is to end with.
        devices: whether files may be opened for writing, as the drivers of a GPU need it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to say when to end
    _end_with(parent)
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0}
    if not devices:
        limits[resource.RLIMIT_NOFILE] = _FILES
    for limit, value in limits.items():
        hard = resource.getrlimit(limit)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (most, most))
    if restrict(writing=devices):
        return "filtered"
    return "apart" if _leave_network() else "open"


def _end_with(parent: int) -> None:
    with suppress(OSError, AttributeError):  # elsewhere than on Linux: the pipe tells, later
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def _leave_network() -> bool:
    """Go where there is no network, on a kernel that has no filter but namespaces."""
    try:
        return not ctypes.CDLL(None).unshare(_NEW_USER | _NEW_NETWORK)
    except (OSError, AttributeError):
        return False


class Allowance:
    """The limits of this process on CPU seconds and memory, set anew for each request.

    Args:
        devices: whether memory is left unlimited: a GPU's drivers reserve more than there is.
    """

    def __init__(self, *, devices: bool) -> None:
        self._devices = devices
        self._data, self._addresses = _used()
        self._stack = _larger_stack()

    def renew(self, seconds: float, memory: int, threads: int) -> None:
        """Let the next request use so many CPU seconds, and so many bytes of memory."""
        _limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + seconds))
        memory += threads * self._stack
        if not self._devices:
            _limit(resource.RLIMIT_DATA, self._data + memory)
            room = _ROOM + _THREAD_ROOM * threads
            _limit(resource.RLIMIT_AS, self._addresses + memory + room)


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with suppress(ValueError, OSError):  # some systems know a limit and cannot set it
        resource.setrlimit(which, (value, hard))


def _larger_stack() -> int:
    """Return how many bytes more than usual each thread reserves, as the system is set."""
    stack = resource.getrlimit(resource.RLIMIT_STACK)[0]
    return 0 if stack == resource.RLIM_INFINITY else max(0, stack - _STACK)


def _used() -> tuple[int, int]:
    """Return the bytes of memory and of addresses that this process has."""
    try:
        lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return _UNKNOWN, _UNKNOWN
    found = {words[0]: words[1] for words in map(str.split, lines) if len(words) > 1}
    kilobytes = [int(found[name]) for name in ("VmData:", "VmSize:")]
    return kilobytes[0] << 10, kilobytes[1] << 10
