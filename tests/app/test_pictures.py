"""The pictures of the app in its docs: there is one of each page, and what is on it.

They are taken of the app as it is once all is prepared, which takes some minutes:

    FACEAUDIT_WRITE_PICTURES=docs/pictures/app pytest tests/app/test_pictures.py

writes them; without the variable they are taken, looked at, and thrown away. With
FACEAUDIT_APP_FOLDER the app has that folder, and prepares what is missing there.
"""

from __future__ import annotations

import io
import itertools
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.browsing import ARGUMENTS, CHROMIUM, NARROW, Served, Visitor, idle, served, sticks_out
from app.picture_book import (
    AUDIT,
    DOCS,
    FOLDER,
    PICTURES,
    SHARP,
    TOUR,
    WAIT,
    WRITE,
    Picture,
    cost_of_a_new_one,
    environment,
    said,
    settle,
    tour,
)
from faceaudit.app import work
from faceaudit.app.navigation import pages
from faceaudit.app.parts.waiting import WORK
from faceaudit.app.prepared import is_made
from faceaudit.app.preparing.__main__ import steps
from faceaudit.app.settings import Settings

LARGEST, LARGEST_TOUR = 250_000, 1_500_000
"""Bytes of a picture, and of the tour."""
ACROSS = 960
"""Pixels of the tour's width."""
FRAMES = range(8, 14)
FRAME = 2_200
"""Milliseconds for which each picture of the tour is shown."""
PREPARED = 45 * 60.0
"""Seconds in which everything is prepared; others may use this machine, too."""
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^()\s]+)\)")


def test_every_page_has_a_picture() -> None:
    named = {one.name for one in PICTURES}
    assert {page.name for page in pages()} <= named
    assert all(one.name == one.page or one.name.startswith(f"{one.page}-") for one in PICTURES)
    assert {file.name for file in FOLDER.iterdir()} == {*(f"{one}.png" for one in named), TOUR}


def test_the_docs_show_every_picture_and_say_what_is_on_it() -> None:
    shown = {
        target.rpartition("/")[2]: words
        for page in (DOCS / "app.md", DOCS.parent / "README.md")
        for words, target in _IMAGE.findall(page.read_text("utf-8"))
        if "pictures/app/" in target
    }
    assert set(shown) == {file.name for file in FOLDER.iterdir()}
    assert all(len(words) >= 40 for words in shown.values())


@pytest.mark.parametrize("picture", PICTURES, ids=lambda one: one.name)
def test_a_picture_is_light(picture: Picture) -> None:
    file = FOLDER / f"{picture.name}.png"
    assert file.stat().st_size <= LARGEST
    with Image.open(file) as image:
        assert image.format == "PNG"
        assert image.width == round(picture.width * SHARP)
        assert not is_blank(image)


def test_the_tour_is_short_and_light() -> None:
    file = FOLDER / TOUR
    assert file.stat().st_size <= LARGEST_TOUR
    with Image.open(file) as image:
        assert image.format == "WEBP"
        assert image.width == ACROSS
        assert image.n_frames in FRAMES


def is_blank(image: Image.Image) -> bool:
    """Return whether there is next to nothing on a picture."""
    grey = np.asarray(image.convert("L"))
    shares = np.bincount(grey.ravel(), minlength=256) / grey.size
    return bool((shares > 0).sum() < 40 or shares.max() > 0.97)


def test_a_blank_picture_is_told_from_one_with_something_on_it() -> None:
    ground = np.full((80, 60), 255, dtype=np.uint8)
    assert is_blank(Image.fromarray(ground))
    ground[:8] = np.arange(60)
    assert not is_blank(Image.fromarray(ground))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO PICTURES WERE TAKEN: `apt-get install chromium`, or its path in $CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, env=environment()
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Served]:
    """The app with everything prepared and an audit done, as by whoever starts it."""
    given = os.environ.get("FACEAUDIT_APP_FOLDER")
    folder = Path(given) if given else tmp_path_factory.mktemp("pictures") / "app"
    with served(folder, seconds=WAIT / 1000) as app:
        visitor = Visitor(browser)
        _prepare(visitor, app)
        _audit(visitor, app)
        visitor.close()
        yield app


def _prepare(visitor: Visitor, app: Served) -> None:
    """Have the app prepare all it needs, as it does once a page is opened that needs it."""
    settings = Settings(folder=app.folder)
    page = visitor(f"{app.address}/system", wait=False)
    idle(page, WAIT / 1000)
    until = time.monotonic() + PREPARED
    while not all(is_made(settings, step.name) for step in steps()):
        now = work.look(settings, WORK)
        assert now.state != "failed", now.log
        assert time.monotonic() < until, now
        page.wait_for_timeout(1000)


