"""Open identifiers as mitigations of backdoors ask them, and what those make of photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from faceaudit.errors import InputError
from faceaudit.mitigations.backdoor.base import SeenPhotos
from faceaudit.systems.under_test.base import Access, IdentifierUnderTest, no_access
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    from torch import nn

LEAST_SHARE = 1e-30
"""Probability below which the logit of a person falls no further."""


class AskedIdentifier:
    """An open identifier that photos are shown to as arrays.

    Args:
        system: the identifier.

    Attributes:
        names: K people it knows; a person's index is their label.
        size: height and width of the photos it takes.

    Raises:
        InputError: it gives no embeddings or no scores.
    """

    def __init__(self, system: IdentifierUnderTest) -> None:
        for wanted in (Access.SCORES, Access.EMBEDDINGS):
            if wanted not in system.access:
                raise no_access(system, wanted)
        self.names, self.size = system.names, system.size
        self._system = system

    def logits(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, K) logits: scores as they are, or the logarithms of probabilities.

        Raises:
            InputError: there is no answer to a photo.
        """
        shown = images if rows is None else images[rows]
        found = _answered(self._system.scores(_as_faces(shown)))
        if (found >= 0).all() and (np.abs(found.sum(axis=1) - 1) < 1e-3).all():
            return np.log(np.maximum(found, np.float32(LEAST_SHARE)))
        return found

    def embed(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings.

        Raises:
            InputError: there is no answer to a photo.
        """
        shown = images if rows is None else images[rows]
        return _answered(self._system.embed(_as_faces(shown)))

    def differentiable(self) -> nn.Module:
        """Return a copy, a module from pixels (N, H, W, 3) of 0 to 255 to (N, K) logits.

        Raises:
            InputError: it gives no gradients.
        """
        return self._system.differentiable()


def see_photos(
    faces: FaceSet, names: tuple[str, ...], system: AskedIdentifier | None
) -> SeenPhotos:
    """Return photos as a mitigation sees them.

    Args:
        faces: the photos; everybody on them is among `names`.
        names: K people; a person's index is their label.
        system: what makes embeddings and logits of them; None for mitigations that look at pixels
            alone.

    Raises:
        InputError: there is no answer to a photo.
    """
    nothing = np.zeros((len(faces), 0), dtype=np.float32)
    return SeenPhotos(
        images=faces.images,
        landmarks=faces.landmarks,
        label=labels_among(faces, names),
        embeddings=nothing if system is None else system.embed(faces.images),
        logits=np.zeros((len(faces), len(names)), dtype=np.float32)
        if system is None
        else system.logits(faces.images),
    )


def see_strangers(faces: FaceSet, system: AskedIdentifier) -> SeenPhotos:
    """Return photos of people whom a system does not know, as it sees them.

    Raises:
        InputError: there is no answer to a photo.
    """
    return SeenPhotos(
        images=faces.images,
        landmarks=faces.landmarks,
        label=np.full(len(faces), -1),
        embeddings=system.embed(faces.images),
        logits=system.logits(faces.images),
    )


def labels_among(faces: FaceSet, names: tuple[str, ...]) -> IntArray:
    """Return (N,) whom photos show as labels, the places of people in `names`; -1 for others."""
    place = {name: label for label, name in enumerate(names)}
    labels = np.array([place.get(name, -1) for name in faces.names], dtype=np.int64)
    found: IntArray = labels[faces.identity]
    return found


def take_seen(seen: SeenPhotos, rows: IntArray) -> SeenPhotos:
    """Return some of the photos."""
    return SeenPhotos(
        images=seen.images[rows],
        landmarks=None if seen.landmarks is None else seen.landmarks[rows],
        label=seen.label[rows],
        embeddings=seen.embeddings[rows],
        logits=seen.logits[rows],
    )


def require_known(faces: FaceSet, names: tuple[str, ...]) -> None:
    """Refuse photos of people whom a system does not know.

    Raises:
        InputError: somebody on the photos is not among the names.
    """
    shown = {faces.names[one] for one in np.unique(faces.identity)}
    unknown = sorted(shown.difference(names))
    if unknown:
        raise InputError(
            f"expected photos of people whom the system knows, got {len(unknown):,} others such "
            f"as {unknown[0]!r}; name the people as the system does, or give its option names"
        )


def _as_faces(images: ImageArray) -> FaceSet:
    count = len(images)
    ids = tuple(map(str, range(count)))
    return FaceSet(images, np.zeros(count, dtype=np.int64), ("",), ids, np.arange(count))


def _answered(found: FloatArray) -> FloatArray:
    missing = int(np.isnan(found).any(axis=1).sum())
    if missing:
        raise InputError(
            f"expected an answer to each of {len(found):,} photos, got none to {missing:,}; leave "
            "those out"
        )
    return np.asarray(found, dtype=np.float32)
