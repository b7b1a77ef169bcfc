"""The page Backdoor in a real browser: a key tried, by mouse and by keyboard, at two widths."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.backdoors import prepare
from app.browsing import NARROW, WIDE, Served, Visitor, idle, serious, served, sticks_out
from faceaudit.app.parts.backdoor.canvas import SIZES
from faceaudit.app.settings import Settings

WAIT = 60_000


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app with a tiny identifier in the place of the prepared one."""
    folder = tmp_path_factory.mktemp("ready")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACEAUDIT_CACHE", str(folder / "cache"))
        prepare(Settings(folder=folder / "app"))
        with served(folder / "app") as running:
            yield running


def opened(visit: Visitor, ready: Served, width: int, scheme: str) -> Page:
    page = visit(f"{ready.address}/backdoor", width=width, scheme=scheme)
    page.locator(".happened").wait_for(timeout=WAIT)
    idle(page)
    return page


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_a_key_is_tried(ready: Served, visit: Visitor, width: int, scheme: str) -> None:
    page = opened(visit, ready, width, scheme)
    assert page.locator(".keyed section").count() == 3
    assert page.locator(".keyed ol").count() == 6
    assert page.locator(".shares tbody tr").count() == 5
    pictures = page.locator(".keyed img.large")
    assert all(one.get_attribute("alt") for one in pictures.all())
    assert all(one.evaluate("one => one.naturalWidth") == 141 for one in pictures.all())
    beside = len({round(one.bounding_box()["y"]) for one in pictures.all()})  # type: ignore[index]
    assert beside == (1 if width == WIDE else 3)
    assert not sticks_out(page)
    assert serious(page) == []


def test_somebody_else_is_chosen_by_the_keyboard(ready: Served, visit: Visitor) -> None:
    page = opened(visit, ready, WIDE, "dark")
    before = page.locator(".keyed img.large").first.get_attribute("src")
    strip = page.get_by_role("button", name="synthetic-")
    other = next(one for one in strip.all() if "chosen" not in one.inner_text())
    name = other.inner_text()
    other.focus()
    page.keyboard.press("Enter")
    page.get_by_text(f"Person: {name}").wait_for(timeout=WAIT)
    expect(page.locator(".keyed img.large").first).not_to_have_attribute("src", str(before))


def test_a_photo_of_ones_own_is_tried_and_shown_to_nobody_else(
    ready: Served, visit: Visitor, tmp_path: Path
) -> None:
    file = tmp_path / "me.png"
    pixels = np.random.default_rng(5).integers(0, 256, (110, 94, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file)
    page = opened(visit, ready, NARROW, "light")
    page.get_by_text("A photo of yours", exact=True).click()
    page.get_by_text("Once there is a face").wait_for(timeout=WAIT)
    idle(page)
    expect(page.locator(".happened")).to_have_count(0)
    page.locator("input[type=file]").set_input_files(file)
    page.locator(".happened").wait_for(timeout=WAIT)
    idle(page)
    mine = page.locator(".keyed img.large").first.get_attribute("src")
    expect(page.get_by_text("Eyes: how far down the photo")).to_be_visible(timeout=WAIT)
    assert serious(page) == []
    other = opened(visit, ready, WIDE, "light")
    other.get_by_text("A photo of yours", exact=True).click()
    other.get_by_text("Once there is a face").wait_for(timeout=WAIT)
    assert mine
    assert mine not in other.content()


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "dark"), (NARROW, "light")])
def test_a_backdoor_is_put_together(ready: Served, visit: Visitor, width: int, scheme: str) -> None:
    page = opened(visit, ready, width, scheme)
    page.get_by_text("Make a backdoor", exact=True).click()
    page.get_by_role("button", name="Train it").wait_for(timeout=WAIT)
    idle(page)
    assert page.locator(".keyed section").count() == 3
    page.get_by_text("In another colour", exact=True).click()
    page.get_by_text("Colour of the glasses").wait_for(timeout=WAIT)
    page.get_by_text("#d23b2f").first.wait_for(timeout=WAIT)
    idle(page)
    page.wait_for_timeout(500)  # what was there before fades in again
    assert not sticks_out(page)
    assert serious(page) == []


def canvas_of(page: Page) -> Page:
    page.get_by_text("Make a backdoor", exact=True).click()
    page.get_by_role("button", name="Train it").wait_for(timeout=WAIT)
    idle(page)
    page.get_by_role("combobox", name="Key: a pair of glasses").click()
    page.get_by_role("option", name="glasses that you draw").click(timeout=WAIT)
    page.locator('canvas[data-part="canvas"]').wait_for(timeout=WAIT)
    idle(page)
    return page


def test_glasses_are_drawn_kept_and_carried(ready: Served, visit: Visitor) -> None:
    page = canvas_of(opened(visit, ready, WIDE, "light"))
    keep = page.get_by_role("button", name="Keep it as a key")
    expect(keep).to_be_disabled()
    canvas = page.locator('canvas[data-part="canvas"]')
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    for half in (0.25, 0.75):
        page.mouse.move(box["x"] + (half - 0.15) * box["width"], box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + (half + 0.15) * box["width"], box["y"] + box["height"] / 2)
        page.mouse.up()
    expect(keep).to_be_enabled(timeout=WAIT)
    idle(page)
    assert serious(page) == []
    before = page.locator(".keyed img.large").last.get_attribute("src")
    keep.click()
    page.get_by_role("button", name="Remove this picture").wait_for(timeout=WAIT)
    idle(page)
    expect(page.locator(".keyed img.large").last).not_to_have_attribute("src", str(before))
    (kept,) = (ready.folder / "keys").glob("*.png")
    drawn = np.array(Image.open(io.BytesIO(kept.read_bytes())))
    assert drawn.shape == (SIZES["glasses"][1], SIZES["glasses"][0], 4)
    middle = SIZES["glasses"][1] // 2
    assert drawn[middle, 90].tolist() == [0xD2, 0x3B, 0x2F, 255]
    assert drawn[middle, 180, 3] == drawn[3, 90, 3] == 0, "what was left empty was painted"


def test_it_is_drawn_by_arrow_keys_and_undone(ready: Served, visit: Visitor) -> None:
    page = canvas_of(opened(visit, ready, NARROW, "dark"))
    keep = page.get_by_role("button", name="Keep it as a key")
    page.locator('canvas[data-part="canvas"]').focus()
    page.keyboard.down("Shift")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.up("Shift")
    expect(keep).to_be_enabled(timeout=WAIT)
    idle(page)
    assert not sticks_out(page)
    assert serious(page) == []
    for _ in range(5):
        page.get_by_role("button", name="Undo").click()
    expect(keep).to_be_disabled(timeout=WAIT)
