"""Detector files that make OpenCV end the process that it is in, and sound ones kept apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from faceaudit.errors import WeightsError
from faceaudit.faces.alignment.common import detector as detectors
from faceaudit.faces.alignment.common.detector import Detector, DetectorFile

RNG = np.random.default_rng(0)


def detector_of(path: Path) -> Detector:
    return Detector(DetectorFile.read(str(path)), 0.6)


OUTPUTS = [f"{kind}_{step}" for kind in ("cls", "obj", "bbox", "kps") for step in (8, 16, 32)]


def saved(path: Path, weights: str) -> Path:
    """Write a detector of YuNet's shape, whose second convolution is by `weights`."""
    nodes = [
        helper.make_node("Conv", ["input", "w"], ["a"], kernel_shape=[3, 3]),
        helper.make_node("Conv", ["a", weights, "bias"], ["b"], kernel_shape=[1, 1]),
        *(helper.make_node("Identity", ["b"], [name]) for name in OUTPUTS),
    ]
    constants = {"w": (4, 3, 3, 3), "point": (4, 4, 1, 1), "bias": (4,)}
    graph = helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, "H", "W"])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "N", 1]) for name in OUTPUTS],
        [numpy_helper.from_array(np.zeros(s, np.float32), name) for name, s in constants.items()],
    )
    onnx.save(helper.make_model(graph, ir_version=8), path)
    return path


def test_a_file_that_ends_the_process_costs_a_line(tmp_path: Path) -> None:
    """A convolution by weights that are not there divides by zero in OpenCV 5."""
    sound = detector_of(saved(tmp_path / "sound.onnx", "point"))
    assert not len(sound.find(np.zeros((50, 60, 3), np.uint8)))
    with pytest.raises(WeightsError) as raised:
        detector_of(saved(tmp_path / "detector.onnx", "gone"))
    assert str(raised.value).startswith("expected a model that stays within limits, got ")
    assert "(ended by signal SIG" in str(raised.value)


@pytest.mark.realdata
def test_damaged_detectors_are_refused_or_find_something(real_data: Path, tmp_path: Path) -> None:
    content = (real_data / "weights" / "yunet_n_dynamic.onnx").read_bytes()
    # Found by chance: they end the process with SIGFPE.
    for damage in ({10969: 123, 55379: 52}, {7087: 12, 48972: 6}):
        damaged = bytearray(content)
        for place, byte in damage.items():
            damaged[place] = byte
        path = tmp_path / "damaged.onnx"
        path.write_bytes(damaged)
        with pytest.raises(WeightsError, match=r"ended by signal SIG"):
            detector_of(path)


@pytest.mark.realdata
def test_apart_the_same_faces_are_found(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image  # noqa: PLC0415

    path = real_data / "weights" / "yunet_n_dynamic.onnx"
    here = detector_of(path)
    monkeypatch.setattr(detectors, "KNOWN", frozenset())
    apart = detector_of(path)
    assert here.key() == apart.key()
    assert here._finder.__self__.__class__ is not apart._finder.__self__.__class__
    photos = sorted((real_data / "lfw").rglob("*.jpg"))[:6]
    found = 0
    for photo in photos:
        image = np.asarray(Image.open(photo).convert("RGB"))
        ours, theirs = here.find(image), apart.find(image)
        for name in ("boxes", "landmarks", "score"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), strict=True)
        found += len(ours)
    assert found
    noise = RNG.integers(0, 256, (90, 1400, 3), dtype=np.uint8)
    np.testing.assert_array_equal(here.find(noise).boxes, apart.find(noise).boxes)
