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
        """Take Keras' names (`Conv1/kernel`, `fc11/kernel`; or `conv_1/kernel`, `fc_1/kernel`).

        There both dense layers have a bias; here the second has their sum. `output` is the head.
        Keras 3 names layers by their kind: there their shapes say which is which.
        """
        layers: dict[str, tuple[str, keras.Convert]] = {"output": ("head", keras.dense)}
        for number in "1234":
            convolution = (f"conv{number}", keras.convolution)
            layers |= {f"Conv{number}": convolution, f"conv_{number}": convolution}
        third = ("from_third", keras.dense_after_flatten((5, 4)))
        fourth = ("from_fourth", keras.dense_after_flatten((4, 3)))
        layers |= {"fc11": third, "fc_1": third, "fc12": fourth, "fc_2": fourth}
        renamed = keras.rename(_name_by_shape(tensors), layers)
        biases = [renamed.get(f"{name}.bias") for name in ("from_third", "from_fourth")]
        if biases[0] is not None and biases[1] is not None and biases[0].shape == biases[1].shape:
            renamed["from_fourth.bias"] = biases[0] + biases[1]
            del renamed["from_third.bias"]
        return renamed


def _name_by_shape(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Return the tensors of layers that Keras 3 numbered (`conv2d_1`) under the names above.

    Convolutions follow one another. What takes the third's map, or the fourth's, is told by how
    much it takes, and the last layer by what those give.
    """
    kernels = {name.removesuffix("/kernel"): t for name, t in tensors.items() if "/kernel" in name}
    convolutions = [name for name, kernel in kernels.items() if kernel.ndim == 4]
    if len(convolutions) != 4 or not all(name.startswith("conv2d") for name in convolutions):
        return tensors
    named = {name: f"conv_{number}" for number, name in enumerate(convolutions, start=1)}
    third, fourth = (kernels[name].shape[3] for name in convolutions[2:])
    inputs = {5 * 4 * third: "fc_1", 4 * 3 * fourth: "fc_2"}
    for name, kernel in kernels.items():
        if kernel.ndim == 2:
            named[name] = inputs.get(kernel.shape[0], "output")
    split = ((name, *name.rpartition("/")[::2]) for name in tensors)
    return {f"{named.get(layer, layer)}/{part}": tensors[name] for name, layer, part in split}
