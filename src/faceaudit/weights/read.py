"""Files of weights of any format, read without running anything in them."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from faceaudit.errors import WeightsError
from faceaudit.weights.catalog import Format
from faceaudit.weights.checkpoint_keys import Unwrapped, shown
from faceaudit.weights.onnx import read_initialisers
from faceaudit.weights.pytorch import read_pytorch

if TYPE_CHECKING:
    from torch import Tensor

LIMIT = 4 * 1024**3
"""Bytes that a file of weights may have unless told otherwise; the largest known has 0.6 GiB."""

_HEADER = 100_000_000  # bytes; safetensors' own limit
_NOTED = 100  # facts, and entries that are ignored
_FIRST = 64  # bytes that tell the format
_FOREIGN = {
    b"": "nothing: it is empty",
    b"version https://git-lfs": "a pointer of Git LFS; fetch the file itself with git lfs pull",
    b"<!DOCTYPE": "a web page; download the file itself",
    b"<!doctype": "a web page; download the file itself",
    b"<html": "a web page; download the file itself",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"\x93NUMPY": "an array of NumPy; save the tensors by name as safetensors",
}


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The content of a file of weights.

    Attributes:
        path: of the file.
        format: told by its first bytes.
        tensors: by the names in the file, on the CPU. They may lie in the file (memory-mapped).
        facts: text by key: `sha256` and `bytes` of the file, `ignored` entries, and plain values
            that lie beside the tensors, such as `epoch`.
    """

    path: Path
    format: Format
    tensors: Mapping[str, Tensor]
    facts: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Digest of the file."""
        return self.facts["sha256"]


def read(path: Path, *, limit: int = LIMIT) -> Checkpoint:
    """Read the tensors in a file of safetensors, PyTorch, Keras (HDF5) or ONNX.

    The format is told by the first bytes, not by the name. Pickled code is never run.

    Args:
        path: of the file.
        limit: bytes it may have.

    Raises:
        WeightsError: the file is not there, too large, none of these formats, broken or cut short,
            or it holds code or no tensors.
    """
    try:
        size = _measure_file(path)
        with path.open("rb") as file:
            first = file.read(_FIRST)
            if size > limit:
                raise WeightsError(
                    f"expected weights of at most {limit:,} bytes, got {size:,} in {path}; "
                    "raise the limit if that is meant"
                )
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        format_ = _recognise_format(first, size, path)
        content = _read_content(path, format_, zipped=first.startswith(b"PK"), limit=limit)
    except OSError as error:
        raise WeightsError(
            f"expected a file of weights, got {path} ({error.strerror or error}); check the path"
        ) from None
    if not content.tensors:
        raise WeightsError(
            f"expected weights, got {path} without a tensor; save the network's state_dict()"
        )
    facts = dict(list(content.facts.items())[:_NOTED])
    facts |= {"sha256": sha256, "bytes": str(size)}
    ignored = (*content.ignored, *(f"the fact {key}" for key in list(content.facts)[_NOTED:]))
    if ignored:
        rest = len(ignored) - _NOTED
        more = f" and {rest:,} more" if rest > 0 else ""
        facts["ignored"] = ", ".join(ignored[:_NOTED]) + more
    return Checkpoint(path, format_, content.tensors, facts)


def _measure_file(path: Path) -> int:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
        raise WeightsError(f"expected a file of weights, got {path}, {what}; check the path")
    return status.st_size


def _recognise_format(first: bytes, size: int, path: Path) -> Format:
    """Tell the format by a file's first bytes."""
    if first.startswith(b"\x89HDF\r\n\x1a\n"):
        return "keras"
    if first.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "pytorch"
    if first[:1] == b"\x80" and first[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pytorch"
    # The length of the header, then the header, which is JSON.
    length = int.from_bytes(first[:8], "little")
    if first[8:9] == b"{" and length < 2**40:
        if length > min(size - 8, _HEADER):
            raise WeightsError(
                f"expected a whole safetensors file, got {path} of {size:,} bytes whose header "
                f"should have {length:,}; copy or download it again"
            )
        return "safetensors"
    if first[:1] == b"\x08" and first[1:2] and 0 < first[1] < 128:  # the version of ONNX's format
        return "onnx"
    kinds = (kind for start, kind in _FOREIGN.items() if start and first.startswith(start))
    what = next(kinds, "")
    what = what or (_FOREIGN[b""] if not first else f"one that begins with {first[:8]!r}")
    raise WeightsError(
        f"expected a file of weights (safetensors, PyTorch, Keras HDF5 or ONNX), got {path}, "
        f"{what}" + ("" if ";" in what else "; check that it is the right file")
    )


def _read_content(path: Path, format_: Format, *, zipped: bool, limit: int) -> Unwrapped:
    if format_ == "pytorch":
        return read_pytorch(path, zipped=zipped)
    if format_ == "onnx":
        return read_initialisers(path, limit=limit)
    if format_ == "safetensors":
        return _read_safetensors(path)
    from faceaudit.weights.keras import read_keras  # noqa: PLC0415 - h5py is slow to load

    return Unwrapped(read_keras(path), {}, ())


def _read_safetensors(path: Path) -> Unwrapped:
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415

    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            facts = {key: str(value)[:200] for key, value in (file.metadata() or {}).items()}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (
        SafetensorError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RuntimeError,
    ) as error:
        raise WeightsError(
            f"expected a whole safetensors file, got {path} that is broken or cut short "
            f"({shown(str(error))}); copy or download it again"
        ) from None
    return Unwrapped(tensors, facts, ())
