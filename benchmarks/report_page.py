"""How long a report takes, how large it is, and the memory it needs, as for `faceaudit results`.

`python benchmarks/report_page.py [STORE]`: without a store, of a thousand invented cases: a grid of
networks, attacks, numbers of samples and seeds; a thousand attacks; and one attack at a thousand
numbers of samples.

`python benchmarks/report_page.py --cases N` (2,000 if none): of so many invented cases with
evidence and pictures.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from faceaudit.report import render
from faceaudit.store import Store


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[1] != "--cases":
        measure(sys.argv[1], Store(sys.argv[1]))
        return
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from report.backdoor.samples import write_store  # noqa: PLC0415 - of the tests
    from report.many import SHAPES, thousand, whole  # noqa: PLC0415

    if len(sys.argv) > 1:
        count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
        with tempfile.TemporaryDirectory() as folder:
            write_store(Path(folder), list(whole(count)))
            memory("results", "import faceaudit; len(faceaudit.results(%r))", folder)
            memory("report", "import faceaudit; faceaudit.write_report(%r)", folder)
        return
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


def memory(name: str, code: str, folder: str) -> None:
    """Say what a process of its own needs for something."""
    told = "; import re, time; text = open('/proc/self/status').read()"
    told += "; print(re.search(r'VmHWM:\\s*(\\d+)', text)[1], time.process_time())"
    run = [sys.executable, "-c", code % folder + told]
    kilobytes, seconds = subprocess.check_output(run, text=True).split()
    print(f"{name}: {float(seconds):.1f} CPU s, {int(kilobytes) / 1024:.0f} MB of memory at most")


if __name__ == "__main__":
    main()
