"""DeepID: a small network trained from scratch on aligned faces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from faceaudit.networks.base import Network, networks
from faceaudit.networks.common import keras_layers as keras
from faceaudit.networks.common.preprocessing import INSIGHTFACE, Preprocessing

if TYPE_CHECKING:
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork


@networks.register
class DeepID(Network):
    """Four convolutions; the embedding sees both the third and the fourth (multi-scale)."""

    name: ClassVar[str] = "deepid"
    paper: ClassVar[str] = (
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
        description="fixed: 0 to 255 becomes -1 to 1; photo: each photo to mean 0 and standard "
        "deviation 1, for faces under very different light",
    )

    @property
    def size(self) -> tuple[int, int]:
        """55 high, 47 wide."""
        return (55, 47)

    @property
    def embedding_size(self) -> int:
        """Length of an embedding: 160 x `width`."""
        return max(1, round(160 * self.width))

    @property
    def preparation(self) -> Preprocessing:
        """Pixels are scaled to [-1, 1]."""
        return INSIGHTFACE

    def build(self) -> FaceNetwork:
        """Return the network: 160 x `width` numbers an embedding, 0.4 M parameters at width 1."""
        from faceaudit.networks.modules.deepid import DeepIDModule  # noqa: PLC0415 - slow to load

        return DeepIDModule(self.width, self.embedding_size, standardise=self.contrast == "photo")

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
