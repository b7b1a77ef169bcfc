"""The membership section in a real browser: offline, on a phone and in the dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from faceaudit.report import write
from report.backdoor.samples import write_store
from report.membership.samples import ACCOUNT, membership_audit
from report.test_browser import ARGUMENTS, CHROMIUM, CONTRAST, OPEN

pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="THE REPORT WAS NOT LOOKED AT IN A BROWSER: `apt-get install chromium`, or its path in "
    "$CHROMIUM",
)
Visit = Callable[..., Page]
# Pairs of words in one chart that lie over one another; lines of one label may touch.
OVERLAPS = """() => [...document.querySelectorAll("svg.chart")].flatMap(chart => {
  const texts = [...chart.querySelectorAll("text")]
    .map(e => [e.textContent, e.getBoundingClientRect()]);
  const found = [];
  texts.forEach(([word, a], i) => texts.slice(i + 1).forEach(([other, b]) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 0 && tall > 0.35 * Math.min(a.height, b.height)) found.push([word, other]);
  }));
  return found;
})"""
OUTSIDE = """() => [...document.querySelectorAll("svg.chart text")]
  .filter(e => e.getBoundingClientRect().right > innerWidth || e.getBoundingClientRect().left < 0)
  .map(e => e.textContent)"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("membership")
    return write(write_store(folder, membership_audit(), **ACCOUNT))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, path: Path) -> Iterator[Visit]:
    """Open the report offline; at the end, nothing was complained of and nothing was loaded."""
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
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints
    assert set(requests) == {path.as_uri()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_sticks_out(visit: Visit, width: int, scheme: str) -> None:
    page = visit(width, scheme)
    page.evaluate(OPEN)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert page.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("width", [320, 1280])
def test_no_word_of_a_chart_lies_over_another(visit: Visit, width: int) -> None:
    assert visit(width).evaluate(OVERLAPS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(visit: Visit, scheme: str) -> None:
    page = visit(1280, scheme)
    page.evaluate(OPEN)
    assert page.evaluate(CONTRAST) == []


def test_what_a_screen_reader_has(visit: Visit) -> None:
    page = visit(1280)
    assert page.get_by_role("heading", level=1).count() == 1
    for title in ("What the verifiers give away", "Recommendation", "How to read this report"):
        assert page.get_by_role("heading", level=2, name=title, exact=True).count() == 1
    assert page.get_by_role("img", name="Accuracy against leak").count() == 1
    assert page.get_by_role("img", name="both axes logarithmic").count() == 1
    table = page.get_by_role("table", name="Each mitigation: pairs decided rightly")
    assert table.get_by_role("row").count() == 1 + 9
    assert table.get_by_role("columnheader").count() == 7
    assert table.get_by_role("rowheader").count() == 9
    attacks = page.locator("#membership-attacks-people")
    assert not attacks.is_visible()
    page.evaluate(OPEN)
    assert attacks.is_visible()
    name = "Strongest attack by level: SELENA, Rigorous"
    assert page.get_by_role("table", name=name).count() == 1


@pytest.mark.parametrize("width", [390, 1400])
def test_charts_stand_side_by_side_where_there_is_room(visit: Visit, width: int) -> None:
    page = visit(width)
    boxes = [
        page.locator(f"#membership-rigorous-seed-0-{name}").bounding_box()
        for name in ("frontier", "roc")
    ]
    first, second = boxes
    assert first is not None
    assert second is not None
    assert (second["x"] > first["x"] + first["width"]) is (width == 1400)
    assert min(first["width"], second["width"]) > 0.8 * min(width, 500)


def test_only_the_table_and_what_follows_from_it_stands_open(visit: Visit) -> None:
    page = visit(1400)
    shown = page.locator("main section:visible table:visible").all()
    ids = {one.get_attribute("id") for one in shown}
    assert "membership-mitigations" in ids
    assert not {id_ for id_ in ids if id_ and ("strongest" in id_ or "exposed" in id_)}
