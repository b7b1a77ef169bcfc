from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from faceaudit.errors import InputError
from faceaudit.metrics.exposure import (
    exposure,
    fewest_times,
    found_at,
    rank,
    ranking_by_chance,
    resolved_rate,
)
from faceaudit.types import BoolArray, Float64Array, IntArray

Drawn = tuple[Float64Array, BoolArray, IntArray, IntArray]


def drawn(
    seed: int, *, records: int = 60, models: int = 8, leak: float = 0.0, steps: int = 0
) -> Drawn:
    """Return scores of all records on all models, half of them members of each.

    Args:
        leak: by how much members score higher, in standard deviations.
        steps: of how many values a score is one; 0 for any.
    """
    rng = np.random.default_rng(seed)
    member = np.tile(np.arange(records) % 2 == 0, (models, 1))
    member = rng.permuted(member, axis=1)
    scores = rng.standard_normal((models, records)) + leak * member
    if steps:
        scores = np.round(scores * steps) / steps
    model, record = np.indices(scores.shape)
    return scores.ravel(), member.ravel(), record.ravel(), model.ravel()


def by_hand(drawn: Drawn, record: int, *, as_member: bool) -> list[float]:
    """Return the placements of a record, pair by pair of scores."""
    scores, member, records, models = drawn
    placements = []
    for row in np.flatnonzero((records == record) & (member == as_member)):
        others = [
            other
            for other in np.flatnonzero(models == models[row])
            if not member[other] and other != row
        ]
        wins = sum(
            1.0 if scores[row] > scores[other] else 0.5 if scores[row] == scores[other] else 0.0
            for other in others
        )
        placements.append(wins / len(others))
    return placements


@pytest.mark.parametrize("steps", [0, 2])
def test_placements_are_those_of_a_count_by_hand(steps: int) -> None:
    made = drawn(1, leak=0.5, steps=steps)
    found = exposure(*made)
    assert found.record.tolist() == list(range(60))
    for place in range(0, 60, 7):
        own, other = (by_hand(made, place, as_member=side) for side in (True, False))
        assert found.times[place] == len(own)
        assert found.other_times[place] == len(other)
        assert found.placement[place] == pytest.approx(np.mean(own))
        assert found.other_placement[place] == pytest.approx(np.mean(other))
    assert found.found is None


def test_the_mean_over_members_is_the_auc() -> None:
    scores, member, record, model = drawn(2, models=1, leak=0.8, steps=3)
    found = exposure(scores, member, record, model)
    area = roc_auc_score(member, scores)
    assert np.nanmean(found.placement) == pytest.approx(area)


def test_a_record_that_was_never_a_member_has_no_placement() -> None:
    found = exposure([3.0, 2.0, 1.0], [True, False, False], ["a", "b", "c"], [0, 0, 0])
    assert found.placement[0] == 1
    assert np.isnan(found.placement[1:]).all()
    assert np.isnan(found.other_placement[0])
    assert found.other_placement.tolist()[1:] == [1.0, 0.0]
    assert rank(found, 0).tolist() == [0]


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_rising_maps_and_the_order_of_rows_change_nothing(seed: int) -> None:
    scores, member, record, model = drawn(seed, records=12, models=3)
    plain = exposure(scores, member, record, model, 0.2)
    order = np.random.default_rng(seed).permutation(len(scores))
    other = exposure(np.exp(scores[order]) * 5, member[order], record[order], model[order], 0.2)
    np.testing.assert_allclose(plain.placement, other.placement)
    np.testing.assert_allclose(plain.other_placement, other.other_placement)
    np.testing.assert_array_equal(plain.found, other.found)


def test_found_are_members_that_few_nonmembers_reach() -> None:
    scores, member, record, model = drawn(3, leak=1.0, steps=4)
    found = exposure(scores, member, record, model, 0.1)
    assert found.found is not None
    passed = np.zeros(len(scores), dtype=bool)
    for one in range(8):
        rows = model == one
        others = scores[rows & ~member]
        allowed = [t for t in [*scores[rows], np.inf] if (others >= t).mean() <= 0.1]
        passed |= rows & (scores >= min(allowed))
    np.testing.assert_array_equal(found_at(scores, member, model, 0.1), passed)
    for place in range(60):
        assert found.found[place] == np.count_nonzero(passed & member & (record == place))


def test_a_rate_is_resolved_where_ten_nonmembers_may_pass() -> None:
    for nonmembers, rate in ((1000, 0.01), (999, 0.05), (200, 0.05), (199, 0.1), (100, 0.1)):
        member = [True] * 5 + [False] * nonmembers
        assert resolved_rate(member, [0] * len(member)) == rate
    few = [True] * 5 + [False] * 99
    assert resolved_rate(few, [0] * len(few)) is None
    member = [True] * 5 + [False] * 1000 + [True] * 5 + [False] * 200
    assert resolved_rate(member, [0] * 1005 + [1] * 205) == 0.05


