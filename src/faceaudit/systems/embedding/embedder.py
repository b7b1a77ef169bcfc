"""An embedder: one photo to one embedding, by trained weights."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.networks.base import Network
from faceaudit.networks.common.preprocessing import INSIGHTFACE, Preprocessing
from faceaudit.registry import digest
from faceaudit.systems.embedding.fast_inference import Forward, batch_for, fast_forward
from faceaudit.training.device import choose_device
from faceaudit.types import FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork
    from faceaudit.systems.embedding import differentiable, wrapped
else:
    torch = deferred("torch")
    differentiable = deferred("faceaudit.systems.embedding.differentiable")
    wrapped = deferred("faceaudit.systems.embedding.wrapped")


class Embedder:
    """A network with trained weights, ready to run.

    Args:
        network: the architecture, which the id depends on.
        module: the network built, with its weights.
        weights: a digest of the weights, such as `state_digest` of them.
        device: where to run; the CPU when None.
    """

    def __init__(
        self,
        network: Network,
        module: FaceNetwork,
        weights: str,
        device: torch.device | None = None,
    ) -> None:
        self.network = network
        self.weights_digest = weights
        self.device = device or torch.device("cpu")
        self._module = module

    @classmethod
    def of(
        cls, network: Network, state: Mapping[str, Tensor], device: torch.device | None = None
    ) -> Embedder:
        """Return an embedder of a network and its weights by name."""
        with torch.random.fork_rng(devices=[]):
            module = network.build()
        module.load_state_dict(state)
        return cls(network, module, state_digest(state), device)

    @classmethod
    def wrap(
        cls,
        module: torch.nn.Module,
        *,
        size: tuple[int, int] = (112, 112),
        preprocessing: Preprocessing = INSIGHTFACE,
        name: str = "torch_module",
        device: str | torch.device = "cpu",
    ) -> Embedder:
        """Return an embedder of a torch module of your own, in memory.

        A copy is kept, in evaluation mode: the module stays as it is, and changes of it do not
        change the embedder. The embedding size is found by a trial.

        Args:
            module: maps (N, 3, H, W) float32 to (N, E) embeddings.
            size: H and W, in pixels, of the photos it takes.
            preprocessing: of pixels before the module sees them. Nothing fails where it is not the
                one that the module was trained with; its embeddings are only worse.
            name: for people to read; the id does not depend on it.
            device: where to run: "cpu", "cuda", "auto", or a torch device.

        Raises:
            InputError: it is no module, or one that takes or gives other shapes; or no device.
            OptionError: the size or the name is not usable.
        """
        chosen = choose_device(device)
        network, copied = wrapped.wrap_module(module, size, preprocessing, name)
        return cls(network, copied, state_digest(wrapped.weights_of(copied)), chosen)

    @property
    def id(self) -> str:
        """A sha256 of what determines an embedding: architecture, version, preparation, weights."""
        options = {
            key: value
            for key, value in self.network.identity().items()
            if key != "path"  # where a file lies does not change what is in it
        }
        return digest([options, self.weights_digest])

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the photos it takes."""
        return self._module.input_size

    @property
    def embedding_size(self) -> int:
        """Length of an embedding."""
        return self._module.embedding_size

    def state(self) -> Mapping[str, Tensor]:
        """Return the weights by name; empty where they stay in a file, as those of ONNX do."""
        return {} if self.network.is_file else self._module.state_dict()

    def differentiable(self) -> torch.nn.Module:
        """Return a copy, a module from pixels (N, H, W, 3) of 0 to 255 to (N, E) embeddings.

        Raises:
            InputError: the network is a file that another engine runs, which gives no gradients.
        """
        if self.network.is_file:
            raise InputError(
                f"expected a network that gives gradients, got {self.network.name!r}, whose file "
                "another engine runs; attack it by its answers"
            )
        return differentiable.Differentiable(self._module, self.device)

    @cached_property
    def _forward(self) -> Forward:
        return fast_forward(self._module, self.device)

    def embed(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings, not normalised, of (N, H, W, 3) uint8 or of those at `rows`.

        Raises:
            InputError: the images are not of the network's size, or of another type than uint8.
        """
        if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
            got = images.dtype if isinstance(images, np.ndarray) else type(images).__name__
            raise InputError(
                f"expected images as an array (N, H, W, 3) uint8, got {got}; pixels are 0 to 255"
            )
        rows = np.arange(len(images)) if rows is None else rows
        out = np.empty((len(rows), self.embedding_size), dtype=np.float32)
        batch = batch_for(self.device)
        with torch.inference_mode():
            for start in range(0, len(rows), batch):
                chosen = rows[start : start + batch]
                pixels = torch.from_numpy(np.ascontiguousarray(images[chosen])).to(self.device)
                embedded = self._forward(self._module.prepare(pixels))
                out[start : start + len(chosen)] = embedded.float().cpu().numpy()
        return out


def state_digest(state: Mapping[str, Tensor]) -> str:
    """Return a sha256 of weights that does not depend on the file they were in."""
    whole = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        whole.update(repr((name, str(tensor.dtype), tuple(tensor.shape))).encode())
        whole.update(tensor.view(-1).view(torch.uint8).numpy().data)
    return whole.hexdigest()
