"""The page Verify without a browser: what it says of a pair, and while things are prepared."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.apptests import complaints, html, png
from app.ready import make_gallery, make_networks, patch
from faceaudit.app import texts, work
from faceaudit.app.gallery import picture
from faceaudit.app.language import CHOSEN
from faceaudit.app.networks import known
from faceaudit.app.settings import VARIABLE, Settings
from faceaudit.app.work import Work

WORDS = texts.words("en", "verify")


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = Settings(folder=tmp_path)
    monkeypatch.setenv(VARIABLE, settings.model_dump_json())
    return settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the work that was started; none really is."""
    names: list[str] = []
    monkeypatch.setattr(work, "start", lambda _settings, name, _command: names.append(name))
    monkeypatch.setattr(work, "look", lambda *_: Work("absent"))
    return names


def show() -> AppTest:
    def script() -> None:
        from faceaudit.app.pages.verify import PAGE  # noqa: PLC0415 - AppTest runs the body alone

        PAGE.show()

    return AppTest.from_function(script, default_timeout=60)


def flat(colour: tuple[int, int, int]) -> bytes:
    return png(np.full((64, 64, 3), colour, np.uint8))


def bring(page: AppTest, side: str, data: bytes) -> AppTest:
    """Bring a file as one of the two photos."""
    for one in page.button_group:
        if one.key.startswith(f"verify_{side}_source"):
            one.set_value("upload").run()
    uploader = next(one for one in page.file_uploader if f"verify_{side}" in one.key)
    return uploader.set_value(("photo", data, "image/png")).run()


def test_with_nothing_prepared_it_says_what_is_made_and_takes_photos(
    given: Settings, started: list[str]
) -> None:
    page = show().run()
    assert not page.exception
    assert started == ["preparing"]
    said = html(page)
    assert WORDS["wait_gallery"] in said
    assert WORDS["wait_why"] in said
    assert len(page.file_uploader) == 2
    assert 'class="verdict' not in said


def test_the_gallery_can_be_used_while_networks_are_trained(
    given: Settings, started: list[str]
) -> None:
    make_gallery(given)
    page = show().run()
    assert "Person 4, photo 3" in html(page)
    page.button(key="verify_second_people_7").click().run()
    assert not page.exception
    assert "Person 8, photo 1" in html(page)
    assert 'class="verdict' not in html(page)


def test_one_network_answers_while_the_other_is_trained(
    given: Settings, started: list[str]
) -> None:
    make_gallery(given)
    make_networks(given, most=1)
    said = html(show().run())
    assert said.count('class="verdict') == 1
    assert WORDS["wait_second"].format(network="DeepID B") in said
    assert started == []


def test_the_first_thing_seen_is_an_answer_by_every_network(given: Settings) -> None:
    make_gallery(given)
    make_networks(given)
    page = show().run()
    assert not page.exception
    said = html(page)
    assert said.count('class="verdict') == 2
    assert said.count("<svg") == 2
    assert WORDS["one_person"] in said
    one_in = texts.words("en", "numbers")["one_in"]
    assert one_in.format(many="100", low="50", high="200") in said


def test_the_answer_is_that_of_the_score_and_the_threshold(given: Settings) -> None:
    make_gallery(given)
    make_networks(given)
    page = show().run()
    gallery = {0: (3, 0), 1: (3, 2)}
    first, second = (patch(*gallery[side]) for side in (0, 1))
    for network in known(given):
        score = network.compare(first, second).cosine
        for many in (10, 1000):
            point = network.reference.point_at(1 / many)
            assert point is not None
            assert point.threshold is not None
            page.select_slider[0].set_value(1 / many).run()
            wanted = WORDS["yes"] if score >= point.threshold else WORDS["false_no"]
            assert wanted in html(page)


def test_strangers_who_are_accepted_are_called_a_mistake(given: Settings) -> None:
    make_gallery(given)
    make_networks(given)
    page = show().run()
    page.button(key="verify_second_people_7").click().run()
    said = html(page)
    assert WORDS["two_people"] in said
    assert WORDS["false_yes"] in said or WORDS["no"] in said
    assert f">{WORDS['yes']}<" not in said
    signs = re.findall(r'class="verdict ([a-z ]+)"', said)
    assert signs
    assert set(signs) <= {"yes wrong", "no right"}  # coloured by whether it is right


def test_a_photo_that_is_brought_is_compared(given: Settings) -> None:
    make_gallery(given)
    make_networks(given)
    page = show().run()
    bring(page, "first", flat((200, 30, 30)))
    assert not page.exception
    said = html(page)
    assert "your photo" in said
    assert WORDS["unknown"] in said
    assert said.count('class="verdict') == 2


@pytest.mark.parametrize("data", [b"", b"no photo", flat((1, 2, 3))[:60]])
def test_a_file_that_is_no_photo_gets_a_friendly_line(given: Settings, data: bytes) -> None:
    make_gallery(given)
    make_networks(given)
    page = show().run()
    bring(page, "second", data)
    assert not page.exception
    assert len(complaints(page)) == 1
    assert WORDS["no_photo"] in html(page)
    bring(page, "second", flat((0, 90, 0)))
    assert not complaints(page)
    assert WORDS["unknown"] in html(page)


def test_a_photo_is_seen_by_its_own_session_alone(given: Settings) -> None:
    make_gallery(given)
    make_networks(given)
    mine, other = show().run(), show().run()
    bring(mine, "first", flat((200, 30, 30)))
    bring(other, "first", flat((30, 30, 200)))
    other.run()
    mine.run()
    red, blue = (
        picture(np.full((64, 64, 3), colour, np.uint8), 352)
        for colour in ((200, 30, 30), (30, 30, 200))
    )
    assert red in html(mine)
    assert blue not in html(mine)
    assert blue in html(other)
    assert red not in html(other)
    bring(mine, "first", flat((30, 200, 30)))
    assert red not in html(mine)
    assert picture(np.full((64, 64, 3), (30, 200, 30), np.uint8), 352) in html(mine)


def test_ten_threads_get_the_answers_that_one_gets(given: Settings) -> None:
    make_networks(given)
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 256, (11, 60, 50, 3), dtype=np.uint8)
    for network in known(given):
        alone = [network.compare(*photos[n : n + 2]).score for n in range(10)]
        with ThreadPoolExecutor(10) as pool:
            asked = [pool.submit(network.compare, *photos[n : n + 2]) for n in range(10)]
            together = [one.result().score for one in asked]
        assert together == alone
        assert known(given)[int(network.name) - 1] is network


def test_it_speaks_german(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    make_gallery(given)
    make_networks(given)
    page = show()
    page.session_state[CHOSEN] = "de"
    said = html(page.run())
    assert texts.words("de", "verify")["one_person"] in said
    assert "199.000" in said
    one_in = texts.words("de", "numbers")["one_in"]
    assert one_in.format(many="100", low="50", high="200") in said
