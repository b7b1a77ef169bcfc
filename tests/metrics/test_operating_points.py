"""Thresholds at false match rates, by brute force, by known distributions, and on other people."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from faceaudit.errors import InputError
from faceaudit.metrics import operating_points
from faceaudit.metrics.predicted_share import predicted_ends
from simulation.draws import comparisons


def scores(rng: np.random.Generator, genuine: int, impostors: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(3, 1, genuine), rng.normal(0, 1, impostors)


@pytest.mark.parametrize(("hits", "misses", "again"), [(2, 998, 1000), (7.5, 40, 33), (300, 9, 70)])
def test_ends_of_a_prediction_are_those_of_a_beta_binomial(
    hits: float, misses: float, again: int
) -> None:
    found = np.array(predicted_ends(hits, misses, again)) * again
    law = stats.betabinom(again, hits, misses)
    low, high = law.ppf(0.025), law.ppf(0.975)
    assert found == pytest.approx([max(0, low - 0.5), min(again, high + 0.5)])


def test_very_many_trials_count_for_as_many_as_are_told_apart() -> None:
    share, many = 0.001, 5e8
    low, high = predicted_ends(share * many, (1 - share) * many, many)
    reach = 1.96 * np.sqrt(2 * share / 1e6)
    assert (share - low, high - share) == pytest.approx((reach, reach), rel=0.05)


@pytest.mark.parametrize("rate", [0.01, 0.013, 0.05])
def test_the_threshold_is_the_smallest_that_lets_no_more_pass(rate: float) -> None:
    genuine, impostor = scores(np.random.default_rng(1), 300, 2000)
    (point,) = operating_points(genuine, impostor, [rate])
    tried = np.nextafter(np.sort(impostor), np.inf)  # just above each: no other number matters
    wanted = min(t for t in tried if np.mean(impostor >= t) <= rate)
    assert point.threshold == wanted


def test_on_others_a_threshold_lets_as_many_pass_as_order_statistics_say() -> None:
    """k of n independent scores reach it, and of others (k + 1) / (n + 1), whatever the scores'."""
    found = []
    for seed in range(400):
        genuine, impostor = scores(np.random.default_rng(seed), 50, 400)
        found.append(operating_points(genuine, impostor, [0.02])[0].fmr.value)
    law = stats.hypergeom(450, 400, 225)  # impostors among the half of all comparisons
    sizes = np.arange(*law.support())
    others = (np.floor(0.02 * sizes) + 1) / (sizes + 1)
    on_halves = np.average(others, weights=law.pmf(sizes) * (400 - sizes))
    spread = np.std(found) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx((0.02 + on_halves) / 2, abs=4 * spread)
    assert np.mean(found) > 0.02 + 4 * spread, "more than of those that it was chosen on"


def test_missed_ones_are_those_below_the_threshold() -> None:
    genuine, impostor = scores(np.random.default_rng(2), 4000, 20_000)
    (point,) = operating_points(genuine, impostor, [0.01])
    assert point.fnmr.value == pytest.approx(np.mean(genuine < point.threshold), abs=0.002)
    assert point.fnmr.value == pytest.approx(stats.norm.cdf(stats.norm.isf(0.01) - 3), abs=0.02)
    assert (point.fmr.n, point.fnmr.n) == (20_000, 4000)


@pytest.mark.parametrize(
    ("kind", "alike"), [("alike", 0.0), ("alike", 0.3), ("quality", 0.3), ("quality", 0.6)]
)
def test_as_many_other_people_are_within_the_intervals(kind: str, alike: float) -> None:
    held = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        mine, others = (comparisons(rng, 400, 4000, 3.0, alike, kind) for _ in range(2))
        (point,) = operating_points(*mine.sides, [0.01], people=mine.compared)
        genuine, impostor = others.sides
        held.append(
            (
                point.fmr.low <= np.mean(impostor >= point.threshold) <= point.fmr.high,
                point.fnmr.low <= np.mean(genuine < point.threshold) <= point.fnmr.high,
            )
        )
    assert (np.mean(held, axis=0) >= 0.9).all(), np.mean(held, axis=0)


def test_an_interval_that_takes_people_who_are_alike_as_independent_is_found_out() -> None:
    held = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        mine, others = (comparisons(rng, 100, 4000, 3.0, 0.6, "alike") for _ in range(2))
        (point,) = operating_points(*mine.sides, [0.05])
        held.append(point.fmr.low <= np.mean(others.sides[1] >= point.threshold) <= point.fmr.high)
    assert np.mean(held) < 0.8


def test_neither_order_nor_numbers_of_people_matter() -> None:
    drawn = comparisons(np.random.default_rng(3), 200, 2000, 3.0, 0.3, "quality")
    genuine, impostor = drawn.sides
    people = drawn.compared
    first = operating_points(genuine, impostor, [0.02], people=people)[0]
    order = np.random.default_rng(0).permutation(len(impostor))
    moved = (people[0], people[1][order][:, ::-1])
    again = operating_points(genuine, impostor[order], [0.02], people=moved)[0]
    assert again.threshold == first.threshold
    assert again.fmr.value == first.fmr.value
    assert (again.fmr.low, again.fmr.high) == pytest.approx((first.fmr.low, first.fmr.high))


