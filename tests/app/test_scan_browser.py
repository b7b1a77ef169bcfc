"""The page Scan in a real browser: who stands out, and a model that is brought."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.browsing import NARROW, WIDE, Served, Visitor, idle, serious, served, sticks_out
from app.scans import TARGET, model, prepare
from faceaudit.app import texts
from faceaudit.app.settings import Settings

WAIT = 60_000
WORDS = texts.words("en", "scan")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app with a tiny identifier, and scans of it that were never made."""
    folder = tmp_path_factory.mktemp("ready")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACEAUDIT_CACHE", str(folder / "cache"))
        patch.setenv("TMPDIR", str(folder))
        prepare(Settings(folder=folder / "app"))
        with served(folder / "app") as running:
            yield running


def opened(visit: Visitor, ready: Served, width: int, scheme: str) -> Page:
    page = visit(f"{ready.address}/scan", width=width, scheme=scheme)
    page.locator("ul.triggers img").first.wait_for(timeout=WAIT)
    idle(page)
    return page


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_who_stands_out_is_seen_at_two_widths(
    ready: Served, visit: Visitor, width: int, scheme: str
) -> None:
    page = opened(visit, ready, width, scheme)
    expect(page.locator("p.verdict")).to_have_text(f"Suspicious: {TARGET} stands out")
    assert page.locator("table.suspected").first.locator("tbody tr").count() == 6
    bars = page.locator("table.suspected").first.locator(".bar span")
    first, second = (bars.nth(place).bounding_box() for place in (0, 2))
    assert first is not None
    assert second is not None
    assert first["width"] > 3 * second["width"] > 0
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
    page.get_by_text("The next 6", exact=True).click()
    expect(page.locator("table.suspected").nth(1)).to_be_visible()
    page.get_by_text(WORDS["command"], exact=True).click()
    expect(page.get_by_text("faceaudit scan file:", exact=False).first).to_be_visible()
    idle(page)
    assert not sticks_out(page)
    assert serious(page) == []
    without = page.get_by_role("radio", name=WORDS["state_pristine"], exact=True)
    without.focus()
    page.keyboard.press("Space")
    expect(page.locator("p.verdict")).to_have_text("Nothing found", timeout=WAIT)


def test_a_pickle_is_refused_and_a_scan_is_stopped(
    ready: Served, visit: Visitor, tmp_path: Path
) -> None:
    page = opened(visit, ready, NARROW, "light")
    page.get_by_text(WORDS["whose_upload"], exact=True).click()
    page.get_by_text(WORDS["wanted"]).wait_for(timeout=WAIT)
    idle(page)
    assert not sticks_out(page)
    assert serious(page) == []
    harm = tmp_path / "door.safetensors"
    harm.write_bytes(pickle.dumps({"a": 1}))
    page.locator("input[type=file]").set_input_files(harm)
    page.get_by_role("button", name=WORDS["start"], exact=True).click(timeout=WAIT)
    page.get_by_text("This is a pickle or an archive").wait_for(timeout=WAIT)

    whole = tmp_path / "whole.safetensors"
    whole.write_bytes(model())
    page.locator("input[type=file]").set_input_files(whole)
    expect(page.get_by_text("This is a pickle or an archive")).to_have_count(0, timeout=WAIT)
    idle(page)
    page.get_by_role("button", name=WORDS["start"], exact=True).click(timeout=WAIT)
    stop = page.get_by_role("button", name=WORDS["stop"])
    stop.wait_for(timeout=WAIT)
    expect(page.get_by_text("Scanning whole.safetensors").first).to_be_visible()
    assert list(ready.folder.parent.rglob("faceaudit-work-*/model.safetensors"))
    assert not sticks_out(page)
    assert serious(page) == []
    other = opened(visit, ready, WIDE, "light")
    assert "whole.safetensors" not in other.content()
    stop.click()
    page.get_by_text(WORDS["wanted"]).or_(
        page.get_by_role("button", name=WORDS["start"], exact=True)
    ).first.wait_for(timeout=WAIT)
    assert not list(ready.folder.parent.rglob("faceaudit-work-*/model.safetensors"))
