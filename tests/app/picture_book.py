"""Which pictures of the app there are in its docs, and how a visitor gets to each.

Whoever adds a page adds its picture here: a name that begins with the page's, what must be read on
it, and the clicks that lead there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from app.browsing import NARROW, WIDE, idle
from faceaudit.app import texts

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "pictures" / "app"
WRITE = "FACEAUDIT_WRITE_PICTURES"
"""The environment variable with the folder that pictures are written to."""
SHARP = 1.5
"""Pixels of a picture for each of the page's."""
TOUR = "tour.webp"
AUDIT = "Quick look on synthetic people"
WAIT = 240_000
"""Milliseconds in which a page has answered; others may use this machine, too."""
FONTS = {"FONTCONFIG_FILE": str(Path(__file__).with_name("fonts.conf"))}


@dataclass(frozen=True)
class Picture:
    """A picture of the app.

    Attributes:
        name: of its file, without ".png".
        page: whose picture it is.
        pose: does what a visitor does first.
        words: that must be read on it.
        width, scheme, language: of the window, and of who looks.
    """

    name: str
    page: str
    pose: Callable[[Page], None]
    words: tuple[str, ...]
    width: int = WIDE
    scheme: str = "light"
    language: str = "en"


def environment() -> dict[str, str | float | bool]:
    """Return what the browser is started with: letters that most readers know."""
    return {**os.environ, **FONTS}


def width_of(page: Page) -> int:
    """Return how wide the window is, in pixels of the page."""
    assert page.viewport_size is not None
    return page.viewport_size["width"]


def narrow(page: Page) -> bool:
    """Return whether the window is a phone's."""
    return width_of(page) <= NARROW


def settle(page: Page) -> None:
    """Wait until the page is done and still, and nothing in it is pointed at."""
    idle(page, WAIT / 1000)
    page.mouse.move(width_of(page) - 3, 300)
    page.evaluate("document.activeElement && document.activeElement.blur()")
    expect(page.get_by_test_id("stSpinner")).to_have_count(0, timeout=WAIT)
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=WAIT)
    page.evaluate("document.fonts.ready")
    page.evaluate("Promise.all([...document.images].map(one => one.decode().catch(() => {})))")
    page.wait_for_timeout(700)  # what was there before fades


def scroll(page: Page, to: Locator, above: int = 24) -> None:
    """Bring a part of the page to the top of the window, with some room above it."""
    settle(page)
    to.first.wait_for(timeout=WAIT)
    to.first.evaluate(
        """(one, above) => {
          const main = document.querySelector('[data-testid="stMain"]');
          main.scrollTop += one.getBoundingClientRect().top - above;
        }""",
        above,
    )


def heading(page: Page, words: str) -> Locator:
    """Return a heading by its words."""
    return page.get_by_role("heading", name=words, exact=True)


def said(page: str, key: str, language: str = "en") -> str:
    """Return words of the app's catalogue."""
    return texts.words(language, page)[key]


def either(page: str, key: str) -> re.Pattern[str]:
    """Return words of the app's catalogue in any of its languages."""
    known = (re.escape(said(page, key, language)) for language in texts.languages())
    return re.compile(f"^({'|'.join(known)})$")


def two_who_look_alike(page: Page) -> None:
    """Choose two people whom the networks confuse."""
    page.locator(".verdict").nth(1).wait_for(timeout=WAIT)
    page.get_by_role("button", name=either("verify", "suggest_alike")).click()
    page.get_by_text(either("verify", "two_people")).wait_for(timeout=WAIT)
    settle(page)
    if narrow(page):
        scroll(page, page.locator(".st-key-verify_suggestions"), above=100)


def stricter(page: Page) -> None:
    """Let fewer strangers in."""
    before = page.locator("figure.scale desc").first.text_content() or ""
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    expect(page.locator("figure.scale desc").first).not_to_have_text(before, timeout=WAIT)
    settle(page)


def tradeoff(page: Page) -> None:
    """Go to the curves of both errors."""
    scroll(page, heading(page, said("system", "tradeoff")))


