"""Seconds from `make app` in a fresh clone to the first answer on Verify, in a real browser.

    python benchmarks/app_first_answer.py

Clones the repository that this file is in, as it is committed, into a temporary folder, and gives
the app a home of its own: installing, starting, training the first network and answering are all
in it. How long installing takes depends on the machine's line and what pip has kept.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
MINUTES = 15
"""How long the first answer is waited for at most."""


def measure(folder: Path) -> dict[str, float]:
    """Return seconds since `make app`, by what was there then."""
    clone, repository = folder / "faceaudit", Path(__file__).resolve().parents[1]
    subprocess.run(["git", "clone", "--quiet", str(repository), str(clone)], check=True)
    started, found = time.perf_counter(), {}
    process = subprocess.Popen(
        ["make", "app"],
        cwd=clone,
        env={**os.environ, "HOME": str(folder), "FACEAUDIT_CACHE": str(folder / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        address = None
        while address is None:
            line = process.stdout.readline()
            assert line, "the app ended before it listened"
            address = re.search(r"http://\S+", line) if "until Ctrl-C" in line else None
        threading.Thread(target=process.stdout.read, daemon=True).start()
        found["installed and listening"] = time.perf_counter() - started
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(address.group())
            for what, part in (("first page", ".lead"), ("first answer", ".verdict")):
                page.locator(part).first.wait_for(timeout=MINUTES * 60_000)
                found[what] = time.perf_counter() - started
            browser.close()
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
    return found


def main() -> None:
    """Measure once and print."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for what, seconds in measure(Path(folder)).items():
            sys.stdout.write(f"{what}: {seconds:.1f} s\n")


if __name__ == "__main__":
    main()
