"""The area of clustered records, against scikit-learn, brute force and what it should cover."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit
from scipy.stats import norm, t
from sklearn.metrics import roc_auc_score

from faceaudit.errors import InputError
from faceaudit.metrics import auc
from faceaudit.metrics.membership_auc import membership_auc
from faceaudit.types import Estimate

Made = tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.int64]]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def clustered(
    drawn: np.random.Generator, counts: tuple[int, int], area: float, alike: float, size: int = 30
) -> Made:
    """Draw normal scores with a known area; `alike` is the correlation within a cluster."""
    cluster = np.repeat(np.arange(sum(counts)), drawn.integers(size // 2, size * 2, sum(counts)))
    member = cluster < counts[0]
    shared = drawn.standard_normal(sum(counts))[cluster]
    own = drawn.standard_normal(len(cluster))
    scores = np.sqrt(alike) * shared + np.sqrt(1 - alike) * own
    return scores + norm.ppf(area) * np.sqrt(2) * member, member, cluster


def covered(counts: tuple[int, int], area: float, alike: float, times: int) -> tuple[float, float]:
    """Return how often our interval, and that of independent records, holds the true area."""
    drawn, hits = rng(1), np.zeros(2)
    for _ in range(times):
        scores, member, cluster = clustered(drawn, counts, area, alike)
        found = membership_auc(scores, member, cluster)
        alone = auc(scores[member], scores[~member])
        hits += [one.low <= area <= one.high for one in (found, alone)]
    return float(hits[0] / times), float(hits[1] / times)


records = st.lists(
    st.tuples(st.integers(-4, 4).map(lambda one: one / 4), st.booleans(), st.integers(0, 5)),
    min_size=2,
    max_size=40,
).filter(lambda rows: 0 < sum(row[1] for row in rows) < len(rows))


def columns(rows: list[tuple[float, bool, int]]) -> Made:
    scores, member, cluster = (np.array(column) for column in zip(*rows, strict=True))
    return scores, member, cluster


@settings(deadline=None)
@given(records)
def test_value_is_scikit_learn_s_with_ties(rows: list[tuple[float, bool, int]]) -> None:
    scores, member, cluster = columns(rows)
    found = membership_auc(scores, member, cluster)
    assert found.value == pytest.approx(roc_auc_score(member, scores), abs=1e-12)
    assert found.n == min(member.sum(), (~member).sum())
    assert 0 <= found.low < found.high <= 1


@settings(deadline=None)
@given(records)
def test_rising_maps_change_nothing_and_sides_swapped_turn_it_over(
    rows: list[tuple[float, bool, int]],
) -> None:
    scores, member, cluster = columns(rows)
    found, mapped, turned = (
        membership_auc(values, who, cluster)
        for values, who in ((scores, member), (np.exp(3 * scores), member), (scores, ~member))
    )
    assert (mapped.value, mapped.low, mapped.high) == pytest.approx(
        (found.value, found.low, found.high), abs=1e-9
    )
    assert turned.value == pytest.approx(1 - found.value, abs=1e-12)


@pytest.mark.parametrize("mixed", [False, True])
def test_error_is_that_of_a_bootstrap_by_copying(mixed: bool) -> None:
    """Draw clusters one at a time, copy their records, compare each; then undo the interval."""
    counts, level = (9, 12), 0.9
    scores, member, cluster = clustered(rng(3), counts, 0.7, 0.3, size=6)
    if mixed:
        cluster = cluster % 9  # each of nine clusters holds both kinds, and they are alike
        scores = scores + 2 * rng(8).standard_normal(9)[cluster]
    drawn, areas = rng(4), []
    held = [np.flatnonzero(cluster == one) for one in range(21)]
    for _ in range(1500):
        if mixed:
            picked = list(drawn.integers(0, 9, 9))
        else:
            picked = [*drawn.integers(0, 9, 9), *drawn.integers(9, 21, 12)]
        rows = np.concatenate([held[one] for one in picked])
        gap = scores[rows][member[rows], None] - scores[rows][~member[rows]]
        areas.append(np.mean((gap > 0) + (gap == 0) / 2))
    found = membership_auc(scores, member, cluster, level=level)
    variance, freedom = by_definition(scores, member, cluster)
    reach = t.ppf(0.5 + level / 2, freedom)
    error = (logit(found.high) - logit(found.low)) / 2 / reach * found.value * (1 - found.value)
    assert error == pytest.approx(variance**0.5)
    assert error == pytest.approx(np.std(areas, ddof=1) * np.sqrt(9 / 8), rel=0.1)
    assert "9 + 9" in found.method if mixed else "9 + 12" in found.method


def by_definition(
    scores: npt.NDArray[np.float64], member: npt.NDArray[np.bool_], cluster: npt.NDArray[np.int64]
) -> tuple[float, float]:
    """Sum up what each cluster adds, one record after the other; variance and its freedom."""
    wins = (scores[member][:, None] > scores[~member]) + 0.5 * (
        scores[member][:, None] == scores[~member]
    )
    value = wins.mean()
    sides = []
    for of, who in ((wins.mean(axis=1), member), (wins.mean(axis=0), ~member)):
        names = np.unique(cluster[who])
        part = {
            name: sum((of[cluster[who] == name] - value) / len(of))
            * np.sqrt(len(names) / (len(names) - 1))
            for name in names
        }
        sides.append(part)
    every = [sum(side.get(name, 0.0) for side in sides) for name in np.unique(cluster)]
    squares = [sum(one**2 for one in side.values()) for side in sides]
    freedoms = [
        min(len(side) - 1, 2 * square**2 / sum(one**4 for one in side.values()))
        for side, square in zip(sides, squares, strict=True)
    ]
    apart = sum(squares) ** 2 / sum(
        square**2 / freedom for square, freedom in zip(squares, freedoms, strict=True)
    )
    return float(sum(one**2 for one in every)), float(apart)


def test_covers_what_it_should_where_records_of_a_cluster_are_alike() -> None:
    ours, independent = covered((20, 20), 0.6, 0.1, 300)
    assert 0.90 <= ours <= 0.98
    assert independent < 0.8, "so an interval of independent records will not do"


def test_covers_what_it_should_where_clusters_hold_both() -> None:
    drawn, hits = rng(6), 0
    for _ in range(300):
        cluster = np.repeat(np.arange(20), 40)
        member = drawn.random(800) < 0.5
        shared = drawn.standard_normal(20)[cluster] * member  # members of a cluster are alike
        scores = shared * 0.7 + drawn.standard_normal(800) * np.where(member, np.sqrt(0.51), 1)
        scores += norm.ppf(0.65) * np.sqrt(2) * member
        found = membership_auc(scores, member, cluster)
        hits += found.low <= 0.65 <= found.high
    assert 0.90 <= hits / 300 <= 0.98


def told_apart(clusters: int, size: int) -> Estimate:
    cluster = np.repeat(np.arange(2 * clusters), size)
    member = cluster < clusters
    return membership_auc(member * 1.0, member, cluster)


def test_has_a_width_where_no_placement_differs() -> None:
    small, large = told_apart(3, 50), told_apart(30, 50)
    assert small.value == large.value == small.high == 1
    assert small.low < large.low < 0.999, "by clusters, not by their records"
    # Newcombe 2006, method 5, by its equation: |area - 1| = 1.96 * error at the lower end.
    area, extra = large.low, 30 - 1
    variance = 1 + extra * ((1 - area) / (2 - area) + area / (1 + area))
    variance *= area * (1 - area) / 900
    assert 1 - area == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-5)

    equal = membership_auc(np.zeros(40), np.arange(40) < 20, np.arange(40) // 5)
    assert (equal.value, equal.n) == (0.5, 20)
    assert equal.low < 0.3
    assert equal.high > 0.7


def test_one_cluster_of_a_kind_says_next_to_nothing() -> None:
    drawn = rng()
    member = np.arange(200) < 100
    found = membership_auc(drawn.normal(size=200) + member, member, member)
    assert found.high - found.low > 0.8
    assert "newcombe" in found.method


def test_names_of_clusters_and_order_do_not_matter() -> None:
    scores, member, cluster = clustered(rng(), (5, 6), 0.7, 0.2)
    order = rng(9).permutation(len(scores))
    one = membership_auc(scores, member, cluster)
    same = membership_auc(scores[order], member[order], cluster[order] * 100 - 50)
    assert (same.low, same.high) == pytest.approx((one.low, one.high), abs=1e-12)


def test_what_is_refused() -> None:
    three = np.arange(3.0)
    with pytest.raises(InputError, match="expected members and non-members, got 3 and 0"):
        membership_auc(three, np.ones(3, dtype=bool), three)
    with pytest.raises(InputError, match=r"expected clusters \(3,\), got \(2,\)"):
        membership_auc(three, three > 1, [0, 1])
    with pytest.raises(InputError, match=r"expected member \(3,\) as bool"):
        membership_auc(three, [0, 1, 1], three)
    with pytest.raises(InputError, match="expected a level"):
        membership_auc(three, three > 1, three, level=1)
    with pytest.raises(InputError, match="expected finite scores, got 1 of 2"):
        membership_auc([np.nan, 1.0], [True, False], [0, 1])
