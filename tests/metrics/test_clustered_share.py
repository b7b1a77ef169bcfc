"""Shares of tries in clusters, of trainings and of keys, against plain sums and known cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from faceaudit.errors import InputError
from faceaudit.metrics import (
    accuracy_over_trainings,
    clustered_share,
    share_over_keys,
    share_over_trainings,
    wilson,
)
from faceaudit.metrics.beta_binomial import beta_binomial_ends
from faceaudit.metrics.intervals import wilson_trials
from faceaudit.types import Estimate

tries = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=40)


@settings(deadline=None)
@given(tries)
def test_value_n_and_order(rows: list[tuple[bool, int]]) -> None:
    hits, cluster = (np.array(column) for column in zip(*rows, strict=True))
    found = clustered_share(hits, cluster)
    turned = clustered_share(~hits[::-1], cluster[::-1] * 7 - 100)
    assert (found.value, found.n) == (hits.mean(), len(hits))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high
    assert (1 - turned.high, 1 - turned.low) == pytest.approx((found.low, found.high), abs=1e-9)
    alone = wilson(int(hits.sum()), len(hits))
    assert found.low <= alone.low + 1e-12
    assert alone.high <= found.high + 1e-12


@pytest.mark.parametrize("hit", [True, False])
def test_all_or_none_are_as_many_trials_as_clusters(hit: bool) -> None:
    found = clustered_share(np.full(60, hit), np.arange(60) // 5)
    expected = wilson(12 * hit, 12)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.n == 60
    assert found.method == "wilson of 12 clusters 95 %"


def test_one_cluster_is_one_trial() -> None:
    found = clustered_share([True, True, False, False], [3, 3, 3, 3])
    z = 1.959964
    assert found.low == pytest.approx(0.5 - z / np.sqrt(1 + z * z) / 2)
    assert "one cluster" in found.method
    assert clustered_share([True], [0]) == Estimate(
        1.0, wilson(1, 1).low, 1.0, 1, "wilson of one cluster as one trial 95 %"
    )


def test_clusters_of_one_are_independent_tries() -> None:
    hits = np.arange(50) < 20
    found = clustered_share(hits, np.arange(50), 0.9)
    assert found == wilson(20, 50, 0.9)


def test_ends_are_those_of_integrating_the_likelihood() -> None:
    """SciPy's beta-binomial and its quadrature, of the same prior."""
    hits, sizes = np.array([5, 5, 0, 4]), np.array([5, 5, 6, 8])
    value = hits.sum() / sizes.sum()

    def density(angle: float) -> float:
        mean = np.sin(angle) ** 2

        def of(alike: float) -> float:
            precision = 1 / alike - 1
            return float(
                np.prod(stats.betabinom.pmf(hits, sizes, mean * precision, (1 - mean) * precision))
            )

        return integrate.quad(of, 1e-4, 1 - 1e-4, limit=100)[0]

    angles = np.linspace(0.02, np.pi / 2 - 0.02, 120)
    chances = np.array([density(angle) for angle in angles])
    below = np.cumsum(chances) - chances / 2
    expected = np.sin(np.interp([0.025, 0.975], below / chances.sum(), angles)) ** 2
    found = beta_binomial_ends(hits.astype(float), sizes.astype(float), value)
    assert found == pytest.approx(tuple(expected), abs=0.006)


def test_trainings_deviate_by_up_to_40_points_all_as_likely() -> None:
    hits, tries = np.array([40, 51, 57]), 57

    def density(angle: float) -> float:
        mean = np.sin(angle) ** 2

        def of(root: float) -> float:
            precision = 1 / root**2 - 1
            return float(
                np.prod(stats.betabinom.pmf(hits, tries, mean * precision, (1 - mean) * precision))
            )

        most = min(0.999, 0.4 / np.sqrt(mean * (1 - mean)))
        return integrate.quad(of, 1e-3, most, limit=100)[0]

    angles = np.linspace(0.3, np.pi / 2 - 0.01, 150)
    chances = np.array([density(angle) for angle in angles])
    below = np.cumsum(chances) - chances / 2
    expected = np.sin(np.interp([0.025, 0.975], below / chances.sum(), angles)) ** 2
    found = share_over_trainings([wilson(int(one), tries) for one in hits])
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=0.004)


