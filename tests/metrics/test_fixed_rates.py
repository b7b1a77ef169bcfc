"""Rates at a threshold that is itself estimated, against SciPy and plain counting."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import stats

from faceaudit.errors import InputError
from faceaudit.metrics import (
    auc,
    confusion,
    eer,
    error_rates,
    roc,
    tar_at_far,
    tar_at_far_of,
    wilson,
)
from faceaudit.metrics.clusters import effective_parts, effective_trials
from faceaudit.metrics.curves import eer_weight
from faceaudit.metrics.fixed_rates import limits_around, share_at_own_threshold
from faceaudit.metrics.scores import thresholds_letting


@pytest.mark.parametrize(
    ("rate", "trials"), [(0.01, 1000), (0.1, 57), (0.05, 333), (0.5, 20), (0.01, 368)]
)
def test_counts_around_are_scipy_s_quantiles(rate: float, trials: int) -> None:
    """The threshold that k scores reach is at most the k-th highest, which k - 1 are above."""
    scores = np.arange(float(trials))
    around = limits_around(partial(thresholds_letting, scores), rate, trials)
    fewest, most = stats.binom.ppf([0.025, 0.975], trials, rate)
    assert fewest > 0
    assert [around.fewest, around.most] == [fewest - 1, most]
    assert np.sum(scores >= around.highest) == around.fewest
    assert np.sum(scores >= around.lowest) == around.most


def test_the_threshold_lies_between_as_often_as_it_is_to() -> None:
    """Of 370 uniform scores 3.7 are to pass: the true threshold may be as high as the highest."""
    rng = np.random.default_rng(8)
    above = below = 0
    for _ in range(4000):
        scores = rng.random(370)
        around = limits_around(partial(thresholds_letting, scores), 0.01, 370)
        above += around.highest < 0.99
        below += around.lowest > 0.99
    outside = stats.binom.cdf(0, 370, 0.01), stats.binom.sf(around.most, 370, 0.01)
    assert max(outside) <= 0.025
    assert np.array([above, below]) / 4000 == pytest.approx(outside, abs=0.008)


def test_where_none_may_pass_the_threshold_lies_above_the_highest_score() -> None:
    """By as much as an exponential tail of the 20 highest scores lets it: mean excess * log."""
    rng = np.random.default_rng(0)
    scores = rng.exponential(size=1000)
    around = limits_around(partial(thresholds_letting, scores), 0.001, 1000)
    top = np.sort(scores)[::-1][:21]
    beyond = (top[:20].mean() - top[20]) * np.log(-np.log(0.025) / 1)
    assert around.highest == pytest.approx(top[0] + beyond)
    assert (around.fewest, around.most) == (0, 3)
    enough = limits_around(partial(thresholds_letting, scores), 0.005, 1000)
    assert enough.highest == np.nextafter(top[0], np.inf), "one may pass, at least"
    alone = limits_around(partial(thresholds_letting, scores[:1]), 1e-9, 1)
    assert alone.highest == np.inf


def test_a_tail_is_fitted_to_as_many_scores_as_count_for_twenty() -> None:
    """Each score ten times, as one person's: what the single ones say, they say."""
    scores = np.random.default_rng(0).exponential(size=300)
    alone = limits_around(partial(thresholds_letting, scores), 0.01, 300)
    letting = partial(thresholds_letting, np.repeat(scores, 10))
    copied = limits_around(letting, 0.01, 3000, effective=300)
    assert copied.highest == pytest.approx(alone.highest)
    assert copied.highest > scores.max()
    assert copied.resolved
    fewer = limits_around(letting, 0.01, 3000, effective=99)
    assert fewer.highest > copied.highest
    assert not fewer.resolved
    assert limits_around(letting, 0.01, 3000, effective=1.5).highest == np.inf


def test_all_pass_at_a_rate_of_one() -> None:
    around = limits_around(partial(thresholds_letting, np.arange(9.0)), 1.0, 9)
    assert (around.highest, around.lowest) == (-np.inf, -np.inf)
    assert share_at_own_threshold(9, 9).low == 1


def test_fewer_that_count_spread_the_threshold_more() -> None:
    letting = partial(thresholds_letting, np.arange(3000.0))
    all_of_them, some = (
        limits_around(letting, 0.01, 3000, effective=effective) for effective in (None, 1000)
    )
    assert (some.fewest, some.most) == (9, 51)
    assert some.fewest < all_of_them.fewest < all_of_them.most < some.most


def test_a_share_beyond_an_order_statistic_is_beta() -> None:
    """Draw uniform scores; the threshold is just above the eleventh highest of 200."""
    rng = np.random.default_rng(1)
    found = share_at_own_threshold(10, 200)
    beyond = 1 - np.sort(rng.random((20_000, 200)), axis=1)[:, -11]
    assert np.quantile(beyond, [0.025, 0.975]) == pytest.approx([found.low, found.high], rel=0.02)
    assert (found.value, found.n) == (0.05, 200)


