"""Pictures embedded in the page, with text alternatives."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from faceaudit.errors import PhotoError
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    from PIL import Image

SHOWN = 110
"""Height in CSS pixels that small pictures are enlarged to, by whole steps."""
WIDEST = 8 * SHOWN
"""Width in CSS pixels of the widest."""
LIGHT = 40_000
"""Bytes above which a picture is embedded as WebP, so that the page stays small."""
PIXELS = 4_000_000
"""Of the largest picture that is read: stores keep faces and keys of the size networks see."""
LONGEST = 4_096
"""Pixels of its longer side, at most."""
BYTES = 16_000_000
"""Of its file, at most: as many as so many pixels take that nothing compresses."""
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        uri: the picture itself, as a data URI; empty when it cannot be read.
        width, height: CSS pixels to show it at.
        alt: what it shows.
        caption: what it is, or nothing.
    """

    uri: Markup
    width: int
    height: int
    alt: str
    caption: str


def embed_picture(
    content: bytes, alt: str, caption: str, light: int = LIGHT
) -> tuple[Picture, ImageArray | None]:
    """Return a picture and its (H, W, 3) pixels; None of one that cannot be read.

    Only PNG is read, as stores keep nothing else, and none of more than `PIXELS` pixels, `LONGEST`
    a side or `BYTES` bytes: a store may be a stranger's.

    Args:
        content: a file of a picture.
        alt: what it shows.
        caption: what it is, or nothing.
        light: bytes above which it is embedded as WebP.
    """
    colours = _read(content)
    if colours is None:
        broken = f"{alt} (the picture cannot be read)"
        return Picture(Markup(), SHOWN, SHOWN, broken, caption), None
    width, height = colours.size
    kind = "png"
    if len(content) > light:
        buffer = io.BytesIO()
        colours.save(buffer, "WEBP", quality=90)
        content, kind = buffer.getvalue(), "webp"
    step = max(1, min(SHOWN // height, WIDEST // width))
    shrink = min(1, 2 * SHOWN / height, WIDEST / width)
    uri = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return Picture(
        uri=Markup(uri),  # noqa: S704 - letters and digits
        width=max(1, round(width * step * shrink)),
        height=max(1, round(height * step * shrink)),
        alt=alt,
        caption=caption,
    ), np.asarray(colours)


def _read(content: bytes) -> Image.Image | None:
    """Return a PNG's pixels; None of anything else."""
    if not content.startswith(_PNG) or len(content) > BYTES:
        return None
    from faceaudit.faces.reading.decode import photo  # noqa: PLC0415 - few pages have pictures

    try:
        colours = photo(content, pixels_limit=PIXELS)
    except PhotoError:
        return None
    return colours if max(colours.size) <= LONGEST else None
