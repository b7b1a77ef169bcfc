"""YuNet: detects the faces in a photo, with five landmarks of each.

Wu, Peng, Yu 2023, YuNet: A Tiny Millisecond-level Face Detector (Machine Intelligence Research,
doi:10.1007/s11633-023-1423-y), run by OpenCV. The weights are a file that the user names.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import PhotoError, WeightsError
from faceaudit.faces.detections import Detections
from faceaudit.files.limited.limits import Limits
from faceaudit.files.limited.process import Declined, LimitedProcess
from faceaudit.files.onnx import read_onnx
from faceaudit.files.paths import expand
from faceaudit.types import FloatArray, ImageArray

if TYPE_CHECKING:
    import cv2

    from faceaudit.files.limited import face_finder
else:
    cv2 = deferred("cv2")
    face_finder = deferred("faceaudit.files.limited.face_finder")

Finder: TypeAlias = Callable[[ImageArray], FloatArray]
"""Finds the faces in an RGB photo: one row of 15 numbers each, as OpenCV gives them."""

LONGEST = 640
"""Pixels of the longest side that faces are first looked for at; larger photos are scaled down."""

FINE, CLOSE = 1280, 160
"""Longest sides for a second look at small faces, and a third at one that fills the photo."""

LIMIT = 64 * 2**20
"""Bytes that a file of weights may have; YuNet's has a quarter of a million."""

KNOWN: Final = frozenset(
    {
        "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
        "104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12",
    }
)
"""Digests of YuNet's own files: face_detection_yunet_2023mar.onnx and yunet_n_dynamic.onnx."""

_BORDER = 0.25  # of each side, around the third look: a face needs surroundings to be found
_OVERLAP, _MOST = 0.3, 200
_VERSION = 1
"""Of the detection. Increase it when the same photo and weights may give other landmarks."""


@dataclass(frozen=True)
class DetectorFile:
    """A file of weights, read once, so that what was hashed and checked is what is run.

    Attributes:
        path: where it was, for people to read.
        data: the network in it, as it was checked, to run.
        sha256: digest of the file.
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
        return cls(path, file.serialise(), file.sha256)


class Detector:
    """YuNet with a threshold.

    Some damaged files make OpenCV end the process that it is in. So files that are not `KNOWN` run
    in a process of their own, with limits (`faceaudit.files.limited`), to the same bits; photos are
    then looked at one after another, where else each thread has a network.

    Args:
        weights: the network.
        threshold: faces with a lower score are not found.

    Raises:
        WeightsError: the file is not YuNet, or oversteps the limits.
    """

    def __init__(self, weights: DetectorFile, threshold: float) -> None:
        self._weights = weights
        self._threshold = threshold
        try:
            self._finder = self._open()
        except (cv2.error, Declined) as error:
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
            WeightsError: the file oversteps the limits.
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
        except (cv2.error, Declined) as error:
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
        rows = self._finder(scaled)
        back = np.array([width / size[0], height / size[1]], dtype=np.float32)
        # Pixels' centres: half a pixel is taken off before the scale and put back after it.
        points = (rows[:, 4:14].reshape(-1, 5, 2) - margin + 0.5) * back - 0.5
        corner = (rows[:, :2] - margin + 0.5) * back - 0.5
        boxes = np.concatenate([corner, rows[:, 2:4] * back], axis=1)
        return Detections(
            boxes.astype(np.float32), points.astype(np.float32), rows[:, 14].astype(np.float32)
        )

    def _open(self) -> Finder:
        """Return what finds faces, once it was tried."""
        if self._weights.sha256 not in KNOWN:
            return _FinderApart(self._weights, self._threshold).find
        finder = _FinderHere(self._weights, self._threshold).find
        finder(np.zeros((64, 64, 3), dtype=np.uint8))
        return finder


class _FinderHere:
    """YuNet in this process; one network a thread, as OpenCV's may not be shared."""

    def __init__(self, weights: DetectorFile, threshold: float) -> None:
        self._data = weights.data
        self._threshold = threshold
        self._per_thread = threading.local()

    def find(self, image: ImageArray) -> FloatArray:
        network = getattr(self._per_thread, "network", None)
        if network is None:
            network = face_finder.build(self._data, self._threshold, _OVERLAP, _MOST)
            self._per_thread.network = network
        return face_finder.find(network, image)


class _FinderApart:
    """YuNet, or what calls itself so, in a process of its own."""

    def __init__(self, weights: DetectorFile, threshold: float) -> None:
        self._size = len(weights.data)
        self._threads = cv2.getNumThreads()
        self._process = LimitedProcess(
            "faceaudit.files.limited.face_finder", weights.path, threads=self._threads
        )
        limits = Limits.to_read(self._size, threads=self._threads)
        request = {"load": [threshold, _OVERLAP, _MOST], "threads": self._threads}
        self._process.ask(request, limits, parts=[weights.data])

    def find(self, image: ImageArray) -> FloatArray:
        pixels = image.shape[0] * image.shape[1]
        limits = Limits.to_run(self._size, 1, pixels, threads=self._threads)
        _, (rows,) = self._process.ask({}, limits, shared=image)
        return rows


def _reason(error: Exception) -> str:
    return face_finder.reason(error) if isinstance(error, cv2.error) else str(error)
