"""Changed photos: never further than allowed, and as a closed form says for a linear network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from faceaudit.attacks.extraction.common.impersonation import (
    Impersonation,
    change_photos,
    noisy_photos,
)
from faceaudit.types import ImageArray

IMAGES: ImageArray = np.random.default_rng(0).integers(0, 256, (5, 6, 4, 3), dtype=np.uint8)


class Linear(nn.Module):
    """One weight a pixel."""

    def __init__(self) -> None:
        super().__init__()
        drawn = np.random.default_rng(1).standard_normal((6 * 4 * 3, 1))
        self.weight = torch.from_numpy(drawn.astype(np.float32))

    def forward(self, pixels: Tensor) -> Tensor:
        return pixels.reshape(len(pixels), -1) @ self.weight


def total(answers: Tensor, some: slice) -> Tensor:
    del some
    return answers.sum()


@pytest.mark.parametrize(("most", "steps"), [(1, 1), (8, 10), (8, 3), (255, 40)])
def test_of_a_linear_network_every_pixel_goes_all_the_way_down_its_slope(
    most: int, steps: int
) -> None:
    module = Linear()
    found = change_photos(module, total, IMAGES, Impersonation(most=most, steps=steps), batch=2)
    down = -np.sign(module.weight.numpy()).reshape(6, 4, 3) * most
    np.testing.assert_array_equal(found, np.clip(IMAGES + down, 0, 255).astype(np.uint8))


def test_photos_are_told_apart_across_batches_and_stay_as_they_are() -> None:
    before = IMAGES.copy()
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0])

    def each_its_own(answers: Tensor, some: slice) -> Tensor:
        return (answers[:, 0] * signs[some]).sum()

    module, options = Linear(), Impersonation(most=4, steps=4)
    found = change_photos(module, each_its_own, IMAGES, options, batch=2)
    down = -np.sign(module.weight.numpy()).reshape(6, 4, 3) * 4
    moved = np.stack([down * sign for sign in signs.tolist()])
    np.testing.assert_array_equal(found, np.clip(IMAGES + moved, 0, 255).astype(np.uint8))
    np.testing.assert_array_equal(IMAGES, before)


def test_noise_is_as_large_as_a_change_may_be_and_goes_both_ways() -> None:
    grey = np.full((20, 6, 4, 3), 128, dtype=np.uint8)
    noise = noisy_photos(grey, Impersonation(most=8), np.random.default_rng(0)).astype(int) - 128
    assert set(np.unique(noise)) == {-8, 8}
    assert 0.4 < np.mean(noise > 0) < 0.6
    ends = noisy_photos(IMAGES, Impersonation(most=255), np.random.default_rng(0))
    assert set(np.unique(ends)) <= {0, 255}
