"""What every page has from the frame: uploads, faults in words, languages, keyboard."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from playwright.sync_api import Page, expect

from app import bringing
from app.browsing import NARROW, WIDE, Served, Visitor, idle, serious, served, sticks_out
from app.test_uploads import animation, photo, png
from faceaudit.app import texts
from faceaudit.app.forgetting import Register


@pytest.fixture(scope="module")
def bringer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app with a page that takes photos and goes wrong on demand."""
    folder = tmp_path_factory.mktemp("bringer")
    with pytest.MonkeyPatch.context() as patch:
        # What is large goes back to the system at once, so that it can be measured.
        patch.setenv("MALLOC_MMAP_THRESHOLD_", "131072")
        with served(folder, program=Path(bringing.__file__)) as app:
            yield app


def bring(page: Page, data: bytes, name: str = "photo.png") -> None:
    chosen = {"name": name, "mimeType": "image/png", "buffer": data}
    page.locator("input[type=file]").set_input_files(files=[chosen])


def test_photos_are_taken_and_others_are_answered_in_words(bringer: Served, visit: Visitor) -> None:
    page = visit(f"{bringer.address}/bringing")
    words = texts.words("en", "app")
    bring(page, photo("JPEG"))
    expect(page.get_by_text("64 x 48 pixels")).to_be_visible(timeout=30_000)
    names = ("x.png", "\x1b[31m\r\nevil.png", "a" * 200 + ".png", "<script>1</script>.png")
    files = (b"text", animation(), png(65535, 65535), b"")
    keys = ("upload_format", "upload_moving", "upload_pixels", "upload_empty")
    for name, data, key in zip(names, files, keys, strict=True):
        bring(page, data, name)
        said = page.get_by_role("alert").filter(has_text=words[key][:20])
        expect(said).to_be_visible(timeout=30_000)
    assert serious(page) == []
    bring(page, photo("PNG", (1400, 1100)))  # more than is kept in memory by default
    expect(page.get_by_text("1400 x 1100 pixels")).to_be_visible(timeout=30_000)
    bring(page, bytes(21 * 1024 * 1024))
    expect(page.get_by_text("20.0MB")).to_be_visible(timeout=30_000)
    assert not any("png" in line for line in bringer.said)


def test_what_is_brought_is_not_written(bringer: Served, visit: Visitor) -> None:
    """A file of a megabyte and more would go to the temporary folder, unless told otherwise."""
    page = visit(f"{bringer.address}/bringing")
    written = Path(f"/proc/{bringer.process.pid}/io")

    def bytes_written() -> int:
        line = next(line for line in written.read_text().splitlines() if line.startswith("write_b"))
        return int(line.split()[1])

    before = bytes_written()
    bring(page, photo("BMP", (2000, 2000)))
    expect(page.get_by_text("2000 x 2000 pixels")).to_be_visible(timeout=60_000)
    opened = [str(one.readlink()) for one in Path(f"/proc/{bringer.process.pid}/fd").iterdir()]
    assert not [one for one in opened if one.startswith("/tmp") and "deleted" in one]
    assert bytes_written() - before < 1_000_000


@pytest.mark.slow
def test_who_left_is_forgotten(bringer: Served, visit: Visitor) -> None:
    """The photo of whoever left last would stay in memory until somebody else leaves."""
    data = photo("BMP", (2500, 2500))
    large = len(data) - 2_000_000  # of 18 MB

    def come_and_go() -> tuple[int, int]:
        page = visit(f"{bringer.address}/bringing")
        bring(page, data)
        expect(page.get_by_text("2500 x 2500 pixels")).to_be_visible(timeout=60_000)
        most = resident(bringer)
        page.context.close()
        deadline = time.monotonic() + 10
        while most - resident(bringer) < large and time.monotonic() < deadline:
            time.sleep(0.5)
        return most, resident(bringer)

    _, before = come_and_go()  # what is loaded for the first photo stays
    most, after = come_and_go()
    assert most - before > large
    assert after - before < large / 2


