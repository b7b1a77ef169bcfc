"""Pictures as files."""

from __future__ import annotations

import io

from PIL import Image

from faceaudit.types import ImageArray


def encode_png(image: ImageArray) -> bytes:
    """Return (H, W, 3) uint8 as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()
