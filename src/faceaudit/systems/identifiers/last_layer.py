"""An identifier of which only the last layer was trained, on the features of a trained backbone.

The backbone never changes, so every photo and its mirror image go through it once, and the last
layer is trained on the embeddings: in seconds, and again for each attack.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from faceaudit.networks.common.face_network import FaceNetwork
from faceaudit.progress import Progress, silent
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.training import Trained, Training, TrainingPhotos, fit
from faceaudit.training.classifier import Classifier
from faceaudit.training.determinism import seeded
from faceaudit.types import FloatArray, ImageArray, IntArray


class Features(FaceNetwork):
    """Takes the place of the network where its embeddings are the input.

    They are divided by their root mean square over the training photos, which is part of the
    weights: so one learning rate suits every backbone, whatever the size of its numbers.
    """

    scale: Tensor

    def __init__(self, size: int, scale: float = 1.0) -> None:
        super().__init__()
        self.embedding_size = size
        self.register_buffer("scale", torch.tensor(scale))

    def prepare(self, images: Tensor) -> Tensor:
        """Return (N, E) embeddings as they are."""
        return images

    def forward(self, images: Tensor) -> Tensor:
        """Return (N, E) scaled embeddings; there is no photo whose size could be wrong."""
        return self.encode(images)

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, E) scaled embeddings."""
        return images * self.scale


class LastLayer:
    """A system made of a backbone and a trained last layer.

    Args:
        embedder: the backbone.
        names: K enrolled people; a person's index is their label.
        state: weights of the last layer, as `train_last_layer` gives them.
        cache: folder of all embeddings.
    """

    def __init__(
        self, embedder: Embedder, names: tuple[str, ...], state: Mapping[str, Tensor], cache: Path
    ) -> None:
        self.names = names
        self._embedder = embedder
        self._cache = cache
        self._weight = (state["head.weight"] * state["network.scale"]).numpy()
        self._bias = state["head.bias"].numpy()

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the photos it takes."""
        return self._embedder.size

    def logits(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, K) logits of `images`, (N, H, W, 3) uint8, or of those at `rows`."""
        scores: FloatArray = self.embed(images, rows) @ self._weight.T + self._bias
        return scores

    def embed(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings of `images`, (N, H, W, 3) uint8, or of those at `rows`."""
        return embeddings(self._embedder, images, rows, cache=self._cache).take()

    def differentiable(self) -> nn.Module:
        """Return a copy, a module from pixels (N, H, W, 3) of 0 to 255 to (N, K) logits.

        Raises:
            InputError: the backbone is a file that another engine runs, which gives no gradients.
        """
        head = nn.Linear(self._weight.shape[1], len(self._weight), device=self._embedder.device)
        state = {"weight": self._weight, "bias": self._bias}
        head.load_state_dict({name: torch.from_numpy(of) for name, of in state.items()})
        return nn.Sequential(
            self._embedder.differentiable(), head.requires_grad_(requires_grad=False)
        )


def train_last_layer(
    embedder: Embedder,
    names: tuple[str, ...],
    photos: TrainingPhotos,
    validation: TrainingPhotos,
    options: Training,
    *,
    seed: int,
    cache: Path,
    checkpoint: Path | None = None,
    progress: Progress = silent,
    title: str = "training",
) -> Trained:
    """Train a softmax layer over `names` on the features of a backbone.

    Args:
        embedder: the backbone.
        names: K enrolled people.
        photos: to learn from; mirrored ones have features of their own.
        validation: photos that decide when to stop.
        options: how; the device is where the last layer learns.
        seed: sets the initial weights and the order of the photos.
        cache: folder of all embeddings; nothing in it is computed again.
        checkpoint: see `faceaudit.training.fit`.
        progress: told of every photo and step.
        title: what to call this training there.
    """
    learn = features_of(embedder, photos, cache=cache, progress=progress, title=f"{title}: embed")
    watch = features_of(embedder, validation, cache=cache, progress=progress)
    scale = 1 / _root_mean_square(learn)
    with seeded(f"weights {seed}"):
        model = Classifier(Features(embedder.embedding_size, scale), len(names))
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


def features_of(
    embedder: Embedder,
    photos: TrainingPhotos,
    *,
    cache: Path,
    progress: Progress = silent,
    title: str = "embedding",
) -> TrainingPhotos:
    """Return photos as their features, in the same order and with the same labels."""
    out = np.empty((len(photos), embedder.embedding_size), dtype=np.float32)
    mirror = np.zeros(len(photos), dtype=bool) if photos.mirror is None else photos.mirror
    for part, images in enumerate(photos.arrays):
        for mirrored in (False, True):
            positions = np.flatnonzero((photos.array == part) & (mirror == mirrored))
            if len(positions) == 0:
                continue
            found = embeddings(
                embedder,
                images,  # type: ignore[arg-type]
                photos.row[positions],
                cache=cache,
                mirrored=mirrored,
                progress=progress,
                title=title,
            )
            out[positions] = found.take()
    return TrainingPhotos.of((out, np.arange(len(out)), photos.label))


def _root_mean_square(photos: TrainingPhotos) -> float:
    mean = float(np.mean(np.square(photos.arrays[0], dtype=np.float64)))
    return float(np.sqrt(mean)) or 1.0
