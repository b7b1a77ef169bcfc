"""Pictures embedded in the page, with text alternatives."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = deferred("PIL.Image")

SHOWN = 110
"""Height in CSS pixels that small pictures are enlarged to, by whole steps."""
LIGHT = 40_000
"""Bytes above which a picture is embedded as WebP, so that the page stays small."""


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        uri: the picture itself, as a data URI; empty when it cannot be read.
        width, height: CSS pixels to show it at.
        alt: what it shows.
        caption: what it is, or nothing.
    """

    uri: str
    width: int
    height: int
    alt: str
    caption: str


def embed_picture(
    content: bytes, alt: str, caption: str, light: int = LIGHT
) -> tuple[Picture, ImageArray | None]:
    """Return a picture and its (H, W, 3) pixels; None of one that cannot be read.

    Args:
        content: a file of a picture.
        alt: what it shows.
        caption: what it is, or nothing.
        light: bytes above which it is embedded as WebP.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            width, height = image.size
            colours = image.convert("RGB")
            kind = "png"
            if len(content) > light:
                buffer = io.BytesIO()
                colours.save(buffer, "WEBP", quality=90)
                content, kind = buffer.getvalue(), "webp"
    except (OSError, SyntaxError, ValueError):
        broken = f"{alt} (the picture cannot be read)"
        return Picture("", SHOWN, SHOWN, broken, caption), None
    step = max(1, SHOWN // height)
    shrink = 1 if height <= 2 * SHOWN else 2 * SHOWN / height
    uri = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    size = round(width * step * shrink), round(height * step * shrink)
    return Picture(uri, *size, alt, caption), np.asarray(colours)
