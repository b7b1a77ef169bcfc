"""Error rates by group at thresholds that are the same for all."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from faceaudit.faces.groups import Grouping, groupings
from faceaudit.metrics import OperatingPoint, SearchResults, TpirAtFpir
from faceaudit.protocols.comparisons import NO_FOLD, Comparisons
from faceaudit.protocols.groups import errors_by_group, searches_by_group, thresholds_by_group
from faceaudit.protocols.result import Result
from faceaudit.types import FaceSet

PEOPLE, PHOTOS = 24, 3


def made() -> FaceSet:
    """Return people of two tones, and hats on every third photo."""
    count = PEOPLE * PHOTOS
    who = np.repeat(np.arange(PEOPLE), PHOTOS)
    return FaceSet(
        images=np.zeros((count, 1, 1, 3), dtype=np.uint8),
        identity=who,
        names=tuple(f"p{number:02d}" for number in range(PEOPLE)),
        ids=tuple(f"{row:03d}" for row in range(count)),
        group=np.arange(count),
        attributes={"tone": who // 12, "hat": (np.arange(count) % 3 == 0).astype(np.int64)},
    )


FACES = made()
HAT, TONE = groupings(FACES, {"tone": ("light", "deep"), "hat": ("bare", "hat")})


def all_pairs() -> tuple[Comparisons, np.ndarray]:
    first, second = np.triu_indices(len(FACES), 1)
    who = FACES.identity
    score = np.random.default_rng(0).normal(0, 1, len(first)) + (who[first] == who[second])
    score = np.round(score, 1)  # some lie at a threshold
    rows = np.column_stack([first, second])
    names = np.array(FACES.names)[who[rows]]
    same = who[first] == who[second]
    ids = [tuple(FACES.ids[row] for row in side) for side in (first, second)]
    fold = np.full(len(first), NO_FOLD)
    return Comparisons(ids[0], ids[1], same, fold, score, names), rows


def test_rates_at_a_threshold_are_those_counted_by_hand() -> None:
    compared, rows = all_pairs()
    point = OperatingPoint(0.01, threshold=1.5)
    found = {one.metric: one for one in thresholds_by_group(compared, [point], FACES, [TONE])}
    assert set(found) == {"fmr@fmr=0.01", "fnmr@fmr=0.01"}
    tone = FACES.attributes["tone"][rows]
    for number, name in enumerate(("light", "deep")):
        own = (tone == number).all(axis=1)
        for metric, side in (("fmr", ~compared.same), ("fnmr", compared.same)):
            group = found[f"{metric}@fmr=0.01"].found.groups[number]
            hits = compared.score >= 1.5
            wanted = np.mean((hits if metric == "fmr" else ~hits)[own & side])
            assert group.name == name
            assert group.rate is not None
            assert group.rate.value == pytest.approx(float(wanted))
            assert group.tries == np.count_nonzero(own & side)


def test_a_comparison_of_photos_is_of_a_group_when_both_photos_are() -> None:
    compared, rows = all_pairs()
    hat = FACES.attributes["hat"][rows]
    (fmr, _) = errors_by_group(
        compared.score > 1, compared.same, rows, FACES.identity, [HAT], names=("a", "b")
    )
    assert fmr.divides == "photos"
    for number, group in enumerate(fmr.found.groups):
        assert group.tries == np.count_nonzero((hat == number).all(axis=1) & ~compared.same)


def test_a_group_with_too_few_strangers_for_the_rate_is_refused() -> None:
    compared, _ = all_pairs()
    compared.score[::2] = np.nan
    fmr, fnmr = thresholds_by_group(compared, [OperatingPoint(0.001, 1.5)], FACES, [TONE])
    assert all("expected at least 1,000 tries" in group.why for group in fmr.found.groups)
    assert all(group.rate is not None for group in fnmr.found.groups)
    made = compared.scored & ~compared.same
    assert sum(group.tries for group in fmr.found.groups) < np.count_nonzero(made)


def test_a_threshold_that_is_unknown_has_no_rates() -> None:
    compared, _ = all_pairs()
    unknown = OperatingPoint(0.0001, why="too few")
    assert not list(thresholds_by_group(compared, [unknown], FACES, [TONE]))


def test_searches_are_by_the_group_of_the_probe() -> None:
    rows = np.arange(len(FACES))
    mated, others = rows[FACES.identity % 4 != 0], rows[FACES.identity % 4 == 0]
    rng = np.random.default_rng(1)
    ahead = rng.integers(0, 2, len(mated))
    searches = SearchResults(
        mated,
        np.round(rng.random(len(mated)), 1),
        ahead,
        np.zeros(len(mated)),
        others,
        rng.random(len(others)),
        18,
    )
    point = TpirAtFpir(0.5, threshold=0.5)
    identity = FACES.identity
    side = np.arange(24) % 2
    has = side[:, None] == np.arange(2)
    big = Grouping("all", "people", ("a", "b"), side, side[identity], has)
    found = {
        one.metric: one.found for one in searches_by_group(searches, [point], rows, identity, [big])
    }
    assert set(found) == {"rank-1_error", "fnir@fpir=0.5", "fpir@fpir=0.5"}
    for number, group in enumerate(found["rank-1_error"].groups[1:], 1):
        own = identity[mated] % 2 == number
        assert group.rate is not None
        assert group.rate.value == pytest.approx(float(np.mean(ahead[own] > 0)))
    unfound = (ahead > 0) | (searches.score < 0.5)
    second = found["fnir@fpir=0.5"].groups[1]
    assert second.rate is not None
    assert second.rate.value == pytest.approx(float(np.mean(unfound[identity[mated] % 2 == 1])))
    assert [group.people for group in found["fpir@fpir=0.5"].groups] == [6]  # every fourth is even


def test_strangers_who_reach_a_threshold_are_counted_by_their_group() -> None:
    rows, identity = np.arange(len(FACES)), FACES.identity
    top = np.round(np.random.default_rng(3).random(len(rows)), 1)
    none = np.zeros(0, dtype=np.int64)
    searches = SearchResults(none, np.zeros(0), none, np.zeros(0), rows, top, 18)
    found = searches_by_group(searches, [TpirAtFpir(0.05, threshold=0.5)], rows, identity, [TONE])
    (alarms,) = (one.found for one in found if one.metric == "fpir@fpir=0.05")
    for number, group in enumerate(alarms.groups):
        assert group.rate is not None
        own = FACES.attributes["tone"] == number
        assert group.rate.value == pytest.approx(float(np.mean(top[own] >= 0.5)))
    (few,) = (
        one.found
        for one in searches_by_group(searches, [TpirAtFpir(0.02, 0.5)], rows, identity, [TONE])
        if one.metric == "fpir@fpir=0.02"
    )
    assert {group.why for group in few.groups} == {
        "expected at least 50 tries in a group for the rate, got 36"
    }


def test_a_result_has_the_groups_as_plain_values() -> None:
    compared, _ = all_pairs()
    groups = tuple(thresholds_by_group(compared, [OperatingPoint(0.1, 1.5)], FACES, [TONE, HAT]))
    values = Result("verification", (), {}, groups=groups).as_json()["groups"]
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert [one["attribute"] for one in values] == ["tone", "hat", "tone", "hat"]
    assert values[0]["groups"][0] == asdict(groups[0].found.groups[0])
    assert values[1]["p"]["why_none"].startswith("groups of photos")
