"""The first screen in a real browser: what is seen without scrolling, on paper, and by shape."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

from faceaudit.report import write
from report.backdoor.samples import account, case, full_audit, write_store
from report.finished.samples import whole_audit
from report.membership.samples import membership_case
from report.test_browser import ARGUMENTS, CHROMIUM

pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="THE FIRST SCREEN WAS NOT LOOKED AT IN A BROWSER: `apt-get install chromium`, or its "
    "path in $CHROMIUM",
)
BOTTOMS = "[...document.querySelectorAll('.key-figure')].map(e => e.getBoundingClientRect().bottom)"
BROKEN = [case("accessory", seed=seed, success=(57, 57), null=(0, 57)) for seed in range(3)]
LEAK = membership_case("none", adaptive=0.70)
AUDITS = {
    "one card": BROKEN,
    "two cards": [*BROKEN, LEAK],
    "four cards": [*full_audit(), LEAK, *whole_audit()],
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def visit(browser: Browser, folder: Path, audit: str, width: int, height: int) -> Page:
    cases = AUDITS[audit]
    plan = {**account([])["plan"], **{str(one.spec["kind"]): {} for one in cases}}
    sections = {**account([])["sections"], "finished": {}}
    path = write(write_store(folder / "audit", cases, plan=plan, sections=sections))
    assert isinstance(path, Path)
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("audit", AUDITS)
def test_a_wide_screen_shows_every_verdict_and_figure_without_scrolling(
    browser: Browser, tmp_path: Path, audit: str
) -> None:
    page = visit(browser, tmp_path, audit, 1400, 900)
    bottoms = page.evaluate(BOTTOMS)
    assert len(bottoms) == {"one card": 1, "two cards": 2, "four cards": 4}[audit]
    assert max(bottoms) <= 900
    assert page.get_by_role("heading", level=1).bounding_box()["y"] >= 0  # type: ignore[index]
    page.close()


@pytest.mark.parametrize("audit", ["one card", "two cards"])
def test_a_phone_shows_the_first_figure_without_scrolling(
    browser: Browser, tmp_path: Path, audit: str
) -> None:
    page = visit(browser, tmp_path, audit, 390, 844)
    assert page.evaluate(BOTTOMS)[0] <= 844
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    page.close()


def test_figures_of_cards_side_by_side_stand_at_one_height(
    browser: Browser, tmp_path: Path
) -> None:
    page = visit(browser, tmp_path, "four cards", 1400, 900)
    tops = page.evaluate(BOTTOMS.replace("bottom", "top"))
    assert max(tops) - min(tops) < 1
    page.close()


def test_without_colour_a_severity_is_still_told_by_word_and_shape(
    browser: Browser, tmp_path: Path
) -> None:
    page = visit(browser, tmp_path, "four cards", 1400, 900)
    shapes = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.severity')].map(one =>"
        " [one.textContent.trim(), one.querySelector('svg').innerHTML]))"
    )
    assert set(shapes) == {"inconclusive", "limit broken"}
    assert len(set(shapes.values())) == 2
    page.close()


def test_paper_has_all_of_a_card_once_and_unfolded(browser: Browser, tmp_path: Path) -> None:
    page = visit(browser, tmp_path, "one card", 1280, 900)
    for said in ("Declared by the owner", "MITRE ATLAS", "backdoor.success > 0.15"):
        assert shown(page, said) == 0
    page.emulate_media(media="print")
    for said in ("Declared by the owner", "What others call it", "backdoor.success > 0.15"):
        assert shown(page, said) == 1
    page.close()


def shown(page: Page, text: str) -> int:
    """Return at how many places a text is seen."""
    return sum(one.is_visible() for one in page.get_by_text(text, exact=True).all())


@pytest.mark.parametrize("audit", ["one card", "two cards"])
def test_the_first_page_of_paper_has_all_verdicts_and_what_was_not_tested(
    browser: Browser, tmp_path: Path, audit: str
) -> None:
    page = visit(browser, tmp_path, audit, 1280, 900)
    (first, *rest) = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    text = " ".join(first.extract_text().split())
    for heading in page.locator(".card h2, .card h3").all():
        if heading.is_visible():
            assert heading.inner_text().replace("\n", " ") in text
    assert "Nothing here says whether the system withstands these." in text
    assert rest
    page.close()


def test_a_screen_reader_has_each_card_as_a_region_of_its_own(
    browser: Browser, tmp_path: Path
) -> None:
    page = visit(browser, tmp_path, "two cards", 1280, 900)
    card = page.get_by_role("region", name="An attacker can get in as somebody else")
    assert card.get_by_role("heading", level=3, name="What to do").count() == 1
    assert card.get_by_role("link", name="An accessory on the face").count() == 1
    page.close()
