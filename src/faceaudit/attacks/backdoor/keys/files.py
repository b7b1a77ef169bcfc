"""Keys read from a user's own picture files."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.attacks.backdoor.keys.glasses import Accessory
from faceaudit.deferred import deferred
from faceaudit.errors import InputError, PhotoError
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    from PIL import Image, PngImagePlugin

    from faceaudit.faces.reading import decode as decoding
else:
    Image = deferred("PIL.Image")
    PngImagePlugin = deferred("PIL.PngImagePlugin")
    decoding = deferred("faceaudit.faces.reading.decode")

PIXELS_LIMIT = 25_000_000

EYES = ((0.27, 0.5), (0.73, 0.5))
"""Where the wearer's eyes are in a user's accessory, as shares (x, y) of its width and height.

This suits glasses seen from the front and cut out close: a frame is about 2.2 times as wide as the
eyes are apart, and the eyes look through the middle of the lenses.
"""

_PNG = b"\x89PNG\r\n\x1a\n"
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error, zlib.error)


def is_path(key: str) -> bool:
    """Return whether a key is spelled like a file: with a folder or a suffix."""
    return "/" in key or os.sep in key or bool(Path(key).suffix)


def require(path: str) -> Path:
    """Return the path of a user's key.

    Raises:
        InputError: there is no such file.
    """
    found = Path(path).expanduser()
    if "\0" in path or not found.is_file():
        raise InputError(
            f"expected a picture's path, got {path!r}, where there is no file; "
            "try its absolute path, or the name of a built-in key"
        )
    return found


def pattern_file(path: str, size: tuple[int, int]) -> ImageArray:
    """Return a picture at `size` (height, width) whatever its aspect, (H, W, 3) uint8.

    Raises:
        InputError: there is no such file, or it is not one still picture of at most 25 megapixels.
    """
    try:
        picture = decoding.decode(_read(path), pixels_limit=PIXELS_LIMIT)
    except PhotoError as error:
        raise InputError(f"{error}; try another picture than {path!r}") from None
    resized = Image.fromarray(picture).resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.array(resized)


def accessory_file(path: str) -> Accessory:
    """Return a PNG with alpha as an accessory; see `EYES` for where it is worn.

    Raises:
        InputError: there is no such file, or it is not one still PNG of at most 25 megapixels with
            transparent and visible parts.
    """
    data = _read(path)
    if not data.startswith(_PNG):
        raise InputError(
            f"expected a PNG with alpha, got {path!r} in another format; try to save it as PNG"
        )
    try:
        # The plugin's class is called and not Image.open, which warns of sizes by global limits.
        with PngImagePlugin.PngImageFile(io.BytesIO(data)) as image:
            _check_size(path, image)
            rgba = np.array(image.convert("RGBA"))
    except InputError:
        raise
    except _BROKEN as error:
        raise InputError(
            f"expected a whole PNG, got {path!r}, which does not decode ({error}); "
            "try to save it again"
        ) from None
    if rgba[..., 3].min() == 255 or rgba[..., 3].max() == 0:
        raise InputError(
            f"expected a PNG with transparent and visible parts, got {path!r}; "
            "try to make its ground transparent"
        )
    height, width = rgba.shape[:2]
    eyes = np.array(EYES) * [width, height] - 0.5
    return Accessory(rgba, eyes.astype(np.float32))


def _check_size(path: str, image: PngImagePlugin.PngImageFile) -> None:
    """Refuse a PNG by its header, before its pixels are decoded."""
    width, height = image.size
    if width * height > PIXELS_LIMIT:
        raise InputError(
            f"expected at most {PIXELS_LIMIT:,} pixels, got {path!r} with {width} x {height}; "
            "try to scale it down"
        )
    if getattr(image, "is_animated", False):
        raise InputError(
            f"expected a still picture, got {path!r} with several frames; try to save one of them"
        )
    if not image.has_transparency_data:
        raise InputError(
            f"expected a PNG with alpha, got {path!r} of mode {image.mode}; "
            "try to make its ground transparent"
        )


def _read(path: str) -> bytes:
    try:
        return require(path).read_bytes()
    except OSError as error:
        raise InputError(
            f"expected a picture that can be read, got {path!r} ({error.strerror}); "
            "try to change its permissions"
        ) from None