def test_the_ranking_prefers_the_higher_then_the_more_frequent() -> None:
    scores = [9, 1, 2, 3] * 2 + [9, 9, 2, 3, 4] + [1, 9, 2, 3, 8]
    member = [True, False, False, False] * 2 + [False, True, False, False, False]
    member += [False, True, False, False, True]
    record = ["z often", "a", "b", "c"] * 2 + ["b", "fair", "a", "c", "e"]
    record += ["b", "rare", "a", "c", "e"]
    found = exposure(scores, member, record, [0] * 4 + [1] * 4 + [2] * 5 + [3] * 5)
    names = [str(found.record[place]) for place in rank(found, 1)]
    assert names == ["z often", "e", "rare", "fair"]
    assert found.placement[rank(found, 1)].tolist() == [1.0, 1.0, 1.0, 7 / 8]
    assert [str(found.record[place]) for place in rank(found, 2)] == ["z often"]
    assert len(rank(found, 3)) == 0


def test_a_quarter_of_the_models_ranks() -> None:
    assert [fewest_times(models) for models in (1, 2, 4, 5, 8, 16, 17)] == [1, 1, 1, 2, 2, 4, 5]


# chance


def test_the_null_is_what_every_way_to_deal_members_gives() -> None:
    scores = np.array([3.0, 1.0, 1.0, 0.0])
    record, model = np.arange(4), np.zeros(4, dtype=int)
    highest = [
        np.nanmax(exposure(scores, np.array(member), record, model).placement)
        for member in set(permutations([True, True, False, False]))
    ]
    found = ranking_by_chance(
        scores,
        np.array([True, True, False, False]),
        record,
        model,
        fewest=1,
        top=1,
        draws=4000,
        rng=np.random.default_rng(0),
    )
    assert set(found[:, 0].tolist()) <= {float(one) for one in highest}
    assert found[:, 0].mean() == pytest.approx(np.mean(highest), abs=0.01)


def test_without_a_leak_the_first_lies_above_the_mark_as_often_as_it_should() -> None:
    above = 0
    for seed in range(200):
        made = drawn(seed, records=40, models=6)
        places = exposure(*made)
        highest = places.placement[rank(places, 2)[0]]
        chance = ranking_by_chance(
            *made, fewest=2, top=1, draws=60, rng=np.random.default_rng(seed)
        )
        above += highest > np.quantile(chance[:, 0], 0.9)
    assert 8 <= above <= 34  # of 200 at 10 %: 99.9 % of binomial counts


def test_a_leak_lifts_the_first_above_chance() -> None:
    made = drawn(5, leak=3.0, models=16)
    places = exposure(*made)
    chance = ranking_by_chance(*made, fewest=4, top=5, draws=100, rng=np.random.default_rng(0))
    first = places.placement[rank(places, 4)[:5]]
    assert (first > np.quantile(chance[:, 0], 0.95)).all()


def test_what_is_high_by_nature_is_high_by_chance_too() -> None:
    scores, member, record, model = drawn(6, models=12)
    scores = np.where(record == 17, scores + 100, scores)
    places = exposure(scores, member, record, model)
    assert places.record[rank(places, 3)[0]] == 17
    assert places.other_placement[17] == 1
    chance = ranking_by_chance(
        scores, member, record, model, fewest=3, top=2, draws=50, rng=np.random.default_rng(0)
    )
    assert (chance[:, 0] == 1).mean() > 0.9
    assert (chance[:, 1] < 1).all()


def test_places_fall_and_those_that_nobody_fills_are_unknown() -> None:
    made = drawn(7, records=6, models=2)
    chance = ranking_by_chance(*made, fewest=2, top=9, draws=30, rng=np.random.default_rng(0))
    assert chance.shape == (30, 9)
    known = np.isfinite(chance)
    assert not known[:, 6:].any()
    for row, filled in zip(chance, known, strict=True):
        assert (np.diff(row[filled]) <= 0).all()
    again = ranking_by_chance(*made, fewest=2, top=9, draws=30, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(chance, again)


# refusals


@pytest.mark.parametrize(
    ("member", "record", "message"),
    [
        ([True, False, True], ["a", "b", "c"], "two non-members of each model, got 2 and 1"),
        ([True, False, False], ["a", "b", "b"], "each record once a model"),
        ([True, False], ["a", "b", "c"], "expected member"),
        ([True, False, False], ["a", "b"], "expected records"),
    ],
)
def test_what_cannot_be_ranked_is_refused(
    member: list[bool], record: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        exposure([1.0, 2.0, 3.0], member, record, [0, 0, 0])


def test_unfinished_scores_and_no_draws_are_refused() -> None:
    columns = ([True, False, False], ["a", "b", "c"], [0, 0, 0])
    with pytest.raises(InputError, match="finite"):
        exposure([1.0, np.nan, 2.0], *columns)
    rng = np.random.default_rng(0)
    for top, draws in ((0, 1), (1, 0)):
        with pytest.raises(InputError, match="at least one draw"):
            ranking_by_chance([1.0, 2.0, 3.0], *columns, fewest=1, top=top, draws=draws, rng=rng)
