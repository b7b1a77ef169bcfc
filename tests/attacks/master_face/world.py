"""People as directions, and a network without weights, for searches that take no time."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from faceaudit.attacks.master_face import Known
from faceaudit.types import FaceSet, FloatArray, ImageArray

SIZE = (40, 40)
LENGTH = 6


def photos(people: int, seed: int = 0) -> ImageArray:
    """Coarse patterns, one a person; the first half lies near a common one."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(128, 50, (people, 5, 5, 3))
    coarse[: people // 2] = coarse[:1] + rng.normal(0, 45, (people // 2, 5, 5, 3))
    images = coarse.repeat(8, axis=1).repeat(8, axis=2)
    return np.clip(images, 0, 255).astype(np.uint8)


def weights(seed: int = 1) -> FloatArray:
    """Return a linear map from pixels to LENGTH numbers."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((SIZE[0] * SIZE[1] * 3, LENGTH)).astype(np.float32)


def embed(images: ImageArray) -> FloatArray:
    """Return templates of length 1."""
    flat = images.reshape(len(images), -1).astype(np.float32) - 128
    found = flat @ weights()
    normal: FloatArray = found / np.linalg.norm(found, axis=1, keepdims=True)
    return normal


def known(images: ImageArray, threshold: float = 0.8, *, gradients: bool = True) -> Known:
    """Return what a search knows of these people."""
    each = np.arange(len(images))
    names = tuple(f"{one:03d}" for one in each)
    faces = FaceSet(images=images, identity=each, names=names, ids=names, group=each)
    templates = embed(images)

    def flow(pixels: Tensor) -> Tensor:
        found = (pixels.reshape(len(pixels), -1) - 128) @ torch.from_numpy(weights())
        return 4 * (torch.nn.functional.normalize(found) @ torch.from_numpy(templates).T) - (
            4 * threshold
        )

    def scores(shown: ImageArray) -> np.ndarray:
        return 4.0 * (embed(shown) @ templates.T - threshold)

    return Known(faces, scores, flow if gradients else None)
