"""The report as PDF, printed by a browser that is here."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from faceaudit.errors import InputError, OptionError
from faceaudit.files.atomic import write_atomically

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "brave-browser",
)
"""Programs that print a page without a window, first found first taken."""
VARIABLE = "FACEAUDIT_BROWSER"
PATIENCE = 120
"""Seconds after which a browser that has not printed is given up."""


def find_browser() -> str:
    """Return the browser that prints: the one that `FACEAUDIT_BROWSER` names, or one on the path.

    Raises:
        OptionError: there is none.
    """
    named = os.environ.get(VARIABLE)
    names = (named,) if named else BROWSERS
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise OptionError(
            f"expected Chromium, Chrome or Edge to print a PDF, got "
            f"{named if named else 'none'}; install one, name it in {VARIABLE}, or open "
            "report.html and print it"
        )
    return found


def write_pdf(page: str, path: Path) -> None:
    """Print a report as PDF, by the style that it has for paper.

    Args:
        page: HTML, as `faceaudit.report.render` returns it. It loads nothing from elsewhere.
        path: the file to write.

    Raises:
        OptionError: there is no browser.
        InputError: the browser did not print.
        OSError: the file cannot be written.
    """
    browser = find_browser()
    # A browser from a package system may see home and its own folders alone, not /tmp.
    # What it still writes when it has printed is no reason to fail.
    with tempfile.TemporaryDirectory(
        dir=path.absolute().parent, prefix=".printing-", ignore_cleanup_errors=True
    ) as folder:
        source, printed = Path(folder) / "report.html", Path(folder) / "report.pdf"
        source.write_text(page, "utf-8")
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            "--no-pdf-header-footer",
            f"--user-data-dir={Path(folder) / 'profile'}",
            f"--print-to-pdf={printed}",
            source.as_uri(),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # which Chromium refuses to do without as root
        said = _run(command)
        if not printed.is_file():
            raise InputError(
                f"expected {browser} to print the report, got {said or 'nothing'}; open "
                "report.html and print it"
            )
        write_atomically(path, printed.read_bytes())


def _run(command: list[str]) -> str:
    """Run a browser; return the last line of what it said."""
    try:
        done = subprocess.run(  # noqa: S603 - a browser that the user named or installed
            command, capture_output=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {PATIENCE} seconds"
    except OSError as error:
        return str(error)
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
