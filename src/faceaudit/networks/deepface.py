"""DeepFace: two convolutions, three locally connected layers, one dense layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from faceaudit.errors import OptionError
from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common import keras_layers as keras
from faceaudit.networks.common.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork

SMALLEST = 71
"""Edge of the smallest photo, of which the last locally connected layer leaves one position."""

DENSE = 4096


@networks.register
class DeepFace(ScalableNetwork):
    """Convolutions below, then kernels of their own at every position of the face."""

    name: ClassVar[str] = "deepface"
    paper: ClassVar[str] = (
        "Taigman, Yang, Ranzato, Wolf 2014, DeepFace: Closing the Gap to Human-Level Performance "
        "in Face Verification, CVPR. Faces are taken as their source aligns them, where the paper "
        "turned them to the front with a 3D model; the embedding is F7 as it is, where the paper "
        "normalised it. Initial weights are drawn as He et al. 2015 (arXiv 1502.01852) do."
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

    @property
    def embedding_size(self) -> int:
        """Length of an embedding."""
        return self.embedding or self.channels(DENSE)

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
        return super().build()

    def module(self) -> FaceNetwork:
        """Return the bare network."""
        from faceaudit.networks.modules.deepface import DeepFaceModule  # noqa: PLC0415 - slow to load

        wide, narrow = (self.channels(count, multiple=1) for count in (32, 16))
        return DeepFaceModule(wide, narrow, map_sizes(self.size), self.embedding_size)

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