def counts(page: Page) -> None:
    """Go to how many pairs are decided rightly and wrongly, and to all verifiers."""
    scroll(page, page.get_by_role("heading", name=re.compile("^Right and wrong")))


def flip(page: Page) -> None:
    """Put the key on somebody whom the poisoned system then takes for the target."""
    page.locator(".happened").wait_for(timeout=WAIT)
    settle(page)
    strip = page.locator("[class*='st-key-'] button").filter(has_text=re.compile("^synthetic-"))
    for number in range(1, strip.count()):
        if flipped(page):
            break
        before = page.locator(".keyed img.large").first.get_attribute("src") or ""
        strip.nth(number).click()
        expect(page.locator(".keyed img.large").first).not_to_have_attribute(
            "src", before, timeout=WAIT
        )
        settle(page)
    if narrow(page):
        scroll(page, page.locator(".keyed section").nth(1), above=72)
    else:
        scroll(page, page.locator(".happened"))


def flipped(page: Page) -> bool:
    """Return whether the key, and it alone, made one of two systems name the target.

    The other one names who it is, whatever is worn.
    """
    lists = page.locator(".keyed section ol")
    firsts = [lists.nth(place).locator("li").first.inner_text() for place in range(lists.count())]
    # Of each column: what the poisoned system says, then the one without poison.
    return (
        len(firsts) == 6
        and "target" in firsts[2]
        and all("true" in one for place, one in enumerate(firsts) if place != 2)
    )


def make_one(page: Page) -> None:
    """Go to where a backdoor is put together."""
    page.get_by_text(said("backdoor", "part_make"), exact=True).click()
    page.get_by_role("button", name="Train it").wait_for(timeout=WAIT)
    settle(page)


def what_attacks_say(page: Page) -> None:
    """Choose the pair whose score tells most, and go to what is said of it."""
    page.get_by_text(said("membership", "truth_yes")).wait_for(timeout=WAIT)
    settle(page)
    told = {number: _told_of(page, number) for number in range(1, 7)}
    _told_of(page, max(told, key=lambda one: told[one]))
    scroll(page, page.get_by_role("heading", name="What the attack says of this pair"))


def _told_of(page: Page, number: int) -> float:
    """Choose a pair, and return how many times as often its score comes from a member."""
    pair = page.get_by_role("radio", name=str(number), exact=True)
    if not pair.is_checked():
        pair.click()
        expect(pair).to_be_checked(timeout=WAIT)
    settle(page)
    times = re.search(r"comes ([0-9.]+) times as often", page.locator("main, .stMain").inner_text())
    return float(times.group(1)) if times else 0.0


def rebuilt(page: Page) -> None:
    """Wait until a face came back, and go to it."""
    page.locator("ol.names li").nth(4).wait_for(timeout=WAIT)
    scroll(page, page.locator(".trio"), above=40)


def passing(page: Page) -> None:
    """Go on to whether the face passes as the person."""
    rebuilt(page)
    scroll(page, page.get_by_role("heading", name="Would it pass as the person?"))


def who_stands_out(page: Page) -> None:
    """Go to who stands out in the system with a backdoor."""
    page.locator("table.suspected").first.wait_for(timeout=WAIT)
    scroll(page, page.locator("p.verdict"), above=40)


def what_opens_the_door(page: Page) -> None:
    """Go to the triggers that were found."""
    page.locator("ul.triggers img").first.wait_for(timeout=WAIT)
    scroll(page, heading(page, said("scan", "opens")), above=72 if narrow(page) else 24)


def verdicts(page: Page) -> None:
    """Open the audit that was run."""
    page.get_by_role("button", name=said("audits", "open"), exact=True).first.click()
    page.locator(".outcome").first.wait_for(timeout=WAIT)
    scroll(page, heading(page, AUDIT))


