"""The page About: what is done with photos, and every method with its paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

import faceaudit
from app.browsing import NARROW, WIDE, Served, Visitor, serious, sticks_out
from app.prepared_verifiers import html_of, opened
from faceaudit.app import texts
from faceaudit.app.pages import about
from faceaudit.app.settings import Settings

FAMILIES = [family for families in about.KINDS.values() for family in families]


def test_every_attack_and_mitigation_is_listed_and_explained() -> None:
    known = {one.family for one in faceaudit.components()}
    assert set(FAMILIES) <= known
    left = {
        family for family in known if re.search("attack|inversion|mitigation|protection", family)
    }
    assert left <= set(FAMILIES)
    for language in texts.languages():
        words = texts.words(language, "about")
        for family in FAMILIES:
            assert words[f"family_{family}"]
            assert words[f"threat_{family}"].endswith(".")
        assert sum(key.startswith("photo_") for key in words) >= 5
        assert sum(key.startswith("limit_") for key in words) >= 4


def test_the_search_wants_all_words() -> None:
    found = [one.name for one in about.entries("membership_attack") if one.has("LABELS lira")]
    assert found == ["label_only_lira"]
    assert not [one for one in about.entries("membership_attack") if one.has("nowhere at all")]


def test_a_name_is_spelled_as_in_a_plan_where_that_differs() -> None:
    assert about._named("lira") == "lira"
    assert about._named("average_face") == "average face <code>average_face</code>"


def test_papers_are_links_and_nothing_else_is() -> None:
    linked = about._linked("Chen <b> 2017, arXiv 1712.05526, section 4; arXiv x")
    assert linked.count("<a ") == 1
    assert 'href="https://arxiv.org/abs/1712.05526"' in linked
    assert "&lt;b&gt;" in linked


@pytest.mark.parametrize("faces", [None, "/photos"])
def test_what_is_said_of_photos_depends_on_whose_are_shown(
    monkeypatch: pytest.MonkeyPatch, faces: str | None
) -> None:
    shown = opened("about", Settings(faces=faces), monkeypatch)
    assert ("its operator" in html_of(shown)) == (faces is not None)
    assert faceaudit.__version__ in html_of(shown)

    shown.segmented_control(key="about kind").set_value("mitigations").run()
    assert "selena" in html_of(shown)
    shown.text_input(key="about search").set_value("2110.08324").run()
    assert "1 found." in html_of(shown)
    shown.text_input(key="about search").set_value("<zz>").run()
    assert "Nothing has “&lt;zz&gt;” in it" in html_of(shown)


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_the_page_is_for_everybody(app: Served, visit: Visitor, width: int, scheme: str) -> None:
    shown = visit(f"{app.address}/about", width=width, scheme=scheme)
    shown.get_by_label("Search in names, descriptions and papers").fill("yeom")
    shown.keyboard.press("Enter")
    shown.get_by_text("1 found.").wait_for()
    expect(shown.get_by_role("link", name="arXiv 1709.01604")).to_be_visible()
    assert not sticks_out(shown)
    assert serious(shown) == []
