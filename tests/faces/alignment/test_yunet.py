"""The face that is taken, and none at all; then YuNet itself, on photos."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from faceaudit.errors import OptionError, PhotoError, SourceError, WeightsError
from faceaudit.faces.alignment import Align, aligners
from faceaudit.faces.alignment.common import detecting
from faceaudit.faces.alignment.common.detector import Detector, DetectorFile
from faceaudit.faces.alignment.common.similarity import ARCFACE, template
from faceaudit.faces.crop import fit
from faceaudit.faces.detections import Detections
from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.types import FaceSet
from faces.synthetic.mobilefacenet import Finder
from faces.synthetic.mobilefacenet import align as oracle

YUNET = "weights/yunet_n_dynamic.onnx"
PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8))


def faces_at(
    *boxes: tuple[float, float, float, float], score: tuple[float, ...] = ()
) -> Detections:
    """Return faces of the template's proportions in boxes (left, top, side, side)."""
    found = np.array(boxes, dtype=np.float32).reshape(-1, 4)
    points = np.stack([ARCFACE / 112 * side + [x, y] for x, y, side, _ in found] or [ARCFACE])
    return Detections(
        found, points[: len(found)].astype(np.float32), np.array(score or [0.9] * len(found))
    )


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch):
    """Let a detector without a network find what is put in here."""
    here: list[Detections] = []

    class Stub:
        def __init__(self, weights: DetectorFile, threshold: float) -> None:
            pass

        def find(self, image: np.ndarray) -> Detections:
            return here[0]

    monkeypatch.setattr(detecting, "Detector", Stub)
    monkeypatch.setattr(detecting.DetectorFile, "read", lambda path: DetectorFile(path, b"", "0"))
    return here


def yunet(weights: object = "x.onnx", **options: object) -> Align:
    return aligners.build({"align": "yunet", "weights": str(weights), **options})


THREE = faces_at((10, 10, 120, 120), (150, 100, 90, 90), (330, 240, 50, 50), score=(0.7, 0.8, 0.99))


@pytest.mark.parametrize(
    ("several", "which"), [("largest", 0), ("central", 1), ("most certain", 2)]
)
def test_one_of_several_faces_is_taken_and_noted(stub, several, which):
    stub.append(THREE)
    framed = yunet(several=several).frame(PHOTO, 1.0, (112, 112))
    assert framed.note == f"of 3 faces the {several} one was taken"
    expected = oracle(np.asarray(PHOTO), THREE.landmarks[which])
    assert np.abs(framed.pixels.astype(int) - expected).max() <= 1
    np.testing.assert_allclose(framed.landmarks, ARCFACE, atol=1e-3)
    assert framed.landmarks.dtype == np.float32


def test_a_photo_of_several_people_can_be_left_out(stub):
    stub.append(THREE)
    with pytest.raises(PhotoError, match="expected one face, got 3"):
        yunet(several="leave out").frame(PHOTO, 1.0, (112, 112))


def test_one_face_needs_no_note(stub):
    stub.append(faces_at((150, 100, 90, 90)))
    assert yunet(several="leave out").frame(PHOTO, 1.0, (112, 96)).note == ""


def test_no_face(stub):
    stub.append(faces_at())
    with pytest.raises(PhotoError, match=r"expected a face, got none with a score of 0.7 or more"):
        yunet(threshold=0.7).frame(PHOTO, 1.0, (112, 112))
    with pytest.raises(SourceError, match="lower threshold, or set no_face"):
        yunet(no_face="fail").frame(PHOTO, 1.0, (112, 112))
    framed = yunet(no_face="crop").frame(PHOTO, 0.5, (60, 50))
    np.testing.assert_array_equal(framed.pixels, fit(PHOTO, 0.5, (60, 50)))
    assert framed.landmarks is None
    assert framed.note == "no face was found, the crop was kept; where its eyes are is unknown"


def test_landmarks_that_are_no_face_leave_the_photo_out(stub):
    point = faces_at((0, 0, 0, 0))
    stub.append(point)
    for align in (yunet(), aligners.build({"align": "deepface", "weights": "x"})):
        with pytest.raises(PhotoError, match="expected landmarks"):
            align.frame(PHOTO, 1.0, (112, 112))


def test_a_photo_too_long_for_opencv_is_left_out(stub):
    stub.append(faces_at((10, 2, 90, 90)))
    strip = Image.new("RGB", (40_000, 100))
    with pytest.raises(PhotoError, match="40000 x 100 pixels, which OpenCV refuses"):
        aligners.build({"align": "deepface", "weights": "x"}).frame(strip, 1.0, (112, 112))


