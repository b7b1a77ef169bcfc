"""Where templates bring a face, against what their sources publish, to a fraction of a pixel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from faceaudit.errors import InputError, OptionError
from faceaudit.faces.alignment import aligners
from faceaudit.faces.alignment.common import detecting
from faceaudit.faces.alignment.common.detector import DetectorFile
from faceaudit.faces.alignment.common.similarity import apply, similarity, template
from faceaudit.faces.alignment.common.templates import (
    DLIB,
    OPENFACE,
    TEMPLATES,
    adjust,
    to_template,
)
from faceaudit.faces.detections import Detections

EYES = (range(36, 42), range(42, 48))
TIP, CORNERS = 30, (48, 54)

# dlib's mean face, points 17 to 67, in shares of its box (`get_face_chip_details`).
MEAN_X = [
    0.000213256, 0.0752622, 0.18113, 0.29077, 0.393397, 0.586856, 0.689483, 0.799124, 0.904991,
    0.98004, 0.490127, 0.490127, 0.490127, 0.490127, 0.36688, 0.426036, 0.490127, 0.554217,
    0.613373, 0.121737, 0.187122, 0.265825, 0.334606, 0.260918, 0.182743, 0.645647, 0.714428,
    0.793132, 0.858516, 0.79751, 0.719335, 0.254149, 0.340985, 0.428858, 0.490127, 0.551395,
    0.639268, 0.726104,
]  # fmt: skip
MEAN_Y = [
    0.106454, 0.038915, 0.0187482, 0.0344891, 0.0773906, 0.0773906, 0.0344891, 0.0187482, 0.038915,
    0.106454, 0.203352, 0.307009, 0.409805, 0.515625, 0.587326, 0.609345, 0.628106, 0.609345,
    0.587326, 0.216423, 0.178758, 0.179852, 0.231733, 0.245099, 0.244077, 0.231733, 0.179852,
    0.178758, 0.216423, 0.244077, 0.245099, 0.780233, 0.745405, 0.727388, 0.742578, 0.727388,
    0.745405, 0.780233,
]  # fmt: skip

# dlib's own template of five points: outer and inner corners of the eyes, and the nose's base.
FIVE = np.array(
    [
        [0.8595674595992, 0.2134981538014],
        [0.6460604764104, 0.2289674387677],
        [0.1205750620789, 0.2137274526848],
        [0.3340850613712, 0.2290642403242],
        [0.4901123135679, 0.6277975316475],
    ]
)

# Of OpenFace's 68 points those that the five stand for, and those that bound all of them.
OPENFACE_POINTS = {
    0: (0.0792396913815, 0.339223741112), 16: (0.971193274221, 0.322118743967),
    8: (0.531777802068, 1.06080371126), 24: (0.737466449096, 0.182360984545),
    30: (0.51816430343, 0.553157797772),
    36: (0.252418718401, 0.331052263829), 37: (0.298663015648, 0.302646354002),
    38: (0.355749724218, 0.303020650651), 39: (0.403718978315, 0.33867711083),
    40: (0.352507175597, 0.349987615384), 41: (0.296791759886, 0.350478978225),
    42: (0.631326076346, 0.334136672344), 43: (0.679073381078, 0.29645404267),
    44: (0.73597236153, 0.294721285802), 45: (0.782865376271, 0.321305281656),
    46: (0.740312274764, 0.341849376713), 47: (0.68499850091, 0.343734332172),
    48: (0.353167761422, 0.746189164237), 54: (0.69951672331, 0.739419187253),
}  # fmt: skip


def five_of(points: dict[int, np.ndarray]) -> np.ndarray:
    eyes = [np.mean([points[at] for at in eye], axis=0) for eye in EYES]
    return np.array([*eyes, points[TIP], *(points[at] for at in CORNERS)])


def openface_points() -> dict[int, np.ndarray]:
    found = np.array(list(OPENFACE_POINTS.values()))
    low, high = found.min(axis=0), found.max(axis=0)
    return {at: (np.array(xy) - low) / (high - low) for at, xy in OPENFACE_POINTS.items()}


def turned(points: np.ndarray, scale: float = 1.7, degrees: float = 20.0) -> np.ndarray:
    """Return points somewhere else in a photo: turned, larger and moved."""
    turn = np.exp(1j * np.radians(degrees)) * scale
    z = (points[:, 0] + 1j * points[:, 1]) * turn + (40 + 25j)
    return np.stack([z.real, z.imag], axis=1).astype(np.float32)


def landmarks() -> np.ndarray:
    """Return the landmarks of somebody whose face is no template's."""
    away = np.random.default_rng(3).normal(0, 1.5, (5, 2))
    return turned(template((112, 112)) + away)


BOX = np.array([50.0, 30.0, 90.0, 120.0], dtype=np.float32)


def brought(name: str, points: np.ndarray, size: tuple[int, int], box: np.ndarray = BOX):
    matrix = to_template(name, points, box, size)
    return apply(matrix[None], points[None])[0]


