"""Photos prepared for a verifier: brought to each backbone's size, with the face found in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.faces.alignment import Align
from faceaudit.faces.alignment.common.detecting import DetectingAligner, choose_face
from faceaudit.faces.alignment.common.detector import Detector, DetectorFile
from faceaudit.faces.crop import Crop, fit
from faceaudit.faces.reading import decode
from faceaudit.types import FloatArray, ImageArray

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = deferred("PIL.Image")


@dataclass(frozen=True, eq=False)
class Face:
    """The face that is used, as a detector found it, in pixels of the upright photo.

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
        note: a decision on the way that a user should know; mostly empty.
    """

    images: tuple[ImageArray, ...]
    size: tuple[int, int]
    face: Face | None
    note: str


def prepare(
    data: bytes | ImageArray, sizes: Sequence[tuple[int, int]], align: Align | None, crop: Crop
) -> PreparedPhoto:
    """Return a photo at several sizes, just as a source of photos loads it.

    Args:
        data: the bytes of its file, or its pixels, upright, (H, W, 3) uint8 RGB.
        sizes: K heights and widths.
        align: how the face is found; None keeps the crop.
        crop: the part that is kept where no face is looked for.

    Raises:
        PhotoError: the bytes are no photo, or the way to align leaves it out.
        SourceError: there is no face and `no_face` is "fail".
        WeightsError: the detector's weights cannot be used.
    """
    image = Image.fromarray(data) if isinstance(data, np.ndarray) else decode.photo(data)
    different = dict.fromkeys(sizes)
    if align is None:
        framed = {size: fit(image, crop, size) for size in different}
        note = ""
    else:
        aligned = {size: align.frame(image, crop, size) for size in different}
        framed = {size: photo.pixels for size, photo in aligned.items()}
        note = next(iter(aligned.values())).note
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
    faces = _load_detector(align.weights, align.threshold).find(image)
    if not len(faces):
        return None
    rule = "central" if align.several == "leave out" else align.several
    which = choose_face(faces, rule, (image.shape[0], image.shape[1])) if len(faces) > 1 else 0
    return Face(faces.boxes[which], faces.landmarks[which], float(faces.score[which]), len(faces))


@lru_cache(maxsize=4)
def _load_detector(weights: str, threshold: float) -> Detector:
    return Detector(DetectorFile.read(weights), threshold)