def test_small_correlations_are_not_more_likely_than_large_ones() -> None:
    """Nothing seen in six clusters of five: every correlation within them is as likely before."""
    hits, sizes = np.zeros(6), np.full(6, 5.0)

    def chance(mean: float) -> float:
        def of(alike: float) -> float:
            precision = 1 / alike - 1
            return float(stats.betabinom.pmf(0, 5, mean * precision, (1 - mean) * precision) ** 6)

        return integrate.quad(of, 1e-6, 1 - 1e-6, limit=200)[0]

    # Trapezoids over the whole range of means, in their arcsine.
    angles = np.linspace(1e-4, np.pi / 2 - 1e-4, 400)
    density = np.array([chance(np.sin(angle) ** 2) for angle in angles])
    below = integrate.cumulative_trapezoid(density, angles, initial=0)
    expected = np.sin(np.interp(0.975, below / below[-1], angles)) ** 2
    assert beta_binomial_ends(hits, sizes, 0.0)[1] == pytest.approx(expected, rel=0.02)


def test_more_alike_is_wider() -> None:
    cluster = np.arange(100) // 10
    mixed, apart = np.arange(100) % 2 == 0, cluster % 2 == 0
    widths = [(found := clustered_share(hits, cluster)).high - found.low for hits in (mixed, apart)]
    assert widths[0] < 0.25
    assert widths[1] > 0.5


def test_trainings_that_agree_and_trainings_that_do_not() -> None:
    alike = share_over_trainings([wilson(115, 115)] * 3)
    assert 0.7 < alike.low < 0.9
    assert (alike.value, alike.high, alike.n) == (1.0, 1.0, 3)
    apart = share_over_trainings([wilson(hits, 100) for hits in (33, 60, 95)])
    assert apart.low < 0.33
    assert apart.high > 0.8
    more = share_over_trainings([wilson(hits, 100) for hits in (33, 60, 95) * 4])
    assert more.high - more.low < 0.7 * (apart.high - apart.low)
    keys = share_over_keys([wilson(115, 115)] * 3)
    assert keys.low < alike.low, "keys may differ by all or nothing"
    assert "3 keys" in keys.method


def test_an_accuracy_over_trainings_is_never_narrower_than_that_of_one() -> None:
    near = [wilson(hits, 720) for hits in (648, 649, 647)]
    found = accuracy_over_trainings(near)
    student = stats.t.interval(0.95, 2, 0.9, 1 / 720 / np.sqrt(3))
    assert student[0] > found.low + 0.01, "three that agree by chance"
    assert (found.low, found.high) == pytest.approx(
        (wilson(648, 720).low, wilson(648, 720).high), abs=1e-4
    )
    apart = accuracy_over_trainings([wilson(hits, 720) for hits in (600, 648, 696)])
    student = stats.t.interval(0.95, 2, 0.9, 48 / 720 / np.sqrt(3))
    assert apart.low == pytest.approx(student[0])
    assert (apart.high, apart.n) == (1.0, 3)
    equal = accuracy_over_trainings([wilson(648, 720)] * 3)
    assert (equal.low, equal.high) == pytest.approx((wilson(648, 720).low, wilson(648, 720).high))


def test_what_a_training_knows_of_itself_counts() -> None:
    """Trainings with few tries, or with tries in few clusters, say less."""
    known, unknown = (
        share_over_trainings([wilson(round(0.6 * tries), tries)] * 5) for tries in (1000, 10)
    )
    assert unknown.high - unknown.low > 1.5 * (known.high - known.low)
    cluster = np.arange(100) // 20
    clustered = clustered_share(cluster < 3, cluster)
    assert wilson_trials(clustered) < 10
    told = share_over_trainings([clustered] * 5)
    assert told.high - told.low > 1.4 * (known.high - known.low)


@settings(deadline=None)
@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_trials_are_read_off_an_interval(counts: tuple[int, int]) -> None:
    assert wilson_trials(wilson(*counts)) == pytest.approx(counts[1], rel=1e-6)


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="at least two trainings, got 1"):
        share_over_trainings([wilson(3, 4)])
    with pytest.raises(InputError, match="at least two keys, got 0"):
        share_over_keys([])
    with pytest.raises(InputError, match=r"expected shares in \[0, 1\], got -0.1"):
        share_over_trainings([Estimate(-0.1, -0.2, 0.1, 9, "x"), wilson(1, 2)])
    with pytest.raises(InputError, match="share of nothing is unknown"):
        clustered_share(np.empty(0, dtype=bool), [])
    with pytest.raises(InputError, match=r"expected clusters \(2,\), got \(1,\)"):
        clustered_share([True, False], [1])
    with pytest.raises(InputError, match=r"as bool, N at least 1, got \(2,\) int"):
        clustered_share([1, 0], [1, 2])
    with pytest.raises(InputError, match="expected a level"):
        clustered_share([True, False], [1, 2], 1.0)
