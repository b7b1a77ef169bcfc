"""The page Give-away in a real browser: its main path, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from app.browsing import NARROW, WIDE, Served, Visitor, idle, serious, served, sticks_out
from app.ready import make_gallery, make_networks
from app.test_give_away import prepare
from faceaudit.app import texts
from faceaudit.app.settings import Settings

WORDS = texts.words("en", "give_away")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = Settings(folder=tmp_path_factory.mktemp("give_away_browser"))
    make_gallery(settings)
    make_networks(settings)
    prepare(settings)
    with served(settings.root) as running:
        yield running


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_a_face_is_rebuilt_and_looked_at_by_keyboard(
    prepared: Served, visit: Visitor, width: int, scheme: str
) -> None:
    page = visit(f"{prepared.address}/give_away", width=width, scheme=scheme)
    page.locator("ol.names li").nth(4).wait_for(timeout=60_000)
    idle(page)
    assert page.locator("p.verdict").count() == 2
    assert page.locator("svg.bars line").count() > 100
    assert page.locator(".journey image").count() >= 8
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
    assert not sticks_out(page)
    assert serious(page) == []

    caption = page.locator(".trio figure").last.locator("figcaption")
    before = caption.inner_text()
    thumb = page.get_by_role("slider", name=WORDS["slider_step"])
    thumb.focus()
    page.keyboard.press("Home")
    expect(caption).to_contain_text("after 0 steps")
    page.keyboard.press("ArrowRight")
    expect(caption).to_contain_text("after 1 steps")
    assert caption.inner_text() != before

    page.get_by_role("button", name="Person 2", exact=True).click()
    expect(page.get_by_role("button", name="Person 2, chosen")).to_be_visible()
    expect(caption).not_to_contain_text("after 1 steps", timeout=60_000)
    idle(page)
    assert page.locator("p.verdict").count() == 2
