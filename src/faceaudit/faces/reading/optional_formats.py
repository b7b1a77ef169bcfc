"""Photo formats that are read where their decoder is installed: AVIF and HEIC."""

from __future__ import annotations

import importlib
import io
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from faceaudit.errors import PhotoError

if TYPE_CHECKING:
    from PIL import ImageFile

_MODULES = {"AVIF": "PIL._avif", "HEIC": "pillow_heif"}


def installed() -> tuple[str, ...]:
    """Return the formats whose decoder is installed, sorted; it is not loaded for this."""
    return tuple(sorted(name for name, module in _MODULES.items() if find_spec(module)))


def open_avif(file: io.BytesIO) -> ImageFile.ImageFile:
    """Open an AVIF with Pillow's own decoder.

    Raises:
        PhotoError: this Pillow has none.
    """
    if "AVIF" not in installed():
        raise PhotoError(
            "expected a photo, got an AVIF image, which this Pillow does not read; install "
            "pillow 11.3 or later, or convert the photo to JPEG or PNG"
        )
    opened: Any = importlib.import_module("PIL.AvifImagePlugin").AvifImageFile(file)
    return opened  # type: ignore[no-any-return]


def open_heic(file: io.BytesIO) -> ImageFile.ImageFile:
    """Open a HEIC with pillow-heif.

    Raises:
        PhotoError: it is not installed.
    """
    if "HEIC" not in installed():
        raise PhotoError(
            "expected a photo, got a HEIC photo, whose decoder is not installed; "
            "pip install pillow-heif, or convert the photo to JPEG or PNG"
        )
    opened: Any = importlib.import_module("pillow_heif.as_plugin").HeifImageFile(file)
    return opened  # type: ignore[no-any-return]