def test_dlibs_points_are_those_of_its_mean_face():
    mean = {17 + at: np.array(xy) for at, xy in enumerate(zip(MEAN_X, MEAN_Y, strict=True))}
    np.testing.assert_allclose(five_of(mean), DLIB, atol=1e-6)
    # The middles between the corners of the eyes, by its own template of five points.
    np.testing.assert_allclose((FIVE[2] + FIVE[3]) / 2, DLIB[0], atol=0.008)
    np.testing.assert_allclose((FIVE[0] + FIVE[1]) / 2, DLIB[1], atol=0.008)


def test_openfaces_points_are_those_of_its_mean_face():
    np.testing.assert_allclose(five_of(openface_points()), OPENFACE, atol=1e-6)


@pytest.mark.parametrize("side", [150, 96, 224])
def test_dlibs_mean_face_lands_where_its_chips_have_it(side):
    """A chip of 150 pixels has a quarter of the box around it; its middle is the box's."""
    points = turned(DLIB * 100)
    found = brought("dlib", points, (side, side))
    np.testing.assert_allclose(found, (DLIB + 0.25) / 1.5 * side - 0.5, atol=1e-3)
    middle = apply(
        to_template("dlib", points, BOX, (side, side))[None], turned(np.array([[50.0, 50.0]]))[None]
    )
    np.testing.assert_allclose(middle[0, 0], [(side - 1) / 2] * 2, atol=1e-3)


@pytest.mark.parametrize(("name", "exact"), [("openface", [0, 1, 2]), ("openface-inner", [0, 1])])
def test_openfaces_three_points_land_exactly_whatever_the_face(name, exact):
    """As `cv2.getAffineTransform` has it, which OpenFace itself calls."""
    there, where = landmarks(), OPENFACE * 96
    found = brought(name, there, (96, 96))
    np.testing.assert_allclose(found[exact], where[exact], atol=1e-3)
    mouth = found[3:].mean(axis=0), where[3:].mean(axis=0)
    assert (np.abs(mouth[0] - mouth[1]).max() < 1e-3) == (name == "openface-inner")
    three = np.vstack([there[:2], there[2] if name == "openface" else there[3:].mean(axis=0)])
    goal = np.vstack([where[:2], where[2] if name == "openface" else mouth[1]])
    expected = cv2.getAffineTransform(three.astype(np.float32), goal.astype(np.float32))
    np.testing.assert_allclose(to_template(name, there, BOX, (96, 96)), expected, atol=1e-3)


def test_facenets_box_has_138_of_182_pixels_and_fills_a_square():
    corners = np.array([BOX[:2], BOX[:2] + BOX[2:]])
    matrix = to_template("facenet", landmarks(), BOX, (182, 182))
    # 22 pixels of margin on either side, counted from the picture's edge at -0.5.
    np.testing.assert_allclose(
        apply(matrix[None], corners[None])[0], [[21.5, 21.5], [159.5, 159.5]]
    )
    smaller = to_template("facenet", landmarks(), BOX, (160, 160))
    np.testing.assert_allclose(smaller[[0, 1], [0, 1]], 160 * 138 / 182 / BOX[2:])


@pytest.mark.parametrize("box", [BOX, BOX[[0, 1, 3, 2]]])
def test_vggface2s_shorter_side_with_its_extension_is_256_of_224_pixels(box):
    matrix = to_template("vggface2", landmarks(), box, (224, 224))
    assert matrix[0, 0] == matrix[1, 1] == pytest.approx(256 / (1.3 * 90))
    middle = (box[:2] + box[2:] / 2)[None, None]
    np.testing.assert_allclose(apply(matrix[None], middle)[0, 0], [111.5, 111.5], atol=1e-4)


def test_the_whole_head_is_ffhqs_square():
    """The corners of the square are found by its recipe with real vectors."""
    points = landmarks().astype(np.float64)
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    across, down = points[1] - points[0], mouth - eyes
    x = across - np.array([-down[1], down[0]])
    x *= max(np.linalg.norm(across) * 2.0, np.linalg.norm(down) * 1.8) / np.linalg.norm(x)
    y, middle = np.array([-x[1], x[0]]), eyes + 0.1 * down
    corners = np.array([middle - x - y, middle + x - y, middle + x + y])
    matrix = to_template("head", landmarks(), BOX, (128, 128))
    expected = [[-0.5, -0.5], [127.5, -0.5], [127.5, 127.5]]
    np.testing.assert_allclose(apply(matrix[None], corners[None])[0], expected, atol=1e-3)


