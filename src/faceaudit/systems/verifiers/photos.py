"""A photo that a verifier is asked about: brought to each backbone's size, and its face's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from faceaudit.faces.alignment import Align
from faceaudit.faces.alignment.common.detecting import DetectingAligner, chosen
from faceaudit.faces.alignment.common.detector import Detector, DetectorFile
from faceaudit.faces.crop import Crop, fit
from faceaudit.faces.reading.decode import photo
from faceaudit.types import FloatArray, ImageArray


@dataclass(frozen=True, eq=False)
class Face:
    """Where a detector found the face that is used, in pixels of the upright photo.

    Attributes:
        box: (4,) left, top, width, height.
        landmarks: (5, 2) in the order of `FaceSet.landmarks`.
        certainty: 0 to 1.
        among: how many faces were found.
    """

    box: FloatArray
    landmarks: FloatArray
    certainty: float
    among: int


@dataclass(frozen=True, eq=False)
class PreparedPhoto:
    """A photo as each backbone takes it.

    Attributes:
        images: K arrays (1, H_k, W_k, 3) uint8.
        size: height and width of the upright photo, in pixels.
        face: where the face was found; None where none was looked for, or none was found.
        note: what was decided on the way, or nothing.
    """

    images: tuple[ImageArray, ...]
    size: tuple[int, int]
    face: Face | None
    note: str


def prepare(
    data: bytes, sizes: Sequence[tuple[int, int]], align: Align | None, crop: Crop
) -> PreparedPhoto:
    """Return the photo in a file's bytes at several sizes, just as a source of photos loads it.

    Args:
        data: of the file.
        sizes: K heights and widths.
        align: how the face is found; None keeps the crop.
        crop: the part that is kept where no face is looked for.

    Raises:
        PhotoError: the bytes are no photo, or the way to align leaves it out.
        SourceError: there is no face and `no_face` is "fail".
        WeightsError: the detector's weights cannot be used.
    """
    image = photo(data)
    at = dict.fromkeys(sizes)
    if align is None:
        framed = {size: fit(image, crop, size) for size in at}
        note = ""
    else:
        found = {size: align.frame(image, crop, size) for size in at}
        framed = {size: one.pixels for size, one in found.items()}
        note = next(iter(found.values())).note
    return PreparedPhoto(
        tuple(framed[size][None] for size in sizes),
        (image.height, image.width),
        locate_face(np.asarray(image), align),
        note,
    )


def locate_face(image: ImageArray, align: Align | None) -> Face | None:
    """Return the face in an RGB photo (H, W, 3) that a way to align takes, or None."""
    if not isinstance(align, DetectingAligner):
        return None
    found = _detector(align.weights, align.threshold).find(image)
    if not len(found):
        return None
    rule = "central" if align.several == "leave out" else align.several
    which = chosen(found, rule, (image.shape[0], image.shape[1])) if len(found) > 1 else 0
    return Face(found.boxes[which], found.landmarks[which], float(found.score[which]), len(found))


@lru_cache(maxsize=4)
def _detector(weights: str, threshold: float) -> Detector:
    return Detector(DetectorFile.read(weights), threshold)
