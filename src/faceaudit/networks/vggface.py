"""VGG-Face: sixteen layers of small convolutions and three dense ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.base import FaceNetwork, Preprocessing, ScalableNetwork, networks
from faceaudit.networks.common import keras_layers as keras

BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Channels and number of convolutions; the map is halved after each block."""

CONVOLUTIONS = tuple(
    f"conv{block}_{place}"
    for block, (_, count) in enumerate(BLOCKS, start=1)
    for place in range(1, count + 1)
)
DENSE = 4096

# Pixels go in unscaled, as the known weights want it; so the first weights are drawn smaller by
# about what is the deviation of a photo's pixels, or a network trained here starts with huge
# logits.
PIXEL_DEVIATION = 64.0


@networks.register
class VGGFace(ScalableNetwork):
    """Thirteen 3x3 convolutions in five blocks, then two dense layers of 4096 (VGG-16)."""

    name = "vggface"
    paper = (
        "Parkhi, Vedaldi, Zisserman 2015, Deep Face Recognition, BMVC; the layers are "
        "configuration D of Simonyan and Zisserman 2014, arXiv 1409.1556. The embedding is fc7 "
        "after its ReLU. Trained here, first weights are drawn as He et al. 2015 "
        "(arXiv 1502.01852) do, where the paper drew them at a deviation of 0.01 and grew the "
        "network in steps."
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

    def build(self) -> FaceNetwork:
        """Return the network: 134 M parameters at full size, a head for 2,622 people adds 11 M.

        Raises:
            OptionError: the input size is not of multiples of 32.
        """
        network = super().build()
        network.embedding_size = self._embedding
        return network

    def module(self) -> FaceNetwork:
        """Return the bare network."""
        channels = tuple(self.channels(count) for count, _ in BLOCKS)
        return _VGGFace(channels, self._map, self.channels(DENSE), self._embedding)

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Take Keras' names (`conv1_1/kernel`) and layout, or its layers in order.

        A sequential Keras model numbers its convolutions and has no other names for them; there
        the place in the file says which is which. Its dense layers may be written as convolutions
        over the whole map. `fc8` is the head.
        """
        named = _by_place(tensors)
        layers: dict[str, tuple[str, keras.Convert]] = {
            name: (name, keras.convolution) for name in CONVOLUTIONS
        }
        for layer, module in (("fc6", "fc6"), ("fc7", "fc7"), ("fc8", "head")):
            kernel = named.get(f"{layer}/kernel")
            flat = keras.dense_after_flatten(self._map) if layer == "fc6" else keras.dense
            as_convolution = kernel is not None and kernel.ndim == 4
            layers[layer] = (module, keras.dense_as_convolution if as_convolution else flat)
        return {
            f"head.{name.removeprefix('fc8.')}" if name.startswith("fc8.") else name: tensor
            for name, tensor in keras.rename(named, layers).items()
        }

    @property
    def _map(self) -> tuple[int, int]:
        """Height and width of what fc6 sees."""
        return (self.size[0] // self.input_multiple, self.size[1] // self.input_multiple)

    @property
    def _embedding(self) -> int:
        return self.embedding or self.channels(DENSE)


def _by_place(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Give layers without names of their own those of the paper, by their order."""
    layers = [name.removesuffix("/kernel") for name in tensors if name.endswith("/kernel")]
    known = (*CONVOLUTIONS, "fc6", "fc7", "fc8")
    if set(layers) & set(known) or len(layers) not in (len(known), len(known) - 1):
        return tensors
    place = dict(zip(layers, known, strict=False))
    renamed = {}
    for name, tensor in tensors.items():
        layer, slash, part = name.rpartition("/")
        renamed[place.get(layer, layer) + slash + part] = tensor
    return renamed


class _VGGFace(FaceNetwork):
    def __init__(
        self, channels: tuple[int, ...], size: tuple[int, int], dense: int, embedding: int
    ) -> None:
        super().__init__()
        before = 3
        for name in CONVOLUTIONS:
            after = channels[int(name[4]) - 1]
            self.add_module(name, nn.Conv2d(before, after, 3, padding=1))
            before = after
        self.fc6 = nn.Linear(before * size[0] * size[1], dense)
        self.fc7 = nn.Linear(dense, embedding)
        for module in self.children():
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")  # type: ignore[arg-type]
            nn.init.zeros_(module.bias)  # type: ignore[arg-type]
        self.conv1_1.weight.data.div_(PIXEL_DEVIATION)  # type: ignore[operator, union-attr]

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size), not negative: the embedding ends in a ReLU."""
        x = images
        for block, (_, count) in enumerate(BLOCKS, start=1):
            for place in range(1, count + 1):
                x = self.get_submodule(f"conv{block}_{place}")(x)
                if place == count:  # the largest first: a quarter is left to rectify
                    x = functional.max_pool2d(x, 2)
                x = functional.relu(x)
        x = functional.dropout(functional.relu(self.fc6(x.flatten(1))), 0.5, self.training)
        return functional.dropout(functional.relu(self.fc7(x)), 0.5, self.training)
