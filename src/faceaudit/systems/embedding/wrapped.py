"""A torch module of the user's own, in memory, as a network that embedders can run."""

from __future__ import annotations

import copy
import hashlib
import re
from typing import Annotated, Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from faceaudit.errors import InputError, OptionError
from faceaudit.networks.base import Network
from faceaudit.networks.common.face_network import FaceNetwork
from faceaudit.networks.common.preprocessing import Preprocessing

_TRIAL = 2
"""Photos of the trial: a module that mixes them up, or drops the first axis of one, shows."""
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


class ModuleNetwork(Network):
    """The description of a torch module in memory; no plan can spell it, so it is not registered.

    Attributes:
        module_class: the module's class, with its Python module.
        structure: a sha256 of the layers as PyTorch prints them: modules of equal weights may
            still have other layers between them.
        trial: a sha256 of the embeddings of the trial photos: an edited `forward` shows in no
            name, layer or weight.
    """

    paper: ClassVar[str] = "the user's own"
    known_weights: ClassVar[str] = "those of the module in memory"

    module_class: str = Field(description="the module's class, with its Python module")
    structure: str = Field(description="sha256 of the layers, as PyTorch prints them")
    trial: str = Field(description="sha256 of the embeddings of the trial photos, as float32")
    input_size: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] = Field(
        description="height and width in pixels"
    )
    embedding: int = Field(ge=1, description="length of an embedding")
    preprocessing: Preprocessing = Field(description="order, mean and scale of the channels")

    @property
    def size(self) -> tuple[int, int]:
        """Height and width that the module takes, in pixels."""
        return self.input_size

    @property
    def embedding_size(self) -> int:
        """Length of an embedding."""
        return self.embedding

    @property
    def preparation(self) -> Preprocessing:
        """The preprocessing of pixels before the module sees them."""
        return self.preprocessing

    def identity(self) -> dict[str, Any]:
        """Return what determines the embeddings, beside the weights; the name does not."""
        return {**self.model_dump(mode="json"), "version": self.version}

    def build(self) -> FaceNetwork:
        """Refuse: a module in memory cannot be built anew.

        Raises:
            OptionError: always.
        """
        raise OptionError(
            f"expected a network that can be built anew, got {self.name!r}, a module in memory "
            f"({self.module_class}); try a registered network, or export the module to ONNX and "
            "name onnx:FILE"
        )


class WrappedModule(FaceNetwork):
    """A copy of a torch module, with the size and the preparation of its photos.

    Attributes:
        memory_format: the layout of its tensors. The plain one, as modules that flatten maps by
            `view` fail in channels-last layout.
        branches_by_shape_alone: false, as its code is not known: it may go by what photos show.
    """

    memory_format = torch.contiguous_format
    branches_by_shape_alone = False

    def __init__(
        self, module: nn.Module, size: tuple[int, int], preprocessing: Preprocessing
    ) -> None:
        super().__init__()
        try:
            self.module = copy.deepcopy(module).eval()
        except Exception as error:
            raise InputError(
                f"expected a module that can be copied, got {type(error).__name__}: {error}; try "
                "one without tensors that are results of others"
            ) from error
        self.input_size = size
        self.preprocessing = preprocessing

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size) embeddings of prepared images."""
        embedded: Tensor = self.module(images.contiguous())
        return embedded


def wrap_module(
    module: nn.Module, size: tuple[int, int], preprocessing: Preprocessing, name: str
) -> tuple[ModuleNetwork, WrappedModule]:
    """Return a module's description, and a copy of it on the CPU that embeds photos.

    Args:
        module: maps (N, 3, H, W) float32 to (N, E), whatever its mode.
        size: H and W.
        preprocessing: of the pixels.
        name: for people to read.

    Raises:
        InputError: it is no module, or one that takes or gives other shapes.
        OptionError: the size or the name is not usable.
    """
    if not isinstance(module, nn.Module):
        raise InputError(f"expected a torch.nn.Module, got {type(module).__name__}")
    if not name:
        raise OptionError("expected a name for the module, got an empty one")
    kind = type(module)
    described = type(ModuleNetwork.__name__, (ModuleNetwork,), {"name": name})(
        module_class=f"{kind.__module__}.{kind.__qualname__}",
        structure=hashlib.sha256(_ADDRESS.sub("", repr(module)).encode()).hexdigest(),
        trial="",  # until it was made, as the length of an embedding
        input_size=size,
        embedding=1,
        preprocessing=preprocessing,
    )
    wrapped = WrappedModule(module, described.size, preprocessing).to("cpu")
    found = _try_photos(wrapped)
    wrapped.embedding_size = found.shape[1]
    trial = hashlib.sha256(found.float().contiguous().numpy().data).hexdigest()
    return described.model_copy(update={"embedding": found.shape[1], "trial": trial}), wrapped


def weights_of(wrapped: WrappedModule) -> dict[str, Tensor]:
    """Return all tensors that a module holds by name, buffers that are never saved included."""
    whole = {**dict(wrapped.module.named_buffers()), **wrapped.module.state_dict()}
    return {name: value for name, value in whole.items() if isinstance(value, Tensor)}


@torch.inference_mode()
def _try_photos(wrapped: WrappedModule) -> Tensor:
    """Return (2, E) embeddings of two photos that are always the same.

    Raises:
        InputError: the module fails, or gives something other than (N, E) floats.
    """
    height, width = wrapped.input_size
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (_TRIAL, height, width, 3), generator=generator)
    try:
        found = wrapped(wrapped.prepare(pixels.to(torch.uint8)))
    except Exception as error:
        raise InputError(
            f"expected a module that takes (N, 3, {height}, {width}) float32, got "
            f"{type(error).__name__}: {' '.join(str(error).split())[:200]}; try another size"
        ) from error
    if not isinstance(found, Tensor):
        raise InputError(
            f"expected embeddings (N, E) as one tensor, got {type(found).__name__}; wrap a module "
            "that returns the embeddings alone"
        )
    if found.ndim != 2 or len(found) != _TRIAL or not found.shape[1]:
        raise InputError(
            f"expected embeddings ({_TRIAL}, E) of {_TRIAL} photos, got {tuple(found.shape)}; wrap "
            "a module that returns one embedding a photo"
        )
    if not found.is_floating_point() or not bool(torch.isfinite(found).all()):
        raise InputError(
            f"expected embeddings of finite floats, got {found.dtype} that are not; check the "
            "module's weights"
        )
    return found
