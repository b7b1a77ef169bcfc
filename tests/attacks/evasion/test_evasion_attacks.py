"""Evasion attacks: the budget holds, the score rises, and noise does nothing of the kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from faceaudit.attacks.evasion import EvasionAttack, Shown, evasion_attacks
from faceaudit.attacks.evasion.common.ascent import CHUNK, Ascent, climb
from faceaudit.attacks.evasion.common.region import glasses
from faceaudit.errors import OptionError
from faceaudit.faces.alignment.common.similarity import template
from faceaudit.types import ImageArray

SIZE = (56, 48)
NAMES = evasion_attacks.names()


def photos(count: int, seed: int = 0) -> ImageArray:
    drawn = np.random.default_rng(seed).integers(0, 256, (count, *SIZE, 3), dtype=np.uint8)
    drawn[0, :10] = 0  # where the range of pixels ends
    drawn[0, -10:] = 255
    return drawn


def linear(seed: int = 0) -> tuple[np.ndarray, Callable[[Tensor, Tensor], Tensor]]:
    """Return weights, and their sum with pixels as a score."""
    weights = np.random.default_rng(seed).standard_normal((*SIZE, 3)).astype(np.float32)
    flat = torch.from_numpy(weights)
    return weights, lambda pixels, rows: (pixels * flat).sum(dim=(1, 2, 3))


def build(name: str, **options: Any) -> EvasionAttack:
    return evasion_attacks.build({"attack": name, **options})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("region", "budget"), [("whole", 8), ("whole", 2.7), ("glasses", 255)])
def test_budget_and_region_hold(name: str, region: str, budget: float) -> None:
    images, attack = photos(5), build(name, region=region, budget=budget)
    before = images.copy()
    for made in (
        attack.perturb(Shown(images, linear()[1]), np.random.default_rng(0)),
        attack.noise(images, np.random.default_rng(0)),
    ):
        moved = np.abs(made.astype(int) - images)
        assert made.dtype == np.uint8
        assert 0 < moved.max() <= int(budget)
        assert not moved[:, ~attack.where(SIZE)].any()
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("name", NAMES)
def test_a_linear_score_rises_to_the_best_that_the_budget_allows(name: str) -> None:
    """The best is known: every value goes by the whole budget in the direction of its weight."""
    weights, score = linear()
    images = photos(3)
    found = build(name, steps=40).perturb(Shown(images, score), np.random.default_rng(0))
    best = np.clip(images + 8 * np.sign(weights), 0, 255)
    for made, most, image in zip(found, best, images, strict=True):
        reached, possible = ((each - image) * weights for each in (made.astype(float), most))
        assert reached.sum() > 0.9 * possible.sum()


@pytest.mark.parametrize("name", NAMES)
def test_noise_of_the_same_budget_does_not_make_it_rise(name: str) -> None:
    weights, score = linear()
    images = photos(4)
    attack = build(name)
    rises = [
        float(((made.astype(float) - images) * weights).sum())
        for made in (
            attack.noise(images, np.random.default_rng(1)),
            attack.perturb(Shown(images, score), np.random.default_rng(1)),
        )
    ]
    assert abs(rises[0]) < 0.05 * rises[1]


def test_each_photo_climbs_its_own_score_whatever_chunk_it_is_in() -> None:
    targets = torch.randn(CHUNK + 5, 3, generator=torch.Generator().manual_seed(0))
    asked: list[int] = []

    def score(pixels: Tensor, rows: Tensor) -> Tensor:
        asked.append(len(rows))
        return (pixels.mean(dim=(1, 2)) * targets[rows]).sum(dim=1)

    images = np.full((CHUNK + 5, 8, 8, 3), 128, dtype=np.uint8)
    how = Ascent(budget=4, steps=3, step=2)
    made = climb(Shown(images, score), np.ones((8, 8), bool), how, np.random.default_rng(0))
    moved = made[:, 0, 0].astype(int) - 128
    np.testing.assert_array_equal(moved, 4 * np.sign(targets.numpy()))
    assert asked == [CHUNK] * 3 + [5] * 3


def test_momentum_keeps_the_direction_of_gradients_that_turn() -> None:
    """Gradients of 3, then -1 of equal length: with momentum 1 the second step goes on."""
    signs = iter([1.0, -1.0])

    def score(pixels: Tensor, rows: Tensor) -> Tensor:
        return next(signs) * pixels.sum(dim=(1, 2, 3))

    images = np.full((1, 4, 4, 3), 100, dtype=np.uint8)
    where = np.ones((4, 4), bool)
    rng = np.random.default_rng(0)
    for momentum, expected in ((0.0, 100), (1.5, 104)):
        signs = iter([1.0, -1.0])
        how = Ascent(budget=8, steps=2, step=2, momentum=momentum)
        assert climb(Shown(images, score), where, how, rng)[0, 0, 0, 0] == expected


@pytest.mark.parametrize("size", [(112, 112), (112, 96), (188, 188), (55, 47)])
def test_the_frames_go_around_the_eyes_and_meet_between_them(size: tuple[int, int]) -> None:
    where = glasses(size)
    eyes = template(size)[:2].round().astype(int)
    for x, y in eyes:
        assert not where[y, x], "eyes are seen"
    middle = eyes.mean(axis=0).round().astype(int)
    assert where[middle[1], middle[0]], "the bridge"
    assert 0.05 < where.mean() < 0.2
    assert not where[int(0.75 * size[0]) :].any(), "nothing at the mouth"


@pytest.mark.parametrize("name", evasion_attacks.names())
def test_a_budget_below_one_step_of_a_pixel_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match="budget"):
        build(name, budget=0.9)
    assert build(name, budget=1).budget == 1
