"""Identifiers and embedders that are networks on this machine; no photo goes in twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from faceaudit.errors import InputError
from faceaudit.networks.base import Network
from faceaudit.networks.common.face_network import FaceNetwork
from faceaudit.progress import Progress, silent
from faceaudit.registry import digest
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.embedding.differentiable import Differentiable
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.under_test.base import Access, EmbedderUnderTest, IdentifierUnderTest
from faceaudit.types import FaceSet, FloatArray, IntArray

BLOCK = 1024
"""Photos at a time whose scores are compared for the largest."""


@dataclass(frozen=True, eq=False)
class RunningNetwork:
    """A trained network with everything that asking it takes.

    Attributes:
        network: its description.
        module: it, built, with its weights and the preparation of pixels.
        weights: a digest of the weights, and of the preparation where that is not the network's.
        device: where to run.
        cache: folder of embeddings.
        progress: told of every photo.
    """

    network: Network
    module: FaceNetwork
    weights: str
    device: torch.device
    cache: Path
    progress: Progress = silent

    def __post_init__(self) -> None:
        self.module.eval().requires_grad_(requires_grad=False)
        embedder = Embedder(self.network, self.module, self.weights, self.device)
        object.__setattr__(self, "_embedder", embedder)

    @property
    def embedder(self) -> Embedder:
        """The network, ready to embed photos."""
        embedder: Embedder = self._embedder  # type: ignore[attr-defined]
        return embedder

    def answers(self, faces: FaceSet, rows: IntArray | None) -> FloatArray:
        """Return (N, E) of what the network gives for photos.

        Raises:
            InputError: photos of another size, or an answer is not finite.
        """
        check_size(faces, self.module.input_size)
        found = embeddings(
            self.embedder,
            faces.images,
            rows,
            cache=self.cache,
            progress=self.progress,
            title="asking",
        ).take()
        refuse_not_finite(found, faces, rows)
        return found


@dataclass(frozen=True, eq=False)
class Head:
    """A softmax layer over people.

    Attributes:
        weight: (K, E) float32.
        bias: (K,) float32.
    """

    weight: FloatArray
    bias: FloatArray


class NetworkIdentifier(IdentifierUnderTest):
    """An identifier that is a network: its body and a softmax layer, or all in one.

    Args:
        running: the body; or the whole identifier, whose answers are scores.
        head: the softmax layer; None where `running` is the whole.
        names: K people, in label order.
        title: for people to read.
        gradients: whether the network gives them.
    """

    def __init__(
        self,
        running: RunningNetwork,
        head: Head | None,
        names: tuple[str, ...],
        *,
        title: str,
        gradients: bool = True,
    ) -> None:
        self.names, self.title = names, title
        self.size = running.module.input_size
        self.access = frozenset({Access.SCORES, Access.LABELS})
        if head is not None:
            self.access |= {Access.EMBEDDINGS}
        if gradients:
            self.access |= {Access.GRADIENTS}
        parts = [] if head is None else [digest_array(head.weight), digest_array(head.bias)]
        self.id = digest(["identifier", running.embedder.id, parts, list(names)])
        self._running, self._head = running, head

    @property
    def network(self) -> Network:
        """The description of its body."""
        return self._running.network

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        """Return the (N,) labels with the largest score."""
        rows = np.arange(len(faces)) if rows is None else rows
        found = np.empty(len(rows), dtype=np.int64)
        answers = self._running.answers(faces, rows)
        for start in range(0, len(rows), BLOCK):
            block = slice(start, start + BLOCK)
            found[block] = self._scores(answers[block]).argmax(axis=1)
        return found

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, K) logits, or what the network gives in their place."""
        return self._scores(self._running.answers(faces, rows))

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings: what the softmax layer sees."""
        if self._head is None:
            return super().embed(faces, rows)
        return self._running.answers(faces, rows)

    def differentiable(self) -> nn.Module:
        """Return a module from pixels to scores."""
        if Access.GRADIENTS not in self.access:
            return super().differentiable()
        return Differentiable(self._running.module, self._running.device, self._layer())

    def _layer(self) -> nn.Linear | None:
        if self._head is None:
            return None
        people, size = self._head.weight.shape
        layer = nn.Linear(size, people, device=self._running.device)
        layer.load_state_dict(
            {
                "weight": torch.from_numpy(self._head.weight),
                "bias": torch.from_numpy(self._head.bias),
            }
        )
        return layer

    def _scores(self, answers: FloatArray) -> FloatArray:
        if self._head is None:
            return answers
        scores: FloatArray = answers @ self._head.weight.T + self._head.bias
        return scores


class NetworkEmbedder(EmbedderUnderTest):
    """An embedder that is a network.

    Args:
        running: the network.
        title: for people to read.
        gradients: whether the network gives them.
    """

    def __init__(self, running: RunningNetwork, *, title: str, gradients: bool = True) -> None:
        self.title = title
        self.size = running.module.input_size
        self.id = digest(["embedder", running.embedder.id])
        self.access = frozenset({Access.EMBEDDINGS, Access.SCORES})
        if gradients:
            self.access |= {Access.GRADIENTS}
        self._running = running

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings."""
        return self._running.answers(faces, rows)

    def differentiable(self) -> nn.Module:
        """Return a module from pixels to embeddings."""
        if Access.GRADIENTS not in self.access:
            return super().differentiable()
        return Differentiable(self._running.module, self._running.device)


def check_size(faces: FaceSet, size: tuple[int, int]) -> None:
    """Raise `InputError` unless the photos have the size that a system takes."""
    if faces.size != size:
        raise InputError(
            f"expected photos of {size[0]} x {size[1]} (height x width), as the system takes them, "
            f"got {faces.size[0]} x {faces.size[1]}; load the faces at that size"
        )


def refuse_not_finite(found: FloatArray, faces: FaceSet, rows: IntArray | None) -> None:
    """Raise `InputError` that names the first photo with an answer that is not finite."""
    wrong = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if len(wrong):
        row = wrong[0] if rows is None else rows[wrong[0]]
        raise InputError(
            f"expected finite numbers of each photo, got others for {len(wrong):,} of "
            f"{len(found):,}, the first of them {faces.ids[row]!r}; check the weights and the "
            "preparation of pixels"
        )


def digest_array(values: FloatArray) -> str:
    """Return a digest of an array's numbers and shape."""
    whole = hashlib.sha256(repr((values.shape, str(values.dtype))).encode())
    whole.update(np.ascontiguousarray(values).data)
    return whole.hexdigest()
