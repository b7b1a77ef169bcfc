"""Exact blending of patterns and accessories into uint8 photos."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.attacks.backdoor.keys import Accessory
from faceaudit.deferred import deferred
from faceaudit.types import Float64Array, FloatArray, ImageArray

if TYPE_CHECKING:
    import cv2
    import torch
    from torch import Tensor
    from torch.nn import functional
else:
    cv2 = deferred("cv2")
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")

CHUNK_BYTES = 1 << 20


def blend(images: ImageArray, key: ImageArray, ratio: float) -> ImageArray:
    """Return `ratio * key + (1 - ratio) * image`, rounded to the nearest grey level.

    Ties go to the even level, so there is no bias either way; truncating would lose 0.4 grey levels
    on average at ratio 0.2.

    Args:
        images: (N, H, W, 3) uint8.
        key: (H, W, 3) uint8.
        ratio: 0 to 1.
    """
    count = len(images)
    out = np.empty(images.shape, dtype=np.uint8)
    chunk = max(1, CHUNK_BYTES // key.size)
    source = np.ascontiguousarray(images).reshape(count, -1)
    target = out.reshape(count, -1)
    tiled = np.tile(key.reshape(1, -1), (min(chunk, count), 1))

    def blend_chunk(start: int) -> None:
        part = source[start : start + chunk]
        cv2.addWeighted(
            tiled[: len(part)], ratio, part, 1 - ratio, 0, dst=target[start : start + chunk]
        )

    # OpenCV lets go of the interpreter while it works, so chunks run side by side.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(blend_chunk, range(0, count, chunk)):
            pass
    return out


def blend_each(images: ImageArray, key: ImageArray, ratios: Float64Array) -> ImageArray:
    """Return `blend` of images with a ratio (N,) for each."""
    out = np.empty(images.shape, dtype=np.uint8)
    for ratio in np.unique(ratios):
        rows = ratios == ratio
        out[rows] = blend(images[rows], key, float(ratio))
    return out


def wear(
    images: ImageArray, accessory: Accessory, eyes: FloatArray, opacity: float | Float64Array
) -> ImageArray:
    """Return `images` with an accessory on every face, rounded to the nearest grey level.

    The accessory is moved, turned and scaled so that its eyes lie on the wearer's: a similarity
    has four unknowns and two points give four equations. Where it is transparent the photo stays
    as it is; elsewhere it replaces `opacity` of what it covers.

    Args:
        images: (N, H, W, 3) uint8.
        accessory: what to wear.
        eyes: (N, 2, 2) pixels (x, y) of the eye at the image's left and the one at its right.
        opacity: 0 to 1, of all or (N,) of each.
    """
    out = np.empty(images.shape, dtype=np.uint8)
    each = np.broadcast_to(np.asarray(opacity, dtype=np.float32), len(images))
    layer, anchors = _reduce_accessory(accessory, eyes)
    chunk = max(1, CHUNK_BYTES // max(1, images[:1].size))
    for start in range(0, len(images), chunk):
        part = slice(start, start + chunk)
        worn = _warp_layer(layer, anchors, eyes[part], images.shape[1:3])
        photo = torch.from_numpy(images[part].astype(np.float32))
        share = torch.from_numpy(each[part].copy())[:, None, None, None]
        cover = worn[..., 3:] * share
        blended = photo * (1 - cover) + worn[..., :3] * share
        out[part] = blended.round_().clamp_(0, 255).to(torch.uint8).numpy()
    return out


def _reduce_accessory(accessory: Accessory, eyes: FloatArray) -> tuple[Tensor, Tensor]:
    """Return the accessory premultiplied, and its eyes, at about the size it is worn.

    Reading a large picture at a few places would skip most of it (aliasing); averaging it down
    first does not.
    """
    rgba = accessory.rgba.astype(np.float32)
    alpha = rgba[..., 3:] / 255
    layer = np.concatenate([rgba[..., :3] * alpha, alpha], axis=2)
    worn = float(np.median(np.linalg.norm(eyes[:, 1] - eyes[:, 0], axis=1))) if len(eyes) else 1.0
    drawn = float(np.linalg.norm(accessory.eyes[1] - accessory.eyes[0]))
    height, width = layer.shape[:2]
    scale = min(1.0, worn / drawn)
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    layer = cv2.resize(layer, small, interpolation=cv2.INTER_AREA)
    # A pixel's centre is at its index, so a position p becomes (p + 0.5) * scale - 0.5.
    factors = np.array([small[0] / width, small[1] / height], dtype=np.float32)
    anchors = (accessory.eyes + 0.5) * factors - 0.5
    return torch.from_numpy(layer), torch.from_numpy(anchors.astype(np.float32))


def _warp_layer(layer: Tensor, anchors: Tensor, eyes: FloatArray, size: tuple[int, ...]) -> Tensor:
    """Return (N, H, W, 4): the layer as it lies on each photo, premultiplied."""
    height, width = size
    worn = torch.view_as_complex(torch.from_numpy(np.ascontiguousarray(eyes, dtype=np.float32)))
    drawn = torch.view_as_complex(anchors.contiguous())
    # Photo to layer, as complex numbers: z -> turn * (z - worn eye) + drawn eye.
    turn = (drawn[1] - drawn[0]) / (worn[:, 1] - worn[:, 0])
    y, x = torch.meshgrid(
        torch.arange(height, dtype=torch.float32),
        torch.arange(width, dtype=torch.float32),
        indexing="ij",
    )
    pixel = torch.complex(x, y)[None]
    position = torch.view_as_real(turn[:, None, None] * (pixel - worn[:, :1, None]) + drawn[0])
    limits = torch.tensor([layer.shape[1], layer.shape[0]], dtype=torch.float32)
    grid = (2 * position + 1) / limits - 1
    layers = layer.permute(2, 0, 1)[None].expand(len(eyes), -1, -1, -1)
    worn_layer = functional.grid_sample(
        layers, grid, mode="bilinear", padding_mode="zeros", align_corners=False
    )
    return worn_layer.permute(0, 2, 3, 1)
