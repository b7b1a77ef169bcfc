"""DeepFace: two convolutions, three locally connected layers, one dense layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.errors import OptionError
from faceaudit.networks.base import FaceNetwork, Preprocessing, ScalableNetwork, networks
from faceaudit.networks.common import keras_layers as keras
from faceaudit.networks.common.locally_connected import LocallyConnected2d

SMALLEST = 71
"""The edge of a photo of which one place is left after the last locally connected layer."""

DENSE = 4096


@networks.register
class DeepFace(ScalableNetwork):
    """Convolutions below, then kernels of their own at every place of the face."""

    name = "deepface"
    paper = (
        "Taigman, Yang, Ranzato, Wolf 2014, DeepFace: Closing the Gap to Human-Level Performance "
        "in Face Verification, CVPR. Faces are taken as their source aligns them, where the paper "
        "turned them to the front with a 3D model; the embedding is F7 as it is, where the paper "
        "normalised it. First weights are drawn as He et al. 2015 (arXiv 1502.01852) do."
    )
    known_weights: ClassVar[str] = (
        "VGGFace2_DeepFace_weights_val-0.9034.h5 of swghosh/DeepFace: trained on VGGFace2 (8,631 "
        "people), no licence stated for the weights, and VGGFace2 is for research. Their "
        "preprocessing is the default here: RGB, x / 255."
    )
    parameters: ClassVar[int] = 102_412_864
    default_input_size: ClassVar[tuple[int, int]] = (152, 152)
    input_multiple: ClassVar[int] = 1
    default_preprocessing: ClassVar[Preprocessing] = Preprocessing(
        order="rgb", mean=(0.0, 0.0, 0.0), scale=(255.0, 255.0, 255.0)
    )

    width: float = Field(1.0, gt=0, le=8, description="scales the number of channels and F7")
    embedding: int | None = Field(  # type: ignore[assignment]
        None, ge=1, description="length of an embedding; none means 4096 x width"
    )

    def build(self) -> FaceNetwork:
        """Return the network: 102 M parameters at full size, 63 M of them in L4.

        Raises:
            OptionError: the input is so small that the kernels, whose size stays, do not fit.
        """
        if min(self.size) < SMALLEST:
            raise OptionError(
                f"expected an input_size of at least ({SMALLEST}, {SMALLEST}) for deepface, got "
                f"{self.size}; try {self.default_input_size}"
            )
        network = super().build()
        network.embedding_size = self._embedding
        return network

    def module(self) -> FaceNetwork:
        """Return the bare network."""
        wide, narrow = (self.channels(count, multiple=1) for count in (32, 16))
        return _DeepFace(wide, narrow, self.size, self._embedding)

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Take Keras' names (`L4/kernel`) and layout; `F8` is the head."""
        _, _, fourth, fifth, sixth = map_sizes(self.size)
        return keras.rename(
            tensors,
            {
                "C1": ("c1", keras.convolution),
                "C3": ("c3", keras.convolution),
                "L4": ("l4", keras.locally_connected(fourth)),
                "L5": ("l5", keras.locally_connected(fifth)),
                "L6": ("l6", keras.locally_connected(sixth)),
                "F7": ("f7", keras.dense_after_flatten(sixth)),
                "F8": ("head", keras.dense),
            },
        )

    @property
    def _embedding(self) -> int:
        return self.embedding or self.channels(DENSE)


def map_sizes(size: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Return height and width after M2, C3, L4, L5 and L6 for photos of `size`.

    >>> map_sizes((152, 152))
    ((71, 71), (63, 63), (55, 55), (25, 25), (21, 21))
    """
    edges = []
    for edge in size:
        pooled = (edge - 10 + 1) // 2
        third, fourth = pooled - 8, pooled - 16
        fifth = (fourth - 7) // 2 + 1
        edges.append((pooled, third, fourth, fifth, fifth - 4))
    return tuple(zip(*edges, strict=True))


class _DeepFace(FaceNetwork):
    def __init__(self, wide: int, narrow: int, size: tuple[int, int], embedding: int) -> None:
        super().__init__()
        _, third, fourth, fifth, sixth = map_sizes(size)
        self.c1 = nn.Conv2d(3, wide, 11)
        self.c3 = nn.Conv2d(wide, narrow, 9)
        self.l4 = LocallyConnected2d(narrow, narrow, size=third, kernel=9)
        self.l5 = LocallyConnected2d(narrow, narrow, size=fourth, kernel=7, stride=2)
        self.l6 = LocallyConnected2d(narrow, narrow, size=fifth, kernel=5)
        self.f7 = nn.Linear(narrow * sixth[0] * sixth[1], embedding)
        for layer in (self.c1, self.c3, self.f7):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size), not negative: the embedding ends in a ReLU."""
        x = functional.relu(_pool(self.c1(images)))
        x = functional.relu(self.c3(x))
        x = functional.relu(self.l4(x))
        x = functional.relu(self.l5(x))
        x = functional.relu(self.l6(x))
        return functional.dropout(functional.relu(self.f7(x.flatten(1))), 0.5, self.training)


def _pool(maps: Tensor) -> Tensor:
    """Take the largest of 3x3 at every second place, padded as Keras' "same" does.

    An even edge is padded at its end only, an odd one at both ends.
    """
    height, width = maps.shape[2:]
    padding = (height % 2, width % 2)
    return functional.max_pool2d(maps, 3, 2, padding=padding, ceil_mode=True)
