"""Layers of DeepID."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.common.split_network import SplitNetwork


class DeepIDModule(SplitNetwork):
    """The network of the backdoor study.

    Args:
        width: scales the number of channels.
        embedding: length of an embedding.
        standardise: whether each photo is brought to mean 0 and standard deviation 1.
    """

    input_size = (55, 47)

    def __init__(self, width: float, embedding: int, *, standardise: bool) -> None:
        super().__init__()
        self.standardise = standardise
        first, second, third, fourth = (max(1, round(c * width)) for c in (20, 40, 60, 80))
        self.embedding_size = embedding
        self.conv1 = nn.Conv2d(3, first, 4)
        self.conv2 = nn.Conv2d(first, second, 3)
        self.conv3 = nn.Conv2d(second, third, 3)
        self.conv4 = nn.Conv2d(third, fourth, 2)
        self.from_third = nn.Linear(third * 5 * 4, self.embedding_size, bias=False)
        self.from_fourth = nn.Linear(fourth * 4 * 3, self.embedding_size)

    def prepare(self, images: Tensor) -> Tensor:
        """Scale pixels to [-1, 1], or each photo to mean 0 and standard deviation 1."""
        scaled = super().prepare(images)
        if not self.standardise:
            return scaled
        deviation, mean = torch.std_mean(scaled, dim=(1, 2, 3), correction=0, keepdim=True)
        # An all-black photo has no contrast to bring to 1; one grey level is the least there is.
        return (scaled - mean) / deviation.clamp_min(1 / 127.5)

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        # The largest of rectified values is the rectified largest: pooling first is four times less
        # to rectify.
        x = functional.relu(functional.max_pool2d(self.conv1(images), 2))
        x = functional.relu(functional.max_pool2d(self.conv2(x), 2))
        return functional.relu(functional.max_pool2d(self.conv3(x), 2))

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size), not negative: the embedding ends in a ReLU."""
        fourth = functional.relu(self.conv4(maps))
        both = self.from_third(maps.flatten(1)) + self.from_fourth(fourth.flatten(1))
        return functional.relu(both)

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self.conv4, self.from_third, self.from_fourth)
