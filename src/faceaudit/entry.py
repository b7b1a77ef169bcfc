"""Where the command line starts."""

from __future__ import annotations

import os


def main() -> None:
    """Run the command line with threads that sleep while they wait.

    OpenMP's threads spin by default. On a machine that others use too, whoever waits then takes the
    core from whom they wait for: embedding was ten times slower there. OpenMP reads the variable
    when torch is loaded, so it is set before.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from faceaudit import cli  # noqa: PLC0415 - see above

    cli.main()
