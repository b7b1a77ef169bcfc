"""Verifiers that faceaudit trained, opened from their file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from faceaudit.faces.crop import fit
from faceaudit.registry import digest
from faceaudit.systems.under_test.base import Access, VerifierUnderTest
from faceaudit.systems.under_test.common.network_answers import check_size
from faceaudit.systems.verifiers.file import load_verifier
from faceaudit.systems.verifiers.verifier import Verifier
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray
from faceaudit.weights import read


class SavedVerifier(VerifierUnderTest):
    """A verifier with its threshold.

    Photos come as their source aligned them. Where backbones take several sizes, photos come at
    the largest and are brought to the others.

    Args:
        verifier: as it was loaded.
        title: for people to read.
        sha256: of its file.
    """

    def __init__(self, verifier: Verifier, *, title: str, sha256: str) -> None:
        self.title = title
        self.size = max(verifier.sizes, key=lambda size: size[0] * size[1])
        self.access = frozenset({Access.SCORES, Access.LABELS})
        self.id = digest(["verifier", sha256])
        self._verifier = verifier

    def decide(self, faces: FaceSet, first: IntArray, second: IntArray) -> IntArray:
        """Return (P,) whether the probability reaches the verifier's threshold."""
        accepted = self._verifier.accepts(self.scores(faces, first, second))
        return accepted.astype(np.int64)

    def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        """Return (P,) probabilities that pairs show one person; each photo is embedded once."""
        check_size(faces, self.size)
        rows, place = np.unique(np.concatenate([first, second]), return_inverse=True)
        images = np.ascontiguousarray(faces.images[rows])
        photos = [_at_size(images, size) for size in self._verifier.sizes]
        return self._verifier.score_rows(photos, place[: len(first)], place[len(first) :])


def open_verifier(
    path: Path, *, backbones: tuple[Path, ...], detector: str | None, device: torch.device
) -> SavedVerifier:
    """Return the verifier in a file.

    Args:
        path: of the file.
        backbones: the files of its networks that are files.
        detector: the weights of the detector that it looks for faces with.
        device: where to run.
    """
    verifier = load_verifier(path, files=backbones, detector=detector, device=device)
    count = len(verifier.embedders)
    title = f"{path.name} (verifier, {verifier.predictor.name}, {count} backbone{'s'[: count > 1]})"
    return SavedVerifier(verifier, title=title, sha256=read(path).sha256)


def _at_size(images: ImageArray, size: tuple[int, int]) -> ImageArray:
    if images.shape[1:3] == size:
        return images
    return np.stack([fit(Image.fromarray(image), 1.0, size) for image in images])
