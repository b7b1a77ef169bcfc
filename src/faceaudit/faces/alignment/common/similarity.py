"""Turning, scaling and moving faces so that their landmarks come to where networks expect them.

Pixels are counted as `FaceSet` does: the centre of the top-left pixel is (0, 0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.types import LANDMARKS, FaceSet, FloatArray, ImageArray

if TYPE_CHECKING:
    import cv2
else:
    cv2 = deferred("cv2")

Floats = npt.NDArray[Any]
"""float32 or float64."""

ARCFACE: npt.NDArray[np.float64] = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
"""Eyes, nose tip, mouth corners (x, y) in 112 x 112 pixels (Deng et al. 2019, arXiv 1801.07698)."""

_SIDE, _NARROW = 112, 96
# Below half the size, four neighbouring pixels no longer cover what falls into one.
_COARSE = 0.5


def template(size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Return where the landmarks (5, 2) belong in a picture of `size` (height, width).

    112 x 112 has the ArcFace template as published, 112 x 96 its middle (8 pixels off either side).
    Any other size is the picture of 112 pixels' height scaled to its own, or to 96 pixels' width
    where it is narrower than 7 : 6; what is wider or higher than that shows more of the photo.

    >>> template((112, 96))[0].round(4).tolist()
    [30.2946, 51.6963]

    Raises:
        InputError: a side is less than one pixel.
    """
    side, corner = square(size)
    scale = side / _SIDE
    # Edges, not centres, of pixels are what scales: pixel 0 of half the size covers 0 and 1.
    return ARCFACE * scale + (scale - 1) / 2 + corner


def square(size: tuple[int, int]) -> tuple[float, npt.NDArray[np.float64]]:
    """Return the side of a template's square in a picture of `size`, and its corner (x, y).

    The square is as high as the picture where that is no wider than 7 : 6, and has its middle.

    >>> square((112, 96))
    (112.0, array([-8.,  0.]))

    Raises:
        InputError: a side is less than one pixel.
    """
    height, width = size
    if min(size) < 1:
        raise InputError(f"expected a size of at least 1 x 1 pixels, got {size}")
    side = _SIDE * min(height / _SIDE, width / _NARROW)
    return side, (np.array([width, height]) - side) / 2


def similarity(points: npt.ArrayLike, towards: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the matrices (N, 2, 3) that bring `points` closest to `towards`.

    The least-squares rotation, scale and shift, never a mirror image (Umeyama 1991, doi:
    10.1109/34.88573). In the plane it is a regression of complex numbers, solved in closed form.

    Args:
        points: (N, K, 2) pixels (x, y), K at least 2.
        towards: (K, 2) or (N, K, 2).

    Raises:
        InputError: the shapes do not fit, or a face's points are not finite or all in one place.
    """
    source, target = np.asarray(points, dtype=np.float64), np.asarray(towards, dtype=np.float64)
    if source.ndim != 3 or source.shape[1:] != target.shape[-2:] or source.shape[2] != 2:
        raise InputError(
            f"expected points (N, K, 2) and as many to bring them to, got {source.shape} and "
            f"{target.shape}"
        )
    z, to = source[..., 0] + 1j * source[..., 1], target[..., 0] + 1j * target[..., 1]
    middle, goal = z.mean(axis=1), to.mean(axis=-1)
    z, to = z - middle[:, None], to - goal[..., None]
    spread = np.sum(np.abs(z) ** 2, axis=1)
    usable = spread > 0  # also false for what is not a number
    if not usable.all():
        raise InputError(
            "expected landmarks that are finite and not all in one place, got others in row "
            f"{int(np.argmin(usable))}; leave that photo out"
        )
    turn = np.sum(z.conj() * to, axis=1) / spread
    shift = goal - turn * middle
    rows = [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]]
    return np.moveaxis(np.array(rows), -1, 0)


def apply(matrices: Floats, points: Floats) -> Floats:
    """Return `points` (N, K, 2) after the matrices (N, 2, 3)."""
    moved = np.einsum("nij,nkj->nki", matrices[:, :, :2], points) + matrices[:, None, :, 2]
    return np.asarray(moved)


def warp(images: ImageArray, matrices: Floats, size: tuple[int, int]) -> ImageArray:
    """Return images (N, H, W, 3) after the matrices (N, 2, 3), cut to `size` (height, width).

    Linear between pixels; what lies outside the photo is black, as in the training data of most
    face networks. What shrinks to less than half is first averaged over whole blocks, since
    linear interpolation alone would skip pixels and alias.
    """
    out = np.empty((len(images), *size, 3), dtype=np.uint8)
    for image, matrix, into in zip(images, matrices, out, strict=True):
        into[:] = warp_one(image, matrix, size)
    return out


def warp_one(image: ImageArray, matrix: Floats, size: tuple[int, int]) -> ImageArray:
    """Return one image (H, W, 3) after its matrix (2, 3); see `warp`."""
    scale = float(np.hypot(matrix[0, :2], matrix[1, :2]).max())
    if scale < _COARSE:
        image, back = averaged(image, scale)
        matrix = _compose_transforms(matrix, back)
    height, width = size
    return np.asarray(cv2.warpAffine(image, matrix, (width, height)), dtype=np.uint8)


def averaged(image: ImageArray, scale: float) -> tuple[ImageArray, npt.NDArray[np.float64]]:
    """Return an image shrunk by area averaging, so that `scale` leaves it half to all of its size.

    Returns:
        the smaller image, and per axis (2, 2) the factor and shift from its pixels to the old.
    """
    height, width = image.shape[:2]
    by = max(1, int(1 / scale))
    small = (max(1, round(width / by)), max(1, round(height / by)))
    back = np.array(
        [
            [old / new, 0.5 * old / new - 0.5]
            for old, new in zip((width, height), small, strict=True)
        ]
    )
    return np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.uint8), back


def _compose_transforms(matrix: Floats, back: Floats) -> Floats:
    """Return the matrix (2, 3) for a smaller image: `back` to the old pixels, then `matrix`."""
    factor, shift = back[:, 0], back[:, 1]
    moved = matrix[:, :2] @ shift + matrix[:, 2]
    return np.concatenate([matrix[:, :2] * factor, moved[:, None]], axis=1)


def align_faces(faces: FaceSet, size: tuple[int, int]) -> FaceSet:
    """Return faces whose landmarks are known, brought to the template at `size` (height, width).

    Nothing is detected: this is for synthetic faces, and for photos loaded with landmarks. What
    is known of the faces stays; the landmarks are those of the new pictures.

    Raises:
        InputError: there are no landmarks, or none for some photo.
    """
    if faces.landmarks is None:
        raise InputError(
            "expected faces with landmarks, got faces without; load them with `align: yunet`"
        )
    missing = np.flatnonzero(~np.isfinite(faces.landmarks).all(axis=(1, 2)))
    if len(missing):
        raise InputError(
            f"expected landmarks of every photo, got none of {faces.ids[missing[0]]} and "
            f"{len(missing) - 1} more; take the rows that have them"
        )
    matrices = similarity(faces.landmarks, template(size))
    landmarks: FloatArray = apply(matrices, faces.landmarks).astype(np.float32)
    assert landmarks.shape == (len(faces), LANDMARKS, 2)
    return FaceSet(
        images=warp(faces.images, matrices, size),
        identity=faces.identity,
        names=faces.names,
        ids=faces.ids,
        group=faces.group,
        landmarks=landmarks,
        attributes=faces.attributes,
    )
