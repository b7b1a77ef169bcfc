"""Accuracy on folds, each convention against a plain loop over its thresholds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import norm, sem, t

from faceaudit.errors import InputError, UnknownName
from faceaudit.metrics import CONVENTIONS, k_fold_accuracy, wilson


def loop_insightface(values, same, fold):
    grid = np.arange(0, 4, 0.01)
    thresholds, accuracy, accepts = [], [], []
    for one in np.unique(fold):
        others, tested = fold != one, fold == one
        right = [np.mean((values[others] < limit) == same[others]) for limit in grid]
        thresholds.append(grid[np.argmax(right)])
        accuracy.append(np.mean((values[tested] < thresholds[-1]) == same[tested]))
        if same[tested].any():
            accepts.append([np.mean(values[tested & same] < limit) for limit in grid])
    return thresholds, accuracy, np.mean(accepts, axis=0)


def loop_sphereface(values, same, fold):
    grid = np.arange(-10_000, 10_001) / 10_000
    thresholds, accuracy = [], []
    for one in np.unique(fold):
        others = fold != one
        # One threshold after the other would take minutes here; all at once is as plain.
        right = np.zeros(len(grid), dtype=int)
        for value, genuine in zip(values[others], same[others], strict=True):
            right += (value > grid) if genuine else (value < grid)
        thresholds.append(np.mean(grid[right == right.max()]))
        tested = zip(values[~others], same[~others], strict=True)
        accuracy.append(
            np.mean([v > thresholds[-1] if g else v < thresholds[-1] for v, g in tested])
        )
    return thresholds, accuracy, None


def loop_facex_zoo(values, same, fold):
    thresholds, accuracy = [], []
    for one in np.unique(fold):
        others = fold != one
        genuine, impostor = values[others & same], values[others & ~same]
        low, high = values[others].min(), values[others].max()
        grid = low + (high - low) / 1000 * np.arange(1, 1001)
        gain = [
            np.sum(genuine > limit) / len(genuine) - np.sum(impostor > limit) / len(impostor)
            for limit in grid
        ]
        thresholds.append(grid[np.argmax(gain)])
        tested = zip(values[~others], same[~others], strict=True)
        accuracy.append(
            np.mean([v > thresholds[-1] if g else v < thresholds[-1] for v, g in tested])
        )
    return thresholds, accuracy, None


def loop_exact(values, same, fold):
    thresholds, accuracy = [], []
    for one in np.unique(fold):
        others, tested = fold != one, fold == one
        steps = sorted(set(values[others].tolist()))
        tries = [(lower + upper) / 2 for lower, upper in pairwise(steps)]
        widths = [upper - lower for lower, upper in pairwise(steps)]
        tries += [steps[0], np.nextafter(steps[-1], np.inf)]
        widths += [-1, -2]
        right = [np.sum((values[others] >= limit) == same[others]) for limit in tries]
        best = max(range(len(tries)), key=lambda at: (right[at], widths[at], -tries[at]))
        thresholds.append(tries[best])
        accuracy.append(np.mean((values[tested] >= thresholds[-1]) == same[tested]))
    return thresholds, accuracy, None


LOOPS = {
    "insightface": loop_insightface,
    "sphereface": loop_sphereface,
    "facex-zoo": loop_facex_zoo,
    "exact": loop_exact,
}


def pairs(seed: int, convention: str, *, count: int = 120, folds: int = 5, decimals: int = 2):
    rng = np.random.default_rng(seed)
    same = rng.random(count) < 0.5
    cosine = np.clip(np.where(same, rng.normal(0.5, 0.3, count), rng.normal(0, 0.3, count)), -1, 1)
    values = 2 - 2 * cosine if convention == "insightface" else cosine
    # Rounded: many ties, and many values right on the thresholds of the grids.
    return values.round(decimals), same, rng.permutation(np.arange(count) % folds)


@pytest.mark.parametrize("convention", sorted(CONVENTIONS))
@pytest.mark.parametrize("decimals", [1, 2, 9])
@pytest.mark.parametrize("seed", range(4))
def test_same_figures_as_the_loop(convention: str, decimals: int, seed: int) -> None:
    values, same, fold = pairs(seed, convention, decimals=decimals)
    found = k_fold_accuracy(values, same, fold * 7 - 3, convention=convention)
    thresholds, accuracy, accepts = LOOPS[convention](values, same, fold)
    assert found.thresholds.tolist() == thresholds
    assert found.folds.tolist() == accuracy
    if accepts is not None:
        assert found.true_accepts.tolist() == accepts.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_scores_on_the_grid_of_facex_zoo(seed: int) -> None:
    """From 0 to 1000/1024 the thousand steps are exact, and each score lies on one."""
    rng = np.random.default_rng(seed)
    fold = np.arange(40) % 4
    values, same = rng.integers(0, 9, 40) * 125 / 1024, rng.random(40) < 0.5
    values[:8] = [0] * 4 + [1000 / 1024] * 4
    found = k_fold_accuracy(values, same, fold, convention="facex-zoo")
    thresholds, accuracy, _ = loop_facex_zoo(values, same, fold)
    assert found.thresholds.tolist() == thresholds
    assert np.isin(found.thresholds, values).any()
    assert found.folds.tolist() == accuracy


@pytest.mark.parametrize("convention", ["insightface", "facex-zoo", "exact"])
def test_float32_as_the_loop(convention: str) -> None:
    values, same, fold = pairs(9, convention)
    values = values.astype(np.float32)
    found = k_fold_accuracy(values, same, fold, convention=convention)
    wide = values if convention == "facex-zoo" else values.astype(np.float64)
    assert found.folds.tolist() == LOOPS[convention](wide, same, fold)[1]


@settings(deadline=None)
@given(st.data())
def test_exact_and_insightface_on_any_little_list(data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(
            st.tuples(st.integers(0, 8), st.booleans(), st.integers(0, 2)), min_size=4, max_size=14
        )
    )
    values = np.array([one / 4 for one, _, _ in rows])
    same, fold = np.array([one for _, one, _ in rows]), np.array([one for _, _, one in rows])
    assume(all(len(np.unique(fold[kind])) > 1 for kind in (same, ~same)))
    for convention in ("exact", "insightface"):
        found = k_fold_accuracy(values, same, fold, convention=convention)
        thresholds, accuracy, _ = LOOPS[convention](values, same, fold)
        assert found.thresholds.tolist() == thresholds
        assert found.folds.tolist() == accuracy


def test_conventions_are_not_one_number() -> None:
    """The same pairs: what is called LFW accuracy depends on who says it."""
    cosine, same, fold = pairs(3, "exact", count=400, folds=10)
    found = {
        name: k_fold_accuracy(
            2 - 2 * cosine if name == "insightface" else cosine, same, fold, convention=name
        ).accuracy.value
        for name in CONVENTIONS
    }
    assert len(set(found.values())) > 1


def test_summary_against_scipy() -> None:
    values, same, fold = pairs(1, "exact")
    found = k_fold_accuracy(values, same, fold, level=0.9)
    mean, error = found.folds.mean(), sem(found.folds)
    low, high = t.interval(0.9, len(found.folds) - 1, mean, error)
    assert found.standard_error == pytest.approx(error)
    assert found.spread == pytest.approx(np.std(found.folds))
    assert (found.accuracy.low, found.accuracy.high) == pytest.approx((low, min(high, 1)))
    assert (found.accuracy.n, found.accuracy.method) == (120, "student over 5 folds 90 %")
    right = round(sum(found.folds * np.bincount(fold)))
    given = wilson(right, 120, 0.9)
    assert (found.pooled.value, found.pooled.n) == (given.value, given.n)
    moved = norm.ppf(0.95) * np.sqrt(moved_by_choice(values, same, fold, found.thresholds))
    assert moved > 0.005
    assert given.value - found.pooled.low == pytest.approx(np.hypot(given.value - given.low, moved))


def moved_by_choice(values, same, fold, thresholds):
    """Try each fold's threshold on each fold, one at a time."""
    total = 0.0
    for one in range(len(thresholds)):
        here = fold == one
        rights = [np.sum((values[here] >= limit) == same[here]) for limit in thresholds]
        total += sum(((right - rights[one]) / len(values)) ** 2 for right in rights)
    return total / 2 / (len(thresholds) - 1)


