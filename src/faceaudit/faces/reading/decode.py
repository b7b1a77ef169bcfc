"""Decoding: a file's bytes, which may be anything, to the pixels of one upright photo.

What comes in may be hostile: a photo set of unknown origin is what this package audits. So only
six formats are read, and two more where their decoder is installed, told apart by their first bytes
and never by their name; the size in the header is checked before a pixel is decoded; and nothing
global of Pillow is changed.
"""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from PIL import (
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    WebPImagePlugin,
)

from faceaudit.errors import PhotoError
from faceaudit.faces.reading.jpeg_end import with_end
from faceaudit.faces.reading.optional_formats import open_avif, open_heic
from faceaudit.files.known_formats import FIRST, REMEDIES, KnownFormat, recognise
from faceaudit.types import ImageArray

PIXELS_LIMIT = 50_000_000
"""Pixels of the largest photo that is read by default: those of a phone's largest camera."""

# The plugins' classes are called, not Image.open: that one guesses among dozens of formats, one of
# which starts Ghostscript, takes the preview in a camera's JPEG for a second frame, and only warns
# about bombs between one and two times a limit that any other code may have moved.
_FORMATS: dict[bytes, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    b"\xff\xd8\xff": JpegImagePlugin.JpegImageFile,
    b"\x89PNG\r\n\x1a\n": PngImagePlugin.PngImageFile,
    b"BM": BmpImagePlugin.BmpImageFile,
    b"GIF87a": GifImagePlugin.GifImageFile,
    b"GIF89a": GifImagePlugin.GifImageFile,
    **{b"P%d" % kind: PpmImagePlugin.PpmImageFile for kind in range(1, 7)},
    b"RIFF": WebPImagePlugin.WebPImageFile,
}

_OPTIONAL = {"an AVIF image": open_avif, "a HEIC photo": open_heic}

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode(data: bytes, *, pixels_limit: int = PIXELS_LIMIT) -> ImageArray:
    """Return the photo in `data` as (H, W, 3) uint8 RGB, the way up it was taken.

    BMP, GIF, JPEG, PNG, PPM (PGM, PBM) and WebP are read, AVIF and HEIC where their decoder is
    installed, and a JPEG of which nothing but the end mark is missing. The EXIF orientation is
    applied; grey, palette and CMYK become RGB (colour profiles are not applied); of 16 bits the
    upper 8 are kept; what is see-through is laid on white. Safe to call from many threads.

    Raises:
        PhotoError: the bytes are no photo in those formats; it is broken or cut short; it has
            more than one frame; or its header states more than `pixels_limit` pixels.
    """
    return np.array(photo(data, pixels_limit=pixels_limit))


def photo(data: bytes, *, pixels_limit: int = PIXELS_LIMIT) -> Image.Image:
    """Return the same as `decode` as a Pillow image, for what goes on to cut and resize it."""
    plugin = _choose_plugin(data)
    try:
        with _quiet:
            try:
                return _decode(plugin, data, pixels_limit)
            except OSError:
                whole = with_end(data) if plugin is JpegImagePlugin.JpegImageFile else None
                if whole is None:
                    raise
                return _decode(plugin, whole, pixels_limit)
    except (PhotoError, MemoryError):
        # Too little memory is this machine's fault, never the photo's: were it listed as broken,
        # the same files would give other faces on another machine.
        raise
    except Exception as error:  # noqa: BLE001 - a decoder given hostile bytes raises anything:
        # OSError, SyntaxError, ValueError, struct.error, zlib.error, AttributeError, ...
        why = _describe_error(error)
        cut = "truncated" in why
        what = "is cut short" if cut else "does not decode"
        raise PhotoError(
            f"expected a whole photo, got one that {what} ({why})", kind="cut" if cut else "broken"
        ) from None


def _decode(
    plugin: Callable[[io.BytesIO], ImageFile.ImageFile], data: bytes, pixels_limit: int
) -> Image.Image:
    _refuse_large(_read_webp_canvas(data), pixels_limit)
    with plugin(io.BytesIO(data)) as image:
        _refuse_large(image.size, pixels_limit)
        if getattr(image, "is_animated", False):
            raise PhotoError("expected a photo, got an animation of several frames", kind="moving")
        image.load()
        return _turn_upright(_convert_to_rgb(image), _read_orientation(image))


def _choose_plugin(data: bytes) -> Callable[[io.BytesIO], ImageFile.ImageFile]:
    for start, plugin in _FORMATS.items():
        if data.startswith(start) and (start != b"RIFF" or data[8:12] == b"WEBP"):
            return plugin
    known = recognise(data[:FIRST])
    if known is not None and known.name in _OPTIONAL:
        return _OPTIONAL[known.name]
    raise PhotoError(
        f"expected a photo (BMP, GIF, JPEG, PNG, PPM or WebP), {_name(data, known)}", kind="format"
    )


def _name(data: bytes, known: KnownFormat | None) -> str:
    """Return what was got in place of a photo that is read, and what to do with it."""
    if not data:
        return "got an empty file"
    if known is None or known.group == "text":
        return f"got bytes that start with {data[:8]!r}"
    if known.group == "photo":
        return f"got {known.name}; convert it to JPEG or PNG"
    return f"got {known.name}" + (f"; {REMEDIES[known.group]}" if known.group in REMEDIES else "")


def _refuse_large(size: tuple[int, int] | None, limit: int) -> None:
    if size and size[0] * size[1] > limit:
        raise PhotoError(
            f"expected at most {limit:,} pixels, got {size[0]} x {size[1]}", kind="pixels"
        )


def _read_webp_canvas(data: bytes) -> tuple[int, int] | None:
    """Return the size that an extended WebP states: its decoder fills the canvas on opening."""
    if data[:4] != b"RIFF" or data[12:16] != b"VP8X" or len(data) < 30:
        return None
    return (
        int.from_bytes(data[24:27], "little") + 1,
        int.from_bytes(data[27:30], "little") + 1,
    )


def _convert_to_rgb(image: Image.Image) -> Image.Image:
    """Return the pixels of any mode as RGB."""
    if image.mode.startswith("I"):
        # 16-bit grey. Pillow's own conversion clips at 255, which turns photos white. The upper
        # byte is what Pillow keeps of 16-bit colour, so grey and colour follow one rule.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        coloured = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, coloured).convert("RGB")
    return image.convert("RGB")


def _read_orientation(image: Image.Image) -> object:
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - hostile EXIF raises anything. The pixels are whole, so the
        # photo stays as it is stored, which is also how viewers show it.
        return None


def _turn_upright(image: Image.Image, orientation: object) -> Image.Image:
    turn = _UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _describe_error(error: Exception) -> str:
    """Return a decoder's message on one line that can be shown anywhere."""
    text = " ".join(str(error).split()) or type(error).__name__
    # Tiles and tags put raw bytes and the address of the buffer into some messages.
    return ascii(text.split(" <")[0])[1:-1][:120]


class _Quiet:
    """Keeps Pillow's warnings (odd EXIF, odd APNG) from reaching whoever turned them into errors.

    `warnings.catch_warnings` puts the whole list of filters back when it ends, and so undoes what
    another thread did in between. Here one filter is added when the first thread comes in, and
    that very one is taken away when the last goes out.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._added: object = None

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                warnings.filterwarnings("ignore", module=r"PIL\.")
                self._added = warnings.filters[0]

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            # It is gone already when another thread put older filters back in the meantime.
            if self._inside == 0:
                with contextlib.suppress(ValueError):
                    cast(list[Any], warnings.filters).remove(self._added)


_quiet = _Quiet()
