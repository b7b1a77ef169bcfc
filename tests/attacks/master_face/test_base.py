"""Greedy choice and soft coverage, against brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from faceaudit.attacks.master_face.base import choose_greedily, covered_by


def brute_force(scores: np.ndarray, count: int) -> list[int]:
    """Choose one by one, by counting people in a loop; ties go to the nearest miss."""
    free = set(range(scores.shape[1]))
    chosen: list[int] = []
    for _ in range(count):

        def worth(row: int, free: set[int] = free) -> tuple[int, float]:
            near = sum(1 / (1 + np.exp(-scores[row, one] / 0.5)) for one in free)
            return sum(scores[row, one] >= 0 for one in free), near

        best = max((row for row in range(len(scores)) if row not in chosen), key=worth)
        chosen.append(best)
        free = {one for one in free if scores[best, one] < 0}
    return chosen


@pytest.mark.parametrize("seed", range(5))
def test_the_greedy_choice_is_that_of_brute_force(seed: int) -> None:
    scores = np.random.default_rng(seed).normal(-1.5, 1, (14, 30))
    assert choose_greedily(scores, 6) == brute_force(scores, 6)


def test_it_covers_at_least_the_known_share_of_the_best_choice() -> None:
    """Nemhauser, Wolsey, Fisher 1978: at least 1 - 1/e of what the best pictures cover."""
    for seed in range(20):
        passes = np.random.default_rng(seed).random((9, 25)) < 0.2
        greedy = passes[choose_greedily(np.where(passes, 1.0, -9), 3)].any(axis=0).sum()
        best = max(passes[list(rows)].any(axis=0).sum() for rows in combinations(range(9), 3))
        assert greedy >= (1 - 1 / np.e) * best


def test_a_score_of_the_threshold_itself_passes() -> None:
    scores = np.array([[0.0, -9.0, -9.0], [-1e-9, -1e-9, -1e-9]])
    assert choose_greedily(scores, 1) == [0]


def test_no_picture_is_taken_twice_even_when_nobody_is_left() -> None:
    scores = np.full((4, 2), 5.0)
    assert sorted(choose_greedily(scores, 4)) == [0, 1, 2, 3]


def test_soft_coverage_is_the_sum_of_logistic_functions_of_free_people() -> None:
    scores = np.array([[0.0, 1.0, -2.0], [-np.inf, 30.0, 0.5]])
    free = np.array([True, False, True])
    expected = [0.5 + 1 / (1 + np.exp(4)), 1 / (1 + np.exp(-1))]
    np.testing.assert_allclose(covered_by(scores, free), expected, atol=1e-12)
