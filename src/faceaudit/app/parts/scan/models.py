"""Models that somebody brings: told by their first bytes, before anything opens them."""

from __future__ import annotations

import re
from typing import Literal

from faceaudit.app.uploads import MEGABYTES, Uploaded, UploadError

Kind = Literal["safetensors", "keras", "onnx"]
SUFFIXES: dict[Kind, str] = {"safetensors": ".safetensors", "keras": ".h5", "onnx": ".onnx"}
"""What a file of each kind is called."""
DOORS: dict[Kind, str] = {"safetensors": "file", "keras": "file", "onnx": "onnx"}
"""The door that opens each kind."""
_HDF5 = b"\x89HDF\r\n\x1a\n"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PICKLE = re.compile(rb"\x80[\x02-\x05]|\([dl]p|[}\]]q|c[\w.]+\n[\w.]+\n")
"""How pickles of all protocols begin that hold tensors, or call something."""

_VERSIONS = 128
"""ONNX begins with the version of its format, in one byte."""


def model_of(uploaded: Uploaded) -> tuple[Kind, bytes]:
    """Return what kind of model an upload is, and its bytes; its name and type are not looked at.

    Raises:
        UploadError: it is empty, too large, a pickle or an archive, as PyTorch writes them, or of
            no kind that is scanned here; `words` says it to whoever brought it.
    """
    data = uploaded.getvalue()
    if not data:
        raise UploadError("app.upload_empty")
    if len(data) > MEGABYTES * 1024 * 1024:
        raise UploadError("app.upload_large", megabytes=MEGABYTES)
    if data.startswith(_HDF5):
        return "keras", data
    # The length of the header, then the header, which is JSON: a length may begin as pickles do.
    length = int.from_bytes(data[:8], "little")
    if data[8:9] == b"{":
        if length > len(data) - 8:
            raise UploadError("scan.upload_cut")
        return "safetensors", data
    if data.startswith(_ZIP) or _PICKLE.match(data):
        raise UploadError("scan.upload_pickle")
    if data[:1] == b"\x08" and 0 < int.from_bytes(data[1:2]) < _VERSIONS:
        return "onnx", data
    raise UploadError("scan.upload_format")
