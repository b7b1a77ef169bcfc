"""What every network promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from faceaudit.errors import InputError, OptionError
from faceaudit.registry import Component, Options, Registry

Channels = tuple[float, float, float]


class Preprocessing(Options):
    """How pixels become what a network takes: `(x - mean) / scale`, channel by channel.

    This is where face networks are most often used wrongly: nothing fails, the figures are just
    worse. So it belongs to the network and is never left to the caller.
    """

    order: Literal["rgb", "bgr"] = Field("rgb", description="order of the channels")
    mean: Channels = Field(
        (127.5, 127.5, 127.5),
        description="subtracted, in grey levels of 0 to 255, in the order of the channels above",
    )
    scale: tuple[
        Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]
    ] = Field((127.5, 127.5, 127.5), description="what the difference is divided by")

    def apply(self, images: Tensor) -> Tensor:
        """Turn (N, H, W, 3) uint8 RGB into (N, 3, H, W) float32, channels last in memory."""
        pixels = images.flip(3) if self.order == "bgr" else images
        floats = pixels.permute(0, 3, 1, 2).to(torch.float32)
        if len(set(self.mean)) == len(set(self.scale)) == 1:
            return floats.sub_(self.mean[0]).mul_(1 / self.scale[0])
        mean = torch.tensor(self.mean, device=images.device).view(1, 3, 1, 1)
        scale = torch.tensor(self.scale, device=images.device).view(1, 3, 1, 1)
        return floats.sub_(mean).div_(scale)


INSIGHTFACE = Preprocessing()
"""RGB, (x / 255 - 0.5) / 0.5: insightface's PyTorch networks."""

INSIGHTFACE_128 = Preprocessing(scale=(128.0, 128.0, 128.0))
"""RGB, (x - 127.5) / 128: insightface's MXNet networks and the MobileFaceNet of CASIA."""

FACEX_ZOO = Preprocessing(order="bgr", scale=(128.0, 128.0, 128.0))
"""BGR, (x - 127.5) / 128: FaceX-Zoo."""


_SAFE_CHANNELS = 16


class FaceNetwork(nn.Module):
    """A module from prepared images to embeddings, with the preparation it wants.

    Attributes:
        input_size: height and width in pixels.
        embedding_size: length of an embedding.
        preprocessing: what `prepare` does to pixels.
    """

    input_size: tuple[int, int]
    embedding_size: int
    preprocessing: Preprocessing = INSIGHTFACE

    def prepare(self, images: Tensor) -> Tensor:
        """Bring (N, H, W, 3) uint8 RGB to what `forward` takes: (N, 3, H, W) float.

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

    def encode(self, images: Tensor) -> Tensor:
        """Do what `forward` does, for images of the right size."""
        raise NotImplementedError


class Network(Component):
    """Builds a `FaceNetwork`; the options set its size.

    A subclass says in `weights` which trained weights are known, under which licence.

    Attributes:
        frozen: whether it comes with weights of its own, which cannot be trained; such a network
            has their digest in `sha256`.
    """

    family = "network"
    known_weights: ClassVar[str] = "none known; it is trained here"
    is_file: ClassVar[bool] = False

    @property
    def size(self) -> tuple[int, int]:
        """Height and width that the network takes, in pixels."""
        raise NotImplementedError

    @property
    def sha256(self) -> str:
        """Digest of the weights of its own, of a network that is `frozen`."""
        raise NotImplementedError

    def build(self) -> FaceNetwork:
        """Return the network with weights drawn from torch's current random state."""
        raise NotImplementedError

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return a checkpoint's tensors under the names that the built network's state has.

        Called after the prefixes that training code puts before every name are gone. Tensors that
        are not understood keep their names, so that the strict check that follows can list them;
        those of a classification head are put under `head.`.

        Args:
            tensors: by the names in the file; Keras files give `layer/kernel` and `layer/bias`.
        """
        return dict(tensors)


class ScalableNetwork(Network):
    """A network with the options that nearly all backbones share.

    A subclass implements `module` and sets what its known weights want.
    """

    default_input_size: ClassVar[tuple[int, int]] = (112, 112)
    input_multiple: ClassVar[int] = 16
    default_preprocessing: ClassVar[Preprocessing] = INSIGHTFACE

    width: float = Field(1.0, gt=0, le=8, description="scales the number of channels everywhere")
    input_size: tuple[int, int] | None = Field(
        None, description="height and width in pixels; none means those of the known weights"
    )
    embedding: int = Field(512, ge=1, description="length of an embedding")
    preprocessing: Preprocessing | None = Field(
        None, description="order, mean and scale of the channels; none means the known weights'"
    )

    @property
    def size(self) -> tuple[int, int]:
        """Height and width that the network takes, in pixels."""
        return self.input_size or self.default_input_size

    def build(self) -> FaceNetwork:
        """Return the network with weights drawn from torch's current random state.

        Raises:
            OptionError: the input size is not a positive multiple of what the network halves it by.
        """
        if any(edge < self.input_multiple or edge % self.input_multiple for edge in self.size):
            raise OptionError(
                f"expected an input_size of multiples of {self.input_multiple} for {self.name}, "
                f"got {self.size}; try {self.default_input_size}"
            )
        network = self.module()
        network.input_size = self.size
        network.embedding_size = self.embedding
        network.preprocessing = self.preprocessing or self.default_preprocessing
        return network

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        raise NotImplementedError

    def channels(self, count: int, multiple: int = 8) -> int:
        """Scale a number of channels by `width`, to a multiple of 8; untouched at width 1."""
        if self.width == 1:
            return count
        return max(multiple, round(count * self.width / multiple) * multiple)


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


networks: Registry[Network] = Registry(Network, "faceaudit.networks")
