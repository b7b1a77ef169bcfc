"""Photos that somebody brings: decoded in memory, never written, named nowhere."""

from __future__ import annotations

import threading
from typing import Protocol

from faceaudit.app.language import say
from faceaudit.errors import PhotoError
from faceaudit.faces.reading.decode import PIXELS_LIMIT, decode
from faceaudit.types import ImageArray

MEGABYTES = 20
"""Megabytes of an upload at most."""


class Uploaded(Protocol):
    """What `st.file_uploader` and `st.camera_input` return; its name and type are not looked at."""

    def getvalue(self) -> bytes:
        """Return its bytes."""


class UploadError(PhotoError):
    """A photo that was brought cannot be used.

    Attributes:
        key: of the words that say why, in `texts`.
        words: those words, in the language of the session.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.words = say(key, **values)
        super().__init__(self.words)


def photo_of(uploaded: Uploaded) -> ImageArray:
    """Return the photo in an upload as (H, W, 3) uint8 RGB, the way up it was taken.

    Raises:
        UploadError: it is no photo, or one that is broken or too large; `words` says it to whoever
            brought it.
    """
    data = uploaded.getvalue()
    if not data:
        raise UploadError("app.upload_empty")
    if len(data) > MEGABYTES * 1024 * 1024:
        raise UploadError("app.upload_large", megabytes=MEGABYTES)
    try:
        # A photo within the limits takes up to half a gigabyte while it is decoded.
        with _one_at_a_time:
            return decode(data)
    except PhotoError as error:
        key = _KEYS.get(error.kind, "app.upload_broken")
        raise UploadError(key, megapixels=PIXELS_LIMIT // 1_000_000) from None
    except MemoryError:
        raise UploadError("app.upload_pixels", megapixels=PIXELS_LIMIT // 1_000_000) from None


_KEYS = {
    "format": "app.upload_format",
    "pixels": "app.upload_pixels",
    "moving": "app.upload_moving",
    "cut": "app.upload_cut",
    "broken": "app.upload_broken",
}
_one_at_a_time = threading.Lock()
