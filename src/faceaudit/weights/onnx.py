"""Weights of an ONNX file as tensors; its graph is not run."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import WeightsError
from faceaudit.files.onnx import OnnxFile, Port, read_onnx, scales_pixels
from faceaudit.weights.checkpoint_keys import Unwrapped

if TYPE_CHECKING:
    import torch
    from onnx import TensorProto
    from torch import Tensor
else:
    torch = deferred("torch")

_SCALES = {
    True: "done by the graph (it takes RGB 0 to 255)",
    False: "not done by the graph (-1 to 1 is taken to be meant)",
    None: "partly done by the graph (say which with the option preprocessing)",
}


def read_initialisers(path: Path, *, limit: int) -> Unwrapped:
    """Read the named constants of an ONNX graph, and facts about its inputs and outputs.

    Raises:
        WeightsError: as `read_onnx`, or a constant does not have the size that it says.
    """
    file = read_onnx(path, limit=limit)
    tensors: dict[str, Tensor] = {}
    ignored: list[str] = []
    for initialiser in file.model.graph.initializer:
        tensor = _read_tensor(initialiser, path)
        if tensor is None or initialiser.name in tensors:
            ignored.append(f"{initialiser.name} (of a type without a tensor, or named twice)")
        else:
            tensors[initialiser.name] = tensor
    return Unwrapped(tensors, _collect_facts(file), tuple(ignored))


def _collect_facts(file: OnnxFile) -> dict[str, str]:
    facts = {
        "inputs": "; ".join(map(_spelled, file.inputs)),
        "outputs": "; ".join(map(_spelled, file.outputs)),
        "producer": f"{file.model.producer_name} {file.model.producer_version}".strip(),
        "opset": ", ".join(
            str(item.version) for item in file.model.opset_import if not item.domain
        ),
    }
    if len(file.inputs) == 1:
        facts["scaling of pixels"] = _SCALES[scales_pixels(file.model.graph, file.inputs[0].name)]
    return {key: value for key, value in facts.items() if value}


def _spelled(port: Port) -> str:
    if port.shape is None:
        return f"{port.name} {port.type.lower()}"
    axes = ", ".join("?" if axis is None else str(axis) for axis in port.shape)
    return f"{port.name} {port.type.lower()} ({axes})"


def _read_tensor(initialiser: TensorProto, path: Path) -> Tensor | None:
    """Return a constant as a tensor of its own memory; None for types that torch does not have."""
    from onnx import numpy_helper  # noqa: PLC0415 - only this kind of file needs it

    shape = list(initialiser.dims)
    try:
        # A -1 would be filled in, and a product may overflow: neither is what the file says.
        array = np.asarray(numpy_helper.to_array(initialiser))
        if min(shape, default=0) < 0 or array.size != math.prod(shape):
            raise ValueError(f"{array.size} values for shape {tuple(shape)}")
    except (ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
        raise WeightsError(
            f"expected constants of the size they say, got {initialiser.name!r} in {path} "
            f"({error}); copy or download it again"
        ) from None
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16)
    try:
        return torch.from_numpy(array.copy())
    except TypeError:
        return None
