"""Screening by patches: whom strangers are taken for when something covers a part of the photo."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.scan.base import (
    ScanStage,
    Subject,
    Suspected,
    judge_answers,
    scan_stages,
)
from faceaudit.types import BoolArray, FaceSet, Float64Array, ImageArray, IntArray

_DRAWS = 1


@scan_stages.register
class PatchedShare(ScanStage):
    """Rectangles of one colour are stuck on strangers: who draws far more than others."""

    name: ClassVar[str] = "patched_share"
    paper: ClassVar[str] = (
        "Our own, 2026, after the view that a back door's class is the one that unrelated patches "
        "fall into (Gao et al. 2019, STRIP, arXiv 1902.06531, ask a photo this way; here a network "
        "is asked). Answers are counted and nothing is subtracted: shares without patches "
        "differ between people for reasons of their own."
    )

    patches: int = Field(
        4, ge=1, le=64, description="how often each photo is shown, each time with another patch"
    )
    smallest: float = Field(
        0.2, gt=0, le=1, description="smallest side of a patch, as a share of the photo's side"
    )
    largest: float = Field(
        0.6, gt=0, le=1, description="largest side of a patch, as a share of the photo's side"
    )

    def suspect(self, subject: Subject, suspects: IntArray) -> Suspected:
        """Return the share of patched photos that is taken for each person."""
        del suspects
        rng = subject.rng(_DRAWS)
        faces = subject.strangers
        said = [
            subject.labels(self._patched(faces, turn, subject.seed, rng))
            for turn in range(self.patches)
        ]
        shown = np.tile(np.arange(len(faces)), self.patches)
        what = "share of photos with a patch"
        return judge_answers(subject, np.concatenate(said), shown, what)

    def _patched(self, faces: FaceSet, turn: int, seed: int, rng: np.random.Generator) -> FaceSet:
        sides = f"{self.smallest:g}-{self.largest:g}"
        return replace(
            faces,
            images=stick(faces.images, rng, smallest=self.smallest, largest=self.largest),
            ids=tuple(f"{id_}+patch-{sides}-{seed}-{turn}" for id_ in faces.ids),
            fingerprint="",
        )


def stick(
    images: ImageArray, rng: np.random.Generator, *, smallest: float, largest: float
) -> ImageArray:
    """Return photos with a rectangle each, of a size, place and colour of its own.

    Args:
        images: (N, H, W, 3) uint8; left as they are.
        rng: draws them.
        smallest: of its sides, as a share of the photo's.
        largest: likewise; sides are drawn evenly between.
    """
    count, height, width, _ = images.shape
    share = rng.uniform(min(smallest, largest), max(smallest, largest), size=(2, count))
    place = rng.uniform(size=(2, count))
    colour = rng.integers(0, 256, size=(count, 1, 1, 3), dtype=np.uint8)
    inside = [
        _span(extent, share[axis], place[axis]) for axis, extent in enumerate((height, width))
    ]
    covered = inside[0][:, :, None, None] & inside[1][:, None, :, None]
    return np.where(covered, colour, images)


def _span(extent: int, share: Float64Array, place: Float64Array) -> BoolArray:
    """Return (N, extent) which pixels of an axis each rectangle covers; at least one."""
    side = np.maximum(1, np.rint(share * extent)).astype(np.int64)
    start = np.floor(place * (extent - side + 1)).astype(np.int64)
    pixel = np.arange(extent)
    covers: BoolArray = (pixel >= start[:, None]) & (pixel < (start + side)[:, None])
    return covers
