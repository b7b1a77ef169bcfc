"""How alike a network finds the faces on two photos."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from faceaudit.api.arguments import check_image, path_of, shown
from faceaudit.api.embedding import EmbedderLike, check_embedder
from faceaudit.api.spelling import AlignLike, find_align
from faceaudit.api.verifiers import PhotoLike
from faceaudit.errors import PhotoError
from faceaudit.faces.alignment.base import Align
from faceaudit.faces.reading.layout import read_file, reason_of
from faceaudit.metrics import DISTANCES
from faceaudit.systems.verifiers.photos import Face, PreparedPhoto, prepare


@dataclass(frozen=True, eq=False)
class ComparedPhotos:
    """How alike a network finds two photos.

    Attributes:
        score: the cosine distance of both embeddings, negated: -2 (opposite) to 0 (equal). It is
            the score that the `thresholds` of `evaluate_verification` are for: a pair is accepted
            where `score >= threshold`.
        photos: both photos as the network saw them: `images`, `size`, `face` and `note` of each.
    """

    score: float
    photos: tuple[PreparedPhoto, PreparedPhoto]

    @property
    def cosine(self) -> float:
        """The cosine of the angle between both embeddings, -1 to 1; higher is more alike."""
        return 1 + self.score

    @property
    def faces(self) -> tuple[Face | None, Face | None]:
        """Where the face in each photo was found; None where none was looked for, or found."""
        return self.photos[0].face, self.photos[1].face


def compare_photos(
    first: PhotoLike,
    second: PhotoLike,
    embedder: EmbedderLike,
    *,
    align: AlignLike | None = None,
) -> ComparedPhotos:
    """Tell how alike a network finds two photos; nothing of them is kept.

    It decides nothing: `evaluate_verification` with the same `align` gives thresholds, and says of
    how many strangers each is true. `verify` asks a trained verifier instead.

    Args:
        first: a file (BMP, GIF, JPEG, PNG, PPM or WebP), or pixels (H, W, 3) uint8 RGB, upright.
        second: the other photo.
        embedder: a network with its weights.
        align: how the face in each photo is found, as `load_faces` takes it; the whole photo is
            stretched to the network's size when None.

    Returns:
        The `score`, its `cosine`, and both `photos` as the network saw them.

    Raises:
        PhotoError: a photo cannot be read, or no face in it can be used.
        InputError: no embedder, or pixels of another shape or type.
        OptionError: the way to align is none.
        WeightsError: the detector's weights cannot be used.

    Example:
        >>> import faceaudit, numpy, torch
        >>> module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 32 * 32, 16))
        >>> embedder = faceaudit.Embedder.wrap(module, size=(32, 32))
        >>> photo = numpy.full((60, 60, 3), 90, numpy.uint8)
        >>> faceaudit.compare_photos(photo, photo, embedder).cosine
        1.0
    """
    chosen = check_embedder(embedder)
    for photo in (first, second):
        if not isinstance(photo, str | os.PathLike):
            check_image(photo)
    found = None if align is None else find_align(align)
    one, two = (_prepare(photo, chosen.size, found) for photo in (first, second))
    embedded = chosen.embed(np.concatenate([one.images[0], two.images[0]]))
    distance = DISTANCES["cosine"].pairs(embedded[:1], embedded[1:])
    return ComparedPhotos(0.0 - float(distance[0]), (one, two))


def _prepare(photo: PhotoLike, size: tuple[int, int], align: Align | None) -> PreparedPhoto:
    """Return a photo as the network takes it; what is wrong is said with its name."""
    if isinstance(photo, np.ndarray):
        return prepare(np.ascontiguousarray(photo), [size], align, 1.0)
    file = path_of(photo, "a photo").resolve()
    if not file.is_file():
        raise PhotoError(f"expected a photo, got {shown(photo)}, where no file is; check the path")
    try:
        data = read_file(os.fsencode(file), file.stat().st_size)
        return prepare(data, [size], align, 1.0)
    except (PhotoError, OSError) as error:
        raise PhotoError(f"{photo}: {reason_of(error)}; try another photo") from None
