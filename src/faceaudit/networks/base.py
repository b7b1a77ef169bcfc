"""Base classes of networks: an architecture with its options, built when it is used."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from faceaudit.errors import OptionError, WeightsError
from faceaudit.networks.common.preprocessing import INSIGHTFACE, Preprocessing
from faceaudit.registry import Component, Registry

if TYPE_CHECKING:
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork


class Network(Component):
    """Builds a `FaceNetwork`; the options set its size.

    A module in which a network is registered imports no PyTorch: listing networks would wait
    seconds for it. The layers are in `networks/modules/`, imported when a network is built.

    Attributes:
        known_weights: trained weights that are known, where they are from and their licence.
        parameters: how many a network with default options has; None where that is not known.
        is_file: whether it is a file that holds its weights, which cannot be trained; such a
            network has the file's digest in `sha256`.
    """

    family: ClassVar[str] = "network"
    known_weights: ClassVar[str] = "none known; it is trained here"
    parameters: ClassVar[int | None] = None
    is_file: ClassVar[bool] = False

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Height and width that the network takes, in pixels."""

    @property
    @abstractmethod
    def embedding_size(self) -> int:
        """Length of an embedding."""

    @property
    @abstractmethod
    def preparation(self) -> Preprocessing:
        """Preparation of pixels: order, mean and scale of the channels."""

    @property
    def sha256(self) -> str:
        """Digest of the file of a network that `is_file`.

        Raises:
            WeightsError: it is none.
        """
        raise WeightsError(
            f"expected a network that is a file with its weights, got {self.name!r}; "
            "ask for the digest of its weights instead"
        )

    @abstractmethod
    def build(self) -> FaceNetwork:
        """Return the network with weights drawn from torch's current random state."""

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
    """A network with the options that nearly all architectures share.

    A subclass implements `module` and sets the defaults that its known weights expect.

    Attributes:
        default_input_size: height and width, in pixels, of the photos that the weights take.
        input_multiple: each edge of a photo is a multiple of it: how often the map is halved.
        default_preprocessing: of the pixels, as the weights expect it.
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

    @property
    def embedding_size(self) -> int:
        """Length of an embedding."""
        return self.embedding

    @property
    def preparation(self) -> Preprocessing:
        """Preparation of pixels: order, mean and scale of the channels."""
        return self.preprocessing or self.default_preprocessing

    @property
    def last_map(self) -> tuple[int, int]:
        """Height and width of the last map: those of the photo divided by `input_multiple`."""
        height, width = self.size
        return height // self.input_multiple, width // self.input_multiple

    def build(self) -> FaceNetwork:
        """Return the network with weights drawn from torch's current random state.

        Raises:
            OptionError: an edge of the input is no positive multiple of `input_multiple`.
        """
        if any(edge < self.input_multiple or edge % self.input_multiple for edge in self.size):
            raise OptionError(
                f"expected an input_size of multiples of {self.input_multiple} for {self.name}, "
                f"got {self.size}; try {self.default_input_size}"
            )
        network = self.module()
        network.input_size = self.size
        network.embedding_size = self.embedding_size
        network.preprocessing = self.preparation
        return network

    @abstractmethod
    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""

    def channels(self, count: int, multiple: int = 8) -> int:
        """Scale a number of channels by `width`, to a multiple of 8; untouched at width 1."""
        if self.width == 1:
            return count
        return max(multiple, round(count * self.width / multiple) * multiple)


networks: Registry[Network] = Registry(
    Network,  # type: ignore[type-abstract]
    "faceaudit.networks",
)
