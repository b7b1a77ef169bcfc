from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial import distance as scipy_distance

from faceaudit.errors import InputError
from faceaudit.metrics import DISTANCES, k_fold_accuracy, normalized

entries = st.floats(-10, 10, allow_subnormal=False).map(lambda one: 0.0 if abs(one) < 1e-3 else one)
rows = arrays(np.float64, (3, 5), elements=entries).filter(lambda one: np.abs(one).max(1).all())
names = st.sampled_from(sorted(DISTANCES))
MOST = {"bhattacharyya": 1, "chi_square": 2, "cosine": 2, "squared_euclidean": 4}


def plain(name: str, u: np.ndarray, v: np.ndarray) -> float:
    """One pair by the definition, bins and all."""
    if name == "cosine":
        return scipy_distance.cosine(u, v)
    if name == "euclidean":
        return scipy_distance.euclidean(u, v)
    if name == "squared_euclidean":
        return scipy_distance.sqeuclidean(u / np.linalg.norm(u), v / np.linalg.norm(v))
    a, b = ([max(x, 0) for x in w] + [max(-x, 0) for x in w] for w in (u, v))
    a, b = [x / sum(a) for x in a], [x / sum(b) for x in b]
    if name == "chi_square":
        return sum((x - y) ** 2 / (x + y) for x, y in zip(a, b, strict=True) if x + y)
    return max(0, 1 - sum((x * y) ** 0.5 for x, y in zip(a, b, strict=True))) ** 0.5


@settings(deadline=None)
@given(names, rows, rows)
def test_is_its_definition(name: str, first: np.ndarray, second: np.ndarray) -> None:
    found = DISTANCES[name].pairs(first, second)
    expected = [plain(name, u, v) for u, v in zip(first, second, strict=True)]
    np.testing.assert_allclose(found, expected, atol=1e-7)
    block = DISTANCES[name].block(first, second)
    assert block.shape == (3, 3)
    expected = [[plain(name, u, v) for v in second] for u in first]
    np.testing.assert_allclose(block, expected, atol=2e-6)


@settings(deadline=None)
@given(names, rows, rows, st.sampled_from([0.125, 3.0, 1e20]))
def test_properties(name: str, first: np.ndarray, second: np.ndarray, scale: float) -> None:
    pairs = DISTANCES[name].pairs
    found = pairs(first, second)
    assert (found >= 0).all()
    assert (found <= MOST.get(name, np.inf)).all()
    assert found.tolist() == pairs(second, first).tolist()
    assert (pairs(first, first.copy()) == 0).all()
    if name != "euclidean":
        np.testing.assert_allclose(pairs(first * scale, second), found, atol=1e-7)
    single = pairs(first.astype(np.float32), second.astype(np.float32))
    assert single.dtype == np.float64


@pytest.mark.parametrize("name", sorted(set(DISTANCES) - {"euclidean"}))
def test_embeddings_without_a_direction_are_refused(name: str) -> None:
    some, none = np.ones((2, 3)), np.array([[1.0, 0, 0], [0, 0, 0]])
    for call in (DISTANCES[name].pairs, DISTANCES[name].block):
        with pytest.raises(InputError, match="1 of 2 that are all zero"):
            call(some, none)


@pytest.mark.parametrize("name", sorted(DISTANCES))
def test_what_is_not_finite_is_refused(name: str) -> None:
    some, broken = np.ones((2, 3)), np.array([[1.0, np.nan, 0], [0, 1, 0]])
    for call in (DISTANCES[name].pairs, DISTANCES[name].block):
        with pytest.raises(InputError, match="1 of 2 that are not"):
            call(some, broken)
    with pytest.raises(InputError, match="of floats"):
        DISTANCES[name].pairs(np.ones(3), some)


def test_euclidean_keeps_the_scale_and_takes_zero() -> None:
    assert DISTANCES["euclidean"].pairs(np.zeros((1, 2)), np.array([[3.0, 4.0]])).tolist() == [5]


def test_opposite_embeddings_are_as_far_as_can_be() -> None:
    one = np.array([[1.0, -2.0, 3.0]])
    for name, most in MOST.items():
        assert DISTANCES[name].pairs(one, -one) == pytest.approx(most)


def test_tiny_and_huge_embeddings_have_a_direction() -> None:
    rows = np.array([[3e-200, 4e-200], [3e200, 4e200]])
    np.testing.assert_allclose(normalized(rows), [[0.6, 0.8]] * 2)
    assert normalized(np.ones((1, 4), np.float32)).dtype == np.float32


def test_is_what_the_folds_take() -> None:
    rng = np.random.default_rng(0)
    first = rng.standard_normal((40, 8))
    same = np.arange(40) % 2 == 0
    second = np.where(same[:, None], first, rng.standard_normal((40, 8)))
    values = DISTANCES["squared_euclidean"].pairs(first, second)
    found = k_fold_accuracy(values, same, np.arange(40) // 10, convention="insightface")
    assert found.accuracy.value == 1
