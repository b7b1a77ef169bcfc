"""The report in a real browser: offline, on a phone, in the dark, and as a screen reader has it."""

from __future__ import annotations

import io
import os
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

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
PAPER = round((210 - 2 * 14) / 25.4 * 96)
"""Width of what is printed on A4, in CSS pixels."""
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
    assert page.get_by_role("heading", level=1).inner_text().startswith("It is open whether")
    for title in ("Back doors", "Each attack", "What was run", "How to read this report"):
        assert page.get_by_role("heading", level=2, name=title, exact=True).count() == 1
    # The table stays a table when it is laid out as cards.
    table = page.get_by_role("table", name="Each attack at its usual number of samples")
    assert table.get_by_role("row").count() == 2 + 5
    assert table.get_by_role("columnheader").count() == 4 + 6
    assert table.get_by_role("rowheader").count() == 5
    assert page.get_by_role("img", name="Success against number of poison samples").count() == 5
    page.evaluate(OPEN)
    for caption in (
        "How often each wrong key is taken for the target",
        "Every figure of every attack, by number of poison samples",
        "Training of each system, DeepID",
        "Every case of the plan",
    ):
        assert page.get_by_role("table", name=caption).count() == 1


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_axe_has_nothing_serious_to_say(visit: Visit, width: int, scheme: str) -> None:
    page = visit(width, scheme)
    page.evaluate(OPEN)
    assert serious(page) == []


def test_axe_has_nothing_serious_to_say_of_paper(visit: Visit) -> None:
    page = visit(800)
    page.emulate_media(media="print")
    assert serious(page) == []


def test_axe_would_say_something(visit: Visit) -> None:
    page = visit(1280)
    page.evaluate("document.images[0].removeAttribute('alt')")
    page.evaluate("document.querySelector('h2').style.color = '#eee'")
    assert {rule for rule, *_ in serious(page)} == {"image-alt", "color-contrast"}


def serious(page: Page) -> list[tuple[str, str, str]]:
    """Return the rules of axe that a page breaks with serious or critical impact, and where."""
    found = Axe().run(page).response["violations"]
    return [
        (rule["id"], rule["impact"], str(rule["nodes"][0]["target"]))
        for rule in found
        if rule["impact"] in {"serious", "critical"}
    ]


def test_a_link_to_a_place_opens_what_it_is_folded_in(visit: Visit) -> None:
    page = visit(1280)
    numbers = page.get_by_role("table", name="Every figure of every attack")
    assert numbers.count() == 0
    page.evaluate("location.hash = '#backdoor-numbers'")
    numbers.wait_for()
    assert numbers.count() == 1
    assert page.locator("#term-null").is_hidden()
    page.get_by_role("link", name="Without poison").click()
    page.locator("#term-null").wait_for()


def test_a_place_shows_its_link_to_whoever_comes_there(visit: Visit) -> None:
    page = visit(1280)
    figure = page.locator("figure").first
    link = figure.locator("a.link")
    assert link.evaluate("one => getComputedStyle(one).opacity") == "0"
    figure.hover()
    assert link.evaluate("one => getComputedStyle(one).opacity") == "1"
    page.mouse.move(0, 0)
    link.focus()
    assert link.evaluate("one => getComputedStyle(one).opacity") == "1"
    link.click()
    assert page.evaluate("location.hash.slice(1)") == figure.get_attribute("id")


def test_several_attacks_stand_side_by_side_with_faces_of_a_readable_size(visit: Visit) -> None:
    page = visit(1400)
    tops = [box["y"] for one in page.locator(".tile").all() if (box := one.bounding_box())]
    assert len({round(top) for top in tops[:3]}) == 1
    widths = [
        box["width"] for one in page.locator(".tile img").all() if (box := one.bounding_box())
    ]
    assert min(widths) >= 88


def test_the_sections_of_five_attacks_are_not_long(visit: Visit) -> None:
    """What is visible before anything is unfolded; once it was 12,001 and 22,961 pixels."""
    height = """() => ["found", "attacks", "run", "reading"]
      .reduce((sum, id) => sum + document.getElementById(id).offsetHeight, 0)"""
    for width, longest in ((1400, 4_000), (390, 7_650)):
        assert visit(width).evaluate(height) < longest


def test_skip_link_is_the_first_stop(visit: Visit) -> None:
    page = visit(1280)
    page.keyboard.press("Tab")
    box = page.locator(".skip").bounding_box()
    assert page.evaluate("document.activeElement.className") == "skip"
    assert box is not None
    assert box["x"] >= 0


def test_paper_is_white_and_has_what_a_reader_unfolded(visit: Visit) -> None:
    page = visit(1280, "dark")
    page.emulate_media(media="print")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert page.locator("nav").is_hidden()
    keys = page.locator("#backdoor-wrong-keys caption")
    assert keys.is_hidden()
    assert page.get_by_text("Not on paper, but folded in the file").is_visible()
    page.evaluate(OPEN)
    assert keys.is_visible()


@pytest.fixture
def printed(visit: Visit) -> PdfReader:
    return PdfReader(io.BytesIO(visit(1280, "dark").pdf(prefer_css_page_size=True)))


def test_paper_has_the_key_tables_and_no_empty_page(printed: PdfReader) -> None:
    pages = [page.extract_text() for page in printed.pages]
    assert all(len(page.split()) > 20 for page in pages)
    text = unicodedata.normalize("NFKC", " ".join(" ".join(pages).split()))  # no ligatures
    for said in (
        "Back doors",
        "Each attack at its usual number of samples",
        "Every figure of every attack, by number of poison samples",
        "What others call it",
        "Declared by the owner",
        "Every case of the plan",
        "How the photos were divided",
        "title: DeepID on synthetic people",
        "Poison sample",
        "What it does not show",
    ):
        assert said in text, said
    for folded in ("How often each wrong key", "Training of each system", "a truncated JPEG"):
        assert folded not in text, folded
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in page
        assert "DeepID on synthetic people" in page


def test_paper_is_a4_and_nothing_is_cut_off(visit: Visit, printed: PdfReader) -> None:
    sizes = {(round(page.mediabox.width), round(page.mediabox.height)) for page in printed.pages}
    assert sizes in ({(595, 842)}, {(594, 841)}, {(595, 841)}, {(594, 842)})
    page = visit(PAPER)
    page.emulate_media(media="print")
    wide = page.evaluate(
        """() => [...document.querySelectorAll("table, figure, pre, .tile, .card, p")]
          .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
          .map(one => one.id || one.tagName)"""
    )
    assert wide == []
