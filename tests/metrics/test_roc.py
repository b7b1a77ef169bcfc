"""The curve and what is read off it, against brute force, scikit-learn and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, mannwhitneyu

from faceaudit.errors import InputError
from faceaudit.metrics import (
    ScoreHistogram,
    auc,
    curve_of,
    eer,
    equal_errors_of,
    error_rates,
    roc,
    tar_at_far,
    tar_at_far_of,
    tied,
    wilson,
)
from faceaudit.metrics.curves import auc_of
from faceaudit.metrics.wilson_bands import wilson_band

# Few different values, so that nearly all scores have ties; or none at all.
tied_scores = st.lists(st.integers(-3, 3).map(lambda one: one / 4), min_size=1, max_size=12)
wide_scores = st.lists(st.floats(-100, 100, allow_nan=False, width=32), min_size=1, max_size=12)
both = st.tuples(tied_scores, tied_scores) | st.tuples(wide_scores, wide_scores)


def counts(genuine: list[float], impostor: list[float], threshold: float) -> tuple[int, int]:
    return sum(one >= threshold for one in impostor), sum(one >= threshold for one in genuine)


def everything(genuine: list[float], impostor: list[float]) -> list[tuple[int, int]]:
    """Operating points at all distinct scores, falling, from none to all."""
    steps = sorted({*genuine, *impostor}, reverse=True)
    return [(0, 0)] + [counts(genuine, impostor, step) for step in steps]


@settings(deadline=None)
@given(both)
def test_curve_is_right_at_its_thresholds_and_straight_between(
    scores: tuple[list[float], list[float]],
) -> None:
    genuine, impostor = scores
    curve = roc(genuine, impostor)
    found = list(zip(curve.false_accepts.tolist(), curve.true_accepts.tolist(), strict=True))
    assert found == [counts(genuine, impostor, t) for t in curve.thresholds.tolist()]
    assert curve.thresholds[0] == np.inf
    assert (np.diff(curve.thresholds) < 0).all()
    assert found[0] == (0, 0)
    assert found[-1] == (len(impostor), len(genuine))
    # What is left out lies on a straight line along one axis.
    for x, y in everything(genuine, impostor):
        between = np.interp(x, curve.false_accepts, curve.true_accepts)
        at = np.searchsorted(curve.false_accepts, x)
        vertical = x == curve.false_accepts[at]
        assert between == y or vertical


@settings(deadline=None)
@given(both)
def test_curve_and_area_agree_with_sklearn(scores: tuple[list[float], list[float]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    genuine, impostor = scores
    truth = [1] * len(genuine) + [0] * len(impostor)
    fpr, tpr, _ = metrics.roc_curve(truth, genuine + impostor, drop_intermediate=False)
    curve = roc(genuine, impostor)
    ours = set(zip(curve.fmr.tolist(), curve.tar.tolist(), strict=True))
    assert ours <= set(zip(fpr.tolist(), tpr.tolist(), strict=True))
    area = metrics.roc_auc_score(truth, genuine + impostor)
    assert auc(genuine, impostor).value == pytest.approx(area, abs=1e-12)
    assert np.trapezoid(curve.tar, curve.fmr) == pytest.approx(area, abs=1e-12)


def test_overwriting_sorts_the_arrays_given_and_nothing_else_does() -> None:
    genuine, impostor = np.array([0.5, 0.2]), np.array([0.3, 0.1])
    first = roc(genuine, impostor)
    assert genuine.tolist() == [0.5, 0.2]
    second = roc(genuine, impostor, overwrite=True)
    assert genuine.tolist() == [0.2, 0.5]
    assert first.thresholds.tolist() == second.thresholds.tolist()


@pytest.mark.parametrize("figure", [roc, auc, eer])
@pytest.mark.parametrize(
    ("genuine", "impostor", "words"),
    [
        ([], [0.1], "at least one of genuine scores, got none"),
        ([0.1], [], "at least one of impostor scores, got none"),
        ([0.1, np.nan], [0.1], "finite genuine scores, got 1 of 2"),
        ([0.1], [np.inf, -np.inf, 0.2], "finite impostor scores, got 2 of 3"),
        ([[0.1]], [0.1], r"got \(1, 1\)"),
        (["a"], [0.1], "of numbers"),
    ],
)
def test_unknown_is_not_zero(figure, genuine, impostor, words) -> None:
    with pytest.raises(InputError, match=words):
        figure(genuine, impostor)


def brute_tar(genuine: list[float], impostor: list[float], far: float) -> float:
    """The best TAR of all thresholds whose FAR is low enough."""
    tries = [*genuine, *impostor, np.inf]
    rates = [counts(genuine, impostor, one) for one in tries]
    return max(y for x, y in rates if x / len(impostor) <= far) / len(genuine)


@settings(deadline=None)
@given(both, st.sampled_from([0.01, 0.1, 0.25, 1 / 3, 0.5, 0.999, 1.0]))
@example(([0.0] * 10 + [0.25] * 2, [0.0] * 4), 0.25)
def test_tar_at_far_is_the_best_of_all_thresholds(
    scores: tuple[list[float], list[float]], far: float
) -> None:
    genuine, impostor = scores
    (found,) = tar_at_far(genuine, impostor, [far])
    (read,) = tar_at_far_of(roc(genuine, impostor), [far])
    if far * len(impostor) < 1:
        assert found.tar is found.threshold is found.realised is None
        assert read.why == found.why
        assert f"got {len(impostor)}" in found.why
        return
    best = brute_tar(genuine, impostor, far)
    assert found.tar.value == read.tar.value == best
    accepted, true = counts(genuine, impostor, found.threshold)
    assert (found.realised.value, found.realised.n) == (accepted / len(impostor), len(impostor))
    given = wilson(true, len(genuine))
    assert (found.tar.value, found.tar.n) == (given.value, given.n)
    assert found.tar.low <= given.low
    assert given.high <= found.tar.high
    assert found.realised.value <= far
    # Any smaller threshold accepts too many.
    lower = np.nextafter(found.threshold, -np.inf)
    assert counts(genuine, impostor, lower)[0] / len(impostor) > far or far == 1


def test_tar_rises_with_far_and_fmr_falls_with_the_threshold() -> None:
    rng = np.random.default_rng(0)
    genuine, impostor = rng.normal(1, 1, 500).round(1), rng.normal(0, 1, 700).round(1)
    fars = np.linspace(0.002, 1, 97)
    found = tar_at_far(genuine, impostor, fars[::-1])[::-1]
    assert (np.diff([one.tar.value for one in found]) >= 0).all()
    assert (np.diff([one.threshold for one in found]) <= 0).all()
    rates = [error_rates(genuine, impostor, one) for one in np.linspace(-4, 4, 50)]
    assert (np.diff([one.fmr.value for one in rates]) <= 0).all()
    assert (np.diff([one.fnmr.value for one in rates]) >= 0).all()


def test_tar_at_far_agrees_with_sklearn_on_many_scores() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    genuine = rng.normal(0.4, 0.2, 3_000).astype(np.float32)
    impostor = rng.normal(0, 0.1, 200_000).astype(np.float32)
    truth = np.repeat([True, False], [len(genuine), len(impostor)])
    fpr, tpr, _ = metrics.roc_curve(truth, np.concatenate((genuine, impostor)))
    fars = [1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.5]
    expected = [tpr[np.searchsorted(fpr, far, side="right") - 1] for far in fars]
    assert [one.tar.value for one in tar_at_far(genuine, impostor, fars)] == expected


def test_a_rate_that_cannot_be_resolved_is_refused() -> None:
    genuine, impostor = np.ones(10), np.zeros(3000)
    (found,) = tar_at_far(genuine, impostor, [1e-4])
    assert found.why == (
        "expected at least 10,000 impostor comparisons for a rate of 0.0001, got 3,000"
    )
    with pytest.raises(InputError, match="at least 10,000 impostor comparisons"):
        tar_at_far(genuine, impostor, [0.5, 1e-4], strict=True)
    thirty = tar_at_far(genuine, impostor, [0.01, 0.009], least=30)
    assert [one.tar is None for one in thirty] == [False, True]
    for wrong in (0, -1, 1.1, float("nan")):
        with pytest.raises(InputError, match="expected a rate"):
            tar_at_far(genuine, impostor, [wrong])


def test_one_rate_is_not_rounded_away() -> None:
    """0.3 of 10 is 3 false accepts, though 0.1 + 0.2 and 0.3 differ in their last bit."""
    impostor = np.arange(10.0)
    for far in (0.3, 0.1 + 0.2):
        assert tar_at_far([20.0], impostor, [far])[0].realised.value == 0.3


def test_float32_scores_meet_a_float64_threshold_exactly() -> None:
    score = np.array([0.1], dtype=np.float32)  # 0.1000000015
    assert error_rates(score, score, 0.1).fmr.value == 1
    assert error_rates(score, score, 0.10000001).fmr.value == 0
    assert error_rates(score, score, float(score[0])).fmr.value == 1
    assert error_rates(score, score, float(np.nextafter(float(score[0]), 1))).fmr.value == 0


def brute_eer(genuine: list[float], impostor: list[float]) -> float:
    """Walk all operating points until the errors have crossed, and draw the line between."""
    last = (0.0, 1.0)
    for x, y in everything(genuine, impostor)[1:]:
        now = (x / len(impostor), 1 - y / len(genuine))
        if now[0] >= now[1]:
            before, after = last[1] - last[0], now[0] - now[1]
            part = before / (before + after)
            return last[0] + part * (now[0] - last[0])
        last = now
    raise AssertionError


@settings(deadline=None)
@given(both)
def test_eer_is_where_the_steps_cross(scores: tuple[list[float], list[float]]) -> None:
    genuine, impostor = scores
    found = eer(genuine, impostor)
    assert found.rate.value == pytest.approx(brute_eer(genuine, impostor), abs=1e-12)
    at = error_rates(genuine, impostor, found.at.threshold)
    assert found.at == at
    gaps = [abs(x / len(impostor) - 1 + y / len(genuine)) for x, y in everything(genuine, impostor)]
    assert abs(at.fmr.value - at.fnmr.value) == pytest.approx(min(gaps), abs=1e-12)
    read = equal_errors_of(roc(genuine, impostor))
    assert read.rate == found.rate


def test_eer_interval_covers_and_is_like_a_bootstrap() -> None:
    rng = np.random.default_rng(0)
    truth = 0.15865525393145707  # two normal distributions two deviations apart
    hits, widths = [], []
    for _ in range(400):
        rate = eer(rng.normal(2, 1, 150), rng.normal(0, 1, 300)).rate
        hits.append(rate.low <= truth <= rate.high)
        widths.append(rate.high - rate.low)
    assert 0.92 < np.mean(hits) < 0.99
    genuine, impostor = rng.normal(2, 1, 150), rng.normal(0, 1, 300)
    draws = bootstrap(
        (genuine, impostor),
        lambda first, second: eer(first, second).rate.value,
        n_resamples=300,
        vectorized=False,
        method="percentile",
        rng=rng,
    ).confidence_interval
    assert np.mean(widths) == pytest.approx(draws.high - draws.low, rel=0.25)


def test_sets_that_do_not_overlap_still_have_an_interval() -> None:
    rate = eer(np.full(20, 1.0), np.zeros(50)).rate
    assert rate.value == rate.low == 0
    assert 0.02 < rate.high < 0.2
    area = auc(np.full(20, 1.0), np.zeros(50))
    assert area.value == area.high == 1
    assert 0.8 < area.low < 0.99
    worst = auc(np.zeros(20), np.full(50, 1.0))
    assert (worst.value, worst.high) == (0, pytest.approx(1 - area.low))


@settings(deadline=None)
@given(both)
def test_area_is_that_of_all_pairs(scores: tuple[list[float], list[float]]) -> None:
    genuine, impostor = scores
    wins = [(one > other) + (one == other) / 2 for one in genuine for other in impostor]
    found = auc(genuine, impostor)
    assert found.value == pytest.approx(np.mean(wins), abs=1e-12)
    ties = np.mean([one == other for one in genuine for other in impostor])
    assert tied(roc(genuine, impostor)) == pytest.approx(ties, abs=1e-12)
    expected = mannwhitneyu(genuine, impostor).statistic / len(wins)
    assert found.value == pytest.approx(expected, abs=1e-12)


@settings(deadline=None)
@given(both)
def test_area_does_not_change_under_monotone_maps(
    scores: tuple[list[float], list[float]],
) -> None:
    genuine, impostor = (np.array(one) for one in scores)
    # Exact in floating point, so that no two scores become one.
    mapped = auc(genuine * 4, impostor * 4)
    assert mapped == auc(genuine, impostor)
    places = {value: rank for rank, value in enumerate(sorted({*genuine, *impostor}))}
    ranks = [np.array([places[one] for one in side]) for side in (genuine, impostor)]
    assert auc(*ranks) == mapped
    flipped = auc(-impostor, -genuine)
    assert flipped.value == pytest.approx(mapped.value, abs=1e-12)
    assert flipped.low == pytest.approx(mapped.low, abs=1e-9)


def test_delong_against_its_definition() -> None:
    rng = np.random.default_rng(2)
    genuine, impostor = rng.normal(1, 1, 40).round(1), rng.normal(0, 1, 70).round(1)
    wins = (genuine[:, None] > impostor) + (genuine[:, None] == impostor) / 2
    variance = wins.mean(1).var(ddof=1) / 40 + wins.mean(0).var(ddof=1) / 70
    found, area = auc(genuine, impostor), wins.mean()
    reach = 1.959963984540054 * np.sqrt(variance) / (area * (1 - area))
    ends = [1 / (1 + np.exp(-(np.log(area / (1 - area)) + side))) for side in (-reach, reach)]
    assert [found.low, found.high] == pytest.approx(ends, abs=1e-12)
    assert found.method == "delong, log odds 95 %"


def test_area_intervals_cover() -> None:
    rng = np.random.default_rng(3)
    truth = 0.9213503964748575  # P(N(2, 1) > N(0, 1))
    found = [auc(rng.normal(2, 1, 30), rng.normal(0, 1, 60)) for _ in range(600)]
    assert 0.92 < np.mean([one.low <= truth <= one.high for one in found]) < 0.98


def test_newcombe_interval_of_an_area() -> None:
    """By hand: (A - 1)^2 = z^2 A (1 - A) [1 + e ((1 - A) / (2 - A) + A / (1 + A))] / (m n)."""
    low, z = auc([1.0], [0.0]).low, 1.959963984540054
    assert (1 - low) ** 2 == pytest.approx(z * z * low * (1 - low), rel=1e-9)
    assert auc([1.0], [0.0]).method == "newcombe area 95 %"
    same = auc([0.5] * 9, [0.5] * 9)
    assert same.value == 0.5
    assert same.low == pytest.approx(1 - same.high)
    assert 0.1 < same.low < 0.4


@settings(deadline=None)
@given(st.integers(1, 2000), st.floats(0.5, 0.999))
def test_band_agrees_with_wilson(trials: int, level: float) -> None:
    successes = np.unique(np.linspace(0, trials, 7).astype(int))
    low, high = wilson_band(successes / trials, trials, level)
    for row, count in enumerate(successes):
        one = wilson(int(count), trials, level)
        assert (low[row], high[row]) == (pytest.approx(one.low), pytest.approx(one.high))


# Histograms


def histogram(scores: np.ndarray, bits: int = 20) -> ScoreHistogram:
    counted = ScoreHistogram(bits=bits)
    counted.add(scores)
    return counted


any_float = st.floats(allow_nan=False, allow_infinity=False) | st.floats(
    allow_nan=False, allow_infinity=False, width=32
)


@settings(deadline=None)
@given(
    st.lists(any_float, min_size=1, max_size=12),
    st.sampled_from([10, 12, 16]),
    st.sampled_from([np.float32, np.float64]),
)
def test_counts_are_exact_at_every_edge(scores: list[float], bits: int, dtype: type) -> None:
    with np.errstate(over="ignore"):
        array = np.array(scores).astype(dtype)
    array = array[np.isfinite(array)]
    counted = histogram(array, bits)
    assert counted.total == len(array)
    edges, held = counted.bins()
    assert (np.diff(edges) > 0).all()
    for row, edge in enumerate(edges):
        count = int(held[row:].sum())
        lowest = edge == np.finfo(np.float32).min  # holds all that is lower still
        assert count == np.count_nonzero(array >= edge) + (
            np.count_nonzero(array < edge) if lowest else 0
        )
    for threshold in scores:
        low, high = counted.at_least(threshold)
        if abs(threshold) < 1e38:
            assert low <= np.count_nonzero(array >= threshold) <= high


def test_minus_zero_is_zero() -> None:
    assert histogram(np.array([-0.0, 0.0], np.float32)).at_least(0.0) == (2, 2)
    assert histogram(np.array([-0.0, 0.0])).at_least(0.0) == (2, 2)


@pytest.mark.parametrize("count", [3, 300_000])
def test_histogram_refuses_what_is_not_finite_and_keeps_nothing_of_it(count: int) -> None:
    scores = np.zeros(count, np.float32)
    scores[1], scores[2] = np.nan, -np.inf
    counted = ScoreHistogram()
    with pytest.raises(InputError, match=f"got 2 of {count} "):
        counted.add(scores)
    assert counted.total == 0


def test_histogram_bins_are_as_narrow_as_it_says() -> None:
    rng = np.random.default_rng(0)
    scores = np.sort(rng.normal(0, 0.1, 400_000).astype(np.float32))
    counted = histogram(scores)
    edges, held = counted.bins()
    last = scores[np.cumsum(held) - 1]
    first = scores[np.cumsum(held) - held]
    assert ((last - first) <= np.abs(first) * counted.resolution + 1e-38).all()
    assert (first >= edges).all()


def test_histogram_of_pieces_is_that_of_the_whole() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 1, (500, 400)).astype(np.float32)
    whole = histogram(scores)
    parts = histogram(scores[:, :13])
    rest = histogram(scores[:, 13:])
    assert whole.minus(parts).bins()[1].tolist() == rest.bins()[1].tolist()
    parts.merge(rest)
    assert parts.bins()[0].tolist() == whole.bins()[0].tolist()
    assert parts.bins()[1].tolist() == whole.bins()[1].tolist()
    with pytest.raises(InputError, match="20 bits"):
        whole.merge(ScoreHistogram(bits=12))
    with pytest.raises(InputError, match="a part of"):
        rest.minus(whole)


def test_figures_of_a_histogram_are_within_its_resolution() -> None:
    rng = np.random.default_rng(0)
    genuine = rng.normal(0.4, 0.2, 20_000).astype(np.float32)
    impostor = rng.normal(0, 0.1, 300_000).astype(np.float32)
    curve = curve_of(histogram(genuine), histogram(impostor))
    fars = [1e-4, 1e-3, 1e-2]
    for binned, exact in zip(
        tar_at_far_of(curve, fars), tar_at_far(genuine, impostor, fars), strict=True
    ):
        assert binned.realised.value <= exact.realised.value <= binned.far
        assert binned.tar.value <= exact.tar.value
        assert binned.threshold >= exact.threshold - 1e-6
        assert binned.threshold <= exact.threshold * (1 + curve.resolution) + 1e-6
        # Exact at the threshold that it says.
        again = error_rates(genuine, impostor, binned.threshold)
        assert again.fmr.value == binned.realised.value
        assert 1 - again.fnmr.value == pytest.approx(binned.tar.value, abs=1e-12)
    area, slack = auc(genuine, impostor).value, tied(curve) / 2
    assert abs(auc_of(curve).value - area) <= slack + 1e-12
    assert slack < 1e-3
    assert equal_errors_of(curve).rate.value == pytest.approx(
        eer(genuine, impostor).rate.value, abs=2e-4
    )


def test_an_empty_histogram_has_no_curve() -> None:
    with pytest.raises(InputError, match="got none of one kind"):
        curve_of(histogram(np.ones(1)), ScoreHistogram())
