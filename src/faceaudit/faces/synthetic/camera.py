"""The camera, from surfaces to pixels: pose, ray casting against the relief, blur and JPEG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from faceaudit.deferred import deferred
from faceaudit.faces.synthetic.head import AXES, U_RANGE, V_RANGE
from faceaudit.faces.synthetic.traits import Floats
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    import cv2
else:
    cv2 = deferred("cv2")

Mask = npt.NDArray[np.bool_]

STEPS = 8
REFINEMENTS = 1


@dataclass(frozen=True, eq=False)
class Poses:
    """Poses of B heads in front of the camera.

    Attributes:
        rotation: (B, 3, 3), head to camera.
        scale: (B,) pixels a centimetre.
        shift: (B, 2) pixel of the head's centre.
    """

    rotation: Floats
    scale: Floats
    shift: Floats


def rotations(yaw: Floats, pitch: Floats, roll: Floats) -> Floats:
    """Return (B, 3, 3) rotations from angles (B,) in radians: yaw, then pitch, then roll."""
    zero, one = np.zeros_like(yaw), np.ones_like(yaw)

    def matrix(*rows: list[Floats]) -> Floats:
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    cr, sr = np.cos(roll), np.sin(roll)
    turn = matrix([cy, zero, sy], [zero, one, zero], [-sy, zero, cy])
    nod = matrix([one, zero, zero], [zero, cp, sp], [zero, -sp, cp])
    lean = matrix([cr, -sr, zero], [sr, cr, zero], [zero, zero, one])
    return np.asarray(np.einsum("bij,bjk,bkl->bil", lean, nod, turn), dtype=np.float32)


def project(points: Floats, poses: Poses) -> Floats:
    """Return pixels (B, K, 2) of points (B, K, 3) given in the head's centimetres."""
    turned = np.einsum("bij,bkj->bki", poses.rotation[:, :2], points)
    pixels = turned * poses.scale[:, None, None] + poses.shift[:, None]
    return np.asarray(pixels, dtype=np.float32)


