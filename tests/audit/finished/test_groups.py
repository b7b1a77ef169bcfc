"""Verification of finished systems by group of people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from audit.finished.answers import ToldPairs
from faceaudit.audit.finished.verification import build_unseen, verify
from faceaudit.faces.groups import groupings
from faceaudit.types import FaceSet, IntArray
from helpers.faces import blocks

FACES = replace(
    blocks(40, 5, (55, 47)),
    attributes={"tone": np.repeat([0, 1], 100)},
    fingerprint="",
)
GROUPINGS = groupings(FACES, {"tone": ("light", "deep")})
ASK = build_unseen(FACES, np.arange(len(FACES)), per_person=5, seed=0, unseen=True)


def accepts(faces: FaceSet, first: IntArray, second: IntArray) -> np.ndarray:
    """Accept one person's pairs, and two deep people's; of two light ones none."""
    same = faces.identity[first] == faces.identity[second]
    tone = faces.attributes["tone"]
    return (same | ((tone[first] == 1) & (tone[second] == 1))).astype(np.int64)


def test_own_decisions_are_counted_by_group_where_both_people_are_of_it() -> None:
    found = verify(ToldPairs(decide=accepts), ASK, GROUPINGS)
    rates = {one.metric: one.estimate for one in found.figures if "|tone=" in one.metric}
    assert {name: rate and rate.value for name, rate in rates.items()} == {
        "own_fmr|tone=light": 0.0,
        "own_fmr|tone=deep": 1.0,
        "own_fnmr|tone=light": 0.0,
        "own_fnmr|tone=deep": 0.0,
    }
    assert ASK.pairs is not None
    row = {id_: place for place, id_ in enumerate(ASK.faces.ids)}
    tones = np.array(
        [
            [ASK.faces.attributes["tone"][row[id_]] for id_ in pair]
            for pair in zip(ASK.pairs.first, ASK.pairs.second, strict=True)
        ]
    )
    light = rates["own_fmr|tone=light"]
    assert light is not None
    assert light.n == np.count_nonzero((tones == 0).all(axis=1) & ~ASK.pairs.same)
    difference = next(one for one in found.figures if one.metric == "own_fmr|tone:max-min")
    assert difference.estimate is not None
    assert difference.estimate.value == 1
    assert [one.people for one in found.groups] == [(20, 20)]


def test_scores_are_decided_at_the_thresholds_that_folds_choose_for_one_another() -> None:
    rng = np.random.default_rng(0)

    def score(faces: FaceSet, first: IntArray, second: IntArray) -> np.ndarray:
        return accepts(faces, first, second) + rng.normal(0, 0.1, len(first))

    found = verify(ToldPairs(scores=score), ASK, GROUPINGS)
    rates = {one.metric: one.estimate for one in found.figures}
    deep, light = rates["chosen_fmr|tone=deep"], rates["chosen_fmr|tone=light"]
    assert deep is not None
    assert light is not None
    assert deep.value > 0.9 > 0.1 > light.value
    p = rates["chosen_fmr|tone:p"]
    assert p is not None
    assert p.value < 0.05


@pytest.mark.parametrize("wanted", [None, []])
def test_without_groupings_there_are_no_figures_by_group(wanted: list[str] | None) -> None:
    plain = replace(FACES, attributes={}, fingerprint="") if wanted is None else FACES
    found = verify(ToldPairs(decide=accepts), ASK, groupings(plain, {}, wanted))
    assert not [one for one in found.figures if "|" in one.metric]
    assert found.groups == ()