def test_folds_that_share_nobody_are_halved_whole() -> None:
    """Every comparison then counts in each halving: one of 20 groups of 20 people, or another."""
    group = np.repeat(np.arange(20), 100)
    rng = np.random.default_rng(4)
    two = 20 * group[:, None] + np.sort(rng.integers(0, 20, (2000, 2)), axis=1)
    two[two[:, 0] == two[:, 1], 1] = 20 * group[two[:, 0] == two[:, 1]]
    two = two[two[:, 0] != two[:, 1]]
    impostor = rng.normal(0, 1, len(two))
    genuine = rng.normal(3, 1, 400)
    people = np.repeat(np.arange(400)[:, None], 2, axis=1), two
    # Half of all is just enough; without whole groups half of that would be lost.
    rate = 1.0 / (0.47 * len(two))
    (point,) = operating_points(genuine, impostor, [rate], people=people)
    assert point.threshold is not None


def test_a_rate_that_is_not_resolved_is_refused_with_its_reason() -> None:
    rng = np.random.default_rng(5)
    genuine, impostor = scores(rng, 500, 1000)
    enough, few = operating_points(genuine, impostor, [0.01, 0.0009])
    assert enough.threshold is not None
    assert few.threshold is None is few.fmr is few.fnmr
    assert few.why == "expected at least 1,112 impostor comparisons for a rate of 0.0009, got 1,000"
    (halves,) = operating_points(genuine, impostor, [0.001])
    assert "among each half of the people" in halves.why
    one, two = np.repeat(np.arange(500)[:, None], 2, axis=1), np.tile([0, 1], (1000, 1))
    (alike,) = operating_points(genuine, impostor, [0.01], people=(one, two))
    assert "try more people" in alike.why


def test_equal_highest_scores_are_refused() -> None:
    rng = np.random.default_rng(6)
    impostor = np.minimum(rng.normal(0, 1, 1000), 1.0)
    (point,) = operating_points(rng.normal(3, 1, 500), impostor, [0.01])
    assert point.threshold is None
    assert f"got {int(np.sum(impostor == 1.0)):,} equal ones of 1,000" in point.why


def test_thresholds_are_rounded_where_they_are_chosen() -> None:
    genuine, impostor = scores(np.random.default_rng(7), 500, 5000)
    (exact,) = operating_points(genuine, impostor, [0.02])
    (coarse,) = operating_points(genuine, impostor, [0.02], rounded=lambda t: float(np.ceil(t)))
    assert coarse.threshold == 3.0 == np.ceil(exact.threshold)
    assert coarse.fmr.value == pytest.approx(np.mean(impostor >= 3.0), abs=1e-12)


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, 1.5])
def test_a_rate_out_of_range_is_an_error(rate: float) -> None:
    with pytest.raises(InputError, match="expected"):
        operating_points([0.5, 0.6], [0.1, 0.2], [rate])


def test_people_that_do_not_fit_are_an_error() -> None:
    two = np.zeros((2, 2), dtype=np.int64)
    with pytest.raises(InputError, match=r"expected people \(3, 2\)"):
        operating_points([0.5, 0.6], [0.1, 0.2, 0.3], [0.1], people=(two, two))


def alike_pairs(rng: np.random.Generator, people: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Return impostor scores of which those of the same two people lie close together."""
    dyads = np.column_stack(np.triu_indices(people, 1))
    own = rng.normal(0, 1, len(dyads))
    scores = own[:, None] + 0.1 * rng.normal(0, 1, (len(dyads), each))
    return scores.ravel(), np.repeat(dyads, each, axis=0)


def test_many_comparisons_of_few_people_count_for_no_more_than_their_pairs() -> None:
    rng = np.random.default_rng(8)
    one = np.repeat(np.arange(30)[:, None], 2, axis=1)
    impostor, two = alike_pairs(rng, 30, 100)
    enough, few = operating_points(rng.normal(5, 1, 30), impostor, [0.01, 0.001], people=(one, two))
    assert enough.threshold is not None
    assert "got 43,500 that count for" in few.why
    held = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        (impostor, two), (others, _) = (alike_pairs(rng, 30, 50) for _ in range(2))
        (point,) = operating_points(rng.normal(5, 1, 30), impostor, [0.02], people=(one, two))
        if point.threshold is not None:
            held.append(point.fmr.low <= np.mean(others >= point.threshold) <= point.fmr.high)
    assert len(held) > 90
    assert np.mean(held) >= 0.93


@pytest.mark.parametrize(("accepted", "kept"), [(8, False), (9, False), (10, True), (12, True)])
def test_a_rate_needs_one_accepted_comparison_among_those_that_count(
    accepted: int, kept: bool
) -> None:
    """Ten comparisons each of 200 twos count for 200: 10 of 2,000 accepted are one of these."""
    two = np.repeat(np.arange(400).reshape(200, 2), 10, axis=0)
    rng = np.random.default_rng(9)
    impostor = rng.permutation(2000).astype(float)
    rate = accepted / 2000
    one = np.repeat(np.arange(400)[:, None], 2, axis=1)
    (point,) = operating_points(rng.normal(5000, 1, 400), impostor, [rate], people=(one, two))
    assert (point.threshold is not None) == kept
    assert kept or "try more people" in point.why
