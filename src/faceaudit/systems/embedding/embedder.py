"""An embedder: one photo to one embedding, by trained weights."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from faceaudit.networks import FaceNetwork, Network
from faceaudit.registry import digest
from faceaudit.systems.embedding.fast_inference import Forward, batch_for, fast_forward
from faceaudit.types import FloatArray, ImageArray, IntArray


class Embedder:
    """A network with trained weights, ready to run.

    Args:
        network: the architecture, which the id depends on.
        module: the network built, with its weights.
        weights: what tells these weights from others, such as `state_digest` of them.
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
        """Return the embedder that a network is with these weights."""
        with torch.random.fork_rng(devices=[]):
            module = network.build()
        module.load_state_dict(state)
        return cls(network, module, state_digest(state), device)

    @property
    def id(self) -> str:
        """A sha256 of all that determines an embedding: architecture, preparation and weights."""
        options = {
            key: value
            for key, value in self.network.spec().as_json().items()
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
        """Return the weights by name; nothing where they stay in a file, as those of ONNX do."""
        return {} if self.network.is_file else self._module.state_dict()

    @cached_property
    def _forward(self) -> Forward:
        return fast_forward(self._module, self.device)

    @torch.inference_mode()
    def embed(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings, not normalised, of (N, H, W, 3) uint8 or of those at `rows`.

        Raises:
            InputError: the images are not of the network's size.
        """
        rows = np.arange(len(images)) if rows is None else rows
        out = np.empty((len(rows), self.embedding_size), dtype=np.float32)
        batch = batch_for(self.device)
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
