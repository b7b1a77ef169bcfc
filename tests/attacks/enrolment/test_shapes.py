"""Outlines of keys: what they cover, and where the eyes lie."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.attacks.backdoor.keys import accessory
from faceaudit.attacks.enrolment.common.shapes import UNIT, box_outline, glasses_outline, shuffled


def test_glasses_are_covered_lenses_and_all_at_the_pattern_s_scale() -> None:
    outline, drawn = glasses_outline("glasses-square"), accessory("glasses-square")
    assert np.linalg.norm(outline.eyes[1] - outline.eyes[0]) == pytest.approx(UNIT, rel=0.02)
    share = outline.covered.mean()
    assert share == pytest.approx((drawn.rgba[..., 3] > 0).mean(), abs=0.03)


def test_a_box_lies_where_it_is_asked_for_from_the_middle_between_the_eyes() -> None:
    outline = box_outline((0.25, -0.5), (1.0, 0.5))
    assert outline.covered.shape == (20, 40)
    middle = np.array([(40 - 1) / 2, (20 - 1) / 2])
    between = outline.eyes.mean(axis=0)
    np.testing.assert_allclose((middle - between) / UNIT, [0.25, -0.5], atol=1e-6)


def test_what_is_covered_gets_the_colours_and_nothing_else_is_opaque() -> None:
    outline = glasses_outline("sunglasses-visor")
    colours = np.full((*outline.covered.shape, 3), 7, dtype=np.uint8)
    worn = outline.filled(colours)
    np.testing.assert_array_equal(worn.rgba[..., 3] == 255, outline.covered)
    assert (worn.rgba[..., :3] == 7).all()


def test_shuffled_pieces_are_the_same_pieces_elsewhere() -> None:
    rng = np.random.default_rng(0)
    covered = np.ones((10, 18), dtype=bool)
    pixels = rng.integers(0, 256, (10, 18, 3), dtype=np.uint8)
    mixed = shuffled(pixels, covered, rng)
    assert mixed.shape == pixels.shape
    assert not np.array_equal(mixed, pixels)
    whole = np.s_[:8, :16]  # where tiles are whole: the rest stays as it is
    np.testing.assert_array_equal(
        np.sort(mixed[whole].reshape(-1, 3), axis=0), np.sort(pixels[whole].reshape(-1, 3), axis=0)
    )
    np.testing.assert_array_equal(mixed[8:], pixels[8:])
    np.testing.assert_array_equal(mixed[:, 16:], pixels[:, 16:])
