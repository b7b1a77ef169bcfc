"""A filter of system calls that a process puts on itself, and can never take off again (Linux).

It refuses what reading or running a model never needs: connections, new processes and programs,
files that are created, written, renamed or removed, signals to others, and calls that reach into
other processes or past the filter. Files may be opened for reading. See seccomp(2) of Linux.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from typing import Final

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16  # in what the kernel shows the filter
_THREAD = 0x00010000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_X32 = 0x40000000  # a second way to make the calls of x86-64

# Per machine: its mark, the number of each call that is looked at closely, and those refused.
_MACHINES: Final[dict[str, tuple[int, dict[str, int], tuple[int, ...]]]] = {
    "x86_64": (
        0xC000003E,
        {"open": 2, "openat": 257, "openat2": 437, "clone": 56, "clone3": 435, "tgkill": 234,
         "prlimit64": 302},
        (
            *(41, 42, 43, 49, 50, 53, 288),  # socket, connect, accept, bind, listen, socketpair
            *(57, 58, 59, 322),  # fork, vfork, execve, execveat
            *(62, 129, 200, 297, 424),  # kill and its like
            *(101, 310, 311, 438),  # ptrace, process_vm_*, pidfd_getfd
            *(76, 82, 83, 84, 85, 86, 87, 88, 90, 92, 94),  # truncate, rename, mkdir, ..., lchown
            *(132, 133, 235, 258, 259, 260, 261, 263, 264, 265, 266, 268, 280, 316, 452),
            *(188, 189, 197, 198),  # extended attributes
            *(155, 161, 165, 166, 272, 308, 425, 428, 429, 430, 442),  # mounts, io_uring
            *(175, 246, 248, 249, 250, 298, 304, 313, 320, 321, 323),  # kernel, keys, perf, bpf
            *(29, 30, 31, 64, 66, 68, 69, 240, 241),  # memory and messages shared with others
        ),
    ),
    "aarch64": (
        0xC00000B7,
        {"openat": 56, "openat2": 437, "clone": 220, "clone3": 435, "tgkill": 131,
         "prlimit64": 261},
        (
            *(198, 199, 200, 201, 202, 203, 242),
            *(221, 281),
            *(129, 130, 138, 240, 424),
            *(117, 270, 271, 438),
            *(5, 6, 14, 15, 33, 34, 35, 36, 37, 38, 45, 53, 54, 88, 276, 452),
            *(39, 40, 41, 51, 97, 268, 425, 428, 429, 430, 442),
            *(104, 105, 106, 217, 218, 219, 241, 265, 273, 280, 282, 294),
            *(180, 181, 186, 187, 189, 190, 193, 194, 195, 196),
        ),
    ),
}  # fmt: skip


def restrict(*, writing: bool = False) -> bool:
    """Put the filter on this process; return False where the machine or its kernel has none.

    Args:
        writing: whether files may be opened for writing, as the drivers of a GPU do.
    """
    if not hasattr(os, "memfd_create") or platform.machine() not in _MACHINES:
        return False  # no Linux, or a machine whose calls have other numbers
    program = b"".join(struct.pack("<HBBI", *step) for step in _steps(writing=writing))
    steps = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("@HP", len(program) // 8, ctypes.addressof(steps))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_NO_NEW_PRIVILEGES, *map(ctypes.c_ulong, (1, 0, 0, 0))):
        return False
    mode = ctypes.c_ulong(_FILTER)
    return not library.prctl(_SET_SECCOMP, mode, ctypes.create_string_buffer(described), 0, 0)


def _steps(*, writing: bool) -> list[tuple[int, int, int, int]]:
    """Return the filter: operation, how many steps to leave out if so and if not, and a value."""
    machine, calls, refused = _MACHINES[platform.machine()]
    refuse, absent = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS
    steps = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, refuse),
    ]
    for number in refused:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, refuse)]
    # Their flags lie in memory, where no filter can look; libraries then use the calls before them.
    for name in ("openat2", "clone3"):
        steps += [(_EQUAL, 0, 1, calls[name]), (_RETURN, 0, 0, absent)]
    # (a call, which argument, how it is compared, with what, whether that allows it)
    looked_at = [
        ("clone", 0, _ANY_BIT, _THREAD, True),
        ("tgkill", 0, _EQUAL, os.getpid(), True),
        ("prlimit64", 0, _EQUAL, 0, True),
    ]
    if not writing:
        looked_at += [(n, at, _ANY_BIT, _WRITING, False) for n, at in (("open", 1), ("openat", 2))]
    for name, place, operation, value, good in looked_at:
        if name in calls:
            answers = (_ALLOW, refuse) if good else (refuse, _ALLOW)
            steps += [
                (_EQUAL, 0, 4, calls[name]),
                (_LOAD, 0, 0, _ARGUMENTS + 8 * place),
                (operation, 0, 1, value),
                (_RETURN, 0, 0, answers[0]),
                (_RETURN, 0, 0, answers[1]),
            ]
    return [*steps, (_RETURN, 0, 0, _ALLOW)]
