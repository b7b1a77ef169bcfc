"""What lies around the network of a detector: its looks at a photo, and what it is known by."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.faces.alignment.common.detector import Detector, DetectorFile

FACE = (20, 40, 60, 50)  # left, top, right, bottom
PHOTO = np.zeros((80, 100, 3), dtype=np.uint8)
PHOTO[FACE[1] : FACE[3], FACE[0] : FACE[2]] = 255
LARGE = PHOTO.repeat(20, 0).repeat(20, 1)


class BrightSpot:
    """Stands for the network: in images of a side that it likes it finds what is bright."""

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most
        self.sides: list[int] = []

    def __call__(self, image: np.ndarray) -> np.ndarray:
        self.sides.append(max(image.shape))
        down, across = np.nonzero(image[..., 0] > 127)
        if not len(down) or not self.least <= max(image.shape) <= self.most:
            return np.zeros((0, 15), np.float32)
        left, top = across.min(), down.min()
        box = [left, top, across.max() + 1 - left, down.max() + 1 - top]
        return np.array([[*box, *[across.mean(), down.mean()] * 5, 0.9]], np.float32)


def detector(
    monkeypatch: pytest.MonkeyPatch, network: object, threshold: float = 0.6, sha256: str = "0"
) -> Detector:
    monkeypatch.setattr(Detector, "_open", lambda _: network)
    return Detector(DetectorFile("x.onnx", b"", sha256), threshold)


@pytest.mark.parametrize(
    ("photo", "side", "times"),
    [
        pytest.param(PHOTO, 100, 1, id="first"),
        pytest.param(LARGE, 640, 20, id="first, of a large photo"),
        pytest.param(LARGE, 1280, 20, id="second"),
        pytest.param(PHOTO, 240, 1, id="third, within a border"),
    ],
)
def test_what_any_look_finds_is_where_it_is_in_the_photo(monkeypatch, photo, side, times):
    network = BrightSpot(side, side)
    found = detector(monkeypatch, network).find(photo)
    left, top, right, bottom = (times * edge for edge in FACE)
    pixel = 0.8 * max(1, max(photo.shape) / side)
    np.testing.assert_allclose(found.boxes, [[left, top, right - left, bottom - top]], atol=pixel)
    centre = [(left + right - 1) / 2, (top + bottom - 1) / 2]
    np.testing.assert_allclose(found.landmarks, [[centre] * 5], atol=pixel)
    assert network.sides[-1] == side


def test_a_detector_is_known_by_its_weights_and_its_threshold(monkeypatch):
    network = BrightSpot(0, 0)
    key = detector(monkeypatch, network).key()
    assert key == detector(monkeypatch, network).key()
    assert key != detector(monkeypatch, network, threshold=0.7).key()
    assert key != detector(monkeypatch, network, sha256="1").key()
