"""How long the command line and `import faceaudit` take to start, in a process of their own."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

Row = tuple[str, str, float | None, float, str]

ROUNDS = 5
COMMANDS = (
    "--help",
    "run --help",
    "ls",
    "show iresnet50",
    "show lira",
    "check --plan-only",
    "check --set backdoor.attacks.0.attack=blendet",
    "run nowhere.yaml",
    "results audit",
    "results nowhere",
)


def start_rows() -> list[Row]:
    """Return the seconds of CPU that each command takes, and the milliseconds of the import.

    CPU seconds are those of the child, system time included; the median of several runs.
    """
    rows: list[Row] = [("import faceaudit", "", None, _importing("faceaudit"), "ms")]
    with tempfile.TemporaryDirectory() as folder:
        _write_store(Path(folder) / "audit")
        for command in COMMANDS:
            used = [_cpu_seconds(command.split(), folder) for _ in range(ROUNDS)]
            rows.append((f"faceaudit {command}", "", None, statistics.median(used), "CPU s"))
    return rows


def _write_store(folder: Path) -> None:
    """Write a store of 20 cases with 50 figures each."""
    from faceaudit.store import CaseRecord, Store  # noqa: PLC0415 - not before `import`
    from faceaudit.types import Estimate, Figure  # noqa: PLC0415

    network = {"network": {"network": "deepid"}}
    spec = {"kind": "backdoor", "system": network, "attack": None, "mitigation": None, "seed": 0}
    estimate = Estimate(0.5, 0.4, 0.6, 100, "wilson 95 %")
    figures = tuple(Figure(f"clean_accuracy:{number}", estimate) for number in range(50))
    store = Store(folder)
    for case in range(20):
        store.write_case(CaseRecord(f"{case:064x}", spec, figures=figures))
    store.write_run({"cases": [f"{case:064x}" for case in range(20)]})


def _cpu_seconds(arguments: list[str], folder: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "faceaudit", *arguments]
    subprocess.run(command, capture_output=True, check=False, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _importing(module: str) -> float:
    """Return the milliseconds that `python -X importtime` gives a module, all it imports in it."""
    command = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    found = []
    for _ in range(ROUNDS):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        line = next(one for one in done.stderr.splitlines() if one.endswith(f"| {module}"))
        found.append(int(line.split("|")[1]) / 1000)
    return statistics.median(found)


if __name__ == "__main__":
    for work, _, _, ours, unit in start_rows():
        print(f"{work:50} {ours:8.2f} {unit}")
