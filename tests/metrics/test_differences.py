from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest

from faceaudit.errors import InputError
from faceaudit.metrics.differences import newcombe, newcombe_paired

# Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
PUBLISHED = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0000)),
]


@pytest.mark.parametrize(("counts", "ends"), PUBLISHED)
def test_unrelated_groups_as_published(
    counts: tuple[int, int, int, int], ends: tuple[float, float]
) -> None:
    difference = newcombe(*counts)
    assert (difference.low, difference.high) == pytest.approx(ends, abs=5e-5)
    assert difference.value == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])
    assert difference.n == min(counts[1], counts[3])


def test_paired_as_published() -> None:
    # Altman et al. 2000, "Statistics with confidence", p. 52; Newcombe 1998, 17:2635.
    difference = newcombe_paired(20, 12, 2, 16)
    assert (difference.value, difference.low, difference.high) == pytest.approx(
        (0.20, 0.0562, 0.3292), abs=5e-5
    )
    # Fagerland, Lydersen, Laake 2014, airway hyper-responsiveness of Bentur et al. 2009.
    difference = newcombe_paired(1, 1, 7, 12)
    assert (difference.low, difference.high) == pytest.approx((-0.507, -0.026), abs=5e-4)


@pytest.mark.parametrize("counts", [(3, 9, 5, 14), (0, 4, 4, 4), (17, 20, 1, 8)])
def test_unrelated_groups_add_scipys_wilson_ends_in_squares(
    counts: tuple[int, int, int, int],
) -> None:
    one = binomtest(counts[0], counts[1]).proportion_ci(method="wilson")
    two = binomtest(counts[2], counts[3]).proportion_ci(method="wilson")
    first, second = counts[0] / counts[1], counts[2] / counts[3]
    difference = newcombe(*counts)
    low = first - second - np.hypot(first - one.low, two.high - second)
    high = first - second + np.hypot(one.high - first, second - two.low)
    assert (difference.low, difference.high) == pytest.approx((max(low, -1), min(high, 1)))


@pytest.mark.parametrize("cells", list(product((0, 1, 5), repeat=4))[1:])
def test_paired_turns_over_with_its_groups(cells: tuple[int, int, int, int]) -> None:
    both, only_first, only_second, neither = cells
    there = newcombe_paired(*cells)
    back = newcombe_paired(both, only_second, only_first, neither)
    assert -1 <= there.low <= there.value <= there.high <= 1
    assert (there.value, there.low, there.high) == pytest.approx(
        (-back.value, -back.high, -back.low)
    )


def test_unrelated_groups_cover_what_they_should() -> None:
    rng = np.random.default_rng(0)
    drawn = [
        newcombe(int(one), 57, int(two), 115)
        for one, two in zip(
            rng.binomial(57, 0.95, 2000), rng.binomial(115, 0.90, 2000), strict=True
        )
    ]
    covered = np.mean([one.low <= 0.95 - 0.90 <= one.high for one in drawn])
    assert 0.93 <= covered <= 0.98


def test_paired_covers_what_it_should() -> None:
    rng = np.random.default_rng(0)
    shares = np.array([0.90, 0.04, 0.02, 0.04])
    truth = shares[1] - shares[2]
    drawn = [
        newcombe_paired(*(int(cell) for cell in rng.multinomial(200, shares))) for _ in range(1500)
    ]
    covered = np.mean([one.low <= truth <= one.high for one in drawn])
    assert 0.93 <= covered <= 0.985


def test_agreement_makes_the_paired_interval_narrower() -> None:
    paired, unrelated = newcombe_paired(380, 1, 4, 15), newcombe(381, 400, 384, 400)
    assert paired.value == pytest.approx(unrelated.value)
    assert paired.high - paired.low < 0.6 * (unrelated.high - unrelated.low)


def test_nothing_is_unknown_not_zero() -> None:
    with pytest.raises(InputError, match="at least one trial"):
        newcombe_paired(0, 0, 0, 0)
    with pytest.raises(InputError, match="at least one trial"):
        newcombe(0, 0, 1, 2)
    with pytest.raises(InputError, match="expected counts"):
        newcombe_paired(3, -1, 2, 4)
