"""Light: one lamp, one sky and the skin's gloss, worked out on the texels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.faces.synthetic.traits import Floats

# How far light that enters skin spreads: the shadow's edge is wrapped by this share.
WRAP = 0.18


@dataclass(frozen=True, eq=False)
class Light:
    """The light of a session.

    Attributes:
        towards: (3,) unit vector to the lamp, in the camera's frame.
        lamp: (3,) linear colour of the lamp.
        sky: (3,) linear colour of what comes from everywhere.
    """

    towards: Floats
    lamp: Floats
    sky: Floats


def draw_light(rng: np.random.Generator, variation: float) -> Light:
    """Return a light from somewhere above, more or less hard, warm or cold."""
    azimuth = 0.6 * variation * rng.standard_normal()
    elevation = 0.55 + 0.3 * variation * rng.standard_normal()
    towards = [
        np.sin(azimuth) * np.cos(elevation),
        -np.sin(elevation),
        np.cos(azimuth) * np.cos(elevation),
    ]
    contrast = float(np.clip(0.55 + 0.16 * variation * rng.standard_normal(), 0.25, 0.8))
    warmth = 0.09 * variation * rng.standard_normal()
    green = 0.02 * variation * rng.standard_normal()
    tint = np.exp(np.array([warmth, green, -warmth]))
    return Light(
        towards=np.array(towards, dtype=np.float32),
        lamp=(1.35 * contrast * tint).astype(np.float32),
        sky=((1 - contrast) / np.sqrt(tint)).astype(np.float32),
    )


class Canvas:
    """Arrays that a block of photos is worked out in, kept so that they are not paged in anew.

    Args:
        block: photos at once.
        shape: texels (V, U).
    """

    def __init__(self, block: int, shape: tuple[int, int]) -> None:
        self.albedo: Floats = np.empty((block, 3, *shape), dtype=np.float32)
        self.lit: Floats = np.empty((block, *shape, 3), dtype=np.float32)
        self.gloss, self.radius, self.key, self.fill, self.shine, self.spare = np.empty(
            (6, block, *shape), dtype=np.float32
        )


def shade(
    canvas: Canvas, light: Light, normal: Floats, occlusion: Floats, rotation: Floats
) -> Floats:
    """Return the linear colour (B, V, U, 3) of a painted canvas, which is used up.

    Lambert's law with wrapped edges for the lamp, a sky that is brighter above, and Blinn's
    highlight (Blinn 1977).

    Args:
        canvas: holds albedo and gloss of the first B photos.
        light: the session's light.
        normal: (3, V, U) unit normals in the head's frame.
        occlusion: (V, U) share of the sky that is seen.
        rotation: (B, 3, 3), head to camera.
    """
    count = len(rotation)
    key, fill, shine = canvas.key[:count], canvas.fill[:count], canvas.shine[:count]
    spare, out = canvas.spare[:count], canvas.lit[:count]
    towards = np.einsum("bij,i->bj", rotation, light.towards)
    half = light.towards + np.array([0, 0, 1], dtype=np.float32)
    half = np.einsum("bij,i->bj", rotation, half / np.sqrt(np.sum(half * half)))
    _facing(normal, towards / np.float32(1 + WRAP), key, spare)
    key += np.float32(WRAP / (1 + WRAP))
    np.maximum(key, 0, out=key)
    key *= 0.45 + 0.55 * occlusion
    _facing(normal, rotation[:, 1] * np.float32(-0.26), fill, spare)
    fill += np.float32(0.74)
    fill *= occlusion
    _facing(normal, half, shine, spare)
    np.maximum(shine, 0, out=shine)
    for _ in range(4):
        shine *= shine
    shine *= np.float32(0.16)
    shine *= canvas.gloss[:count]
    for channel in range(3):
        lit = canvas.albedo[:count, channel]
        np.multiply(fill, light.sky[channel] / light.lamp[channel], out=spare)
        spare += key
        lit *= spare
        lit += shine
        np.multiply(lit, light.lamp[channel], out=out[..., channel])
    return out


def _facing(normal: Floats, vector: Floats, out: Floats, spare: Floats) -> None:
    """Write the dot products of normals (3, V, U) with `vector` (B, 3) to `out` (B, V, U)."""
    part = vector[:, :, None, None]
    np.multiply(normal[0], part[:, 0], out=out)
    for axis in (1, 2):
        np.multiply(normal[axis], part[:, axis], out=spare)
        out += spare