def test_tar_holds_both_spreads_added_in_squares() -> None:
    rng = np.random.default_rng(2)
    genuine, impostor = rng.normal(2, 1, 500), rng.normal(size=1000)
    (found,) = tar_at_far(genuine, impostor, [0.02])
    given = wilson(round(found.tar.value * 500), 500)
    falling = np.sort(impostor)[::-1]
    fewest, most = stats.binom.ppf([0.025, 0.975], 1000, 0.02).astype(int)
    at = [np.mean(genuine > falling[count]) for count in (fewest - 1, most)]
    assert found.tar.low == pytest.approx(
        given.value - np.hypot(given.value - given.low, given.value - at[0])
    )
    assert found.tar.high == pytest.approx(
        given.value + np.hypot(given.high - given.value, at[1] - given.value)
    )
    assert found.tar.method == "wilson 95 %, threshold's spread added in squares"


@pytest.mark.parametrize("far", [0.01, 0.1, 1.0])
def test_a_curve_gives_the_same_intervals_where_its_corners_are_dense(far: float) -> None:
    rng = np.random.default_rng(3)
    genuine, impostor = rng.normal(2, 1, 4000), rng.normal(size=2000)
    (exact,), (read,) = (
        tar_at_far(genuine, impostor, [far]),
        tar_at_far_of(roc(genuine, impostor), [far]),
    )
    assert read.tar.value == exact.tar.value
    assert read.realised == exact.realised
    assert (read.tar.low, read.tar.high) == pytest.approx((exact.tar.low, exact.tar.high), abs=2e-3)


def test_a_curve_knows_no_threshold_above_all_impostors_and_says_so() -> None:
    rng = np.random.default_rng(3)
    genuine, impostor = rng.normal(2, 1, 4000), rng.normal(size=1000)
    (read,) = tar_at_far_of(roc(genuine, impostor), [0.001])
    assert read.tar.low == 0
    (exact,) = tar_at_far(genuine, impostor, [0.001])
    assert 0 < exact.tar.low < exact.tar.value - 0.05


