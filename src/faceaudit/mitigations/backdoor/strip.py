"""A filter of inputs: photos whose name stays whatever is laid over them (STRIP)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.errors import InputError
from faceaudit.mitigations.backdoor.base import (
    InputFilter,
    PhotoScore,
    SeenPhotos,
    backdoor_mitigations,
)
from faceaudit.systems.identifiers.base import System
from faceaudit.types import Float64Array, FloatArray, ImageArray

ENTRIES = 1 << 25
"""Numbers of blended photos that are held at once: 128 MiB as floats."""


@backdoor_mitigations.register
class Strip(InputFilter):
    """STRIP: a photo is blended with clean ones; one whose answers stay sure is suspected.

    The suspicion is the mean entropy of the answers, in bits, with its sign changed: a key is
    stronger than the faces that it is blended with, and the answer stays the target.

    Where we differ: the clean photos are drawn once and are the same for every input, so that a
    photo has one suspicion; the blend is a mean of both photos by default, `ratio` sets it.
    """

    name: ClassVar[str] = "strip"
    paper: ClassVar[str] = (
        "Gao, Xu, Wang, Chen, Ranasinghe, Nepal 2019, STRIP: a defence against trojan attacks on "
        "deep neural networks, arXiv 1902.06531"
    )
    clean_photos: ClassVar[int] = 1
    other_photos: ClassVar[int | None] = 1

    overlays: int = Field(32, ge=1, description="clean photos that each input is blended with")
    ratio: float = Field(0.5, gt=0, lt=1, description="share of the clean photo in a blend")

    def fit(self, system: System, clean: SeenPhotos, rng: np.random.Generator) -> PhotoScore:
        """Return minus the mean entropy of blends with clean photos.

        Raises:
            InputError: there are no clean photos.
        """
        if not len(clean):
            raise InputError(
                "expected clean photos to blend inputs with, got none; give it a budget of clean "
                "photos"
            )
        few = min(self.overlays, len(clean))
        drawn = np.sort(rng.choice(len(clean), few, replace=False))
        over = clean.images[drawn].astype(np.float32) * self.ratio

        def score(images: ImageArray, landmarks: FloatArray | None) -> FloatArray:
            del landmarks
            found = np.empty(len(images), dtype=np.float32)
            step = max(1, ENTRIES // max(1, few * images[:1].size))
            for start in range(0, len(images), step):
                part = images[start : start + step].astype(np.float32) * (1 - self.ratio)
                blends = np.rint(part[:, None] + over[None]).astype(np.uint8)
                logits = system.logits(blends.reshape(-1, *images.shape[1:]))
                bits = entropies(logits).reshape(len(part), few)
                found[start : start + step] = -bits.mean(axis=1)
            return found

        return score


def entropies(logits: FloatArray) -> Float64Array:
    """Return (N,) entropies of softmax answers, in bits.

    >>> entropies(np.zeros((1, 8), dtype=np.float32)).tolist()
    [3.0]
    """
    shifted = logits.astype(np.float64)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    weight = np.exp(shifted)
    total = weight.sum(axis=1)
    nats = np.log(total) - (weight * shifted).sum(axis=1) / total
    bits: Float64Array = nats / np.log(2)
    return bits
