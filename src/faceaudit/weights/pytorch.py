"""Files of `torch.save`: their tensors are read, code in them is never run."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred
from faceaudit.errors import WeightsError
from faceaudit.weights.checkpoint_keys import Unwrapped, shown, unwrap
from faceaudit.weights.pickle_check import check_pickle

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")

PICKLE_LIMIT = 64 * 1024**2
"""Bytes of the pickle in an archive, which holds names and shapes; the numbers lie beside it."""

_PICKLES = 5  # of the older format: magic number, version, machine, the content, keys of storages
_REASON = re.compile(r"WeightsUnpickler error:\s*([^\n]+)")


def read_pytorch(path: Path, *, zipped: bool) -> Unwrapped:
    """Read a file of `torch.save`, in the zip format or the one before it (until 2020).

    Args:
        path: of the file.
        zipped: whether its first bytes are those of a zip archive.

    Raises:
        WeightsError: it is broken, holds code (which is not run), or no tensors.
    """
    parts = _check_archive(path) if zipped else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch about its own older formats
            _check_pickles(path, zipped=zipped)
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except WeightsError:
        raise
    except Exception as error:  # noqa: BLE001 - a broken pickle may raise anything
        raise WeightsError(_explain_failure(path, error)) from None
    unwrapped = unwrap(content)
    size = path.stat().st_size
    tensors = {
        name: _check_tensor(name, item, size, parts) for name, item in unwrapped.tensors.items()
    }
    return Unwrapped(tensors, unwrapped.facts, unwrapped.ignored)


def _check_pickles(path: Path, *, zipped: bool) -> None:
    if zipped:
        # Read as torch will: two readers of archives may differ in what they find.
        data = torch._C.PyTorchFileReader(str(path)).get_record("data.pkl")
        check_pickle(io.BytesIO(data), path)
        return
    with path.open("rb") as file:
        for _ in range(_PICKLES):
            check_pickle(file, path)


def _check_tensor(name: str, tensor: Tensor, size: int, parts: frozenset[int] | None) -> Tensor:
    """Return a tensor without its gradient; refuse one that a file cannot really hold.

    A pickle may ask for any shape over little data. Torch then makes room, up to all memory, and
    leaves in it whatever was there before; or it goes on past the end of the archive's part that
    the numbers are in, when that has not one of the sizes in `parts`.
    """
    plain = tensor.layout == torch.strided and tensor.device.type == "cpu"
    if not plain or tensor.is_quantized:
        raise WeightsError(
            f"expected plain tensors, got {tensor.layout} on {tensor.device} for {name!r}; "
            "save the network's state_dict() before it is quantised or made sparse"
        )
    held = tensor.untyped_storage().nbytes()
    if held and parts is not None and held not in parts:
        raise WeightsError(
            f"expected the numbers of {name!r} in a part of their size, got none of {held:,} bytes "
            "in the file; it is broken or not to be trusted"
        )
    if max(tensor.numel() * tensor.element_size(), held) > size:
        raise WeightsError(
            f"expected tensors no larger than their file of {size:,} bytes, got "
            f"{tuple(tensor.shape)} for {name!r}; the file is broken or not to be trusted"
        )
    return tensor.detach()


def _check_archive(path: Path) -> frozenset[int]:
    """Refuse archives that are not `torch.save`'s, or grow when unpacked; return parts' sizes."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise WeightsError(
            f"expected a whole file of weights, got {path}, an archive that is broken or cut short "
            f"({error}); copy or download it again"
        ) from None
    names = [member.filename for member in members]
    ends = {name.rsplit("/", 1)[-1] for name in names}
    if "constants.pkl" in ends or any("/code/" in name for name in names):
        raise WeightsError(
            f"expected weights, got {path}, a TorchScript archive, which is a program; save the "
            "network's state_dict() from it where you trust it"
        )
    if "model.weights.h5" in ends:
        raise WeightsError(
            f"expected weights, got {path}, a Keras archive; unpack it and give model.weights.h5"
        )
    if "data.pkl" not in ends:
        listed = ", ".join(repr(name)[:60] for name in names[:5]) or "nothing"
        raise WeightsError(
            f"expected a file of torch.save, got {path}, an archive of {listed}; "
            "unpack it and give the file of weights in it"
        )
    twice = len(set(names)) < len(names)
    if twice or any(".." in name.split("/") for name in names):
        what = "are the same twice" if twice else "lead out of it"
        raise WeightsError(
            f"expected a file of torch.save, got {path}, an archive whose parts' names {what}; it "
            "is broken or not to be trusted"
        )
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise WeightsError(
            f"expected a file of torch.save, which compresses nothing, got {path} with compressed "
            "parts; it is broken or not to be trusted"
        )
    if any(m.file_size > PICKLE_LIMIT and m.filename.endswith("/data.pkl") for m in members):
        raise WeightsError(
            f"expected a pickle of at most {PICKLE_LIMIT:,} bytes in {path}, got a larger one; "
            "save the network's state_dict()"
        )
    return frozenset(member.file_size for member in members if "/data/" in member.filename)


def _explain_failure(path: Path, error: Exception) -> str:
    """Return the message about a file; torch's own message offers to run the code in it."""
    text = str(error)
    if "Weights only load failed" in text:
        reason = _REASON.search(text)
        what = shown(reason[1], 100) if reason else "not understood"
        return (
            f"expected tensors only, got {path} that holds something else ({what}), which was not "
            "executed; it is broken, or no file of torch.save"
        )
    kind = type(error).__name__
    first = shown((text.strip() or kind).splitlines()[0], 120)
    return (
        f"expected a whole file of torch.save, got {path} that is broken or cut short "
        f"({kind}: {first}); copy or download it again"
    )