def _audit(visitor: Visitor, app: Served) -> None:
    """Run an audit by clicks, unless there is one."""
    page = visitor(f"{app.address}/audits", wait=False)
    settle(page)
    if page.get_by_role("heading", name=AUDIT, exact=True).count():
        return
    cost_of_a_new_one(page)
    page.get_by_role("button", name=said("audits", "next")).click()
    page.get_by_role("button", name=said("audits", "start"), exact=True).click()
    page.get_by_role("heading", name=AUDIT, exact=True).wait_for(timeout=WAIT)
    expect(page.locator(".outcome")).to_have_count(3, timeout=PREPARED * 1000)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visitor]:
    """Opens pages; at the end nothing was complained of and nothing came from elsewhere."""
    visitor = Visitor(browser)
    yield visitor
    visitor.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where pictures are written to."""
    given = Path(os.environ.get(WRITE) or tmp_path)
    given.mkdir(parents=True, exist_ok=True)
    return given


@pytest.mark.slow
@pytest.mark.parametrize("picture", PICTURES, ids=lambda one: one.name)
def test_a_picture_is_worth_showing(
    ready: Served, visit: Visitor, picture: Picture, folder: Path
) -> None:
    page = visit(
        f"{ready.address}/{picture.page}",
        width=picture.width,
        scheme=picture.scheme,
        wait=False,
        device_scale_factor=SHARP,
    )
    picture.pose(page)
    settle(page)
    for words in picture.words:
        assert _is_seen(page, words), words
    _is_well(page)
    file = folder / f"{picture.name}.png"
    file.write_bytes(_light(page.screenshot()))
    with Image.open(file) as image:
        assert not is_blank(image)
    assert file.stat().st_size <= LARGEST


@pytest.mark.slow
def test_the_tour_leads_through_the_app(ready: Served, visit: Visitor, folder: Path) -> None:
    def opened(name: str) -> Page:
        return visit(f"{ready.address}/{name}", wait=False, device_scale_factor=SHARP)

    frames = []
    for page in tour(opened):
        _is_well(page)
        with Image.open(io.BytesIO(page.screenshot())) as image:
            height = round(image.height * ACROSS / image.width)
            frames.append(image.convert("RGB").resize((ACROSS, height), Image.Resampling.LANCZOS))
    assert len(frames) in FRAMES
    assert all(not is_blank(one) for one in frames)
    stills = [np.asarray(one, dtype=float) for one in frames]
    pairs = itertools.pairwise(stills)
    assert all(np.abs(one - next_one).mean() > 0.2 for one, next_one in pairs)
    file = folder / TOUR
    first, *rest = frames
    first.save(
        file, save_all=True, append_images=rest, duration=FRAME, loop=0, quality=82, method=6
    )
    assert file.stat().st_size <= LARGEST_TOUR


def _is_well(page: Page) -> None:
    """See that nothing went wrong, nothing is waited for, and nothing sticks out."""
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_text(said("app", "fault")).count() == 0
    assert page.get_by_role("progressbar").count() == 0
    assert not sticks_out(page)


def _is_seen(page: Page, words: str) -> bool:
    """Return whether words are within the window."""
    assert page.viewport_size is not None
    wide, high = page.viewport_size["width"], page.viewport_size["height"]
    top = 60 if wide <= NARROW else 0  # a phone has the menu there
    for one in page.get_by_text(words).all():
        box = one.bounding_box()
        if box is None or not one.is_visible() or not box["width"]:
            continue
        across = box["x"] >= 0 and box["x"] + box["width"] <= wide + 1
        if across and box["y"] >= top and box["y"] + min(box["height"], 40) <= high:
            return True
    return False


def _light(png: bytes) -> bytes:
    """Return a picture in a few colours of its own: enough for a page with some photos."""
    with Image.open(io.BytesIO(png)) as image:
        full = image.convert("RGB")
    for many in (192, 128, 64):
        out = io.BytesIO()
        _in_few_colours(full, many).save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST:
            break
    return out.getvalue()


def _in_few_colours(full: Image.Image, many: int) -> Image.Image:
    """Return a picture in as many frequent colours, and in 64 that are far from one another.

    In the frequent ones alone, a small red sign on a large page would be grey.
    """
    palette = [
        *(full.quantize(many, method=Image.Quantize.MEDIANCUT).getpalette() or [])[: 3 * many],
        *(full.quantize(64, method=Image.Quantize.MAXCOVERAGE).getpalette() or [])[: 3 * 64],
    ]
    colours = np.array(palette, dtype=np.int32).reshape(-1, 3)
    pixels = np.asarray(full, dtype=np.int32)
    # The nearest to the last digit, which Pillow does not look for: white is to stay white.
    packed = (pixels[..., 0] << 16) + (pixels[..., 1] << 8) + pixels[..., 2]
    known, place = np.unique(packed, return_inverse=True)
    each = np.stack([known >> 16, known >> 8 & 255, known & 255], axis=1)
    nearest = np.concatenate(
        [
            ((some[:, None] - colours) ** 2).sum(axis=2).argmin(axis=1)
            for some in np.array_split(each, len(each) // 4096 + 1)
        ]
    )
    drawn = Image.fromarray(nearest.astype(np.uint8)[place].reshape(packed.shape))
    drawn.putpalette(palette)
    return drawn
