"""Work: faces found by OpenCV with the network of a detector file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np

from faceaudit.files.limited.wire import AnyArray

ROW = 15
"""Numbers of a face: left, top, width, height, five points, score."""

_TRIED = (64, 64)
_LOUD = threading.Lock()


class Work:
    """One detector, which the first request brings and the others ask."""

    def __init__(self) -> None:
        self._network: Any = None

    def answer(
        self, request: dict[str, Any], arrays: list[AnyArray]
    ) -> tuple[dict[str, Any], list[AnyArray]]:
        """Load the detector and try it, or find the faces in a photo."""
        try:
            if "load" in request:
                cv2.setNumThreads(request["threads"])  # limits are for as many as the parent has
                self._network = build(arrays[0].tobytes(), *request["load"])
                find(self._network, np.zeros((*_TRIED, 3), dtype=np.uint8))
                return {}, []
            return {}, [find(self._network, arrays[0])]
        except cv2.error as error:
            raise ValueError(reason(error)) from None


def build(content: bytes, threshold: float, overlap: float, most: int) -> Any:
    """Return the network of YuNet's file.

    Args:
        content: the file.
        threshold: faces with a lower score are not found.
        overlap: of two faces that share more of their area the one with the lower score is not.
        most: faces that are looked at before that.

    Raises:
        cv2.error: OpenCV cannot load it.
    """
    data = np.frombuffer(content, dtype=np.uint8)
    with _silence_opencv():
        return cv2.FaceDetectorYN.create(
            "onnx", data, np.zeros(0, np.uint8), _TRIED, threshold, overlap, most
        )


def find(network: Any, image: AnyArray) -> AnyArray:
    """Return (faces, `ROW`) float32 of an RGB photo (H, W, 3), as OpenCV gives them.

    Raises:
        cv2.error: OpenCV cannot take the photo, or the network is not YuNet's.
    """
    network.setInputSize((image.shape[1], image.shape[0]))
    rows = network.detect(np.ascontiguousarray(image[..., ::-1]))[1]
    if rows is None:
        return np.zeros((0, ROW), dtype=np.float32)
    return np.asarray(rows[np.isfinite(rows).all(axis=1)], dtype=np.float32)


def reason(error: cv2.error) -> str:
    """Return OpenCV's message without the lines of its own source."""
    return " ".join((error.err or str(error)).split())[:120]


@contextmanager
def _silence_opencv() -> Iterator[None]:
    """Keep OpenCV's remarks on its own engine off the terminal while a network is built."""
    with _LOUD:
        log = cv2.utils.logging
        before = log.getLogLevel()
        log.setLogLevel(log.LOG_LEVEL_ERROR)
        try:
            yield
        finally:
            log.setLogLevel(before)
