"""Weights from Keras' HDF5 files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import WeightsError
from faceaudit.files.limited.limits import Limits
from faceaudit.files.limited.process import Declined, LimitedProcess

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")

MAGIC = b"\x89HDF\r\n\x1a\n"
LIMIT = 4 << 30
"""Bytes of all tensors of a file, as float32; the largest of ours, VGG-Face, has 0.6e9."""

INFLATION, SMALL = 64, 1 << 20
"""Weights hardly compress. What is this much larger unpacked was made to fill the memory."""


def read_keras(path: Path, *, limit: int = LIMIT) -> dict[str, Tensor]:
    """Return the tensors of a Keras file as float32 under `<layer>/kernel` and `<layer>/bias`.

    Reads the weights of Keras 2 and before (`.h5`, `.hdf5`), whole models among them, and those of
    Keras 3 (`.weights.h5`), without Keras. Nothing in the file is executed, and nothing is read
    from other files, whatever this one refers to. The tensors are in the order the file gives;
    Keras 3 gives none, there it is that of the names, with the numbers at their ends counted.

    The library that reads HDF5 hangs or crashes on some damaged files. It runs in a process of its
    own, with limits (`faceaudit.files.limited`).

    Args:
        path: the file.
        limit: how many bytes the tensors may take.

    Raises:
        WeightsError: the file is none of these, is damaged, refers to other files, holds something
            else than floats, is too large, or makes the library overstep the limits.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as start:
            magic = start.read(len(MAGIC))
    except OSError as error:
        raise WeightsError(f"expected a Keras file, got {error}; try another path") from error
    if magic != MAGIC:
        raise WeightsError(
            f"expected an HDF5 file of Keras, got {path}, which is none; "
            "unpack it first if it is an archive"
        )
    room = min(limit, INFLATION * size + SMALL)
    limits = Limits.to_read(size, unpacked=room)
    process = LimitedProcess("faceaudit.files.limited.keras_file", path)
    try:
        process.ask({"path": str(path.absolute()), "room": room}, limits)
        return _receive_tensors(process, limits, room, path)
    except Declined as refused:
        raise WeightsError(f"{path}: {refused}") from None
    finally:
        process.close()


def _receive_tensors(
    process: LimitedProcess, limits: Limits, room: int, path: Path
) -> dict[str, Tensor]:
    """Return the tensors that the process reads, within limits that are for all of them."""
    tensors: dict[str, Tensor] = {}
    while True:
        answer, arrays = process.ask({}, limits.less(process.seconds), most=room)
        if answer.get("end"):
            break
        name = str(answer["name"])
        if name in tensors:
            raise WeightsError(
                f"expected each layer's weights once in {path}, got {name!r} twice; models inside "
                "models cannot be read, save the inner one"
            )
        tensors[name] = torch.from_numpy(arrays[0].astype(np.float32, copy=False))
    if not tensors:
        raise WeightsError(f"expected weights in {path}, got none; try another file")
    return tensors
