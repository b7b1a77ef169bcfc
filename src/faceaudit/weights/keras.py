"""Weights from Keras' HDF5 files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import WeightsError

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")

MAGIC = b"\x89HDF\r\n\x1a\n"
LIMIT = 4 << 30
"""Bytes of all tensors of a file, as float32; the largest of ours, VGG-Face, has 0.6e9."""

LINE = 1 << 16
SECONDS = 20.0
BYTES_PER_SECOND = 10e6
"""Time limit of reading: some seconds, and more for a large file on a slow disk."""

READER = Path(__file__).with_name("keras_file.py")


def read_keras(path: Path, *, limit: int = LIMIT, seconds: float = SECONDS) -> dict[str, Tensor]:
    """Return the tensors of a Keras file as float32 under `<layer>/kernel` and `<layer>/bias`.

    Reads the weights of Keras 2 and before (`.h5`, `.hdf5`), whole models among them, and those of
    Keras 3 (`.weights.h5`), without Keras. Nothing in the file is executed, and nothing is read
    from other files, whatever this one refers to. The tensors are in the order the file gives;
    Keras 3 gives none, there it is that of the names, with the numbers at their ends counted.

    The library that reads HDF5 hangs or crashes on some damaged files. It runs in a process of its
    own, with limits on its memory and time; that is not a sandbox.

    Args:
        path: the file.
        limit: how many bytes the tensors may take.
        seconds: how long reading may take, beside what a slow disk needs.

    Raises:
        WeightsError: the file is none of these, is damaged, refers to other files, holds something
            else than floats, or is too large.
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
    with _start_reader(path, size, limit, seconds + size / BYTES_PER_SECOND) as output:
        return _receive_tensors(output, path)


@contextmanager
def _start_reader(path: Path, size: int, limit: int, seconds: float) -> Iterator[IO[bytes]]:
    """Start the reader process and yield its output; it is always terminated."""
    # HDF5 looks for plugins in the folders that its variables name; each thread takes memory.
    environment = {name: v for name, v in os.environ.items() if not name.startswith("HDF5_")}
    environment["OPENBLAS_NUM_THREADS"] = "1"
    with subprocess.Popen(  # noqa: S603 - our own file, run by our own interpreter
        [sys.executable, "-P", str(READER), str(path.absolute()), str(size), str(limit)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        timer = Timer(seconds, process.kill)
        timer.start()
        try:
            assert process.stdout is not None
            yield process.stdout
        finally:
            timer.cancel()
            process.kill()


def _receive_tensors(output: IO[bytes], path: Path) -> dict[str, Tensor]:
    """Return the tensors that the process wrote."""
    tensors: dict[str, Tensor] = {}
    message = _message(output, path)
    while "name" in message:
        name, shape = str(message["name"]), tuple(int(edge) for edge in message["shape"])
        if name in tensors:
            raise WeightsError(
                f"expected each layer's weights once in {path}, got {name!r} twice; models inside "
                "models cannot be read, save the inner one"
            )
        values = np.empty(shape, "<f4")
        # As bytes, which for no numbers at all cannot be had by a cast.
        if values.size and output.readinto(values.reshape(-1).view(np.uint8)) != values.nbytes:  # type: ignore[attr-defined]
            raise _broken(path)
        tensors[name] = torch.from_numpy(values.astype(np.float32, copy=False))
        message = _message(output, path)
    if "error" in message:
        raise WeightsError(f"{path}: {message['error']}")
    if not tensors:
        raise WeightsError(f"expected weights in {path}, got none; try another file")
    return tensors


def _message(output: IO[bytes], path: Path) -> dict[str, Any]:
    line = output.readline(LINE)
    if not line.endswith(b"\n"):
        raise _broken(path)
    try:
        message: dict[str, Any] = json.loads(line)
    except ValueError:
        raise _broken(path) from None
    return message


def _broken(path: Path) -> WeightsError:
    return WeightsError(
        f"expected a whole HDF5 file of Keras, got {path}, on which the HDF5 library crashed or "
        "hung; try to download it again, and do not trust it"
    )