def test_comparisons_of_the_same_people_say_nothing_new() -> None:
    """Each comparison four times, once as copies and once as other people's."""
    rng = np.random.default_rng(4)
    genuine, impostor = rng.normal(2, 1, 300), rng.normal(size=300)
    people = (np.arange(600).reshape(300, 2) // 2, 300 + np.arange(600).reshape(300, 2))
    four = [np.repeat(scores, 4) for scores in (genuine, impostor)]
    copied = tuple(np.repeat(who, 4, axis=0) for who in people)
    strangers = (np.arange(2400).reshape(1200, 2), 2400 + np.arange(2400).reshape(1200, 2))

    def widths(scores, who):
        rates = error_rates(*scores, 1.0, people=who)
        point = tar_at_far(*scores, [0.1], people=who)[0]
        both = np.concatenate(scores)
        same = np.arange(len(both)) < len(scores[0])
        told = None if who is None else np.concatenate(who)
        found = confusion(same, both, 1.0, people=told)
        estimates = [
            rates.fmr,
            rates.fnmr,
            point.tar,
            point.realised,
            eer(*scores, people=who).rate,
            auc(*scores, people=who),
            found.precision,
            found.recall,
            found.specificity,
            found.f1,
        ]
        return np.array([one.high - one.low for one in estimates])

    plain = widths((genuine, impostor), people)
    assert widths(four, copied) == pytest.approx(plain, rel=0.05)
    assert widths(four, strangers) == pytest.approx(widths(four, None), rel=0.06)
    assert (widths(four, strangers) < 0.7 * plain).all()


def test_all_accepted_are_as_many_trials_as_people() -> None:
    people = (np.arange(400).reshape(200, 2) % 10, np.arange(400).reshape(200, 2))
    rates = error_rates(np.ones(200), np.zeros(200), 0.5, people=people)
    assert rates.fnmr.high == pytest.approx(wilson(0, 10).high)
    assert rates.fmr.high == pytest.approx(wilson(0, 200).high)
    assert (rates.fnmr.n, rates.fnmr.value) == (200, 0)


def pairs_of(rng, genuines, impostors, people):
    one, other = rng.integers(people, size=impostors), rng.integers(1, people, impostors)
    own = rng.integers(people, size=genuines)
    return np.column_stack([own, own]), np.column_stack([one, (one + other) % people])


def test_more_impostors_never_widen_what_is_told_apart_without_fault() -> None:
    """500 genuine comparisons of 100 people: as many trials as people, of however many others."""
    ends = []
    for impostors in (500, 5000, 50_000):
        rng = np.random.default_rng(9)
        scores = rng.normal(20, 1, 500), rng.normal(size=impostors)
        people = pairs_of(rng, 500, impostors, 100)
        (point,) = tar_at_far(*scores, [0.01], people=people)
        rate = eer(*scores, people=people).rate
        told = len(np.unique(people[0]))
        assert point.tar.low == pytest.approx(wilson(told, told).low)
        assert point.tar.value == 1
        ends.append((rate.low, rate.high))
    # Each side may move the crossing by what none of 100 leave open, added in squares.
    assert 0.036 < ends[0][1] < 0.055
    assert np.array(ends) == pytest.approx(np.tile(ends[0], (3, 1)), abs=1e-3)


def test_two_missed_of_few_people_leave_the_threshold_where_impostors_put_it() -> None:
    """Genuine misses say how alike genuine scores are, and nothing of impostors."""
    rng = np.random.default_rng(1)
    genuine, impostor = rng.normal(8, 1, 500), rng.normal(size=500)
    people = pairs_of(rng, 500, 500, 25)
    genuine[:2] = np.median(impostor)
    one_person = people[0].copy()
    one_person[:2] = 0
    (point,) = tar_at_far(genuine, impostor, [0.01], people=(one_person, people[1]))
    assert point.tar.value == 498 / 500
    assert 0.85 < point.tar.low < wilson(498, 500).low - 0.02
    assert "extrapolated" not in point.tar.method
    # On a scale that ends at 1, too: the threshold is not put beyond it.
    squashed = [1 / (1 + np.exp(4 - one)) for one in (genuine, impostor)]
    (bounded,) = tar_at_far(*squashed, [0.01], people=(one_person, people[1]))
    assert bounded.tar.low == pytest.approx(point.tar.low, abs=0.03)


def test_fewer_than_one_independent_false_accept_is_said() -> None:
    """All five false accepts of one person: nobody else tells how high impostors score."""
    rng = np.random.default_rng(2)
    genuine, impostor = rng.normal(4, 1, 500), rng.normal(size=500)
    people = pairs_of(rng, 500, 500, 25)
    who = 1 + people[1] % 24
    top = np.argsort(impostor)[-5:]
    who[top, 0] = 0
    (point,) = tar_at_far(genuine, impostor, [0.01], people=(people[0], who))
    assert point.tar.method.endswith("extrapolated: fewer than one independent false accept")
    (alone,) = tar_at_far(genuine, impostor, [0.01])
    assert 0 < point.tar.low < alone.tar.low - 0.1
    assert "extrapolated" not in alone.tar.method


def test_people_that_do_not_fit_are_refused() -> None:
    scores = np.arange(4.0)
    with pytest.raises(InputError, match=r"expected people \(4, 2\) as integers, got \(3, 2\)"):
        tar_at_far(scores, scores, [0.5], people=(np.zeros((4, 2), int), np.zeros((3, 2), int)))
    with pytest.raises(InputError, match=r"expected people \(4, 2\)"):
        auc(scores, scores, people=(np.zeros((4, 1), int), np.zeros((4, 2), int)))
    with pytest.raises(InputError, match="from 0 up, got -1"):
        confusion([True] * 4, scores, 0.5, people=np.full((4, 2), -1))


def test_each_error_moves_the_crossing_by_how_steep_the_other_is() -> None:
    """Normal scores of deviations 1 and 2, 4 apart, cross where densities are as 2 to 1."""
    rng = np.random.default_rng(6)
    genuine, impostor = rng.normal(4, 2, 20_000), rng.normal(size=20_000)
    assert eer_weight(roc(genuine, impostor)) == pytest.approx(1 / 3, abs=0.03)


def test_an_equal_error_rate_counts_each_side_s_copies_by_its_weight() -> None:
    rng = np.random.default_rng(7)
    genuine, impostor = rng.normal(4, 2, 1000), np.repeat(rng.normal(size=250), 4)
    people = (
        np.arange(2000).reshape(1000, 2),
        2000 + np.repeat(np.arange(500).reshape(250, 2), 4, axis=0),
    )
    alone, told = eer(genuine, impostor).rate, eer(genuine, impostor, people=people).rate
    # Two thirds of what FNMR varies by, and a third of FMR, which has four times the variance.
    expected = (4 / 9 + 4 * 1 / 9) / (4 / 9 + 1 / 9)
    assert ((told.high - told.low) / (alone.high - alone.low)) ** 2 == pytest.approx(
        expected, rel=0.1
    )


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_what_both_rates_owe_to_the_same_people_is_shared(sign: float) -> None:
    """Against sums over all pairs of comparisons that share a person, at least of squares."""
    rng = np.random.default_rng(3)
    people = pairs_of(rng, 40, 60, 8)
    own = rng.normal(size=8)
    added = own[people[0][:, 0]] + rng.normal(size=40), own[people[1]].sum(axis=1)
    added = tuple(one - one.mean() for one in added)

    def variance(values, who):
        shared = (who[:, None, :, None] == who[None, :, None, :]).any(axis=(2, 3))
        return max(values @ values, values @ shared @ values)

    weights = 1.0, 0.5 * sign
    whole = np.concatenate([weight * one for weight, one in zip(weights, added, strict=True)])
    sides = [variance(*side) for side in zip(added, people, strict=True)]
    shared = variance(whole, np.concatenate(people)) / (sides[0] + 0.25 * sides[1])
    assert abs(shared - 1) > 0.1
    found = effective_parts(added, weights, people)
    for part, one, who in zip(found, added, people, strict=True):
        expected = np.clip(effective_trials(one, who) / shared, 1, len(one)) / len(one)
        assert part == pytest.approx(expected)
    assert min(found) < 1
