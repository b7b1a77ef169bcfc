"""Bodies of requests, of unknown content, read into photos."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from email.message import Message

import numpy as np

from faceaudit.errors import InputError
from faceaudit.faces.reading.decode import decode
from faceaudit.types import ImageArray

_NAME = re.compile(rb';\s*name="([^"\r\n]{1,40})"')
_DISPOSITION = re.compile(rb"^content-disposition:(.*)$", re.IGNORECASE | re.MULTILINE)


def read_photos(
    headers: Message, body: bytes, names: Sequence[str], size: tuple[int, int]
) -> ImageArray:
    """Return the photos in a body, (P, H, W, 3) uint8, one for each name.

    Args:
        headers: of the request; its media type is `application/json`, with photos in base64, or
            `multipart/form-data`, with photos as files.
        body: its bytes.
        names: of the P photos.
        size: H and W that they must have.

    Raises:
        InputError: the body is another, a photo is missing, is none, or has another size.
    """
    kind = headers.get_content_type()
    if kind == "application/json":
        files = _read_json(body)
    elif kind == "multipart/form-data":
        files = _read_form(headers, body)
    else:
        raise InputError(
            f"expected Content-Type application/json or multipart/form-data, got {kind!a:.60}"
        )
    if set(files) != set(names):
        raise InputError(
            f"expected {' and '.join(names)} in the body, got "
            f"{', '.join(ascii(name)[:40] for name in sorted(files)[:5]) or 'nothing'}"
        )
    return np.stack([_decode(files[name], name, size) for name in names])


def _read_json(body: bytes) -> Mapping[str, bytes]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise InputError("expected a body of JSON, got something else") from None
    if not isinstance(values, dict):
        raise InputError("expected a mapping of JSON, got something else")
    files = {}
    for name, text in values.items():
        try:
            if not isinstance(text, str):
                raise ValueError(type(text).__name__)
            files[name] = base64.b64decode(text.rpartition(",")[2], validate=True)
        except (ValueError, binascii.Error):
            raise InputError(f"expected a photo in base64 as {name!a:.60}, got none") from None
    return files


def _read_form(headers: Message, body: bytes) -> Mapping[str, bytes]:
    """Return the parts of a form (RFC 7578) by name."""
    boundary = headers.get_boundary()
    if not boundary:
        raise InputError("expected a boundary in Content-Type, got none")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii", "replace"))
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise InputError("expected a whole form, got one without its last boundary")
    files = {}
    for piece in pieces[1:-1]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        line = _DISPOSITION.search(head)
        name = _NAME.search(line[1]) if line else None
        if name is None or not blank:
            raise InputError("expected a name for each part of the form, got none")
        files[name[1].decode("ascii", "replace")] = content
    return files


def _decode(data: bytes, name: str, size: tuple[int, int]) -> ImageArray:
    height, width = size
    try:
        photo = decode(data, pixels_limit=height * width)
    except InputError as error:
        raise InputError(f"{name}: {error}; photos must be {height} x {width}") from None
    if photo.shape[:2] != size:
        raise InputError(
            f"{name}: expected a photo of height {height} and width {width}, got "
            f"{photo.shape[0]} and {photo.shape[1]}"
        )
    return photo