def test_arcface_is_the_similarity_that_it_was():
    there = landmarks()
    for size in ((112, 112), (112, 96), (55, 47)):
        expected = similarity(there[None], template(size))[0]
        np.testing.assert_array_equal(to_template("arcface", there, BOX, size), expected)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_picture_of_another_size_is_the_square_scaled_and_a_narrower_one_its_middle(name):
    there = landmarks()
    at = brought(name, there, (112, 112))
    np.testing.assert_allclose(brought(name, there, (112, 96)), at - [8, 0], atol=1e-3)
    # Edges of pixels scale; OpenFace's own code counts their centres, half a pixel at most.
    near = 0.51 if name.startswith("openface") else 1e-3
    np.testing.assert_allclose(brought(name, there, (224, 224)), 2 * at + 0.5, atol=near)


@pytest.mark.parametrize("name", TEMPLATES)
def test_zoom_and_shift_move_the_face_as_they_say(name):
    size, there = (100, 80), landmarks()
    matrix = to_template(name, there, BOX, size)
    before = apply(matrix[None], there[None])[0]
    after = apply(adjust(matrix, size, 1.5, (0.1, -0.2))[None], there[None])[0]
    middle = np.array([39.5, 49.5])
    np.testing.assert_allclose(after, 1.5 * (before - middle) + middle + [8, -20], atol=1e-3)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> list[Detections]:
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


def yunet(**options: object):
    return aligners.build({"align": "yunet", "weights": "x.onnx", **options})


def one_face(points: np.ndarray, box: np.ndarray = BOX) -> Detections:
    return Detections(box[None], points[None].astype(np.float32), np.ones(1, np.float32))


def dot_at(photo: np.ndarray, x: int, y: int) -> None:
    photo[y - 1 : y + 2, x - 1 : x + 2] = 255


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("more", [{}, {"zoom": 1.25, "shift": [0.05, -0.03]}])
def test_pixels_go_where_the_landmarks_are_said_to_be(stub, name, more):
    """A dot on every landmark of the photo is a dot where the picture's landmarks are."""
    points = np.array([[70, 60], [120, 66], [93, 90], [74, 112], [112, 117]], dtype=np.float32)
    photo = np.zeros((220, 200, 3), dtype=np.uint8)
    for x, y in points.astype(int):
        dot_at(photo, int(x), int(y))
    stub.append(one_face(points))
    framed = yunet(template=name, **more).frame(Image.fromarray(photo), 1.0, (160, 160))
    grey = framed.pixels[..., 0].astype(np.float64)
    for x, y in framed.landmarks:
        left, top = round(float(x)) - 4, round(float(y)) - 4
        near = grey[top : top + 9, left : left + 9]
        rows, columns = np.mgrid[top : top + 9, left : left + 9]
        found = [(near * columns).sum() / near.sum(), (near * rows).sum() / near.sum()]
        np.testing.assert_allclose(found, [x, y], atol=0.15)


@pytest.mark.parametrize("name", TEMPLATES)
def test_outside_of_the_photo_all_is_black(stub, name):
    """The face is in the corner of a white photo: part of every crop lies outside."""
    photo = np.full((200, 200, 3), 255, dtype=np.uint8)
    points = turned(template((112, 112)), scale=0.5, degrees=0) - [55, 40]
    stub.append(one_face(points, np.array([2.0, 2.0, 40.0, 50.0], dtype=np.float32)))
    pixels = yunet(template=name, zoom=0.5).frame(Image.fromarray(photo), 1.0, (112, 112)).pixels
    assert (pixels[:3, :3] == 0).all()
    assert (pixels[-30:, -30:] == 255).all()


@pytest.mark.parametrize("name", ["arcface", "dlib", "openface", "openface-inner", "head"])
def test_landmarks_in_one_place_are_no_face(name):
    with pytest.raises(InputError, match="leave that photo out"):
        to_template(name, np.full((5, 2), 7, dtype=np.float32), BOX, (112, 112))


@pytest.mark.parametrize("name", ["facenet", "vggface2"])
@pytest.mark.parametrize("side", [2, 3])
def test_a_box_without_an_extent_is_no_face(name, side):
    box = BOX.copy()
    box[side] = 0
    with pytest.raises(InputError, match="a width and a height"):
        to_template(name, landmarks(), box, (112, 112))


def test_landmarks_on_a_line_are_no_face_where_a_triangle_is_needed():
    line = np.arange(10, dtype=np.float32).reshape(5, 2)
    for name in ("openface", "openface-inner"):
        with pytest.raises(InputError, match="not on a line"):
            to_template(name, line, BOX, (112, 112))
    assert np.isfinite(to_template("arcface", line, BOX, (112, 112))).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"template": "insightface"}, "template"),
        ({"zoom": 0.24}, "zoom"),
        ({"zoom": 4.01}, "zoom"),
        ({"shift": [1.01, 0]}, "shift"),
        ({"shift": [0]}, "shift"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        yunet(**options)


def test_the_template_is_in_the_key(stub, monkeypatch):
    monkeypatch.setattr(detecting.Detector, "key", lambda self: ["stub"], raising=False)
    given = [{}, {"template": "head"}, {"zoom": 1.1}, {"shift": [0, 0.1]}]
    assert len({str(yunet(**options).key()) for options in given}) == len(given)
