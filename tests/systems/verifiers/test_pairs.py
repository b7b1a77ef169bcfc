"""Pairs as several backbones see them, against loops."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.errors import InputError
from faceaudit.systems.verifiers.pairs import EmbeddedPairs, common_space
from faceaudit.types import FloatArray


def pairs(backbones: int = 3, photos: int = 7, count: int = 5, size: int = 4) -> EmbeddedPairs:
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, photos, (2, count))
    return EmbeddedPairs(
        rng.normal(size=(backbones, photos, size)).astype("f4"),
        first,
        second,
        rng.random(count) < 0.5,
        tuple(f"backbone-{number}" for number in range(backbones)),
    )


def angles(embedded: FloatArray) -> FloatArray:
    unit = embedded / np.linalg.norm(embedded, axis=1, keepdims=True)
    return np.asarray(unit.astype("f8") @ unit.T.astype("f8"))


def test_rows_to_learn_from_are_each_pair_by_each_backbone() -> None:
    made = pairs()
    data = made.data()
    assert len(made) == 5
    assert len(data) == 15
    assert data.label.dtype == data.embeddings.dtype == np.float32
    for backbone in range(3):
        for pair in range(5):
            row = backbone * 5 + pair
            for mine, photo in ((data.first, made.first), (data.second, made.second)):
                np.testing.assert_array_equal(
                    data.embeddings[mine[row]], made.embeddings[backbone, photo[pair]]
                )
            assert data.label[row] == made.same[pair]


def test_soft_labels_are_the_same_for_all_backbones() -> None:
    soft = np.linspace(0.1, 0.9, 5).astype("f4")
    np.testing.assert_array_equal(pairs().data(soft).label.reshape(3, 5), [soft] * 3)


@pytest.mark.parametrize("rows", [None, np.array([4, 0, 0])])
@pytest.mark.parametrize("several", [1, 2])
def test_sides_are_what_the_backbones_asked_see(
    rows: np.ndarray | None,  # type: ignore[type-arg]
    several: int,
) -> None:
    made = pairs()
    seen = np.random.default_rng(1).integers(0, 3, (5, several))
    first, second = made.sides(seen, rows)
    listed = range(5) if rows is None else rows
    assert first.shape == second.shape == (len(list(listed)), several, 4)
    for place, pair in enumerate(listed):
        for way in range(several):
            table = made.embeddings[seen[pair, way]]
            np.testing.assert_array_equal(first[place, way], table[made.first[pair]])
            np.testing.assert_array_equal(second[place, way], table[made.second[pair]])


def test_some_pairs_share_the_embeddings() -> None:
    made = pairs()
    some = made.take(np.array([3, 1]))
    assert len(some) == 2
    assert some.embeddings is made.embeddings
    assert some.backbones == made.backbones
    np.testing.assert_array_equal(some.first, made.first[[3, 1]])
    np.testing.assert_array_equal(some.second, made.second[[3, 1]])
    np.testing.assert_array_equal(some.same, made.same[[3, 1]])


def test_embeddings_of_other_backbones_than_named_are_refused() -> None:
    made = pairs()
    with pytest.raises(InputError, match=r"embeddings \(K, N, E\) of 2 backbones, got \(3, 7, 4\)"):
        EmbeddedPairs(made.embeddings, made.first, made.second, made.same, ("one", "two"))
    with pytest.raises(InputError, match="of 1 backbones"):
        EmbeddedPairs(made.embeddings[0], made.first, made.second, made.same, ("one",))


def test_common_space_keeps_angles_and_gives_one_length() -> None:
    rng = np.random.default_rng(2)
    embedded = [
        (scale * rng.normal(size=(40, size))).astype("f4")
        for size, scale in ((64, 9.0), (128, 0.01), (128, 1.0), (1, 1.0))
    ]
    found = common_space(embedded)
    assert found.shape == (4, 40, 128)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=2), np.sqrt(128), rtol=1e-5)
    for one, other in zip(embedded, found, strict=True):
        np.testing.assert_allclose(angles(other), angles(one), atol=1e-5)
    # The largest are not turned: only their length changes.
    np.testing.assert_allclose(
        found[2] / np.sqrt(128),
        embedded[2] / np.linalg.norm(embedded[2], axis=1, keepdims=True),
        atol=1e-6,
    )


def test_common_space_is_set_by_its_seed() -> None:
    rng = np.random.default_rng(3)
    embedded = [rng.normal(size=(9, size)).astype("f4") for size in (4, 4, 8)]
    one, same, other = (common_space(embedded, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one[0] - other[0]).max() > 0.1
    np.testing.assert_array_equal(one[2], other[2])
    both = common_space([embedded[0], embedded[0], embedded[2]])
    assert np.abs(both[0] - both[1]).max() > 0.1, "each backbone has a matrix of its own"


def test_common_space_does_not_change_what_it_is_given() -> None:
    rng = np.random.default_rng(4)
    embedded = [rng.normal(size=(9, size)).astype("f4") for size in (4, 8)]
    before = [one.copy() for one in embedded]
    common_space(embedded)
    for one, old in zip(embedded, before, strict=True):
        np.testing.assert_array_equal(one, old)


def test_common_space_refuses_what_it_cannot_use() -> None:
    some = np.ones((3, 4), dtype="f4")
    with pytest.raises(InputError, match="embeddings of the same photos"):
        common_space([])
    with pytest.raises(InputError, match=r"same photos, got \[\(3, 4\), \(2, 4\)\]"):
        common_space([some, some[:2]])
    for broken in (np.zeros((3, 4), dtype="f4"), np.full((3, 4), np.nan, dtype="f4")):
        with pytest.raises(InputError, match="expected"):
            common_space([some, broken])
