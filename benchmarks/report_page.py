"""How long a report takes and how large it is: `python benchmarks/report_page.py [STORE]`.

Without a store, of a thousand invented cases: a grid of networks, attacks, numbers of samples and
seeds; a thousand attacks; and one attack at a thousand numbers of samples.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path

from faceaudit.report import render
from faceaudit.store import Store


def main() -> None:
    if len(sys.argv) > 1:
        measure(sys.argv[1], Store(sys.argv[1]))
        return
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from report.backdoor.samples import write_store  # noqa: PLC0415 - of the tests
    from report.many import SHAPES, thousand  # noqa: PLC0415

    for shape in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            measure(shape, write_store(Path(folder), thousand(shape)))


def measure(name: str, store: Store) -> None:
    started = time.process_time()
    page = render(store)
    seconds = time.process_time() - started
    parts = {
        "pictures": sum(map(len, re.findall(r'src="data:[^"]*"', page))),
        "charts": sum(map(len, re.findall(r'<svg[^>]*class="chart".*?</svg>', page, re.S))),
        "tables": sum(map(len, re.findall(r"<table.*?</table>", page, re.S))),
    }
    said = ", ".join(f"{part} {size / 1e6:.2f} MB" for part, size in parts.items())
    cases, size = len(store.run()["cases"]), len(page.encode()) / 1e6
    print(f"{name}: {cases:,} cases, {seconds:.1f} CPU s, {size:.2f} MB ({said})")


if __name__ == "__main__":
    main()
