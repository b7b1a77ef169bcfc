"""The module that every network builds: prepared images to embeddings."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from faceaudit.errors import InputError
from faceaudit.networks.common.preprocessing import INSIGHTFACE, Preprocessing

_SAFE_CHANNELS = 16


class FaceNetwork(nn.Module, ABC):
    """A module from prepared images to embeddings, with the preparation it wants.

    Attributes:
        input_size: height and width in pixels.
        embedding_size: length of an embedding.
        preprocessing: of pixels, by `prepare`.
    """

    input_size: tuple[int, int]
    embedding_size: int
    preprocessing: Preprocessing = INSIGHTFACE

    def prepare(self, images: Tensor) -> Tensor:
        """Turn (N, H, W, 3) uint8 RGB into the input of `forward`, (N, 3, H, W) float.

        The result is a channels-last tensor without a copy of the pixels' order.

        Raises:
            InputError: the images are not of `input_size`.
        """
        if tuple(images.shape[1:]) != (*self.input_size, 3):
            height, width = self.input_size
            raise InputError(
                f"expected images (N, {height}, {width}, 3), got {tuple(images.shape)}; "
                "load the faces at the network's input size"
            )
        return self.preprocessing.apply(images)

    def forward(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size) embeddings of prepared images.

        Raises:
            InputError: the images are not of `input_size`. Some networks would take others and
                silently return something else.
        """
        if images.ndim != 4 or tuple(images.shape[1:]) != (3, *self.input_size):
            height, width = self.input_size
            raise InputError(
                f"expected prepared images (N, 3, {height}, {width}), got {tuple(images.shape)}; "
                "load the faces at the network's input size"
            )
        return self.encode(images)

    @abstractmethod
    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size) of images of the right size, for `forward`."""


def training_memory_format(network: nn.Module, device: torch.device) -> torch.memory_format:
    """Return the memory layout to learn in: channels last, except where that is not safe.

    On a CPU, oneDNN writes past its memory when it learns a strided 1x1 convolution of fewer than
    16 channels in that layout (uxlfoundation/oneDNN issue 6035, seen with torch 2.15).
    """
    broken = device.type == "cpu" and any(
        isinstance(module, nn.Conv2d)
        and module.kernel_size == (1, 1)
        and max(module.stride) > 1
        and module.in_channels // module.groups < _SAFE_CHANNELS
        for module in network.modules()
    )
    return torch.contiguous_format if broken else torch.channels_last
