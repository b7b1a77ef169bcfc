"""The descent against PyTorch's own Adam, and the parts of its loss against sums by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.attacks.inversion.common.descent import (
    BLOCK,
    Descent,
    descend,
    moved,
    statistics_distances,
    total_variation,
)

PEOPLE, LATENTS, LENGTH = 7, 5, 6


class Pictures(nn.Module):
    """Latents to 4 x 4 pixels, linearly."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.register_buffer("basis", torch.randn(LATENTS, 48, generator=generator) * 20)

    def forward(self, latents: Tensor) -> Tensor:
        basis: Tensor = self.basis  # type: ignore[assignment]
        return (128 + latents @ basis).view(-1, 4, 4, 3)


class Network(nn.Module):
    """Pixels to embeddings; counts how many pictures it was shown."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            self.layers = nn.Sequential(
                nn.Conv2d(3, 4, 3),
                nn.BatchNorm2d(4),
                nn.Tanh(),
                nn.Flatten(),
                nn.Linear(16, LENGTH),
            )
        self.eval().requires_grad_(requires_grad=False)
        self.shown: list[int] = []

    def forward(self, pixels: Tensor) -> Tensor:
        self.shown.append(len(pixels))
        found: Tensor = self.layers(pixels.permute(0, 3, 1, 2) / 64 - 2)
        return found


def targets(seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    rng = np.random.default_rng(seed)
    latents = torch.from_numpy(rng.standard_normal((PEOPLE, LATENTS)).astype(np.float32))
    with torch.no_grad():
        return Network()(Pictures()(latents)).numpy()  # type: ignore[no-any-return]


ZERO = np.zeros((PEOPLE, LATENTS), dtype=np.float32)


def run(how: Descent, *, chunk: int = 100, network: Network | None = None) -> np.ndarray:  # type: ignore[type-arg]
    rng = np.random.default_rng(3)
    return descend(Pictures(), network or Network(), targets(), ZERO, how, rng, chunk=chunk)


def test_a_step_is_one_of_adam() -> None:
    how = Descent(steps=9, rate=0.2, prior=0.3, variation=0.5)
    latents = torch.from_numpy(ZERO.copy()).requires_grad_()
    wanted = functional.normalize(torch.from_numpy(targets()))
    pictures, network = Pictures(), Network()
    adam = torch.optim.Adam([latents], lr=1.0)
    for step in range(how.steps):
        adam.param_groups[0]["lr"] = 0.2 * (0.55 + 0.45 * math.cos(math.pi * step / how.steps))
        pixels = pictures(latents)
        cosine = functional.cosine_similarity(network(pixels), wanted)
        rough = (pixels[:, 1:] - pixels[:, :-1]).abs().mean((1, 2, 3))
        rough = (rough + (pixels[:, :, 1:] - pixels[:, :, :-1]).abs().mean((1, 2, 3))) / 255
        loss = (1 - cosine) + 0.3 * (latents**2).sum(1) / LATENTS + 0.5 * rough
        adam.zero_grad()
        loss.sum().backward()
        adam.step()
    assert run(how) == pytest.approx(latents.detach().numpy(), abs=1e-4)


def test_the_embeddings_come_near_the_templates() -> None:
    found = run(Descent(steps=80, rate=0.1, prior=0.0))
    with torch.no_grad():
        embedded = Network()(Pictures()(torch.from_numpy(found)))
    cosine = functional.cosine_similarity(embedded, torch.from_numpy(targets()))
    assert cosine.min() > 0.99


def test_people_do_not_hang_on_who_else_is_in_their_chunk() -> None:
    how = Descent(steps=25, rate=0.1, prior=0.1, shift=1, flip=True, least=0.01)
    whole = run(how)
    for chunk in (1, 3):
        assert run(how, chunk=chunk) == pytest.approx(whole, abs=1e-4)


def test_whoever_is_done_is_not_computed_any_more() -> None:
    network = Network()
    run(Descent(steps=5 * BLOCK, rate=1e-9, prior=0.0, least=0.001), network=network)
    # Nothing falls at such a rate: the second look finds everybody done.
    assert network.shown == [PEOPLE] * 2 * BLOCK
    network = Network()
    run(Descent(steps=5 * BLOCK, rate=0.02, prior=0.0), network=network)
    assert network.shown == [PEOPLE] * 5 * BLOCK
    network = Network()
    run(Descent(steps=30 * BLOCK, rate=0.1, prior=0.1, least=0.02), network=network)
    assert len(set(network.shown)) > 2, "people are done one after the other"
    assert sorted(network.shown, reverse=True) == network.shown


def test_a_heavier_prior_gives_smaller_latents() -> None:
    sizes = [np.square(run(Descent(steps=60, rate=0.1, prior=one))).mean() for one in (0, 0.1, 3)]
    assert sizes[0] > sizes[1] > sizes[2]


def test_the_same_draws_give_the_same_latents_and_the_start_stays() -> None:
    how = Descent(steps=12, rate=0.1, prior=0.1, shift=2, flip=True)
    assert np.array_equal(run(how), run(how))
    assert not ZERO.any()


def test_total_variation_by_hand() -> None:
    pixels = torch.zeros(2, 2, 3, 3)
    pixels[1, 0, 0] = 255.0
    # One of 3 pairs down, one of 4 to the right, in every channel.
    assert total_variation(pixels).tolist() == pytest.approx([0, 1 / 3 + 1 / 4])


@pytest.mark.parametrize("move", [(0, 0), (1, 0), (-2, 1), (3, -3)])
def test_moved_pictures_repeat_their_edge(move: tuple[int, int]) -> None:
    pixels = torch.arange(2 * 5 * 4 * 3, dtype=torch.float32).view(2, 5, 4, 3)
    found = moved(pixels, move)
    for row in range(5):
        for column in range(4):
            source = min(max(row - move[0], 0), 4), min(max(column - move[1], 0), 3)
            assert torch.equal(found[:, row, column], pixels[:, source[0], source[1]])


def test_statistics_are_distances_in_running_variances() -> None:
    norm = nn.BatchNorm2d(2, eps=0.0).eval()
    norm.running_mean = torch.tensor([1.0, -1.0])
    norm.running_var = torch.tensor([4.0, 0.25])
    maps = torch.randn(5, 2, 3, 3, generator=torch.Generator().manual_seed(0))
    with statistics_distances(norm, wanted=True) as found:
        norm(maps)
    channels = maps.permute(1, 0, 2, 3).reshape(2, -1).numpy().astype(np.float64)
    means, variances = channels.mean(axis=1), channels.var(axis=1)
    by_hand = (means - [1, -1]) ** 2 / [4, 0.25] + (variances / [4, 0.25] - 1) ** 2
    assert [float(one) for one in found] == pytest.approx([by_hand.mean()], rel=1e-5)
    with statistics_distances(norm, wanted=False) as found:
        norm(maps)
    assert not found
    assert not norm._forward_pre_hooks


def test_the_weight_of_statistics_brings_maps_nearer_to_them() -> None:
    distance = []
    for weight in (0.0, 1.0):
        network = Network()
        found = run(Descent(steps=60, rate=0.1, prior=0.0, statistics=weight), network=network)
        with statistics_distances(network, wanted=True) as away, torch.no_grad():
            network(Pictures()(torch.from_numpy(found)))
        distance.append(float(away[0]))
    assert distance[1] < 0.5 * distance[0]
