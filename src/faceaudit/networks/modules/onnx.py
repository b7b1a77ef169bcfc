"""A graph of ONNX Runtime as a network of PyTorch: embeddings only, no gradients."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from faceaudit.errors import InputError, WeightsError
from faceaudit.networks.common.face_network import FaceNetwork
from faceaudit.networks.common.onnx_facts import Facts
from faceaudit.networks.common.onnx_runtime import Runtime
from faceaudit.networks.common.preprocessing import Preprocessing

_NO_GRADIENTS = (
    "expected a use that needs embeddings only, got one that needs gradients: gradients are not "
    "available through ONNX Runtime; try a network with PyTorch weights"
)


_SAME = 0.02
"""Largest difference, relative to the largest number, of what rounding does in half precision."""


class OnnxModule(FaceNetwork):
    """A network without parameters that hands its images to ONNX Runtime.

    Args:
        runtime: the graph, loaded.
        facts: stated by the file.
        size: height and width of the photos, in pixels.
        preprocessing: of their pixels.
    """

    def __init__(
        self,
        runtime: Runtime,
        facts: Facts,
        size: tuple[int, int],
        preprocessing: Preprocessing,
    ) -> None:
        super().__init__()
        self.runtime = runtime
        self.channels_last = facts.channels_last
        self.batch = facts.batch
        self._tried = False
        self.input_size = size
        self.preprocessing = preprocessing
        if facts.embedding_size is not None:
            self.embedding_size = facts.embedding_size
        else:
            blank = np.zeros((1, 3, *size), dtype=np.float32)
            self.embedding_size = self._embed(blank, "cpu").shape[1]
        self.eval()

    def requires_grad_(self, requires_grad: bool = True) -> Self:  # noqa: FBT001, FBT002 - torch's
        """Refuse: nothing here has gradients."""
        if requires_grad:
            raise InputError(_NO_GRADIENTS)
        return self

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size) on the images' device.

        Raises:
            InputError: the images' gradients are asked for.
            WeightsError: the graph fails on images of this size.
        """
        if images.requires_grad and torch.is_grad_enabled():
            raise InputError(_NO_GRADIENTS)
        array = images.detach().to("cpu", torch.float32).numpy()
        if not len(array):
            return images.new_zeros((0, self.embedding_size))
        embeddings = self._embed(array, images.device.type)
        if embeddings.shape[1] != self.embedding_size:
            raise WeightsError(
                f"expected embeddings of {self.embedding_size} numbers, as the file says, got "
                f"{embeddings.shape[1]}; export it again"
            )
        return torch.from_numpy(embeddings).to(images.device)

    def _embed(self, images: np.ndarray[Any, Any], device: str) -> np.ndarray[Any, Any]:
        """Return (N, D) float32 for (N, 3, H, W), in batches of the size that the graph takes."""
        if self.channels_last:
            images = images.transpose(0, 2, 3, 1)
        count = len(images)
        if self.batch is None and count > 1 and not self._tried:
            self._tried = True
            if not self._takes_several(images, device):
                self.batch = 1
        if self.batch is None:
            return _rows(self.runtime.run(images, device), count)
        short = -count % self.batch
        if short:
            images = np.concatenate([images, np.zeros((short, *images.shape[1:]), images.dtype)])
        parts = [
            _rows(self.runtime.run(images[start : start + self.batch], device), self.batch)
            for start in range(0, len(images), self.batch)
        ]
        return np.concatenate(parts)[:count]

    def _takes_several(self, images: np.ndarray[Any, Any], device: str) -> bool:
        """Return whether a graph whose batch is open says of a photo the same among others.

        Some are exported from one photo and keep its shape inside, so that several become one
        answer, or one photo's answer depends on the others.
        """
        alone = _rows(self.runtime.run(images[:1], device), 1)
        try:
            among = _rows(self.runtime.run(images, device), len(images))[:1]
        except WeightsError:
            return False
        if among.shape != alone.shape:
            return False
        off = _SAME * float(np.nan_to_num(np.abs(alone)).max())
        return bool(np.allclose(among, alone, rtol=0, atol=off, equal_nan=True))


def _rows(output: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    """Return an output as one row a photo, e.g. (N, D, 1, 1) as (N, D)."""
    if output.ndim < 2 or len(output) != count:
        raise WeightsError(
            f"expected an ONNX file that gives one embedding a photo, got {output.shape} for "
            f"{count} photos; name the embedding with the option output"
        )
    return output.reshape(count, -1)
