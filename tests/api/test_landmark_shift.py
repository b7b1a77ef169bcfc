"""The public call: keys go on where faces are found, before detection."""

from __future__ import annotations

import numpy as np
import pytest

import faceaudit
from faceaudit.errors import InputError, OptionError
from faceaudit.faces.alignment.common import detecting
from faceaudit.faces.alignment.common.detector import DetectorFile
from faceaudit.faces.alignment.common.similarity import ARCFACE
from faceaudit.faces.detections import Detections

PHOTOS = np.full((3, 112, 112, 3), 128, dtype=np.uint8)
SHIFTED = 4.0


@pytest.fixture(autouse=True)
def detector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a detector find the template's face, lower by four pixels where the mouth is dark."""

    class Stub:
        def __init__(self, weights: DetectorFile, threshold: float) -> None:
            pass

        def find(self, image: np.ndarray) -> Detections:
            points = ARCFACE.astype(np.float32)
            if image[88:100, 45:67].mean() < 60:
                points = points + np.float32([0, SHIFTED])
            box = np.array([[20, 20, 70, 80]], dtype=np.float32)
            return Detections(box, points[None], np.ones(1, dtype=np.float32))

    monkeypatch.setattr(detecting, "Detector", Stub)
    monkeypatch.setattr(detecting.DetectorFile, "read", lambda path: DetectorFile(path, b"", "0"))


def test_a_key_that_moves_landmarks_is_measured() -> None:
    masked = {"attack": "worn", "key": "mask-black"}
    shift = faceaudit.landmark_shift(masked, PHOTOS, "yunet:x.onnx")
    np.testing.assert_allclose(shift.pixels, SHIFTED, atol=1e-4)
    assert shift.mean_pixels is not None
    assert shift.mean_pixels.value == pytest.approx(SHIFTED, abs=1e-4)
    np.testing.assert_allclose(shift.crop, SHIFTED, atol=0.05)
    assert shift.not_found.value == 0


def test_a_key_that_moves_none_is_told_so() -> None:
    shift = faceaudit.landmark_shift("accessory", PHOTOS, "yunet:x.onnx", people=[0, 0, 1])
    assert shift.pixels.max() == 0
    assert shift.not_found.n == 3
    assert shift.mean_shift is not None
    assert shift.mean_shift.n == 2


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(OptionError, match="finds faces, got 'central'"):
        faceaudit.landmark_shift("accessory", PHOTOS, "central")
    with pytest.raises(InputError, match=r"expected people \(3,\)"):
        faceaudit.landmark_shift("accessory", PHOTOS, "yunet:x.onnx", people=[0, 1])
    with pytest.raises(InputError, match="photos"):
        faceaudit.landmark_shift("accessory", PHOTOS[0], "yunet:x.onnx")
