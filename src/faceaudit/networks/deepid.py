"""DeepID: a small network trained from scratch on aligned faces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.base import FaceNetwork, Network, networks
from faceaudit.networks.common import keras_layers as keras


@networks.register
class DeepID(Network):
    """Four convolutions; the embedding sees both the third and the fourth (multi-scale)."""

    name = "deepid"
    paper = (
        "Sun, Wang, Tang 2014, Deep Learning Face Representation from Predicting 10,000 Classes; "
        "sizes as in the backdoor study of Chen et al. 2017, arXiv 1712.05526. "
        "Pixels are scaled to [-1, 1] here, where that study fed 0 to 255."
    )
    known_weights: ClassVar[str] = (
        "deepid_keras_weights.h5 of serengil's deepface, for `contrast: fixed`: those of "
        "ruoyiran/DeepID, says its licence section, to whose licence it refers. They were trained "
        "on RGB scaled to [-1, 1] as here, but without the ReLU after the fourth convolution that "
        "serengil's deepface and this network have."
    )
    parameters: ClassVar[int] = 394_920

    width: float = Field(1.0, gt=0, le=8, description="scales the number of channels everywhere")
    contrast: Literal["fixed", "photo"] = Field(
        "fixed",
        description="fixed: 0 to 255 becomes -1 to 1; photo: each photo to mean 0 and deviation 1, "
        "for faces under very different light",
    )

    @property
    def size(self) -> tuple[int, int]:
        """55 high, 47 wide."""
        return (55, 47)

    def build(self) -> FaceNetwork:
        """Return the network: 160 x `width` numbers an embedding, 0.4 M parameters at width 1."""
        return _DeepID(self.width, standardise=self.contrast == "photo")

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Take Keras' names (`Conv1/kernel`, `fc11/kernel`) and layout.

        There both dense layers have a bias; here the second has their sum.
        """
        renamed = keras.rename(
            tensors,
            {
                "Conv1": ("conv1", keras.convolution),
                "Conv2": ("conv2", keras.convolution),
                "Conv3": ("conv3", keras.convolution),
                "Conv4": ("conv4", keras.convolution),
                "fc11": ("from_third", keras.dense_after_flatten((5, 4))),
                "fc12": ("from_fourth", keras.dense_after_flatten((4, 3))),
            },
        )
        third, fourth = (renamed.get(f"{name}.bias") for name in ("from_third", "from_fourth"))
        if third is not None and fourth is not None and third.shape == fourth.shape:
            renamed["from_fourth.bias"] = third + fourth
            del renamed["from_third.bias"]
        return renamed


class _DeepID(FaceNetwork):
    input_size = (55, 47)

    def __init__(self, width: float, *, standardise: bool) -> None:
        super().__init__()
        self.standardise = standardise
        first, second, third, fourth = (max(1, round(c * width)) for c in (20, 40, 60, 80))
        self.embedding_size = max(1, round(160 * width))
        self.conv1 = nn.Conv2d(3, first, 4)
        self.conv2 = nn.Conv2d(first, second, 3)
        self.conv3 = nn.Conv2d(second, third, 3)
        self.conv4 = nn.Conv2d(third, fourth, 2)
        self.from_third = nn.Linear(third * 5 * 4, self.embedding_size, bias=False)
        self.from_fourth = nn.Linear(fourth * 4 * 3, self.embedding_size)

    def prepare(self, images: Tensor) -> Tensor:
        """Scale pixels to [-1, 1], or each photo to mean 0 and deviation 1."""
        scaled = super().prepare(images)
        if not self.standardise:
            return scaled
        deviation, mean = torch.std_mean(scaled, dim=(1, 2, 3), correction=0, keepdim=True)
        # An all-black photo has no contrast to bring to 1; one grey level is the least there is.
        return scaled.sub_(mean).div_(deviation.clamp_min(1 / 127.5))

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size), not negative: the embedding ends in a ReLU."""
        # The largest of rectified values is the rectified largest: pooling first is four times less
        # to rectify.
        x = functional.relu(functional.max_pool2d(self.conv1(images), 2))
        x = functional.relu(functional.max_pool2d(self.conv2(x), 2))
        third = functional.relu(functional.max_pool2d(self.conv3(x), 2))
        fourth = functional.relu(self.conv4(third))
        both = self.from_third(third.flatten(1)) + self.from_fourth(fourth.flatten(1))
        return functional.relu(both)
