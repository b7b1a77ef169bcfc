"""PyTorch's files: tensors only, the code in them is never run."""

from __future__ import annotations

import re
import warnings
import zipfile
from pathlib import Path

import torch
from torch import Tensor

from faceaudit.errors import WeightsError
from faceaudit.weights.layout import Unwrapped, unwrap

_CODE = re.compile(r"GLOBAL ([\w.]+)")
_REASON = re.compile(r"WeightsUnpickler error:\s*([^\n]+)")


def read_pytorch(path: Path, *, zipped: bool) -> Unwrapped:
    """Read what `torch.save` wrote, in the zip format or the one before it (until 2020).

    Args:
        path: of the file.
        zipped: whether its first bytes are those of a zip archive.

    Raises:
        WeightsError: it is broken, holds code (which is not run), or no tensors.
    """
    if zipped:
        _check_archive(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch about its own older formats
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except Exception as error:  # noqa: BLE001 - a broken pickle may raise anything
        raise WeightsError(_said(path, error)) from None
    unwrapped = unwrap(content)
    size = path.stat().st_size
    tensors = {name: _checked(name, item, size) for name, item in unwrapped.tensors.items()}
    return Unwrapped(tensors, unwrapped.facts, unwrapped.ignored)


def _checked(name: str, tensor: Tensor, size: int) -> Tensor:
    """Return a tensor without its gradient; refuse what a file cannot really hold.

    A pickle may ask for any shape over little data. Torch then makes room, up to all memory, and
    leaves in it whatever was there before.
    """
    plain = tensor.layout == torch.strided and tensor.device.type == "cpu"
    if not plain or tensor.is_quantized:
        raise WeightsError(
            f"expected plain tensors, got {tensor.layout} on {tensor.device} for {name!r}; "
            "save the network's state_dict() before it is quantised or made sparse"
        )
    if max(tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes()) > size:
        raise WeightsError(
            f"expected tensors no larger than their file of {size:,} bytes, got "
            f"{tuple(tensor.shape)} for {name!r}; the file is broken or not to be trusted"
        )
    return tensor.detach()


def _check_archive(path: Path) -> None:
    """Refuse archives that are not `torch.save`'s, and ones that grow when unpacked."""
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
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise WeightsError(
            f"expected a file of torch.save, which compresses nothing, got {path} with compressed "
            "parts; it is broken or not to be trusted"
        )


def _said(path: Path, error: Exception) -> str:
    """Return what is wrong with a file; torch's own words offer to run the code in it."""
    text = str(error)
    if code := _CODE.search(text):
        return (
            f"expected tensors only, got {path} that holds code ({code[1][:100]}), which was not "
            "executed; save the network's state_dict() from it where you trust it"
        )
    if "Weights only load failed" in text:
        reason = _REASON.search(text)
        return (
            f"expected tensors only, got {path} that holds something else "
            f"({reason[1][:100] if reason else 'not understood'}), which was not executed; it is "
            "broken, or no file of torch.save"
        )
    kind = type(error).__name__
    first = (text.strip() or kind).splitlines()[0][:120]
    return (
        f"expected a whole file of torch.save, got {path} that is broken or cut short "
        f"({kind}: {first}); copy or download it again"
    )