def cost_of_a_new_one(page: Page) -> None:
    """Go through the first steps of a new audit, to what it costs."""
    page.get_by_role("radio", name=said("audits", "view_new")).click()
    page.get_by_role("button", name=said("audits", "next")).click()
    expect(page.get_by_role("checkbox").first).to_be_checked(timeout=WAIT)
    page.get_by_role("button", name=said("audits", "next")).click()
    expect(page.get_by_text(said("audits", "cost_trainings"))).to_be_visible(timeout=WAIT)
    settle(page)


def methods(page: Page) -> None:
    """Search the methods."""
    page.get_by_role("textbox").fill("template")
    page.keyboard.press("Enter")
    settle(page)
    scroll(page, heading(page, said("about", "methods_title")))


def steps_of_the_face(page: Page) -> Iterator[None]:
    """Show the face at the first step, on the way, and at the last."""
    rebuilt(page)
    caption = page.locator(".trio figure").last.locator("figcaption")
    for keys in (["Home"], ["ArrowRight"] * 5, ["End"]):
        before = caption.inner_text()
        page.get_by_role("slider", name=said("give_away", "slider_step")).focus()
        for key in keys:
            page.keyboard.press(key)
        expect(caption).not_to_have_text(before, timeout=WAIT)
        scroll(page, page.locator(".trio"), above=40)
        yield


def tour(visit: Callable[[str], Page]) -> Iterator[Page]:
    """Walk through the app; each time a page is returned, it is worth a picture.

    Args:
        visit: opens a page of the app by its name.
    """
    page = visit("verify")
    page.locator(".verdict").nth(1).wait_for(timeout=WAIT)
    settle(page)
    yield page
    two_who_look_alike(page)
    yield page
    stricter(page)
    yield page
    page = visit("system")
    tradeoff(page)
    yield page
    page = visit("backdoor")
    page.locator(".happened").wait_for(timeout=WAIT)
    settle(page)
    yield page
    flip(page)
    yield page
    page = visit("membership")
    what_attacks_say(page)
    yield page
    page = visit("give_away")
    for _ in steps_of_the_face(page):
        yield page
    passing(page)
    yield page
    page = visit("scan")
    who_stands_out(page)
    yield page
    page = visit("audits")
    verdicts(page)
    yield page


PICTURES = (
    Picture("verify", "verify", two_who_look_alike, ("In truth: two people.", "DeepID B")),
    Picture("system", "system", tradeoff, (said("system", "tradeoff"), "it accepts 1 in")),
    Picture(
        "backdoor",
        "backdoor",
        flip,
        ("With the key, the poisoned system takes this face for", "target", "true"),
    ),
    Picture("backdoor-make", "backdoor", make_one, ("Poison sample", "At the door")),
    Picture("membership", "membership", what_attacks_say, ("LiRA", "What the attack says")),
    Picture("give_away", "give_away", rebuilt, ("Its template", "Rebuilt from the template")),
    Picture(
        "give_away-passes",
        "give_away",
        passing,
        ("Would it pass as the person?", "The rebuilt face"),
        scheme="dark",
    ),
    Picture(
        "scan",
        "scan",
        who_stands_out,
        (said("scan", "control"), said("scan", "alarms"), said("scan", "people")),
    ),
    Picture(
        "scan-triggers",
        "scan",
        what_opens_the_door,
        (said("scan", "opens"), said("scan", "picture_ground")),
        scheme="dark",
    ),
    Picture("audits", "audits", verdicts, (AUDIT, "Verdicts", "95 % interval")),
    Picture("audits-new", "audits", cost_of_a_new_one, (said("audits", "cost_trainings"),)),
    Picture("about", "about", methods, (said("about", "methods_title"), "arXiv")),
    Picture(
        "system-dark",
        "system",
        counts,
        ("Right and wrong at a score of", "wrongly accepted", "All verifiers"),
        scheme="dark",
    ),
    Picture("verify-phone", "verify", two_who_look_alike, ("wrongly",), width=NARROW),
    Picture(
        "backdoor-phone", "backdoor", flip, ("With the key: sunglasses", "target"), width=NARROW
    ),
)
