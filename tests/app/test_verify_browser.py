"""The page Verify in a real browser: by keyboard, at a phone's width, by many at once."""

from __future__ import annotations

import base64
import io
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.browsing import NARROW, WIDE, Served, Visitor, idle, serious, served, sticks_out
from app.ready import make_gallery, make_networks
from faceaudit.app import texts
from faceaudit.app.settings import Settings

WORDS = texts.words("en", "verify")
SESSIONS = 10


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app with gallery and networks."""
    folder = tmp_path_factory.mktemp("verify")
    settings = Settings(folder=folder)
    make_gallery(settings)
    make_networks(settings)
    with served(folder) as running:
        yield running


def flat(colour: tuple[int, int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (80, 90), colour).save(out, "PNG")
    return out.getvalue()


def bring(page: Page, side: str, data: bytes) -> None:
    """Bring a file as one of the two photos."""
    place = page.locator(f"[class*='st-key-verify_{side}_source']")
    place.get_by_text("File", exact=True).click()
    uploader = page.locator(f".st-key-verify_{side}_upload input[type=file]")
    uploader.set_input_files({"name": "photo.png", "mimeType": "image/png", "buffer": data})


def colour(page: Page, number: int) -> tuple[int, ...]:
    """Return the colour in the middle of a photo that is shown."""
    address = page.locator(".pair figure:not(.seen) img").nth(number).get_attribute("src")
    assert address is not None
    image = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
    pixels = np.asarray(image)
    return tuple(pixels[len(pixels) // 2, pixels.shape[1] // 2].tolist())


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "dark"), (NARROW, "light")])
def test_everybody_can_read_the_answer(
    ready: Served, visit: Visitor, width: int, scheme: str
) -> None:
    page = visit(ready.address, width=width, scheme=scheme)
    expect(page.locator(".verdict")).to_have_count(2, timeout=30_000)
    scale = page.get_by_role("img", name="How alike DeepID A finds two photos")
    expect(scale).to_be_visible(timeout=20_000)
    assert not sticks_out(page)
    assert serious(page) == []


def test_it_is_used_by_keyboard_alone(ready: Served, visit: Visitor) -> None:
    page = visit(ready.address)
    expect(page.locator(".verdict")).to_have_count(2, timeout=30_000)
    person = page.locator(".st-key-verify_second_people").get_by_role("button", name="Person 9")
    person.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(WORDS["two_people"])).to_be_visible(timeout=20_000)
    chosen = page.locator(".st-key-verify_second_people").get_by_role(
        "button", name="Person 9, chosen"
    )
    expect(chosen).to_be_visible(timeout=20_000)
    slider = page.get_by_role("slider")
    before = page.locator("figure.scale desc").first.text_content()
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("figure.scale desc").first).not_to_have_text(before or "", timeout=20_000)
    assert "1 in 70" in page.locator(".stSlider").inner_text()


def test_a_telling_pair_takes_the_place_of_a_file(ready: Served, visit: Visitor) -> None:
    page = visit(ready.address)
    bring(page, "first", flat((220, 20, 20)))
    expect(page.get_by_text(WORDS["unknown"])).to_be_visible(timeout=20_000)
    page.get_by_role("button", name=WORDS["suggest_two"], exact=True).click()
    expect(page.get_by_text(WORDS["two_people"])).to_be_visible(timeout=20_000)


def test_a_broken_file_is_told_in_words(ready: Served, visit: Visitor) -> None:
    page = visit(ready.address, width=NARROW)
    bring(page, "second", b"\x89PNG\r\n\x1a\nnot really")
    expect(page.get_by_text(texts.words("en", "app")["upload_broken"])).to_be_visible(
        timeout=20_000
    )
    assert page.get_by_test_id("stException").count() == 0
    assert serious(page) == []


@pytest.mark.slow
def test_ten_at_once_get_their_own_answers_soon(
    ready: Served, visit: Visitor, record_testsuite_property: Callable[[str, object], None]
) -> None:
    pages = [visit(ready.address, wait=False) for _ in range(SESSIONS)]
    for page in pages:
        idle(page)
        expect(page.locator(".verdict")).to_have_count(2, timeout=60_000)
    colours = [(20 * number + 15, 240 - 20 * number, 90) for number in range(SESSIONS)]
    for page, one in zip(pages, colours, strict=True):
        bring(page, "first", flat(one))
    for page in pages:
        expect(page.get_by_text(WORDS["unknown"])).to_be_visible(timeout=60_000)
    for page, one in zip(pages, colours, strict=True):
        idle(page)
        assert np.abs(np.subtract(colour(page, 0), one)).max() <= 3
        assert page.get_by_test_id("stException").count() == 0
    seconds = []
    for number in range(3):  # everybody asks at once, again and again
        asked = []
        for page in pages:
            name = f"Person {number + 1}"
            row = page.locator(".st-key-verify_second_people")
            row.get_by_role("button", name=name, exact=True).dispatch_event("click")
            asked.append(time.monotonic())
        for page, since in zip(pages, asked, strict=True):
            caption = page.locator(".pair figcaption").nth(1)
            expect(caption).to_contain_text(f"Person {number + 1},", timeout=60_000)
            seconds.append(time.monotonic() - since)
    record_testsuite_property("median_seconds", round(statistics.median(seconds), 2))
    record_testsuite_property("slowest_seconds", round(max(seconds), 2))
    for page, one in zip(pages, colours, strict=True):
        assert np.abs(np.subtract(colour(page, 0), one)).max() <= 3
