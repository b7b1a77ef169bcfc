"""The page System: two verifiers side by side, at a threshold."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from app.prepared_verifiers import html_of, made_once, opened
from faceaudit.app import verifiers, work
from faceaudit.app.pages import system
from faceaudit.app.parts import numbers, waiting
from faceaudit.app.parts.confusion import confusion_table, estimate_cell
from faceaudit.app.parts.det import LEFT, TOP, DetLine, draw_det, place
from faceaudit.app.settings import Settings
from faceaudit.app.work import Work
from faceaudit.metrics import confusion, wilson


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return made_once(tmp_path_factory)


# words and drawings


def test_a_score_is_never_rounded_to_an_end() -> None:
    assert numbers.score(0.5) == "0.50"
    assert numbers.score(0.997) == "0.997"
    assert numbers.score(0.0000001) == "<\N{NO-BREAK SPACE}0.0001"
    assert numbers.score(0.9999999) == ">\N{NO-BREAK SPACE}0.9999"
    assert (numbers.score(0.0), numbers.score(1.0)) == ("0.00", "1.00")


def test_a_rate_is_one_in_so_many_and_none_seen_is_not_never() -> None:
    assert numbers.one_in(wilson(10, 1000)).startswith("1 in 100 strangers (between 1 in 5")
    assert numbers.one_in(wilson(1, 4)).startswith("1 in 4 strangers (between 1 in 1")
    assert numbers.one_in(wilson(0, 100)) == "none of 100 strangers, which allows up to 1 in 27"


def test_numbers_are_written_as_the_language_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faceaudit.app.language.language", lambda: "de")
    assert numbers.share(0.1234) == "12,3\N{NO-BREAK SPACE}%"
    assert numbers.number(12345) == "12.345"
    assert numbers.score(0.5) == "0,50"


def test_the_curve_has_its_points_and_its_words() -> None:
    lines = [
        DetLine("A", "one & two", [-2.0, -1.0], [-1.0, -2.0], (0.0, 0.3)),
        DetLine("B", "three", [-2.0, -1.5], [-1.0, -1.5], (0.1, 0.1)),
        DetLine("", "behind", [-2.0, -1.5], [-1.2, -1.7]),
    ]
    drawn = draw_det(lines)
    assert drawn.count("<polyline") == 3
    assert "one &amp; two accepts 0.0\N{NO-BREAK SPACE}% of strangers" in drawn
    assert "behind" not in drawn.split(">")[0]
    assert place(0.0, 1.0) == (LEFT, TOP), "what is beyond the axes is at their ends"
    left, right = place(0.01, 0.1), place(0.1, 0.1)
    assert left[0] < right[0]
    assert left[1] == right[1]


def test_the_table_has_the_four_counts() -> None:
    same = np.array([True] * 5 + [False] * 4)
    counts = confusion(same, np.array([0.9, 0.8, 0.7, 0.2, 0.1, 0.9, 0.1, 0.1, 0.1]), 0.5)
    found = re.findall(r'<strong class="num">(\d+)</strong>([a-z ]+),', confusion_table(counts))
    assert found == [
        ("3", "rightly accepted"),
        ("2", "wrongly rejected"),
        ("1", "wrongly accepted"),
        ("3", "rightly rejected"),
    ]


def test_what_is_unknown_is_not_zero() -> None:
    assert estimate_cell(None, "no pair is accepted") == (
        "<td>unknown<small>no pair is accepted</small></td>"
    )


# the page


def test_the_threshold_moves_everything(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = opened("system", given, monkeypatch)
    for threshold in (0.5, 0.9, 0.001):
        shown.select_slider(key="system threshold").set_value(threshold).run()
        assert not shown.exception
        for name in ("none-1", "facebone-1-2"):
            counts = verifiers.held_out(given, name).confusion(threshold)
            assert confusion_table(counts) in html_of(shown)
            assert estimate_cell(counts.f1, "No pair is accepted.") in html_of(shown)


def test_any_two_verifiers_are_held_against_one_another(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = opened("system", given, monkeypatch)
    shown.selectbox(key="system A").select("distance_threshold-1").run()
    shown.selectbox(key="system B").select("distance_threshold-1").run()
    assert not shown.exception
    assert html_of(shown).count("Distance threshold, Net A</h3>") == 7


def test_the_worst_pairs_are_shown_and_described(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = html_of(opened("system", given, monkeypatch))
    assert body.count("<img ") == 2 * 2 * 2 * system.WORST
    assert body.count('alt=""') == 0
    assert "These people do not exist." in body


def test_the_preparation_is_started_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    states = [Work("absent"), Work("running")]
    monkeypatch.setattr(work, "look", lambda *_: states[min(1, len(begun))])
    monkeypatch.setattr(work, "start", lambda _, name, __: begun.append(name))
    empty = Settings(folder=tmp_path)
    for _ in range(2):
        assert "Verifiers are trained" in html_of(opened("system", empty, monkeypatch))
        assert begun == ["preparing"]


def test_the_page_fills_itself_once_the_step_is_made(
    tmp_path: Path, given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "look", lambda *_: Work("running"))
    empty = Settings(folder=tmp_path)
    assert "Verifiers are trained" in html_of(opened("system", empty, monkeypatch))
    seen: list[str] = []
    monkeypatch.setattr(waiting, "is_made", lambda _, step: bool(seen.append(step)) or True)
    monkeypatch.setattr(waiting.st, "rerun", lambda: seen.append("rerun"))
    waiting._look(given, verifiers.NAME)
    assert seen == ["verifiers", "rerun"]
