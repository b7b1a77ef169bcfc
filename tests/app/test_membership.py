"""The page Membership: what attacks say of a pair, and how often they are wrong."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.prepared_verifiers import html_of, made_once, opened
from faceaudit.api.attacked_pairs import AttackedPairs, Said
from faceaudit.app import verifiers
from faceaudit.app.parts.membership import audited, choice
from faceaudit.app.parts.membership.gate import BLIND
from faceaudit.app.parts.membership.strip import LEFT, StripRow, across, draw_strip
from faceaudit.app.parts.numbers import share
from faceaudit.app.settings import Settings
from faceaudit.metrics import wilson
from faceaudit.records.membership import CheckFacts
from faceaudit.types import Estimate, Figure


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return made_once(tmp_path_factory)


@pytest.fixture
def cases(given: Settings) -> tuple[AttackedPairs, ...]:
    return verifiers.attacked(given, 0)


def png(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (60, 50, 3)).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


# the choice of a pair


def test_pairs_to_choose_from_are_of_the_side_that_was_asked_for(
    cases: tuple[AttackedPairs, ...],
) -> None:
    case = cases[0]
    assert case.people is not None
    for member in (True, False):
        rows = choice.drawn(case, member=member, draw=0)
        assert len(set(rows)) == choice.SHOWN
        assert (case.member[choice.TARGET, rows] == member).all()
        same = case.people[rows, 0] == case.people[rows, 1]
        assert same.sum() == choice.SHOWN // 2
        assert choice.drawn(case, member=member, draw=0) == rows
        assert choice.drawn(case, member=member, draw=1) != rows


def test_those_that_stand_out_are_scored_highest(cases: tuple[AttackedPairs, ...]) -> None:
    case = cases[0]
    scores = case.scores[case.facts.strongest["pair"]][choice.TARGET]
    rows = choice.drawn(case, member=False, draw=0, stand_out=True)
    others = np.flatnonzero(~case.member[choice.TARGET])
    assert scores[rows].min() >= np.sort(scores[others])[-choice.SHOWN]


# what is said


def test_the_drawing_gives_low_rates_room() -> None:
    drawn = draw_strip([StripRow("a & b", wilson(5, 100)), StripRow("c", None)], 350)
    assert drawn.count("<circle") == 1
    assert "a &amp; b: 5.0" in drawn
    assert "Not asked about this pair." in drawn
    assert across(0.05, 350) - LEFT > 0.2 * (350 - LEFT)


def test_a_verdict_comes_with_its_error_rates(
    given: Settings, monkeypatch: pytest.MonkeyPatch, cases: tuple[AttackedPairs, ...]
) -> None:
    shown = opened("membership", given, monkeypatch)
    strongest = cases[0].facts.strongest["pair"]
    row = choice.drawn(cases[0], member=True, draw=0)[0]
    said = cases[0].said(strongest, row)
    assert said is not None
    body = html_of(shown)
    assert "The verifier did learn from this pair." in body
    assert f"gives it a score that {share(said.fpr.value)}" in body
    assert f"n = {said.fpr.n}" in body
    assert f"{share(said.tpr.value)} (" in body

    shown.segmented_control(key="membership member").set_value(False).run()
    assert not shown.exception
    assert "The verifier did not learn from this pair." in html_of(shown)


def test_a_hint_is_called_one_only_where_intervals_lie_apart() -> None:
    def said(fpr: int, tpr: int) -> str:
        found = Said(0.0, True, wilson(fpr, 500), wilson(tpr, 500))
        return audited._worth(found)

    assert "2.0 times as often" in said(100, 200)
    assert "tells nothing" in said(100, 110)
    assert "more often from a pair that was not" in said(200, 100)
    assert "None of the pairs not learned from" in said(0, 100)


def test_ways_of_asking_that_trainings_share_come_once(cases: tuple[AttackedPairs, ...]) -> None:
    said = audited._all_said(cases, "loss", 0)
    titles = [audited._title(case, run) for case, run, _ in said]
    assert titles == [
        "No mitigation",
        "FaceBone: asked as users ask",
        "FaceBone: each network in turn",
        "FaceBone: all networks at once",
        "FaceBone: the network it was learned with",
        "FaceBone averaged: asked as users ask",
        "Distance threshold",
        "Labels only",
    ]


def gate() -> None:
    import streamlit as st  # noqa: PLC0415 - AppTest runs the text of this function alone

    from faceaudit.app.parts.membership.gate import show_gate  # noqa: PLC0415

    show_gate(st.session_state["case"])


@pytest.mark.parametrize("passed", [True, False, None])
def test_the_gate_says_whether_figures_may_be_believed(
    cases: tuple[AttackedPairs, ...], passed: bool | None
) -> None:
    facts = cases[0].facts
    checks = (CheckFacts(name="labels", passed=passed, message="a <b>"), *facts.gate[1:])
    others = [check for check in facts.gate[1:] if check.passed is False]
    shown = AppTest.from_function(gate)
    shown.session_state["case"] = replace(cases[0], facts=facts.model_copy(update={"gate": checks}))
    shown.run()
    assert not shown.exception
    body = html_of(shown)
    assert "a &lt;b&gt;" in body
    assert ("checks failed" in body) == (passed is False or bool(others))
    assert "names and labels tell members apart" in body


@pytest.mark.parametrize("low", [0.49, 0.5, 0.51])
def test_names_and_labels_tell_members_apart_only_where_the_interval_says_so(
    cases: tuple[AttackedPairs, ...], low: float
) -> None:
    blind = Figure(BLIND, Estimate(0.55, low, 0.6, 5, "95 %"))
    shown = AppTest.from_function(gate)
    shown.session_state["case"] = replace(cases[0], figures=(blind,))
    shown.run()
    assert not shown.exception
    assert ("better than guessing, so that" in html_of(shown)) == (low > 0.5)
    assert ("no better than guessing" in html_of(shown)) == (low <= 0.5)


# photos of one's own


def test_photos_of_ones_own_are_answered_and_kept_nowhere(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = opened("membership", given, monkeypatch)
    shown.segmented_control(key="membership whose").set_value("own").run()
    assert "Bring two photos" in html_of(shown)
    before = files(given.root)
    made = verifiers.prepared(given)
    assert made is not None
    shown.file_uploader(key="membership first").set_value(("mine.png", png(1), "image/png"))
    shown.file_uploader(key="membership second").set_value(("yours.png", png(2), "image/png"))
    shown.run()
    assert not shown.exception
    body = html_of(shown)
    assert body.count("<tr><th") == 1 + len(made.verifiers)
    assert "No verifier here learned from photos that you bring" in body
    assert "mine.png" not in body
    assert files(given.root) == before

    shown.segmented_control(key="membership same").set_value(False).run()
    assert "Pairs not learned from (two people)" in html_of(shown)


def test_a_broken_photo_is_one_friendly_line(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = opened("membership", given, monkeypatch)
    shown.segmented_control(key="membership whose").set_value("own").run()
    shown.file_uploader(key="membership first").set_value(("a.png", png(1)[:90], "image/png"))
    shown.run()
    assert not shown.exception
    assert 'role="alert"' in html_of(shown)
    assert "Bring two photos" in html_of(shown)


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))
