"""The scale of scores: what it draws, and what it says to who cannot see it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from app.ready import reference
from faceaudit.app.parts.score_scale import WIDTH, ScoreScale, middle_of, said
from faceaudit.app.reference import Distribution


def svg(scale: ScoreScale) -> ElementTree.Element:
    found = re.search(r"<svg.*</svg>", scale.figure(), re.DOTALL)
    assert found is not None
    return ElementTree.fromstring(found.group())


def test_it_is_said_in_words() -> None:
    drawn = svg(ScoreScale("A & B", reference(), 0.6, 0.71))
    assert drawn.get("role") == "img"
    title, words = drawn.findtext("title"), drawn.findtext("desc")
    assert title is not None
    assert "A & B" in title
    assert words is not None
    assert "0.60" in words
    assert "0.71" in words


def test_a_higher_score_is_further_to_the_right() -> None:
    def right(score: float) -> float:
        lines = svg(ScoreScale("A", reference(), 0.5, score)).findall("line")
        return float(lines[-1].get("x1", "nan"))

    assert right(0.2) < right(0.5) < right(0.9)
    assert 0 <= right(-1.0) <= right(5.0) <= WIDTH  # beyond all others: at the end of the scale


@pytest.mark.parametrize("threshold", [0.15, 0.3, 0.42, 0.6, 0.84, 0.97])
@pytest.mark.parametrize("between", [-0.3, -0.06, 0.0, 0.06, 0.12])
def test_no_line_crosses_the_words_at_another(threshold: float, between: float) -> None:
    drawn = svg(ScoreScale("A", reference(), threshold, min(1.0, threshold + between)))
    for words in drawn.findall("text"):
        if not str(words.text).startswith(("accepted from", "these photos")):
            continue
        x, y, wide = float(words.get("x", "")), float(words.get("y", "")), 6 * len(str(words.text))
        start = x - wide if words.get("text-anchor") == "end" else x
        assert start >= 0
        assert start + wide <= WIDTH
        for line in drawn.findall("line"):
            crosses = start < float(line.get("x1", "")) < start + wide
            assert not (crosses and float(line.get("y1", "")) < y)


def test_without_a_pair_no_pair_is_drawn() -> None:
    with_pair, without = (
        ScoreScale("A", reference(), 0.5, score).figure() for score in (0.7, None)
    )
    assert "these photos" in with_pair
    assert "these photos" not in without


def test_scores_are_not_rounded_to_certainty() -> None:
    assert said(0.999) == "0.99"
    assert said(1.0) == "1.00"
    assert said(-0.25) == "\N{MINUS SIGN}0.25"
    assert said(-0.001) == "0.00"


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_middle_of_a_distribution_holds_its_share(share: float) -> None:
    even = Distribution(100, (0.01,) * 100)
    edges = tuple(number / 100 for number in range(101))
    low, high = middle_of(even, edges, share)
    assert high - low == pytest.approx(share)
    assert low + high == pytest.approx(1)