@pytest.mark.parametrize("mode", ["2d", "3d"])
def test_deepface_frames_at_its_own_size(stub, mode):
    stub.append(faces_at((150, 100, 90, 90)))
    align = aligners.build({"align": "deepface", "weights": "x", "mode": mode})
    framed = align.frame(PHOTO, 1.0, (152, 152))
    assert framed.pixels.shape == (152, 152, 3)
    assert np.abs(framed.landmarks - template((152, 152))).max() < 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 2}, "threshold"),
        ({"several": "all"}, "several"),
        ({"no_face": "guess"}, "no_face"),
        ({"weights": ""}, "weights"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        yunet(**options)


def another_network() -> bytes:
    shape = [1, 3, "h", "w"]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@pytest.mark.parametrize("data", [b"", b"not a network" * 50, another_network()])
def test_a_file_that_is_not_yunet_is_an_error_before_any_photo(tmp_path, data):
    file = tmp_path / "weights.onnx"
    file.write_bytes(data)
    with pytest.raises(WeightsError, match=r"expected (the|an) ONNX file.*got .* of OpenCV's zoo"):
        yunet(file).key()


def test_a_file_that_is_not_there_is_an_error_before_any_photo(tmp_path, monkeypatch):
    with pytest.raises(WeightsError, match=r"got .*/nowhere.onnx' \(.*No such file.*YuNet's"):
        yunet(tmp_path / "nowhere.onnx").key()
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(WeightsError, match="environment variable NOT_SET to be set"):
        yunet("${NOT_SET}/yunet.onnx").key()


# From here on with the network.


@pytest.fixture(scope="session")
def weights(real_data: Path) -> Path:
    return real_data / YUNET


@pytest.mark.realdata
def test_the_key_holds_the_content_and_not_the_place(weights, tmp_path, monkeypatch):
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(weights.read_bytes())
    monkeypatch.setenv("HERE", str(tmp_path))
    key = yunet(weights).key()
    assert hashlib.sha256(copy.read_bytes()).hexdigest() in str(key)
    assert key == yunet(copy).key() == yunet("${HERE}/copy.onnx").key()
    others = [yunet(copy, threshold=0.7), yunet(copy, several="largest")]
    others.append(aligners.build({"align": "deepface", "weights": str(copy)}))
    assert key not in [other.key() for other in others]


@pytest.mark.realdata
def test_using_an_aligner_does_not_change_what_it_is(weights):
    used, fresh = yunet(weights), yunet(weights)
    used.frame(PHOTO, 1.0, (8, 8)) if used.no_face == "crop" else used.key()
    assert used == fresh
    assert used.spec().build() == fresh
    assert used.spec().as_json() == fresh.spec().as_json()


def lfw_photos(real_data: Path, count: int) -> list[Path]:
    folders = sorted((real_data / "lfw" / "images").iterdir())
    return [next(folder.glob("*_0001.jpg")) for folder in folders[:: len(folders) // count]]


@pytest.mark.realdata
def test_real_faces_come_out_as_an_independent_alignment_has_them(real_data, weights):
    """One face: the same as YuNet's own landmarks and a linear solve give."""
    finder, align, compared = Finder(real_data / "weights"), yunet(weights), 0
    for path in lfw_photos(real_data, 40):
        image = Image.open(path)
        framed = align.frame(image, 1.0, (112, 112))
        if framed.note:
            continue
        compared += 1
        expected = oracle(np.asarray(image), finder(np.asarray(image)))
        assert np.abs(framed.pixels.astype(int) - expected).max() <= 1
    assert compared > 20


@pytest.mark.realdata
def test_landmarks_are_in_our_order(real_data, weights):
    points = [
        yunet(weights).frame(Image.open(path), 1.0, (112, 96)).landmarks
        for path in lfw_photos(real_data, 40)
    ]
    # Had YuNet another order, the least squares would not come near the template.
    assert np.abs(np.mean(points, axis=0) - template((112, 96))).max() < 3
    eyes = np.mean(points, axis=0)[:2, 0]
    assert eyes[0] < eyes[1]


@pytest.mark.realdata
@pytest.mark.parametrize("scale", [0.25, 3.0, 8.0])
def test_photos_of_any_scale_come_out_alike(real_data, weights, scale):
    """A thumbnail of 62 pixels and a photo of 2,000 are looked at in scales that suit YuNet."""
    detector, away = Detector(DetectorFile.read(str(weights)), 0.6), []
    for path in lfw_photos(real_data, 12):
        image = Image.open(path)
        side = round(250 * scale)
        other = np.asarray(image.resize((side, side), Image.Resampling.BICUBIC))
        there, again = detector.find(np.asarray(image)), detector.find(other)
        if len(there) == len(again) == 1:
            points = (again.landmarks[0] + 0.5) * 250 / side - 0.5
            away.append(np.linalg.norm(points - there.landmarks[0], axis=1))
    assert len(away) > 6
    # Eyes are some 42 pixels apart; YuNet's own landmarks tremble by 3 when a photo is scaled.
    assert np.median(away) < 5


@pytest.mark.realdata
@pytest.mark.parametrize("size", [(1, 1), (3, 700), (700, 3), (33, 31), (2500, 40)])
def test_odd_sizes_hold_no_face(weights, size):
    with pytest.raises(PhotoError, match="expected a face, got none"):
        yunet(weights).frame(Image.new("RGB", size, "grey"), 1.0, (112, 112))


@pytest.mark.realdata
def test_many_threads_find_the_same(real_data, weights):
    align, images = yunet(weights), [Image.open(p) for p in lfw_photos(real_data, 16)]
    for image in images:
        image.load()
    alone = [align.frame(image, 1.0, (112, 112)).pixels for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda i: align.frame(i, 1.0, (112, 112)).pixels, images))
    np.testing.assert_array_equal(alone, together)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> FaceSet:
    made = Synthetic(people=6, photos=2, sessions=2, glasses=0.0)
    return made.load((112, 112), cache=tmp_path_factory.mktemp("cache")).faces


@pytest.mark.realdata
def test_a_face_that_fills_the_photo_is_found(people, weights):
    """No background is left around synthetic faces; the third look gives them some."""
    align = yunet(weights, threshold=0.5)
    away = []
    for image, points in zip(people.images, people.landmarks, strict=True):
        framed = align.frame(Image.fromarray(image), 1.0, (112, 112))
        away.append(np.abs(framed.pixels.astype(int) - oracle(image, points)).mean())
    assert np.median(away) < 25


@pytest.mark.realdata
def test_a_montage_of_three_gives_the_one_in_the_middle(people, weights):
    montage = np.full((400, 700, 3), 120, dtype=np.uint8)
    places = {0: (20, 20), 4: (150, 290), 8: (260, 560)}
    for row, (top, left) in places.items():
        montage[top : top + 112, left : left + 112] = people.images[row]
    framed = yunet(weights).frame(Image.fromarray(montage), 1.0, (112, 112))
    assert framed.note == "of 3 faces the central one was taken"
    expected = oracle(people.images[4], people.landmarks[4]).astype(int)
    away = [
        np.abs(framed.pixels - oracle(people.images[row], people.landmarks[row]).astype(int)).mean()
        for row in places
    ]
    assert np.argmin(away) == 1
    assert np.abs(framed.pixels - expected).mean() < 25
    with pytest.raises(PhotoError, match="expected one face, got 3"):
        yunet(weights, several="leave out").frame(Image.fromarray(montage), 1.0, (112, 112))


@pytest.mark.realdata
def test_deepface_turns_a_real_photo(real_data, weights):
    image = Image.open(lfw_photos(real_data, 3)[1])
    flat, turned = (
        aligners.build({"align": "deepface", "weights": str(weights), "mode": mode}).frame(
            image, 1.0, (152, 152)
        )
        for mode in ("2d", "3d")
    )
    assert flat.pixels.shape == turned.pixels.shape == (152, 152, 3)
    there = template((152, 152))
    assert np.abs(turned.landmarks - there).mean() < np.abs(flat.landmarks - there).mean() + 1


def test_weights_that_name_another_file_are_refused(tmp_path: Path) -> None:
    """OpenCV would open it."""
    import onnx  # noqa: PLC0415
    from onnx import TensorProto, helper  # noqa: PLC0415

    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ("x", "y")]
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "w"], ["y"])], "g", ports[:1], ports[1:], [tensor]
    )
    path = tmp_path / "yunet.onnx"
    onnx.save(helper.make_model(graph), path)
    with pytest.raises(WeightsError, match="names another file"):
        aligners.build({"align": "yunet", "weights": str(path)}).key()


def test_a_pipe_in_place_of_weights_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WeightsError, match="a pipe or device"):
        aligners.build({"align": "yunet", "weights": str(tmp_path / "pipe")}).key()