def cast_rays(
    radius: Floats, poses: Poses, size: tuple[int, int], reach: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Find what every pixel sees of heads with relief `radius` (B, V, U).

    The ellipsoid is shrunk in steps from the outermost point of the relief to its innermost one;
    the first step at which a ray lies under the relief brackets the hit, as in relief mapping
    (Policarpo et al. 2005), which lets a nose hide the cheek behind it.

    Args:
        radius: relief of each head.
        poses: where the heads are.
        size: height and width of the photos.
        reach: the innermost and the outermost relief to expect.

    Returns:
        texels (2, B, H, W), column and row, where the rows of all heads count on, as they do for
        `sample`; coverage (B, H, W), 0 to 1.
    """
    height, width = size
    # Surfaces are smooth: from some size on every second ray is enough, and texels in between.
    stride = 2 if max(size) > 60 else 1
    rows = np.arange((height + stride - 1) // stride, dtype=np.float32) * stride
    columns = np.arange((width + stride - 1) // stride, dtype=np.float32) * stride
    rays = _Rays(radius, poses, rows + (stride - 1) / 2, columns + (stride - 1) / 2)
    hit, before, is_hit = rays.march(reach)
    column, row = rays.texels(hit)
    for _ in range(REFINEMENTS):
        np.copyto(hit, rays.relief(column, row), where=is_hit)
        np.maximum(hit, rays.limb, out=hit)
        column, row = rays.texels(hit)
    # What misses lies `before` outside the limb; a pixel's width of that is half covered.
    coverage = before * (poses.scale * np.float32(-8.0 / stride))[:, None, None]
    coverage += 1
    np.clip(coverage, 0, 1, out=coverage)
    coverage[is_hit] = 1
    if stride == 1:
        return np.stack([column, row]), coverage
    full = (columns.size * stride, rows.size * stride)
    coarse = np.stack([column, row, coverage], axis=-1)
    fine = np.stack([cv2.resize(image, full)[:height, :width] for image in coarse])
    return np.ascontiguousarray(np.moveaxis(fine[..., :2], -1, 0)), fine[..., 2]


class _Rays:
    """The rays of B photos through the pixels at `rows` and `columns`, in the ellipsoid's scale."""

    def __init__(self, radius: Floats, poses: Poses, rows: Floats, columns: Floats) -> None:
        count, v, u = radius.shape
        scale, shift = poses.scale[:, None, None], poses.shift[:, :, None, None]
        x = (columns[None, None, :] - shift[:, 0]) / scale
        y = (rows[None, :, None] - shift[:, 1]) / scale
        basis = poses.rotation / np.asarray(AXES, dtype=np.float32)
        ray = basis[:, 2] / np.sqrt(np.sum(basis[:, 2] ** 2, axis=1))[:, None]
        along = np.sum(basis[:, :2] * ray[:, None], axis=2)
        flat = basis[:, :2] - along[..., None] * ray[:, None]
        start = [x * flat[:, 0, i, None, None] + y * flat[:, 1, i, None, None] for i in range(3)]
        self._limb2 = start[0] * start[0]
        self._limb2 += start[1] * start[1]
        self._limb2 += start[2] * start[2]
        self.limb = np.sqrt(self._limb2)
        to_u, to_v = u / (U_RANGE[1] - U_RANGE[0]), v / (V_RANGE[1] - V_RANGE[0])
        half = np.sqrt(np.float32(0.5))
        # Lambert's projection takes (x, y) / sqrt(2 s (s + z)); all factors go into the rays.
        factors = np.array([to_u * half, to_v * half, 1.0], dtype=np.float32)
        self._ray = [(ray[:, i] * factors[i])[:, None, None] for i in range(3)]
        self._start = [axis * factor for axis, factor in zip(start, factors, strict=True)]
        self._first = (np.arange(count, dtype=np.float32) * v)[:, None, None]
        self._last = self._first + np.float32(v - 1)
        self._base_u = np.float32(-U_RANGE[0] * to_u - 0.5)
        self._base_v = self._first + np.float32(-V_RANGE[0] * to_v - 0.5)
        self._stack = radius.reshape(-1, u)

    def texels(self, s: Floats) -> tuple[Floats, Floats]:
        """Return column and row (B, H, W) of where the rays meet the ellipsoid scaled by `s`."""
        t = s * s
        t -= self._limb2
        np.maximum(t, 0, out=t)
        np.sqrt(t, out=t)
        shrink = t * self._ray[2]
        shrink += self._start[2]
        shrink += s
        shrink *= s
        np.maximum(shrink, 5e-4, out=shrink)
        np.sqrt(shrink, out=shrink)
        np.divide(1, shrink, out=shrink)
        column = t * self._ray[0]
        column += self._start[0]
        column *= shrink
        column += self._base_u
        t *= self._ray[1]
        t += self._start[1]
        t *= shrink
        t += self._base_v
        # The heads lie on top of each other: no lookup may leave its own.
        np.maximum(t, self._first, out=t)
        np.minimum(t, self._last, out=t)
        return column, t

    def relief(self, column: Floats, row: Floats) -> Floats:
        """Return the relief (B, H, W) at texels."""
        wide = column.shape[2]
        sampled = cv2.remap(
            self._stack,
            column.reshape(-1, wide),
            row.reshape(-1, wide),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return sampled.reshape(column.shape)

    def march(self, reach: tuple[float, float]) -> tuple[Floats, Floats, Mask]:
        """Return where each ray goes under the relief, its last height above it, and if it does."""
        inner, outer = reach
        depth = np.maximum(np.float32(outer), self.limb)
        before = depth - self.relief(*self.texels(depth))
        hit = depth.copy()
        is_hit = before <= 0
        for step in range(1, STEPS + 1):
            deeper = np.maximum(np.float32(outer + (inner - outer) * step / STEPS), self.limb)
            gap = self.relief(*self.texels(deeper))
            np.subtract(deeper, gap, out=gap)
            above = gap > 0
            # Linear between the last two steps, or the deeper one where still above.
            share = before - gap
            np.maximum(share, 1e-6, out=share)
            np.divide(before, share, out=share)
            share *= deeper - depth
            share += depth
            np.copyto(share, deeper, where=above)
            np.copyto(hit, share, where=~is_hit)
            np.logical_not(above, out=above)
            is_hit |= above
            before, depth = gap, deeper
        return hit, before, is_hit


def sample(textures: Floats, lookup: Floats) -> Floats:
    """Return textures (B, V, U, C) at texels (2, B, H, W) from `cast_rays` as (B, H, W, C)."""
    count, _, u, channels = textures.shape
    height, width = lookup.shape[2:]
    sampled = cv2.remap(
        textures.reshape(-1, u, channels),
        lookup[0].reshape(-1, width),
        lookup[1].reshape(-1, width),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return sampled.reshape(count, height, width, channels)


def soften(images: Floats, blur: Floats) -> Floats:
    """Blur images (B, H, W, 3) with a 3-tap kernel; `blur` (B,) is the neighbours' share."""
    out = np.empty_like(images)
    for image, share, into in zip(images, blur.tolist(), out, strict=True):
        kernel = np.array([share, 1 - 2 * share, share], dtype=np.float32)
        cv2.sepFilter2D(image, -1, kernel, kernel, dst=into, borderType=cv2.BORDER_REPLICATE)
    return out


def jpeg(images: ImageArray, quality: int) -> ImageArray:
    """Return RGB photos (B, H, W, 3) uint8 after a JPEG round trip each."""
    count, height, width, _ = images.shape
    flat = images.reshape(count * height, width, 3)
    stored = cv2.cvtColor(flat, cv2.COLOR_RGB2BGR).reshape(images.shape)
    decoded = np.empty_like(stored)
    for image, into in zip(stored, decoded, strict=True):
        _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        into[:] = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))
    shown = cv2.cvtColor(decoded.reshape(flat.shape), cv2.COLOR_BGR2RGB)
    return np.asarray(shown, dtype=np.uint8).reshape(images.shape)
