"""Make docs/pictures/first-screen-*.png of a report: `python docs/make_pictures.py audit`.

Those of the app are taken by its tests: `make pictures`.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from faceaudit import Store, write_report

SIZES = ((1400, 900), (390, 844))
"""Width and height of the screens, in pixels."""
FOLDER = Path(__file__).parent / "pictures"


def make_pictures(store: str, folder: Path = FOLDER) -> list[Path]:
    """Write a picture of the first screen of a store's report for each of the sizes.

    Args:
        store: the folder of an audit; its report is written again.
        folder: where the pictures go.
    """
    report = Path(str(write_report(Store(store)))).resolve()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    made = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width, height in SIZES:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(report.as_uri())
            made.append(folder / f"first-screen-{width}.png")
            page.screenshot(path=made[-1])
        browser.close()
    return made


if __name__ == "__main__":
    sys.stdout.writelines(f"{path}\n" for path in make_pictures(sys.argv[1]))
