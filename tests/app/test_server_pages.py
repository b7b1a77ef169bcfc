"""Every page of the app in a real browser, with nothing prepared."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.browsing import NARROW, WIDE, Served, Visitor, serious, sticks_out
from faceaudit.app import texts
from faceaudit.app.navigation import pages
from faceaudit.app.page import Page


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_opens_with_nothing_prepared(
    app: Served, visit: Visitor, page: Page, width: int, scheme: str
) -> None:
    shown = visit(f"{app.address}/{page.name}", width=width, scheme=scheme)
    words = texts.words("en", page.name)
    headings = shown.get_by_role("heading", level=1)
    assert [one.inner_text() for one in headings.all()] == [words["title"]]
    expect(shown.get_by_text(words["learn"], exact=True)).to_be_visible(timeout=30_000)
    assert shown.get_by_test_id("stException").count() == 0
    assert shown.locator("html").get_attribute("lang") == "en"
    assert not sticks_out(shown)
    assert serious(shown) == []


def test_the_language_of_the_browser_is_spoken(app: Served, visit: Visitor) -> None:
    shown = visit(app.address, language="de")
    assert shown.locator("html").get_attribute("lang") == "de"
    first = pages()[0].name
    assert shown.get_by_role("heading", level=1).inner_text() == texts.words("de", first)["title"]
