"""ONNX Runtime: graphs of ONNX files, loaded and run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import WeightsError
from faceaudit.files.onnx import OnnxFile, Port

if TYPE_CHECKING:
    import onnxruntime
    import torch
else:
    onnxruntime = deferred("onnxruntime")
    torch = deferred("torch")

FLOATS = {"FLOAT": np.float32, "FLOAT16": np.float16}
"""Types of input that can be fed, by ONNX's names."""


class Runtime:
    """A graph loaded by ONNX Runtime, once for each kind of device it is asked for.

    Args:
        file: of the graph.
        given: the input that is fed, of a type in `FLOATS`.
        wanted: the output that is returned.

    Raises:
        WeightsError: ONNX Runtime does not take the graph.
    """

    def __init__(self, file: OnnxFile, given: Port, wanted: Port) -> None:
        self._file = file
        self._given = given
        self._wanted = wanted
        self._sessions: dict[str, Any] = {"cpu": self._session("CPUExecutionProvider")}

    def __deepcopy__(self, memo: object) -> Self:
        del memo  # a session holds no state between calls, so copies of a network share it
        return self

    def run(self, images: np.ndarray[Any, Any], device: str) -> np.ndarray[Any, Any]:
        """Return the output for one batch, float32."""
        images = images.astype(FLOATS[self._given.type], copy=False)
        feed, wanted = {self._given.name: images}, [self._wanted.name]
        try:
            (output,) = self._choose_session(device).run(wanted, feed)
        except _failures() as error:
            raise WeightsError(
                f"expected {self._file.path} to run on {images.shape}, got {_first_line(error)}; "
                "check the options input_size and output, or export it again"
            ) from None
        return np.asarray(output, dtype=np.float32)

    def _choose_session(self, device: str) -> Any:
        provider = "CUDAExecutionProvider"
        if device != "cuda" or provider not in onnxruntime.get_available_providers():
            return self._sessions["cpu"]
        if device not in self._sessions:
            self._sessions[device] = self._session(provider, "CPUExecutionProvider")
        return self._sessions[device]

    def _session(self, *providers: str) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # errors are raised, not printed as well
        try:
            return onnxruntime.InferenceSession(
                self._file.content,
                sess_options=options,
                providers=list(providers),
                enable_fallback=0,  # it would print, and try the same again
            )
        except _failures() as error:
            raise WeightsError(
                f"expected an ONNX file that ONNX Runtime can run, got {self._file.path} "
                f"({_first_line(error)}); copy or export it again"
            ) from None


def _failures() -> tuple[type[Exception], ...]:
    """Return the exceptions of ONNX Runtime, whose classes have no common base."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # noqa: PLC0415

    own = [kind for kind in vars(state).values() if isinstance(kind, type)]
    listed = [kind for kind in own if issubclass(kind, Exception)]
    return (*listed, RuntimeError, ValueError, TypeError, IndexError, MemoryError)


def _first_line(error: Exception) -> str:
    line = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    return line if line.isprintable() else ascii(line)  # it may hold names from the file
