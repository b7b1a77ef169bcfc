"""System and Membership in a real browser, at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from app.browsing import NARROW, WIDE, Served, Visitor, serious, served, sticks_out
from app.prepared_verifiers import made_once


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(made_once(tmp_path_factory).root) as found:
        yield found


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_a_threshold_is_moved_by_keys(
    running: Served, visit: Visitor, width: int, scheme: str
) -> None:
    shown = visit(f"{running.address}/system", width=width, scheme=scheme)
    drawing = shown.get_by_role("img", name=re.compile("Detection error tradeoff"))
    drawing.wait_for()
    assert "No mitigation, Net A accepts" in str(drawing.get_attribute("aria-label"))
    shown.get_by_role("slider").focus()
    shown.keyboard.press("End")
    shown.get_by_role("heading", name="Right and wrong at a score of 0.999").wait_for()
    assert not sticks_out(shown)
    assert serious(shown) == []


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "dark"), (NARROW, "light")])
def test_a_pair_is_chosen_and_told_about(
    running: Served, visit: Visitor, width: int, scheme: str
) -> None:
    shown = visit(f"{running.address}/membership", width=width, scheme=scheme)
    shown.get_by_text("The verifier did learn from this pair.").wait_for()
    drawings = shown.get_by_role("img", name=re.compile("Share of pairs not learned from"))
    expect(drawings).to_have_count(1)  # the other one is for windows of another width
    shown.get_by_role("radio", name="did not learn from").click()
    shown.get_by_text("The verifier did not learn from this pair.").wait_for()
    assert not sticks_out(shown)
    assert serious(shown) == []
    shown.get_by_role("radio", name="Two photos of your own").click()
    shown.get_by_text("Bring two photos to see what verifiers answer.").wait_for()
    assert not sticks_out(shown)
    assert serious(shown) == []
