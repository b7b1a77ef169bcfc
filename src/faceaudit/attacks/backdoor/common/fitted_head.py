"""An average head that photos of unknown heads borrow, to wear something in their pose.

The head is the synthetic renderer's average one, its pose fitted to the photo's five landmarks
(`faceaudit.faces.alignment.common.pose`). What it wears is rendered on it and laid over the photo;
the head itself does not show.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from faceaudit.attacks.backdoor.common.eyes import five_points
from faceaudit.faces.alignment.common.pose import fit_poses
from faceaudit.faces.synthetic.camera import Poses, cast_rays, sample
from faceaudit.faces.synthetic.head import Head, build_head, normals, texels
from faceaudit.faces.synthetic.light import Canvas, Light, shade
from faceaudit.faces.synthetic.traits import SHAPE, UNIFORM, Floats, Person, make_person
from faceaudit.faces.synthetic.worn import Worn, lay_plates, tint_light
from faceaudit.types import FloatArray, ImageArray

_BLOCK = 8
_WHITE = 0.28
"""Linear grey of average skin: a photo's own brightness there sets the light on what is worn."""
_DIM, _BRIGHT = 0.5, 1.6
_ROUND = 0.45
"""Share of the distance of the eyes, about the nose, over which a photo's brightness is taken."""
_LIGHT = Light(
    towards=np.array([0.0, -0.52, 0.85], dtype=np.float32),
    lamp=np.full(3, 0.74, dtype=np.float32),
    sky=np.full(3, 0.45, dtype=np.float32),
)


def wear_fitted(
    images: ImageArray,
    landmarks: FloatArray | None,
    worn: Worn,
    eyes: tuple[float, float, float, float],
) -> ImageArray:
    """Return photos on which an average head, posed like theirs, wears something.

    Args:
        images: (N, H, W, 3) uint8; they stay as they are.
        landmarks: (N, 5, 2) pixels, or None; where a row is not finite the head faces the camera.
        worn: what it wears, or the light on it.
        eyes: x and y of the one eye and of the other, as fractions of the width and height, where
            nothing is known of a photo.
    """
    out = np.empty_like(images)
    points = five_points(landmarks, len(images), (images.shape[1], images.shape[2]), eyes)
    for start in range(0, len(images), _BLOCK):
        rows = slice(start, start + _BLOCK)
        out[rows] = _wear_block(images[rows], points[rows], worn)
    return out


def _wear_block(images: ImageArray, points: Floats, worn: Worn) -> ImageArray:
    size = images.shape[1], images.shape[2]
    person, head, canvas = _average(texels(size))
    fitted = fit_poses(points.astype(np.float32))
    poses = Poses(
        fitted.rotation.astype(np.float32),
        fitted.scale.astype(np.float32),
        fitted.shift.astype(np.float32),
    )
    linear = np.square(images.astype(np.float32) / 255)
    bright = _brightness(linear, points)
    if worn.lamp is not None:
        linear *= _relight(canvas, head, poses, worn, size)
    # Drawn as if by a camera that meters for average skin, then as bright as the photo is.
    linear /= bright
    if worn.cover is not None:
        cover = worn.cover(person, head)
        count = len(images)
        canvas.albedo[:count], canvas.gloss[:count] = cover.colour, cover.gloss
        radius = (head.radius + cover.thickness / 9.0).astype(np.float32)
        surface = normals(head.points * (radius / head.radius))
        lit = shade(canvas, _LIGHT, surface, head.occlusion, poses.rotation)
        reach = float(radius.min()), float(radius.max())
        stack = np.ascontiguousarray(np.broadcast_to(radius, (count, *radius.shape)))
        lookup, coverage = cast_rays(stack, poses, size, reach)
        alpha = np.broadcast_to(cover.alpha[..., None], (count, *cover.alpha.shape, 1))
        hides = sample(np.ascontiguousarray(alpha), lookup) * coverage[..., None]
        linear += (sample(lit, lookup) - linear) * hides
    if worn.plates is not None:
        lay_plates(linear, worn.plates(person, head), poses, _LIGHT)
    linear *= bright
    shown = 255 * np.sqrt(np.maximum(linear, 0)) + 0.5
    return np.asarray(np.clip(shown, 0, 255).astype(np.uint8))


def _relight(canvas: Canvas, head: Head, poses: Poses, worn: Worn, size: tuple[int, int]) -> Floats:
    """Return by what factor (N, H, W, 3) a coloured lamp changes photos that `_LIGHT` lit."""
    count = len(poses.scale)
    factors = []
    for light in (tint_light(_LIGHT, worn), _LIGHT):
        canvas.albedo[:count], canvas.gloss[:count] = 1.0, 0.0
        lit = shade(canvas, light, head.normal, head.occlusion, poses.rotation)
        factors.append(lit.copy())
    ratio = factors[0] / np.maximum(factors[1], 1e-4)
    reach = float(head.radius.min()), float(head.radius.max())
    stack = np.ascontiguousarray(np.broadcast_to(head.radius, (count, *head.radius.shape)))
    lookup, coverage = cast_rays(stack, poses, size, reach)
    # Neck, clothes and hair behind the head take the light as a wall would; the wall does not.
    beside = (ratio.mean(axis=(1, 2), keepdims=True) + 1) / 2
    return np.asarray(beside + (sample(ratio, lookup) - beside) * coverage[..., None])


def _brightness(linear: Floats, points: Floats) -> Floats:
    """Return how bright photos (N, H, W, 3) are about the nose, as a factor (N, 1, 1, 1)."""
    height, width = linear.shape[1:3]
    middle = points.mean(axis=1)
    apart = np.linalg.norm(points[:, 1] - points[:, 0], axis=1)
    y = np.arange(height)[None, :, None] - middle[:, 1, None, None]
    x = np.arange(width)[None, None, :] - middle[:, 0, None, None]
    near = np.exp(-(x * x + y * y) / (2 * (_ROUND * apart[:, None, None]) ** 2))
    grey = np.sum(linear.mean(axis=3) * near, axis=(1, 2)) / np.maximum(
        np.sum(near, axis=(1, 2)), 1e-9
    )
    # Half of it, as dark skin is no dark light, and nothing here tells them apart.
    factor = np.clip(np.sqrt(grey / _WHITE), _DIM, _BRIGHT)
    return np.asarray(factor[:, None, None, None], dtype=np.float32)


@lru_cache(maxsize=4)
def _average(shape: tuple[int, int]) -> tuple[Person, Head, Canvas]:
    person = make_person(np.zeros(len(SHAPE)), 0.5, np.full(UNIFORM, 0.5))
    return person, build_head(person, shape, opens=False), Canvas(_BLOCK, shape)