def resident(app: Served) -> int:
    status = Path(f"/proc/{app.process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def test_sessions_are_ended_after_a_while_without_a_page() -> None:
    class Runtime:
        active: ClassVar = {"here", "back"}
        closed: ClassVar[list[str]] = []

        def is_active_session(self, session_id: str) -> bool:
            return session_id in self.active

        def close_session(self, session_id: str) -> None:
            self.closed.append(session_id)

    now = [0.0]
    register, runtime = Register(lambda: now[0]), Runtime()
    for session in ("here", "back", "left"):
        register.enter(session)
    for now[0], ended in ((0.0, 0), (59.0, 0), (60.0, 1), (61.0, 0)):
        assert register.forget(runtime, 60.0) == ended
    assert runtime.closed == ["left"]
    runtime.active.remove("back")
    now[0] = 100.0
    assert register.forget(runtime, 60.0) == 0
    register.enter("back")
    now[0] = 161.0
    assert register.forget(runtime, 60.0) == 0


def test_memory_is_tidied_after_a_page_was_run_and_not_for_ever() -> None:
    """Streamlit's own tidying after each run is off: what it frees is freed between answers."""
    register = Register()
    assert not register.entered()
    register.enter("one")
    register.enter("two")
    assert register.entered()
    assert not register.entered()
    register.enter("one")
    assert register.entered()


@pytest.mark.parametrize(
    ("button", "shown"),
    [
        ("Go wrong", texts.words("en", "app")["fault"]),
        ("Refuse", "That did not work: expected a b, got a c; try b"),
    ],
)
def test_what_goes_wrong_is_one_line(
    bringer: Served, visit: Visitor, button: str, shown: str
) -> None:
    page = visit(f"{bringer.address}/bringing")
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text(shown)).to_be_visible(timeout=30_000)
    body = page.locator("body").inner_text()
    for told in ("Traceback", "secret", "Error", ".py"):
        assert told not in body
    assert serious(page) == []
    page.get_by_role("button", name="Go wrong")  # the page is still there


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "dark"), (NARROW, "light")])
def test_another_language_is_chosen_by_keyboard(
    app: Served, visit: Visitor, width: int, scheme: str
) -> None:
    page = visit(f"{app.address}/about", width=width, scheme=scheme)
    if width == NARROW:
        page.get_by_test_id("stExpandSidebarButton").click()
        page.get_by_test_id("stSidebarNav").wait_for()
        page.wait_for_timeout(500)  # it slides in
    page.get_by_role("combobox", name="Language").focus()
    page.keyboard.type("Deu")
    page.get_by_role("option", name="Deutsch").wait_for()
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(texts.words("de", "about")["title"], timeout=30_000)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    idle(page)
    assert serious(page) == []
    assert not sticks_out(page)


def test_the_first_stop_of_the_keyboard_leads_past_the_menu(app: Served, visit: Visitor) -> None:
    page = visit(f"{app.address}/about", language="de")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == texts.words("de", "app")["skip"]
    box = skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.testid") == "stMain"


def test_a_phone_has_the_menu_behind_a_button(app: Served, visit: Visitor) -> None:
    page = visit(f"{app.address}/about", width=NARROW)
    expect(page.get_by_test_id("stSidebarNav")).not_to_be_visible(timeout=20_000)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNav").wait_for()
    assert serious(page) == []


def test_the_style_is_applied(app: Served, visit: Visitor) -> None:
    for scheme, ground in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 24, 29)")):
        page = visit(f"{app.address}/about", scheme=scheme)
        look = "getComputedStyle(document.querySelector('{}')).{}"
        assert page.evaluate(look.format(".stApp", "backgroundColor")) == ground
        assert page.evaluate(look.format(".lead", "fontSize")) == "19px"


def test_axe_would_say_something(app: Served, visit: Visitor) -> None:
    page = visit(f"{app.address}/about")
    page.evaluate("document.querySelector('.lead').style.color = '#eee'")
    assert {rule for rule, *_ in serious(page)} == {"color-contrast"}


def test_a_page_that_is_not_there_is_the_first(app: Served, visit: Visitor) -> None:
    visit.forgiven.append("does not seem to exist")
    page = visit(f"{app.address}/nowhere")
    idle(page)
    assert page.get_by_test_id("stException").count() == 0
