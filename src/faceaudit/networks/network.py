"""What every network promises."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from faceaudit.errors import InputError
from faceaudit.registry import Component, Registry


class FaceNetwork(nn.Module):
    """A module from prepared images to embeddings, with the preparation it wants.

    Attributes:
        input_size: height and width in pixels.
        embedding_size: length of an embedding.
    """

    input_size: tuple[int, int]
    embedding_size: int

    def prepare(self, images: Tensor) -> Tensor:
        """Bring (N, H, W, 3) uint8 RGB to what `forward` takes: (N, 3, H, W) float.

        The result is a channels-last tensor without a copy of the pixels' order. Scaled to
        [-1, 1]; networks that were trained on something else override this.

        Raises:
            InputError: the images are not of `input_size`.
        """
        if tuple(images.shape[1:]) != (*self.input_size, 3):
            height, width = self.input_size
            raise InputError(
                f"expected images (N, {height}, {width}, 3), got {tuple(images.shape)}; "
                "load the faces at the network's input size"
            )
        return images.permute(0, 3, 1, 2).to(torch.float32).sub_(127.5).mul_(1 / 127.5)

    def forward(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size) embeddings of prepared images."""
        raise NotImplementedError


class Network(Component):
    """Builds a `FaceNetwork`; the options set its size."""

    family = "network"

    @property
    def size(self) -> tuple[int, int]:
        """Height and width that the network takes, in pixels."""
        raise NotImplementedError

    def build(self) -> FaceNetwork:
        """Return the network with weights drawn from torch's current random state."""
        raise NotImplementedError


networks: Registry[Network] = Registry(Network, "faceaudit.networks")
