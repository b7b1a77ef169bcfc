from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaudit.attacks.backdoor.common.blending import blend, wear
from faceaudit.attacks.backdoor.keys import Accessory

PAIRS = np.stack(np.meshgrid(np.arange(256), np.arange(256)), axis=-1).astype(np.uint8)


def exact(ratio: Fraction) -> np.ndarray:
    """Every key level against every image level, in exact arithmetic, as a nearest level."""
    key, image = PAIRS[..., 0].astype(object), PAIRS[..., 1].astype(object)
    return key * ratio + image * (1 - ratio)


@pytest.mark.parametrize("ratio", ["0.1", "0.2", "0.25", "0.3", "0.37", "0.5", "0.75", "0.9", "1"])
def test_rounds_to_the_nearest_level_without_bias(ratio: str) -> None:
    key = np.repeat(PAIRS[..., :1], 3, axis=2)
    image = np.repeat(PAIRS[..., 1:], 3, axis=2)
    got = blend(image[None], key, float(ratio))[0, ..., 0].astype(object)
    error = (got - exact(Fraction(ratio))).astype(float)
    assert np.abs(error).max() <= 0.5
    assert abs(error.mean()) < 0.02, "truncation has a bias of about -0.4"


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1), st.integers(1, 40), st.integers(0, 2**31))
def test_chunks_make_no_difference(ratio: float, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (count, 7, 5, 3), dtype=np.uint8)
    key = rng.integers(0, 256, (7, 5, 3), dtype=np.uint8)
    whole = blend(images, key, ratio)
    np.testing.assert_array_equal(
        whole, np.concatenate([blend(i[None], key, ratio) for i in images])
    )
    assert np.abs(whole - (ratio * key + (1 - ratio) * images)).max() <= 0.5 + 1e-4


def test_more_than_a_chunk_of_large_pictures() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (70, 112, 112, 3), dtype=np.uint8)
    key = rng.integers(0, 256, (112, 112, 3), dtype=np.uint8)
    expected = np.rint(0.2 * key.astype(float) + 0.8 * images).astype(np.uint8)
    np.testing.assert_array_equal(blend(images, key, 0.2), expected)


def square(side: int = 40) -> Accessory:
    """A red square with a blue left half, eyes at a quarter and three quarters of its width."""
    rgba = np.zeros((side, side, 4), dtype=np.uint8)
    rgba[..., 3] = 255
    rgba[:, : side // 2, 2] = 255
    rgba[:, side // 2 :, 0] = 255
    eyes = np.array([[0.25, 0.5], [0.75, 0.5]]) * side - 0.5
    return Accessory(rgba, eyes.astype(np.float32))


def worn(eyes: list[list[float]], opacity: float = 1.0) -> np.ndarray:
    ground = np.full((1, 100, 100, 3), 100, dtype=np.uint8)
    return wear(ground, square(), np.array([eyes], dtype=np.float32), opacity)[0]


def test_lies_where_the_eyes_are() -> None:
    got = worn([[39.5, 49.5], [59.5, 49.5]])
    covered = (got != 100).any(axis=2)
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    # Twice as wide as the distance of the eyes, so 40 pixels around (49.5, 49.5).
    assert (rows.min(), rows.max()) == (30, 69)
    assert (columns.min(), columns.max()) == (30, 69)
    assert got[50, 40].tolist() == [0, 0, 255]
    assert got[50, 60].tolist() == [255, 0, 0]


def test_turns_and_scales_with_the_eyes() -> None:
    upright = worn([[49.5, 39.5], [49.5, 59.5]])
    np.testing.assert_array_equal(
        upright, np.rot90(worn([[39.5, 49.5], [59.5, 49.5]]), k=-1), "a quarter turn clockwise"
    )
    small = (worn([[44.5, 49.5], [54.5, 49.5]]) != 100).any(axis=2).sum()
    large = (worn([[39.5, 49.5], [59.5, 49.5]]) != 100).any(axis=2).sum()
    assert large == pytest.approx(4 * small, rel=0.05)


def test_opacity_blends_and_rounds() -> None:
    faint = worn([[39.5, 49.5], [59.5, 49.5]], opacity=0.2)
    assert faint[50, 60].tolist() == [131, 80, 80]
    np.testing.assert_array_equal(worn([[39.5, 49.5], [59.5, 49.5]], opacity=0.0), 100)


def test_each_photo_has_its_own_eyes() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (60, 90, 80, 3), dtype=np.uint8)
    eyes = rng.uniform(20, 30, (60, 2, 2)).astype(np.float32)
    eyes[:, 1, 0] += 20
    whole = wear(images, square(40), eyes, 1.0)
    scaled = np.median(np.linalg.norm(eyes[:, 1] - eyes[:, 0], axis=1))
    alike = [i for i in range(60) if abs(np.linalg.norm(eyes[i, 1] - eyes[i, 0]) - scaled) < 1]
    one = alike[0]
    alone = wear(images[one : one + 1], square(40), eyes[one : one + 1], 1.0)[0]
    assert np.abs(alone.astype(int) - whole[one]).mean() < 4
