"""What goes on within a network, held against layers run by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from faceaudit.attacks.backbone_membership import (
    LearningBackboneAttack,
    Seen,
    StatisticAttack,
    backbone_attacks,
)
from faceaudit.attacks.backbone_membership.common.layers import (
    batch_norm_distances,
    layer_statistics,
)
from faceaudit.errors import InputError
from faceaudit.networks import networks
from faceaudit.systems.embedding.embedder import Embedder


class Small(nn.Module):
    """A convolution and a batch norm, on pixels as they are."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.first = nn.Conv2d(3, 4, 3)
            self.norm = nn.BatchNorm2d(4)
            self.norm.running_mean = torch.tensor([1.0, -2.0, 0.5, 30.0])
            self.norm.running_var = torch.tensor([1.0, 4.0, 900.0, 2.0])
        self.eval()

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        maps = self.first(pixels.permute(0, 3, 1, 2).float())
        return self.norm(maps).mean((2, 3))


def photos(count: int = 70) -> np.ndarray:
    """More photos than are run at once."""
    return np.random.default_rng(0).integers(0, 256, (count, 9, 8, 3)).astype(np.uint8)


def test_the_distance_from_a_batch_norm_is_that_of_its_input_by_hand() -> None:
    network, images = Small(), photos()
    with torch.no_grad():
        maps = network.first(torch.from_numpy(images).permute(0, 3, 1, 2).float()).double().numpy()
    kept = network.norm.running_var.numpy() + network.norm.eps
    expected = []
    for photo in maps:
        terms = []
        for channel in range(4):
            numbers = photo[channel].ravel()
            mean = numbers.sum() / len(numbers)
            variance = ((numbers - mean) ** 2).sum() / len(numbers)
            running = float(network.norm.running_mean[channel])
            terms.append(
                (mean - running) ** 2 / kept[channel] + (variance / kept[channel] - 1) ** 2
            )
        expected.append(sum(terms) / 4)
    found = batch_norm_distances(network, images)
    assert found is not None
    assert np.allclose(found, expected, rtol=1e-4)


def test_a_layer_is_summed_up_by_its_mean_deviation_largest_and_share_above_0() -> None:
    network, images = Small(), photos()
    found = layer_statistics(network, images)
    assert found.shape == (70, 8)
    with torch.no_grad():
        maps = network.first(torch.from_numpy(images).permute(0, 3, 1, 2).float()).double().numpy()
    flat = maps.reshape(70, -1)
    expected = [flat.mean(1), flat.std(1), flat.max(1), (flat > 0).mean(1)]
    assert np.allclose(found[:, :4], np.stack(expected, 1), rtol=1e-4)


def test_no_hook_is_left_on_the_network() -> None:
    network = Small()
    layer_statistics(network, photos(3))
    assert not any(one._forward_hooks for one in network.modules())


def test_a_network_without_batch_norms_is_told_so() -> None:
    network = networks.build({"network": "deepid", "width": 0.1})
    embedder = Embedder(network, network.build(), "0")
    images = np.zeros((2, 55, 47, 3), dtype=np.uint8)
    seen = Seen(np.array([0, 1]), embedder.embed(images), images, embedder)
    attack = backbone_attacks.build("batch_norm_distance")
    assert isinstance(attack, StatisticAttack)
    with pytest.raises(InputError, match="batch norms"):
        attack.statistic(seen)
    mint = backbone_attacks.build("mint")
    assert isinstance(mint, LearningBackboneAttack)
    assert mint.features(seen).shape == (2, 4 * 6)


def test_photos_like_those_learned_from_are_nearer_to_the_batch_norms() -> None:
    """A network in training mode sees bright photos; dark ones are then further away."""
    rng = np.random.default_rng(1)
    bright = rng.integers(150, 256, (32, 64, 64, 3)).astype(np.uint8)
    dark = rng.integers(0, 100, (32, 64, 64, 3)).astype(np.uint8)
    network = networks.build({"network": "iresnet18", "width": 0.1, "input_size": [64, 64]})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = network.build().train()
    with torch.no_grad():
        for _ in range(20):
            module(module.prepare(torch.from_numpy(bright)))
    embedder = Embedder(network, module.eval(), "0")
    images = np.concatenate([bright, dark])
    seen = Seen(np.arange(64), embedder.embed(images), images, embedder)
    attack = backbone_attacks.build("batch_norm_distance")
    assert isinstance(attack, StatisticAttack)
    scores = attack.statistic(seen)
    assert scores[:32].min() > scores[32:].max()


def test_an_attacker_without_the_network_cannot_look_into_it() -> None:
    seen = Seen(np.array([0, 1]), np.eye(2, dtype=np.float32))
    for name in ("batch_norm_distance", "mint"):
        attack = backbone_attacks.build(name)
        with pytest.raises(InputError, match="backbone in hand"):
            getattr(attack, "statistic" if name != "mint" else "features")(seen)
