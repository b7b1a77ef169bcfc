from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from faceaudit.errors import InputError
from faceaudit.metrics import accuracy, attack_success, wilson


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_agrees_with_scipy(counts: tuple[int, int]) -> None:
    successes, trials = counts
    ours = wilson(successes, trials)
    theirs = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert ours.low == pytest.approx(theirs.low, abs=1e-12)
    assert ours.high == pytest.approx(theirs.high, abs=1e-12)
    assert ours.low <= ours.value <= ours.high


def test_published_example() -> None:
    """Newcombe 1998, Statistics in Medicine 17:857, table I: 81 of 263 and 0 of 20."""
    estimate = wilson(81, 263)
    assert (round(estimate.low, 4), round(estimate.high, 4)) == (0.2553, 0.3662)
    assert round(wilson(0, 20).high, 4) == 0.1611


def test_coverage_is_what_it_says() -> None:
    rng = np.random.default_rng(0)
    hits = [
        (e := wilson(int(k), 57)).low <= 0.9 <= e.high for k in rng.binomial(57, 0.9, size=4000)
    ]
    assert 0.93 < np.mean(hits) < 0.97


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (3, 2), (-1, 5)])
def test_refuses_what_is_no_share(successes: int, trials: int) -> None:
    with pytest.raises(InputError, match="expected"):
        wilson(successes, trials)


def test_attack_success_never_counts_photos_of_the_target() -> None:
    truth = np.array([2, 2, 2, 0, 1])
    predicted = np.array([2, 2, 2, 2, 1])
    found = attack_success(truth, predicted, target=2)
    assert (found.value, found.n) == (0.5, 2)


def test_attack_success_of_nobody_is_unknown() -> None:
    with pytest.raises(InputError, match="at least one trial"):
        attack_success(np.array([2, 2]), np.array([2, 2]), target=2)


def test_accuracy_counts_photos() -> None:
    found = accuracy(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]))
    assert (found.value, found.n) == (0.75, 4)
