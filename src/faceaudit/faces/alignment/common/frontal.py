"""Turning a face to the front: each pixel of the frontal view is fetched from where it was seen.

Taigman, Yang, Ranzato, Wolf 2014, DeepFace (CVPR, doi:10.1109/CVPR.2014.220), section 2. Where we
differ, since five landmarks are known here and 67 there:

- the camera is a weak perspective one where theirs is affine; see `pose`;
- the head is a smooth surface with a depth for each pixel, where theirs is a mesh over the 67
  points; so the warp has a piece for every pixel instead of one for every triangle;
- what the pose leaves over moves the points of the head as there, which keeps a face's own
  proportions, but between five points it is interpolated over a wide area.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.faces.alignment.common.generic_head import (
    Doubles,
    HeadView,
    Singles,
    frontal,
    landmarks,
)
from faceaudit.faces.alignment.common.pose import fit_poses
from faceaudit.faces.alignment.common.similarity import apply, averaged
from faceaudit.types import FloatArray, ImageArray

if TYPE_CHECKING:
    import cv2
else:
    cv2 = deferred("cv2")

# How far from a point of the head, towards the camera, something may stand in its way.
_MARCH = (0.4, 0.8, 1.2, 1.7, 2.3, 3.0, 4.0, 5.5, 7.5, 10.0)
_HIDDEN = (0.05, 0.25)  # centimetres under another surface: from barely to wholly hidden
# Cosines of the angle at which a surface is seen: from not trusted at all to wholly.
_GRAZING = (0.1, 0.4)


def frontalise(
    images: ImageArray, points: FloatArray, size: tuple[int, int], *, symmetry: bool = True
) -> tuple[ImageArray, FloatArray]:
    """Return faces turned to the front at `size` (height, width), and their landmarks there.

    Args:
        images: (N, H, W, 3) uint8.
        points: (N, 5, 2) landmarks in pixels of the images.
        size: height and width of what comes out.
        symmetry: what the camera did not see is taken from the other side of the face, blended by
            how well either was seen; else it stays as it was stretched.

    Raises:
        InputError: a face's landmarks are not finite, or all in one place.
    """
    out = np.empty((len(images), *size, 3), dtype=np.uint8)
    moved = np.empty((len(images), 5, 2), dtype=np.float32)
    poses, view = fit_poses(points), frontal(size)
    head = landmarks()
    for row, image in enumerate(images):
        rotation, scale, shift = poses.rotation[row], poses.scale[row], poses.shift[row]
        lean = _make_rotation(float(poses.roll[row])) * scale
        left_over = poses.residual[row] @ np.linalg.inv(lean).T
        field = view.share @ left_over.astype(np.float32)
        surface = _find_surface_points(view, field)
        source = surface @ (scale * rotation[:2]).astype(np.float32).T
        source += field @ lean.astype(np.float32).T + shift.astype(np.float32)
        picture, inside = _fetch_pixels(
            image, source, float(np.hypot(*view.to_pixels[:, 0]) / scale)
        )
        if symmetry:
            visibility = _rate_visibility(view, surface, rotation[2]) * inside
            picture = _blend_other_side(picture, visibility, view)
        out[row] = np.clip(picture + 0.5, 0, 255)
        moved[row] = apply(view.to_pixels[None], (head[:, :2] + left_over)[None])[0]
    return out, moved


def _make_rotation(roll: float) -> Doubles:
    """Return the rotation (2, 2) in the image by `roll` radians."""
    cosine, sine = np.cos(roll), np.sin(roll)
    return np.array([[cosine, -sine], [sine, cosine]])


def _find_surface_points(view: HeadView, field: Singles) -> Singles:
    """Return the point of the head (H, W, 3) that comes to each pixel when moved by `field`."""
    xy = view.xy - field
    return np.concatenate([xy, _depth(view, xy)[..., None]], axis=-1)


def _depth(view: HeadView, xy: Singles) -> Singles:
    """Return z (H, W) at x and y (H, W, 2)."""
    matrix = view.to_pixels.astype(np.float32)
    pixels = xy @ matrix[:, :2].T + matrix[:, 2]
    x, y = pixels[..., 0], pixels[..., 1]
    depth = cv2.remap(view.depth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(depth, dtype=np.float32)


def _fetch_pixels(image: ImageArray, source: Singles, scale: float) -> tuple[Singles, Singles]:
    """Return the image's pixels at `source` (H, W, 2), and where these lie in the image, 0 to 1."""
    height, width = image.shape[:2]
    x, y = source[..., 0], source[..., 1]
    inside = ((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)).astype(np.float32)
    if scale < 0.5:
        image, back = averaged(image, scale)
        factor, shift = back.T.astype(np.float32)
        x, y = (x - shift[0]) / factor[0], (y - shift[1]) / factor[1]
    fetched = cv2.remap(image.astype(np.float32), x, y, cv2.INTER_LINEAR)
    return np.asarray(fetched, dtype=np.float32), inside


def _rate_visibility(view: HeadView, surface: Singles, towards: Doubles) -> Singles:
    """Return how well the camera saw each point of the head (H, W), 0 to 1.

    Args:
        view: the head.
        surface: (H, W, 3) the points.
        towards: (3,) the way to the camera, in the head's own axes.
    """
    way = towards.astype(np.float32)
    facing = np.clip((view.normal @ way - _GRAZING[0]) / (_GRAZING[1] - _GRAZING[0]), 0, 1)
    under = np.zeros(facing.shape, dtype=np.float32)
    for far in _MARCH:
        ahead = surface + np.float32(far) * way
        np.maximum(under, _depth(view, ahead[..., :2]) - ahead[..., 2], out=under)
    clear = np.clip(1 - (under - _HIDDEN[0]) / (_HIDDEN[1] - _HIDDEN[0]), 0, 1)
    return np.asarray(facing * clear, dtype=np.float32)


def _blend_other_side(picture: Singles, visibility: Singles, view: HeadView) -> Singles:
    """Return `picture` with what was not seen blended with the other side of the face.

    Args:
        picture: (H, W, 3) the frontal view.
        visibility: (H, W) how well the camera saw each pixel, 0 to 1.
        view: the head.
    """
    middle = float(view.to_pixels[0, 2])
    flip = np.array([[-1, 0, 2 * middle], [0, 1, 0]])
    size = (picture.shape[1], picture.shape[0])
    mirrored = cv2.warpAffine(picture, flip, size, borderMode=cv2.BORDER_REPLICATE)
    mirrored_visibility = cv2.warpAffine(visibility, flip, size)
    take = (1 - visibility) * mirrored_visibility
    whole = take + visibility
    share = np.where(whole > 1e-3, take / np.maximum(whole, 1e-3), 0)[..., None]
    return np.asarray(picture + share * (mirrored - picture), dtype=np.float32)
