"""Entry point of the command line."""

from __future__ import annotations

import os

SPINS = "3000"
"""How often a waiting OpenMP thread looks before it sleeps."""


def main() -> None:
    """Run the command line, OpenMP told to let waiting threads sleep soon.

    Waiting OpenMP threads spin 300,000 times by default and steal the core from the thread they
    wait for. 3,000 spins were as fast alone and twice as fast beside another process. OpenMP reads
    the variable when torch is loaded, so it is set first.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    from faceaudit import cli  # noqa: PLC0415 - see above

    cli.main()
