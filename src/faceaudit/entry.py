"""Where the command line starts."""

from __future__ import annotations

import os

SPINS = "3000"
"""How often a waiting thread looks before it sleeps."""


def main() -> None:
    """Run the command line with threads that soon sleep while they wait.

    OpenMP's threads look 300,000 times first. On a machine that others use too, whoever waits then
    takes the core from whom they wait for; on a quiet one sleeping at once costs half of the speed.
    3,000 was nearly as fast as the default alone, and twice as fast beside another process. OpenMP
    reads the variable when torch is loaded, so it is set before.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    from faceaudit import cli  # noqa: PLC0415 - see above

    cli.main()
