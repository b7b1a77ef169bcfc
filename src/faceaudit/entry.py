"""Entry point of the command line."""

from __future__ import annotations

import io
import os
import sys

SPINS = "3000"
"""How often a waiting OpenMP thread looks before it sleeps."""


def main() -> None:
    """Run the command line, OpenMP told to let waiting threads sleep soon.

    Waiting OpenMP threads spin 300,000 times by default and steal the core from the thread they
    wait for. 3,000 spins were as fast alone and twice as fast beside another process. OpenMP reads
    the variable when torch is loaded, so it is set first.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    _open_streams()
    from faceaudit import cli  # noqa: PLC0415 - see above

    cli.main()


def _open_streams() -> None:
    """Let both streams take any letter, and end at once where there is none to print to."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stdout is None:
        sys.stderr.write("error: expected somewhere to print to, got a closed stdout; open it\n")
        sys.exit(2)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
