"""ONNX Runtime: graphs of ONNX files, loaded and run in processes of their own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import WeightsError
from faceaudit.files.limited.limits import Limits
from faceaudit.files.limited.process import Declined, LimitedProcess
from faceaudit.files.onnx import OnnxFile, Port

if TYPE_CHECKING:
    import torch
else:
    torch = deferred("torch")

FLOATS = {"FLOAT": np.float32, "FLOAT16": np.float16}
"""Types of input that can be fed, by ONNX's names."""

_CUDA, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


class Runtime:
    """A graph loaded by ONNX Runtime, once for each kind of device it is asked for.

    Each is a process of its own with limits (`faceaudit.files.limited`), which ends with this
    object.

    Args:
        file: of the graph.
        given: the input that is fed, of a type in `FLOATS`.
        wanted: the output that is returned.

    Raises:
        WeightsError: ONNX Runtime does not take the graph, or it oversteps the limits.
    """

    def __init__(self, file: OnnxFile, given: Port, wanted: Port) -> None:
        self._path, self._size = file.path, file.size
        self._content: bytes | None = file.serialise()
        self._given = given
        self._wanted = wanted
        self._threads = torch.get_num_threads()
        self._sessions: dict[str, LimitedProcess] = {"cpu": self._load(_CPU)}
        if not torch.cuda.is_available():
            self._content = None  # nothing else will load it

    def __deepcopy__(self, memo: object) -> Self:
        del memo  # a session holds no state between calls, so copies of a network share it
        return self

    def run(self, images: np.ndarray[Any, Any], device: str) -> np.ndarray[Any, Any]:
        """Return the output for one batch, float32.

        Raises:
            WeightsError: the graph fails on such a batch, or oversteps the limits.
        """
        images = images.astype(FLOATS[self._given.type], copy=False)
        pixels = math.prod(images.shape[1:]) // 3
        limits = Limits.to_run(self._size, len(images), pixels, threads=self._threads)
        request = {"given": self._given.name, "wanted": self._wanted.name}
        try:
            _, (output,) = self._choose_session(device).ask(request, limits, shared=images)
        except Declined as error:
            raise WeightsError(
                f"expected {self._path} to run on {images.shape}, got {error}; "
                "check the options input_size and output, or export it again"
            ) from None
        return output

    def _choose_session(self, device: str) -> LimitedProcess:
        if device != "cuda" or not _has_cuda():
            return self._sessions["cpu"]
        if device not in self._sessions:
            self._sessions[device] = self._load(_CUDA, _CPU)
        return self._sessions[device]

    def _load(self, *providers: str) -> LimitedProcess:
        assert self._content is not None
        process = LimitedProcess(
            "faceaudit.files.limited.onnx_session",
            self._path,
            threads=self._threads,
            devices=_CUDA in providers,
        )
        request = {"load": True, "threads": self._threads, "providers": list(providers)}
        limits = Limits.to_read(self._size, threads=self._threads)
        try:
            process.ask(request, limits, parts=[self._content])
        except Declined as error:
            raise WeightsError(
                f"expected an ONNX file that ONNX Runtime can run, got {self._path} "
                f"({error}); copy or export it again"
            ) from None
        return process


def _has_cuda() -> bool:
    import onnxruntime  # noqa: PLC0415 - only where there is a GPU

    return _CUDA in onnxruntime.get_available_providers()
