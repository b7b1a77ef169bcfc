"""Files of weights of any format, read without running anything in them."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from faceaudit.errors import SourceError, WeightsError
from faceaudit.files.known_formats import FIRST, REMEDIES, recognise
from faceaudit.files.paths import expand
from faceaudit.weights.catalog import Format
from faceaudit.weights.checkpoint_keys import Unwrapped, shown, under
from faceaudit.weights.onnx import read_initialisers
from faceaudit.weights.pytorch import read_pytorch

if TYPE_CHECKING:
    from torch import Tensor

LIMIT = 4 * 1024**3
"""Bytes that a file of weights may have unless told otherwise; the largest known has 0.6 GiB."""

TENSORS_LIMIT = 100_000
"""Tensors that a file of weights may have; the largest networks have some thousands."""

_HEADER = 100_000_000  # bytes; safetensors' own limit
_NOTED = 100  # facts, and entries that are ignored
_PICKLES = (b"(dp", b"(lp", b"}q", b"]q", b"ccollections\n", b"L119547037146038801333356L\n")
"""How pickles of protocols 0 and 1 begin that hold tensors."""

_REMEDIES = {
    "an array of NumPy": "save the tensors by name as safetensors",
    "a file of MXNet's parameters": "load it with mxnet.nd.load and save the arrays by name as "
    "safetensors (safetensors.numpy.save_file)",
    "a GGUF file": "take the weights of before it was quantised",
    "a file of TensorFlow Lite": "convert it to ONNX first",
}
_FOLDERS = ("model.safetensors", "pytorch_model.bin", "*.safetensors", "*.pt", "*.pth", "*.ckpt")


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
        path: of the file; with `#` and a name behind it, such as `model.pt#ema`, of that part of
            the file: what lies under one key, or under one beginning of all names.
        limit: bytes it may have.

    Raises:
        WeightsError: the file is not there, too large, none of these formats, broken or cut short,
            or it holds code, no tensors or no such part.
    """
    path, part = split_part(path)
    try:
        size = _measure_file(path)
        with path.open("rb") as file:
            first = file.read(FIRST)
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
    if len(content.tensors) > TENSORS_LIMIT:
        raise WeightsError(
            f"expected at most {TENSORS_LIMIT:,} tensors, got {len(content.tensors):,} in {path}; "
            "save the network's state_dict()"
        )
    facts = dict(list(content.facts.items())[:_NOTED])
    facts |= {"sha256": sha256, "bytes": str(size)}
    ignored = (*content.ignored, *(f"the fact {key}" for key in list(content.facts)[_NOTED:]))
    if ignored:
        rest = len(ignored) - _NOTED
        more = f" and {rest:,} more" if rest > 0 else ""
        facts["ignored"] = ", ".join(ignored[:_NOTED]) + more
    tensors = content.tensors
    if part is not None:
        tensors = under(tensors, part)
        facts["part"] = part
    return Checkpoint(path, format_, tensors, facts)


def split_part(path: Path) -> tuple[Path, str | None]:
    """Return the path of a file and what names a part of it behind a `#`, if anything does.

    >>> split_part(Path("model.pt#ema"))
    (PosixPath('model.pt'), 'ema')
    """
    before, mark, part = str(path).rpartition("#")
    if not mark or not part or not before or path.exists():
        return path, None
    return Path(before), part


def expand_weights(path: str) -> Path:
    """Return where the path of a file of weights, or of a part of it, points.

    Raises:
        SourceError: a variable in it is not set, or nothing is there.
    """
    try:
        return expand(path)
    except SourceError:
        before, mark, part = path.rpartition("#")
        if not mark or not part or not before:
            raise
        return Path(f"{expand(before)}#{part}")


def _measure_file(path: Path) -> int:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
        folder = stat.S_ISDIR(status.st_mode)
        what = "a folder" if folder else "no regular file"
        remedy = _suggest_file(path) if folder else "check the path"
        raise WeightsError(f"expected a file of weights, got {path}, {what}; {remedy}")
    return status.st_size


def _suggest_file(folder: Path) -> str:
    """Return what to try in place of a folder: the file of weights in it, where there is one."""
    for pattern in _FOLDERS:
        found = sorted(folder.glob(pattern))
        if found:
            return f"try {found[0]}"
    return "check the path"


def _recognise_format(first: bytes, size: int, path: Path) -> Format:
    """Tell the format by a file's first bytes."""
    if first.startswith(b"\x89HDF\r\n\x1a\n"):
        return "keras"
    if first.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "pytorch"
    # The length of the header, then the header, which is JSON. Pickles come later: a length may
    # begin as they do.
    length = int.from_bytes(first[:8], "little")
    if first[8:9] == b"{" and length < 2**40:
        if length > min(size - 8, _HEADER):
            raise WeightsError(
                f"expected a whole safetensors file, got {path} of {size:,} bytes whose header "
                f"should have {length:,}; copy or download it again"
            )
        return "safetensors"
    if first[:1] == b"\x80" and first[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pytorch"
    if first.startswith(_PICKLES):
        return "pytorch"
    if first[:1] == b"\x08" and first[1:2] and 0 < first[1] < 128:  # the version of ONNX's format
        return "onnx"
    what, remedy = "nothing: it is empty", "copy or download it again"
    if first:
        known = recognise(first)
        what = f"one that begins with {first[:8]!r}" if known is None else known.name
        remedy = "check that it is the right file"
        if known is not None:
            remedy = _REMEDIES.get(known.name) or REMEDIES.get(known.group) or remedy
    raise WeightsError(
        f"expected a file of weights (safetensors, PyTorch, Keras HDF5 or ONNX), got {path}, "
        f"{what}; {remedy}"
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
