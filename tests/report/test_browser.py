"""The report in a real browser: offline, on a phone, in the dark, and as a screen reader has it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from faceaudit.report import write
from faceaudit.store import Store

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="THE REPORT WAS NOT LOOKED AT IN A BROWSER: `apt-get install chromium`, or its path in "
    "$CHROMIUM",
)
Visit = Callable[..., Page]
OPEN = "document.querySelectorAll('details').forEach(one => one.open = true)"
# The contrast of every text with the ground it stands on, as WCAG 2 defines it.
CONTRAST = """() => {
  const rgb = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => rgb(c).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (rgb(c)[3] !== 0) return c;
    }
  };
  const texts = [...document.body.querySelectorAll("*")].filter(e =>
    !e.closest("title, desc") &&
    [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()));
  return texts.map(e => {
    const style = getComputedStyle(e);
    const drawn = e.namespaceURI.endsWith("svg") ? style.fill : style.color;
    const [a, b] = [light(drawn), light(ground(e))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), e.tagName, e.textContent.trim().slice(0, 40)];
  }).filter(([ratio]) => ratio < 4.5);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, store: Store, tmp_path: Path) -> Iterator[Visit]:
    """Open the report offline; at the end, nothing was complained of and nothing was loaded."""
    path = write(store, tmp_path / "report.html")
    complaints: list[str] = []
    requests: list[str] = []
    contexts = []

    def make(width: int, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints
    assert {url for url in requests if not url.startswith("data:")} == {path.as_uri()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 768, 1000, 1280])
def test_nothing_sticks_out(visit: Visit, width: int, scheme: str) -> None:
    page = visit(width, scheme)
    page.evaluate(OPEN)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    hidden = page.evaluate("[...document.images].filter(one => !one.naturalWidth).length")
    assert hidden == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(visit: Visit, scheme: str) -> None:
    page = visit(1280, scheme)
    page.evaluate(OPEN)
    assert page.evaluate(CONTRAST) == []


def test_dark_is_dark(visit: Visit) -> None:
    grounds = [
        visit(1280, scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert grounds == ["rgb(255, 255, 255)", "rgb(20, 24, 29)"]


@pytest.mark.parametrize("width", [360, 1280])
def test_what_a_screen_reader_has(visit: Visit, width: int) -> None:
    page = visit(width)
    tree = page.locator("body").aria_snapshot()
    for landmark in ("banner", "main", 'navigation "Sections"', 'link "Skip to the findings"'):
        assert landmark in tree
    assert page.get_by_role("heading", level=1).inner_text().endswith("success")
    for title in ("What was found", "The attacks", "What was run", "How to read this report"):
        assert page.get_by_role("heading", level=2, name=title, exact=True).count() == 1
    # The table stays a table when it is laid out as cards.
    table = page.get_by_role("table", name="Success of each attack and accuracy")
    assert table.get_by_role("row").count() == 2 + 6
    assert table.get_by_role("columnheader").count() == 4 + 8
    assert table.get_by_role("rowheader").count() == 6
    assert page.get_by_role("img", name="Success against number of poison samples").count() == 5
    page.evaluate(OPEN)
    for caption in (
        "Blended injection, DeepID, key random-0: success with each wrong key",
        "Input instance, DeepID: figures by number of poison samples",
        "Training of each system, DeepID",
        "Every case of the plan",
    ):
        assert page.get_by_role("table", name=caption).count() == 1


def test_skip_link_is_the_first_stop(visit: Visit) -> None:
    page = visit(1280)
    page.keyboard.press("Tab")
    box = page.locator(".skip").bounding_box()
    assert page.evaluate("document.activeElement.className") == "skip"
    assert box is not None
    assert box["x"] >= 0


def test_paper_has_everything_on_it(visit: Visit) -> None:
    page = visit(1280, "dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert page.get_by_text("expected an image, got a truncated JPEG").is_visible()
