"""An identifier of which only the last block of its network, and a head, were trained.

All layers before the last block never change, their batch norms' statistics neither: every photo
and its mirror image go through them once, and the last block learns from the maps that they give.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from faceaudit.errors import InputError
from faceaudit.networks import Network
from faceaudit.networks.common.face_network import FaceNetwork
from faceaudit.networks.common.split_network import SplitNetwork
from faceaudit.progress import Progress, silent
from faceaudit.registry import digest
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.embedding.embedder import Embedder, state_digest
from faceaudit.systems.identifiers.last_layer import features_of
from faceaudit.training import Trained, Training, TrainingPhotos, fit
from faceaudit.training.classifier import Classifier
from faceaudit.training.determinism import seeded
from faceaudit.training.loop import EVALUATION_BATCH
from faceaudit.types import FloatArray, ImageArray, IntArray


class Trunk(FaceNetwork):
    """All of a network before its last block: prepared images to the maps that this is given."""

    def __init__(self, network: SplitNetwork) -> None:
        super().__init__()
        self.network = network.eval()
        self.input_size = network.input_size
        blank = torch.zeros((1, *network.input_size, 3), dtype=torch.uint8)
        with torch.inference_mode():
            maps = network.trunk(network.prepare(blank))
        self.shape = tuple(maps.shape[1:])
        self.embedding_size = maps[0].numel()

    def prepare(self, images: Tensor) -> Tensor:
        """Return what the network prepares."""
        return self.network.prepare(images)

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size): the maps, flattened."""
        maps: Tensor = self.network.trunk(images)
        return maps.flatten(1)


class LastBlockNetwork(FaceNetwork):
    """Takes the place of a network where the maps before its last block are the input.

    Its parameters and statistics are those of the last block.

    Args:
        network: with the weights that the last block starts from; a copy of it is used.
        shape: of a photo's maps.
    """

    def __init__(self, network: SplitNetwork, shape: tuple[int, ...]) -> None:
        super().__init__()
        network = copy.deepcopy(network).eval()
        self.embedding_size = network.embedding_size
        self.shape = shape
        self.block = nn.ModuleList(network.last_block())
        # In a tuple, so that the layers before are no part of this module and of its weights.
        self._whole = (network,)

    def prepare(self, images: Tensor) -> Tensor:
        """Return (N, F) flat maps in their shape."""
        return images.reshape(len(images), *self.shape)

    def train(self, mode: bool = True) -> LastBlockNetwork:  # noqa: FBT001, FBT002 - torch's
        """Set whether the last block learns; the layers before it never do."""
        super().train(mode)
        self._whole[0].training = mode  # dropout that the network itself applies
        return self

    def forward(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size) embeddings; there is no photo whose size could be wrong."""
        return self.encode(images)

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size) embeddings of maps."""
        return self._whole[0].finish(images)