def test_pairs_of_the_same_people_count_for_fewer() -> None:
    values, same, _ = pairs(1, "exact")
    fold = np.arange(120) % 5
    people = np.column_stack([np.arange(120) // 3, np.arange(120) // 3 + 40])
    alone = k_fold_accuracy(values, same, fold)
    apart = k_fold_accuracy(values, same, fold, people=np.arange(240).reshape(120, 2))
    copied = k_fold_accuracy(
        np.repeat(values, 4), np.repeat(same, 4), np.repeat(fold, 4), people=np.repeat(people, 4, 0)
    )
    plain = k_fold_accuracy(values, same, fold, people=people)
    assert apart.pooled.value == alone.pooled.value
    assert apart.pooled.low == pytest.approx(alone.pooled.low, abs=2e-3)
    assert copied.pooled.low == pytest.approx(plain.pooled.low, abs=0.01), "copies say nothing new"
    assert copied.accuracy.high - copied.accuracy.low > 0.04
    assert copied.pooled.n == 480
    assert "people as clusters" in copied.accuracy.method
    # Folds of one size: the mean of the folds is the share of all pairs, and so is its interval.
    assert apart.accuracy.value == pytest.approx(apart.pooled.value)
    assert apart.accuracy.low == pytest.approx(apart.pooled.low)
    assert apart.accuracy.high == pytest.approx(apart.pooled.high)
    with pytest.raises(InputError, match=r"expected people \(120, 2\)"):
        k_fold_accuracy(values, same, fold, people=people[:5])


def test_the_tested_fold_has_no_say_in_its_threshold() -> None:
    values, same, fold = pairs(2, "exact")
    changed = values.copy()
    changed[fold == 0] = np.random.default_rng(0).uniform(-1, 1, np.sum(fold == 0))
    for convention in ("exact", "facex-zoo", "sphereface"):
        one, other = (
            k_fold_accuracy(each, same, fold, convention=convention).thresholds[0]
            for each in (values, changed)
        )
        assert one == other


def test_refuses() -> None:
    values, same, fold = pairs(0, "exact")
    with pytest.raises(UnknownName, match="try 'insightface'"):
        k_fold_accuracy(values, same, fold, convention="insight-face")
    with pytest.raises(
        InputError, match=r"squared Euclidean distances of unit vectors in \[0, 4\]"
    ):
        k_fold_accuracy(values, same, fold, convention="insightface")
    with pytest.raises(InputError, match="cosine similarities"):
        k_fold_accuracy(values * 9, same, fold, convention="facex-zoo")
    with pytest.raises(InputError, match="at least two folds, got 1"):
        k_fold_accuracy(values, same, fold * 0)
    with pytest.raises(InputError, match="genuine pairs in at least two folds, got them in 1"):
        k_fold_accuracy([0.1, 0.2, 0.3], [True, False, False], [0, 0, 1])
    with pytest.raises(InputError, match="impostor pairs in at least two folds, got them in 0"):
        k_fold_accuracy([0.1, 0.2], [True, True], [0, 1])
    with pytest.raises(InputError, match="got 1 of 2 that are not"):
        k_fold_accuracy([0.1, np.nan], [True, False], [0, 1])
    with pytest.raises(InputError, match="same as bool"):
        k_fold_accuracy([0.1, 0.2], [1, 0], [0, 1])
    with pytest.raises(InputError, match="got none"):
        k_fold_accuracy([], [], [])
