"""YuNet: detects the faces in a photo, with five landmarks of each.

Wu, Peng, Yu 2023, YuNet: A Tiny Millisecond-level Face Detector (Machine Intelligence Research,
doi:10.1007/s11633-023-1423-y), run by OpenCV. The weights are a file that the user names.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import PhotoError, WeightsError
from faceaudit.faces.detections import Detections
from faceaudit.files.onnx import read_onnx
from faceaudit.files.paths import expand
from faceaudit.types import FloatArray, ImageArray

if TYPE_CHECKING:
    import cv2
else:
    cv2 = deferred("cv2")

LONGEST = 640
"""Pixels of the longest side that faces are first looked for at; larger photos are scaled down."""

FINE, CLOSE = 1280, 160
"""Longest sides for a second look at small faces, and a third at one that fills the photo."""

LIMIT = 64 * 2**20
"""Bytes that a file of weights may have; YuNet's has a quarter of a million."""

_BORDER = 0.25  # of each side, around the third look: a face needs surroundings to be found
_OVERLAP, _MOST = 0.3, 200
_VERSION = 1
"""Of the detection. Increase it when the same photo and weights may give other landmarks."""


@dataclass(frozen=True)
class DetectorFile:
    """A file of weights, read once, so that what was hashed is what is run.

    Attributes:
        path: where it was, for people to read.
        data: its bytes.
        sha256: their digest.
    """

    path: str
    data: bytes
    sha256: str

    @classmethod
    def read(cls, path: str) -> DetectorFile:
        """Return the weights at `path`, in which `~` and `${NAME}` are filled in.

        OpenCV would follow an ONNX file to others that it names, so it is read and checked first.

        Raises:
            WeightsError: a variable is not set; no file there can be read; or it is no ONNX file
                that holds all its weights.
        """
        try:
            file = read_onnx(expand(path, error=WeightsError), limit=LIMIT)
        except WeightsError as error:
            raise WeightsError(
                f"{error}; YuNet's are in face_detection_yunet_2023mar.onnx of OpenCV's zoo"
            ) from None
        return cls(path, file.content, file.sha256)


class Detector:
    """YuNet with a threshold; one network a thread, as OpenCV's may not be shared.

    Args:
        weights: the network.
        threshold: faces with a lower score are not found.

    Raises:
        WeightsError: the file is not YuNet.
    """

    def __init__(self, weights: DetectorFile, threshold: float) -> None:
        self._weights = weights
        self._threshold = threshold
        self._per_thread = threading.local()
        try:
            self._detect(np.zeros((64, 64, 3), dtype=np.uint8))
        except cv2.error as error:
            raise WeightsError(
                f"expected the ONNX file of YuNet, got {weights.path!r}, which OpenCV cannot run "
                f"as one ({_reason(error)}); try face_detection_yunet_2023mar.onnx of OpenCV's zoo"
            ) from None

    def key(self) -> object:
        """Return a JSON value that changes whenever the same photo may give other landmarks."""
        looks = [LONGEST, FINE, CLOSE, _BORDER, _OVERLAP, _MOST]
        return ["yunet", _VERSION, self._weights.sha256, self._threshold, looks]

    def find(self, image: ImageArray) -> Detections:
        """Return the faces in an RGB photo (H, W, 3).

        They are looked for with the longest side at most `LONGEST` pixels; where none is found, at
        `FINE` if the photo is that large, and then at `CLOSE` within a border of its own edge
        pixels, which finds a face that fills the photo.

        Raises:
            PhotoError: OpenCV cannot take the photo.
        """
        longest = max(image.shape[:2])
        looks = [(min(longest, LONGEST), 0.0)]
        if longest > LONGEST:
            looks.append((min(longest, FINE), 0.0))
        looks.append((CLOSE, _BORDER))
        try:
            for side, border in looks:
                faces = self._detect_at_scale(image, side / longest, border)
                if len(faces):
                    break
        except cv2.error as error:
            raise PhotoError(
                "expected a photo in which faces can be looked for, got one of "
                f"{image.shape[1]} x {image.shape[0]} pixels that OpenCV refuses ({_reason(error)})"
            ) from None
        return faces

    def _detect_at_scale(self, image: ImageArray, scale: float, border: float) -> Detections:
        height, width = image.shape[:2]
        size = max(1, round(width * scale)), max(1, round(height * scale))
        scaled = image
        if size != (width, height):
            method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            scaled = np.asarray(cv2.resize(image, size, interpolation=method), dtype=np.uint8)
        margin = round(border * max(size))
        if margin:
            edges = (margin, margin, margin, margin)
            scaled = np.asarray(
                cv2.copyMakeBorder(scaled, *edges, cv2.BORDER_REPLICATE), dtype=np.uint8
            )
        rows = self._detect(scaled)
        back = np.array([width / size[0], height / size[1]], dtype=np.float32)
        # Pixels' centres: half a pixel is taken off before the scale and put back after it.
        points = (rows[:, 4:14].reshape(-1, 5, 2) - margin + 0.5) * back - 0.5
        corner = (rows[:, :2] - margin + 0.5) * back - 0.5
        boxes = np.concatenate([corner, rows[:, 2:4] * back], axis=1)
        return Detections(
            boxes.astype(np.float32), points.astype(np.float32), rows[:, 14].astype(np.float32)
        )

    def _detect(self, image: ImageArray) -> FloatArray:
        """Return one row of 15 a face, as OpenCV gives them."""
        network = getattr(self._per_thread, "network", None)
        if network is None:
            network = self._per_thread.network = self._build_network()
        network.setInputSize((image.shape[1], image.shape[0]))
        rows = network.detect(np.ascontiguousarray(image[..., ::-1]))[1]
        if rows is None:
            return np.zeros((0, 15), dtype=np.float32)
        return np.asarray(rows[np.isfinite(rows).all(axis=1)], dtype=np.float32)

    def _build_network(self) -> Any:
        data = np.frombuffer(self._weights.data, dtype=np.uint8)
        with _silence_opencv():
            return cv2.FaceDetectorYN.create(
                "onnx", data, np.zeros(0, np.uint8), (64, 64), self._threshold, _OVERLAP, _MOST
            )


def _reason(error: cv2.error) -> str:
    """Return OpenCV's message without the lines of its own source."""
    return " ".join((error.err or str(error)).split())[:120]


_LOUD = threading.Lock()


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