class LastBlock:
    """A system made of a trained network, another last block for it, and a head.

    Args:
        trunk: the layers before the last block, as `trunk_of` gives them.
        start: the network with the weights that training started from.
        names: K enrolled people; a person's index is their label.
        state: weights of the last block and the head, as `train_last_block` gives them.
        cache: folder of what photos are at the end of the trunk.
        margin: what the head was trained with; logits are without it.
    """

    def __init__(
        self,
        trunk: Embedder,
        start: SplitNetwork,
        names: tuple[str, ...],
        state: Mapping[str, Tensor],
        cache: Path,
        *,
        margin: float | None = None,
    ) -> None:
        self.names = names
        self._trunk = trunk
        self._cache = cache
        self._network = LastBlockNetwork(start, Trunk(start).shape)
        self._model = Classifier(self._network, len(names), margin)
        self._model.load_state_dict(state)
        self._model.to(trunk.device).eval()

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the photos it takes."""
        return self._trunk.size

    def logits(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, K) logits of `images`, (N, H, W, 3) uint8, or of those at `rows`."""
        return self._run(self._model, len(self.names), images, rows)

    def embed(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings of `images`, (N, H, W, 3) uint8, or of those at `rows`."""
        return self._run(self._network, self._network.embedding_size, images, rows)

    def differentiable(self) -> nn.Module:
        """Return a copy, a module from pixels (N, H, W, 3) of 0 to 255 to (N, K) logits."""
        shape = self._network.shape
        rest = nn.Sequential(nn.Unflatten(1, shape), copy.deepcopy(self._model).eval())
        return nn.Sequential(self._trunk.differentiable(), rest.requires_grad_(requires_grad=False))

    @torch.inference_mode()
    def _run(
        self, module: nn.Module, width: int, images: ImageArray, rows: IntArray | None
    ) -> FloatArray:
        found = embeddings(self._trunk, images, rows, cache=self._cache)
        out = np.empty((len(found), width), dtype=np.float32)
        for start in range(0, len(found), EVALUATION_BATCH):
            block = slice(start, min(start + EVALUATION_BATCH, len(found)))
            maps = torch.from_numpy(found.take(block)).to(self._trunk.device)
            out[block] = module(self._network.prepare(maps)).float().cpu().numpy()
        return out


def require_last_block(network: Network) -> None:
    """Refuse a network that does not say which of its layers are the last block.

    Raises:
        InputError: it does not.
    """
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        _require_split(network, network.build())


def split_network(network: Network, state: Mapping[str, Tensor]) -> SplitNetwork:
    """Return a network with its weights, which says which of its layers are the last block.

    Raises:
        InputError: it does not say that.
    """
    with torch.random.fork_rng(devices=[]):
        module = _require_split(network, network.build())
    module.load_state_dict(state)
    return module.eval()


def _require_split(network: Network, module: nn.Module) -> SplitNetwork:
    if not isinstance(module, SplitNetwork):
        raise InputError(
            f"expected a network that says which of its layers are the last block, got "
            f"{network.name!r}; set learn to 'last layer' or 'everything'"
        )
    return module


def trunk_of(
    network: Network, module: SplitNetwork, device: torch.device | None = None
) -> Embedder:
    """Return the layers before a network's last block, ready to run on photos.

    Args:
        network: the architecture.
        module: it with its weights; a copy is used.
        device: where to run; the CPU when None.
    """
    known = digest(["before the last block", state_digest(module.state_dict())])
    return Embedder(network, Trunk(copy.deepcopy(module)), known, device)


def train_last_block(
    trunk: Embedder,
    start: SplitNetwork,
    names: tuple[str, ...],
    photos: TrainingPhotos,
    validation: TrainingPhotos,
    options: Training,
    *,
    seed: int,
    cache: Path,
    margin: float | None = None,
    checkpoint: Path | None = None,
    progress: Progress = silent,
    title: str = "training",
) -> Trained:
    """Train the last block of a network, and a head over `names`.

    Args:
        trunk: the layers before it, as `trunk_of` gives them.
        start: the network with the weights that the last block starts from.
        names: K enrolled people.
        photos: to learn from; mirrored ones have maps of their own.
        validation: photos that decide when to stop.
        options: how.
        seed: sets the head's initial weights and the order of the photos.
        cache: folder of what photos are at the end of the trunk; nothing in it is computed again.
        margin: see `faceaudit.training.classifier.Classifier`.
        checkpoint: see `faceaudit.training.fit`.
        progress: told of every photo and step.
        title: what to call this training there.
    """
    learn = features_of(trunk, photos, cache=cache, progress=progress, title=f"{title}: embed")
    watch = features_of(trunk, validation, cache=cache, progress=progress)
    with seeded(f"weights {seed}"):
        model = Classifier(LastBlockNetwork(start, Trunk(start).shape), len(names), margin)
    return fit(
        model,
        learn,
        watch,
        options,
        seed=seed,
        checkpoint=checkpoint,
        progress=progress,
        title=title,
    )
