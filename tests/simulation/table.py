"""How often intervals hold the truth, as a Markdown table.

`PYTHONPATH=tests python -m simulation.table docs/intervals.md` puts it between the marks in a file.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulation.exceptions import exception_of
from simulation.settings import Setting, settings

REPLICATIONS = 2000
SEED = 95
BEGIN, END = "<!-- simulated -->", "<!-- /simulated -->"
TITLES = {
    "": "Holds 93 to 97 %",
    "more": "Holds at least 95 %",
    "less": "Holds less",
}


@dataclass(frozen=True)
class Row:
    """What a simulation found of one interval in one setting.

    Attributes:
        interval, setting: names.
        truth: mean of the true values.
        coverage: the share of replications whose interval held it.
        width: mean width.
        replications: how many there were.
    """

    interval: str
    setting: str
    truth: float
    coverage: float
    width: float
    replications: int


def simulate(setting: Setting, replications: int, *, seed: int = SEED) -> Iterator[Row]:
    """Draw a setting many times, and yield a row for each of its intervals."""
    rng = np.random.default_rng([seed, zlib.crc32(setting.name.encode())])
    sums: dict[str, np.ndarray] = {}
    for _ in range(replications):
        for name, (found, truth) in setting.draw(rng).items():
            held = found.low <= truth <= found.high
            seen = np.array([truth, held, found.high - found.low])
            sums[name] = sums.get(name, np.zeros(3)) + seen
    for name, total in sums.items():
        truth, coverage, width = (float(one) for one in total / replications)
        yield Row(name, setting.name, truth, coverage, width, replications)


def as_markdown(rows: Iterable[Row]) -> str:
    """Return tables of the rows, those that are expected to hold 93 to 97 % first."""
    by_block: dict[str, list[str]] = {block: [] for block in TITLES}
    for row in rows:
        block, reason = exception_of(row.interval, row.setting)
        cells = [
            f"`{row.interval}`",
            row.setting,
            f"{row.truth:.3f}",
            f"{100 * row.coverage:.1f} %",
            f"{row.width:.3f}",
            f"{row.replications:,}",
            *([reason] if block else []),
        ]
        by_block[block].append("| " + " | ".join(cells) + " |")
    parts = []
    for block, lines in by_block.items():
        heads = ["Interval", "Setting", "Truth", "Coverage", "Mean width", "Replications"]
        heads += ["Why"] if block else []
        parts += ["", f"### {TITLES[block]}", "", "| " + " | ".join(heads) + " |"]
        parts += ["|" + " --- |" * len(heads), *lines]
    return "\n".join(parts) + "\n"


def put(path: Path, table: str) -> None:
    """Put a table between the marks in a file."""
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    found = [row for setting in settings() for row in simulate(setting, REPLICATIONS)]
    put(Path(sys.argv[1]), as_markdown(sorted(found, key=lambda row: row.interval)))
