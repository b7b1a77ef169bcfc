"""Work: a graph of an ONNX file, loaded and run by ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime

from faceaudit.files.limited.wire import AnyArray

_FORMAT = "session.load_model_format"


class Work:
    """One graph, which the first request brings and the others run."""

    def __init__(self) -> None:
        self._session: Any = None
        self._wanted = ""

    def answer(
        self, request: dict[str, Any], arrays: list[AnyArray]
    ) -> tuple[dict[str, Any], list[AnyArray]]:
        """Load the graph, or run it on a batch: `{"given", "wanted"}`."""
        if "load" in request:
            self._session = load(arrays[0].tobytes(), request["threads"], request["providers"])
            return {}, []
        (output,) = self._session.run([request["wanted"]], {request["given"]: arrays[0]})
        return {}, [np.asarray(output, dtype=np.float32)]


def load(content: bytes, threads: int, providers: list[str]) -> Any:
    """Return a session of ONNX Runtime; the content is taken for ONNX, whatever it looks like.

    Args:
        content: a model, as protobuf.
        threads: that it runs on.
        providers: of ONNX Runtime, the one to try first in front.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors are raised, not printed as well
    # The first bytes of a file can say that it is in ONNX Runtime's own format, which nobody read.
    options.add_session_config_entry(_FORMAT, "ONNX")
    return onnxruntime.InferenceSession(
        content,
        sess_options=options,
        providers=providers,
        enable_fallback=0,  # it would print, and try the same again
    )
