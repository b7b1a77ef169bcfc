"""The section on linkage in a real browser: offline, on a phone and in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from faceaudit.report import write
from report.backdoor.samples import write_store
from report.linkage.samples import ACCOUNT, whole_audit
from report.test_browser import ARGUMENTS, CHROMIUM, CONTRAST, OPEN

pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="THE REPORT WAS NOT LOOKED AT IN A BROWSER: `apt-get install chromium`, or its path in "
    "$CHROMIUM",
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(write_store(tmp_path_factory.mktemp("linkage"), whole_audit(), **ACCOUNT))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (768, "dark"), (1280, "light")])
def test_nothing_sticks_out_and_all_can_be_read(
    browser: Browser, path: Path, width: int, scheme: str
) -> None:
    complaints: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        offline=True,
    )
    page: Page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    page.evaluate(OPEN)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert page.evaluate(CONTRAST) == []
    for caption in ("people with a template in each of two databases", "People linked at the"):
        assert page.get_by_role("table", name=caption).count() == 1
    context.close()
    assert not complaints
