"""VGG-Face: sixteen layers of small convolutions and three dense ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common import keras_layers as keras
from faceaudit.networks.common.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork

BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Channels and number of convolutions; the map is halved after each block."""

CONVOLUTIONS = tuple(
    f"conv{block}_{number}"
    for block, (_, count) in enumerate(BLOCKS, start=1)
    for number in range(1, count + 1)
)
DENSE = 4096


@networks.register
class VGGFace(ScalableNetwork):
    """Thirteen 3x3 convolutions in five blocks, then two dense layers of 4096 (VGG-16)."""

    name: ClassVar[str] = "vggface"
    paper: ClassVar[str] = (
        "Parkhi, Vedaldi, Zisserman 2015, Deep Face Recognition, BMVC; the layers are "
        "configuration D of Simonyan and Zisserman 2014, arXiv 1409.1556. The embedding is fc7 "
        "after its ReLU. Trained here, initial weights are drawn as He et al. 2015 "
        "(arXiv 1502.01852) do, where the paper drew them at a standard deviation of 0.01 and grew "
        "the network in steps."
    )
    known_weights: ClassVar[str] = (
        "rcmalli_vggface_tf_vgg16.h5 of keras-vggface and vgg_face_weights.h5 of serengil's "
        "deepface: Oxford's weights for 2,622 people in Keras' layout; for non-commercial research "
        "under a Creative Commons Attribution licence, says keras-vggface. Their preprocessing is "
        "the default here: BGR, the mean subtracted."
    )
    parameters: ClassVar[int] = 134_260_544
    default_input_size: ClassVar[tuple[int, int]] = (224, 224)
    input_multiple: ClassVar[int] = 32
    default_preprocessing: ClassVar[Preprocessing] = Preprocessing(
        order="bgr", mean=(93.5940, 104.7624, 129.1863), scale=(1.0, 1.0, 1.0)
    )

    width: float = Field(
        1.0, gt=0, le=8, description="scales the number of channels and the dense layers"
    )
    embedding: int | None = Field(  # type: ignore[assignment]
        None, ge=1, description="length of an embedding; none means 4096 x width"
    )

    @property
    def embedding_size(self) -> int:
        """Length of an embedding."""
        return self.embedding or self.channels(DENSE)

    def module(self) -> FaceNetwork:
        """Return the bare network."""
        from faceaudit.networks.modules.vggface import VGGFaceModule  # noqa: PLC0415 - slow to load

        blocks = tuple((self.channels(channels), count) for channels, count in BLOCKS)
        return VGGFaceModule(blocks, self.last_map, self.channels(DENSE), self.embedding_size)

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Take Keras' names (`conv1_1/kernel`) and layout, or its layers in order.

        A sequential Keras model numbers its convolutions and has no other names for them; there
        their order in the file says which is which. Its dense layers may be written as convolutions
        over the whole map. `fc8` is the head.
        """
        named = _name_by_order(tensors)
        layers: dict[str, tuple[str, keras.Convert]] = {
            name: (name, keras.convolution) for name in CONVOLUTIONS
        }
        for layer, module in (("fc6", "fc6"), ("fc7", "fc7"), ("fc8", "head")):
            kernel = named.get(f"{layer}/kernel")
            flat = keras.dense_after_flatten(self.last_map) if layer == "fc6" else keras.dense
            as_convolution = kernel is not None and kernel.ndim == 4
            layers[layer] = (module, keras.dense_as_convolution if as_convolution else flat)
        return {
            f"head.{name.removeprefix('fc8.')}" if name.startswith("fc8.") else name: tensor
            for name, tensor in keras.rename(named, layers).items()
        }


def _name_by_order(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Return the tensors of unnamed layers under the paper's names, by their order."""
    layers = [name.removesuffix("/kernel") for name in tensors if name.endswith("/kernel")]
    known = (*CONVOLUTIONS, "fc6", "fc7", "fc8")
    if set(layers) & set(known) or len(layers) not in (len(known), len(known) - 1):
        return tensors
    paper_name = dict(zip(layers, known, strict=False))
    renamed = {}
    for name, tensor in tensors.items():
        layer, slash, part = name.rpartition("/")
        renamed[paper_name.get(layer, layer) + slash + part] = tensor
    return renamed
