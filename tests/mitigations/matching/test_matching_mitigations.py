"""Mitigations of systems that compare photos: what they do to photos, and what derivatives see."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from faceaudit.mitigations.matching import matching_mitigations

PHOTOS = np.random.default_rng(0).integers(0, 256, (3, 20, 16, 3), dtype=np.uint8)
NAMES = matching_mitigations.names()


@pytest.mark.parametrize("name", NAMES)
def test_photos_keep_their_shape_and_those_given_stay_as_they_are(name: str) -> None:
    one = matching_mitigations.build(name)
    before = PHOTOS.copy()
    changed = one.change(PHOTOS)
    assert (changed.shape, changed.dtype) == (PHOTOS.shape, np.uint8)
    assert np.array_equal(changed, PHOTOS) != one.changes
    np.testing.assert_array_equal(PHOTOS, before)


@pytest.mark.parametrize("name", NAMES)
def test_what_derivatives_flow_through_is_what_photos_get(name: str) -> None:
    one = matching_mitigations.build(name)
    pixels = torch.from_numpy(PHOTOS).float().requires_grad_()
    flowed = one.flow(pixels)
    assert np.abs(flowed.detach().numpy() - one.change(PHOTOS)).max() <= 0.5 + 1e-3
    (gradient,) = torch.autograd.grad(flowed.sum(), pixels)
    # A blur's weights sum to 1, and what rounds passes gradients on as they are.
    assert gradient.mean() == pytest.approx(1, abs=1e-4)


def test_blur_is_the_gaussian_of_scipy() -> None:
    blurred = matching_mitigations.build({"mitigation": "blur", "sigma": 1.2}).change(PHOTOS)
    expected = gaussian_filter(
        PHOTOS.astype(float), sigma=(0, 1.2, 1.2, 0), mode="nearest", truncate=4 / 1.2
    )
    assert np.abs(blurred - expected).max() <= 0.51


def test_jpeg_keeps_the_order_of_channels() -> None:
    red = np.zeros((1, 16, 16, 3), dtype=np.uint8)
    red[..., 0] = 200
    found = matching_mitigations.build("jpeg").change(red)[0, 8, 8].astype(int)
    assert found[0] > 180
    assert found[1:].max() < 20


def test_what_is_asked_of_a_system() -> None:
    asked = {
        name: (one.networks, one.enrolled)
        for name in NAMES
        for one in [matching_mitigations.build(name)]
    }
    assert asked["agreement"] == (2, 1)
    assert asked["several_photos"] == (1, 2)
    assert asked["none"] == asked["blur"] == asked["jpeg"] == (1, 1)
