"""Figures of membership scores, against SciPy, brute force and what they should cover."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from faceaudit.errors import InputError
from faceaudit.metrics import tar_at_far
from faceaudit.metrics.intervals import clopper_pearson, wilson
from faceaudit.metrics.membership import LEAST, balanced_accuracy, tpr_at_fpr
from faceaudit.metrics.student_mean import student_mean


def exact(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    found = stats.binomtest(successes, trials).proportion_ci(level, method="exact")
    return found.low, found.high


@settings(deadline=None)
@given(
    st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.sampled_from([0.9, 0.95, 0.99]),
)
def test_clopper_pearson_is_scipy_s(counts: tuple[int, int], level: float) -> None:
    found = clopper_pearson(*counts, level)
    assert (found.low, found.high) == pytest.approx(exact(*counts, level), abs=1e-9)
    assert (found.value, found.n) == (counts[0] / counts[1], counts[1])


def test_clopper_pearson_covers_at_least_what_it_says_at_every_rate() -> None:
    """The sum of binomial probabilities of the counts whose interval holds the rate."""
    intervals = [clopper_pearson(k, 20) for k in range(21)]
    for rate in np.linspace(0.01, 0.99, 50):
        chance = stats.binom.pmf(np.arange(21), 20, rate)
        held = [one.low <= rate <= one.high for one in intervals]
        assert chance[held].sum() >= 0.95


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (3, 2), (-1, 5)])
def test_clopper_pearson_refuses_what_is_no_share(successes: int, trials: int) -> None:
    with pytest.raises(InputError, match="expected"):
        clopper_pearson(successes, trials)


steps = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=2, max_size=60).filter(
    lambda rows: 0 < sum(row[1] for row in rows) < len(rows)
)


@settings(deadline=None)
@given(steps, st.sampled_from([0.01, 0.1, 0.25, 0.5, 1.0]))
def test_rate_found_is_the_best_that_keeps_to_the_other(
    rows: list[tuple[int, bool]], fpr: float
) -> None:
    scores, member = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    (found,) = tpr_at_fpr(scores, member, [fpr], least=1)
    nonmembers = int((~member).sum())
    if fpr * nonmembers < 1:
        assert found.tpr is found.realised is found.threshold is None
        assert found.why.startswith(f"expected at least {round(1 / fpr)} non-members")
        return
    kept = [
        (np.mean(scores[member] >= limit), np.mean(scores[~member] >= limit))
        for limit in (*range(9), 99)
        if np.mean(scores[~member] >= limit) <= fpr
    ]
    assert found.tpr is not None
    assert found.realised is not None
    assert (found.tpr.value, found.realised.value) == max(kept)
    assert (found.tpr.n, found.realised.n) == (member.sum(), nonmembers)
    given = wilson(round(found.tpr.value * found.tpr.n), found.tpr.n)
    assert found.tpr.low <= given.low
    assert given.high <= found.tpr.high


def test_rates_are_those_of_comparisons() -> None:
    rng = np.random.default_rng(0)
    member = rng.random(5000) < 0.5
    scores = rng.normal(size=5000).astype(np.float32) + member
    rates = [0.001, 0.01, 0.1, 1.0]
    ours = tpr_at_fpr(scores, member, rates, level=0.9, least=1)
    theirs = tar_at_far(scores[member], scores[~member], rates, level=0.9)
    for one, other in zip(ours, theirs, strict=True):
        assert one.threshold == other.threshold
        assert one.tpr == other.tar
        assert one.tpr is not None
        assert "wilson 90 %, threshold's spread" in one.tpr.method


def test_copies_of_records_say_nothing_new_once_they_are_clusters() -> None:
    rng = np.random.default_rng(4)
    member = np.arange(400) < 200
    scores, fold = rng.normal(size=400) + member, np.arange(400) % 5
    copied = [np.repeat(each, 6) for each in (scores, member, fold, np.arange(400))]
    (plain,) = tpr_at_fpr(scores, member, [0.1])
    (blind,) = tpr_at_fpr(*copied[:2], [0.1])
    (told,) = tpr_at_fpr(*copied[:2], [0.1], cluster=copied[3])
    widths = [one.tpr.high - one.tpr.low for one in (plain, blind, told) if one.tpr is not None]
    assert widths[1] < 0.6 * widths[0]
    assert widths[2] == pytest.approx(widths[0], rel=0.15)
    mean = balanced_accuracy(scores, member, fold)
    told_mean = balanced_accuracy(*copied[:3], cluster=copied[3])
    blind_mean = balanced_accuracy(*copied[:3])
    assert told_mean.value == mean.value
    assert told_mean.high - told_mean.low == pytest.approx(mean.high - mean.low, rel=0.15)
    assert blind_mean.high - blind_mean.low < 0.8 * (mean.high - mean.low)
    assert "beta-binomial of 200 clusters" in told_mean.method


def test_least_is_the_gate_s() -> None:
    member = np.arange(2 * 99) < 99
    scores = np.arange(2.0 * 99)
    assert LEAST == 10
    assert [one.tpr is None for one in tpr_at_fpr(scores, member, [0.1, 10 / 99])] == [True, False]


def test_too_few_others_are_said() -> None:
    member = np.arange(40) < 20
    found = tpr_at_fpr(member * 1.0, member, [0.05, 0.01], least=1)
    assert [one.why for one in found] == [
        "",
        "expected at least 100 non-members for a rate of 0.01, got 20",
    ]
    assert tpr_at_fpr(member * 1.0, member, [0.5], least=30)[0].tpr is None
    with pytest.raises(InputError, match="expected a rate above 0"):
        tpr_at_fpr(member * 1.0, member, [0.0])


def pooled(
    scores: npt.NDArray[np.float64], member: npt.NDArray[np.bool_], fold: npt.NDArray[np.int64]
) -> tuple[int, int]:
    """Try all thresholds on the other folds, the highest first; count what is right here."""
    hits = rejections = 0
    for one in np.unique(fold):
        here, rest = fold == one, fold != one
        best, chosen = 0.0, np.inf
        for limit in sorted(set(scores[rest]), reverse=True):
            called = scores[rest] >= limit
            gap = np.mean(called[member[rest]]) - np.mean(called[~member[rest]])
            if gap > best + 1e-12:
                best, chosen = gap, limit
        hits += int(np.sum(scores[here & member] >= chosen))
        rejections += int(np.sum(scores[here & ~member] < chosen))
    return hits, rejections


@pytest.mark.parametrize("seed", range(8))
def test_balanced_accuracy_is_what_trying_all_thresholds_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    member = rng.random(150) < 0.3
    scores = np.round(rng.normal(size=150) + member, seed % 3)
    fold = rng.integers(0, 4, 150) * 10
    hits, rejections = pooled(scores, member, fold)
    ours, nonmembers = int(member.sum()), int((~member).sum())
    found = balanced_accuracy(scores, member, fold)
    assert found.value == pytest.approx((hits / ours + rejections / nonmembers) / 2)
    assert found.n == min(ours, nonmembers)
    one, two = wilson(hits, ours), wilson(rejections, nonmembers)
    below = np.hypot(one.value - one.low, two.value - two.low) / 2
    above = np.hypot(one.high - one.value, two.high - two.value) / 2
    assert found.value - found.low >= below - 1e-12
    assert found.high - found.value >= above - 1e-12
    moved = 1.959964**2 * moved_by_choice(scores, member, fold)
    assert (found.value - found.low) ** 2 - below**2 == pytest.approx(moved, rel=1e-4, abs=1e-9)


def moved_by_choice(
    scores: npt.NDArray[np.float64], member: npt.NDArray[np.bool_], fold: npt.NDArray[np.int64]
) -> float:
    """Choose a threshold on all folds but each, and try it on every fold."""
    total = 0.0
    chosen = {one: chosen_on(scores[fold != one], member[fold != one]) for one in np.unique(fold)}
    for one in chosen:
        here = fold == one
        added = [
            np.sum(scores[here & member] >= limit) / member.sum() / 2
            + np.sum(scores[here & ~member] < limit) / (~member).sum() / 2
            for limit in chosen.values()
        ]
        own = added[list(chosen).index(one)]
        total += sum((each - own) ** 2 for each in added)
    return total / 2 / (len(chosen) - 1)


def chosen_on(scores: npt.NDArray[np.float64], member: npt.NDArray[np.bool_]) -> float:
    best, chosen = 0.0, np.inf
    for limit in sorted(set(scores), reverse=True):
        called = scores >= limit
        gap = np.mean(called[member]) - np.mean(called[~member])
        if gap > best + 1e-12:
            best, chosen = gap, limit
    return chosen


def test_balanced_accuracy_of_noise_is_chance_and_not_in_sample() -> None:
    """Few records: the best threshold in sample scores 0.59."""
    rng = np.random.default_rng(0)
    found, inside = [], []
    for _ in range(200):
        member, scores = np.arange(40) % 2 == 0, rng.normal(size=40)
        found.append(balanced_accuracy(scores, member, np.arange(40) // 8))
        cuts = [np.mean((scores >= cut) == member) for cut in scores]
        inside.append(max(cuts))
    assert np.mean([one.value for one in found]) == pytest.approx(0.5, abs=0.02)
    assert np.mean(inside) > 0.57
    assert np.mean([one.low <= 0.5 <= one.high for one in found]) >= 0.9


def test_balanced_accuracy_does_not_count_the_larger_side_more() -> None:
    """Answering "member" to all is right for 80 % of these, and worth nothing."""
    member = np.arange(1000) % 5 > 0
    found = balanced_accuracy(np.zeros(1000), member, np.arange(1000) // 100)
    assert found.value == 0.5
    assert found.low < 0.5 < found.high


def test_balanced_accuracy_refuses_what_it_cannot_choose_from() -> None:
    member = np.arange(20) < 10
    with pytest.raises(InputError, match="expected at least two folds, got 1"):
        balanced_accuracy(member * 1.0, member, np.zeros(20))
    with pytest.raises(InputError, match="outside each fold"):
        balanced_accuracy(member * 1.0, member, member.astype(int))
    with pytest.raises(InputError, match=r"expected folds \(20,\), got \(3,\)"):
        balanced_accuracy(member * 1.0, member, [0, 1, 2])


@pytest.mark.parametrize("count", [2, 3, 16])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_student_mean_is_scipy_s_interval(count: int, level: float) -> None:
    values = np.random.default_rng(count).uniform(0.4, 0.6, count)
    found = student_mean(values, level)
    expected = stats.ttest_1samp(values, 0).confidence_interval(level)
    assert found.value == pytest.approx(values.mean())
    ends = np.clip([expected.low, expected.high], 0, 1)
    assert (found.low, found.high) == pytest.approx(tuple(ends))
    assert found.n == count


def test_equal_values_still_leave_doubt() -> None:
    """As many seeds as come out alike by chance in 5 % of cases, if a share q does not."""
    for count in (2, 5, 30):
        found = student_mean(np.full(count, 0.7))
        other = (found.value - found.low) / 0.7
        assert (found.high - found.value) / 0.3 == pytest.approx(other)
        assert (1 - other) ** count == pytest.approx(0.05)
        assert "no spread" in found.method
    one = clopper_pearson(0, 5, 0.9)  # its upper end leaves 5 % on one side
    assert student_mean(np.ones(5)).low == pytest.approx(1 - one.high)


def test_equal_values_but_for_rounding_are_equal() -> None:
    values = np.full(3, 0.1) + np.array([0, 1e-17, -1e-17])
    assert "no spread" in student_mean(values).method


def test_student_mean_of_differences() -> None:
    found = student_mean([-0.2, 0.1, 0.0], bounds=(-1, 1))
    assert found.low < -0.2
    with pytest.raises(InputError, match="try other bounds"):
        student_mean([-0.2, 0.1])


def test_one_seed_is_no_spread() -> None:
    with pytest.raises(InputError, match="at least two targets or seeds, got 1"):
        student_mean([0.5])
    with pytest.raises(InputError, match="expected a level"):
        student_mean([0.5, 0.5], 1.0)


@pytest.mark.parametrize(
    ("targets", "models", "factor"), [(5, 16, 1.1650), (16, 16, 1.4639), (5, 5, 1.6330)]
)
def test_targets_that_are_one_another_s_shadows_widen_the_interval(
    targets: int, models: int, factor: float
) -> None:
    """By the variance of the mean of equally correlated values, over what their spread shows."""
    values = np.random.default_rng(1).normal(0.6, 0.02, targets)
    alone, shared = student_mean(values), student_mean(values, models=models)
    assert (shared.high - shared.value) / (alone.high - alone.value) == pytest.approx(
        factor, abs=1e-4
    )
    assert f"{targets} targets of {models} models" in shared.method


def test_two_models_tell_nothing_and_more_targets_than_models_are_refused() -> None:
    both = student_mean([0.5, 0.6], models=2)
    assert (both.low, both.high) == (0, 1)
    with pytest.raises(InputError, match="as many models as values, got 2 for 3"):
        student_mean([0.5, 0.6, 0.7], models=2)
