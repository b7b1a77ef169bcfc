"""Where networks expect a face: the crops of the field, as matrices from a photo to a picture.

Every template is a square. A picture of another shape is that square with its middle kept, as
`similarity.template` does it: 112 x 96 has the square of 112 pixels less 8 on either side.

YuNet gives five landmarks and a box where the crops of dlib and OpenFace were made with 68
landmarks, and those of FaceNet and VGGFace2 with the box of MTCNN. What that costs is said at each.
Pixels are counted as `FaceSet` does: the centre of the top-left pixel is (0, 0).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.faces.alignment.common.similarity import ARCFACE, similarity, square, template
from faceaudit.types import FloatArray

Matrix = npt.NDArray[np.float64]
Size = tuple[int, int]
TemplateName = Literal[
    "arcface", "dlib", "openface", "openface-inner", "facenet", "vggface2", "head"
]
TEMPLATES: tuple[TemplateName, ...] = get_args(TemplateName)

DLIB: Matrix = np.array(
    [
        [0.225492, 0.215990],
        [0.754761, 0.215990],
        [0.490127, 0.515625],
        [0.254149, 0.780233],
        [0.726104, 0.780233],
    ]
)
"""Eyes, nose tip and mouth corners of dlib's mean face in shares of its box.

Points 30, 48 and 54 of the 68 and the means of points 36-41 and 42-47, from the mean face in
`get_face_chip_details` (dlib/image_transforms/interpolation.h; King 2009, Dlib-ml).
"""

DLIB_PADDING = 0.25
"""Around the box of dlib's mean face, in shares of it, in the chips that its ResNet-34 takes."""

OPENFACE: Matrix = np.array(
    [
        [0.277371, 0.167284],
        [0.706148, 0.159000],
        [0.492094, 0.422107],
        [0.307110, 0.641850],
        [0.695414, 0.634143],
    ]
)
"""Eyes, nose tip and mouth corners of OpenFace's mean face in shares of the picture.

The means of points 36-41 and 42-47, points 30, 48 and 54 of MINMAX_TEMPLATE in
openface/align_dlib.py (Amos, Ludwiczuk, Satyanarayanan 2016, CMU-CS-16-118).
"""

FACENET = 138 / 182
"""The box's share of the picture: 182 pixels with a margin of 44 (Schroff, Kalenichenko, Philbin
2015, arXiv 1503.03832, as trained by davidsandberg/facenet)."""

VGGFACE2, VGGFACE2_SHORTER = 1.3, 256 / 224
"""The box is extended by a factor of 0.3, its shorter side scaled to 256 pixels, and the middle
224 x 224 kept (Cao, Shen, Xie, Parkhi, Zisserman 2018, arXiv 1710.08092)."""

HEAD_EYES, HEAD_MOUTH, HEAD_DOWN = 2.0, 1.8, 0.1
"""Half the side of FFHQ's square in distances of the eyes, or from eyes to mouth, the larger one;
and how far below the eyes its middle is (Karras, Laine, Aila 2019, arXiv 1812.04948)."""


def to_template(name: TemplateName, landmarks: FloatArray, box: FloatArray, size: Size) -> Matrix:
    """Return the matrix (2, 3) that brings a face to where a template has it.

    Args:
        name: of the template.
        landmarks: (5, 2) pixels (x, y) of the photo, in the order of `FaceSet.landmarks`.
        box: (4,) left, top, width and height of the face in the photo.
        size: height and width of the picture.

    Raises:
        InputError: landmarks all in one place, or on a line where a template needs a triangle; or
            a box without an extent.
    """
    return _TEMPLATES[name](landmarks.astype(np.float64), box.astype(np.float64), size)


def template_between(name: TemplateName, from_size: Size, to_size: Size) -> Matrix:
    """Return the matrix (2, 3) from a template's picture of one size to that of another.

    >>> template_between("arcface", (112, 112), (112, 96)).round(4).tolist()
    [[1.0, 0.0, -8.0], [0.0, 1.0, 0.0]]
    """
    # Any face will do: where the template has it at either size is known exactly.
    box = np.array([20.0, 20.0, 72.0, 72.0])
    one, other = (_TEMPLATES[name](ARCFACE, box, size) for size in (from_size, to_size))
    return compose(other, invert(one))


def compose(after: Matrix, before: Matrix) -> Matrix:
    """Return the matrix (2, 3) that does what `before` does and then what `after` does."""
    return np.column_stack(
        [after[:, :2] @ before[:, :2], after[:, :2] @ before[:, 2] + after[:, 2]]
    )


def invert(matrix: Matrix) -> Matrix:
    """Return the matrix (2, 3) that undoes another."""
    back = np.linalg.inv(matrix[:, :2])
    return np.column_stack([back, -back @ matrix[:, 2]])


def adjust(matrix: Matrix, size: Size, zoom: float, shift: tuple[float, float]) -> Matrix:
    """Return the matrix (2, 3) that also enlarges a picture about its middle, and then moves it.

    Args:
        matrix: from the photo to the picture.
        size: height and width of the picture.
        zoom: above 1 the face gets larger and the crop tighter.
        shift: by how much the face moves right and down, in shares of the width and the height.
    """
    height, width = size
    middle = (np.array([width, height]) - 1) / 2
    moved = zoom * (matrix[:, 2] - middle) + middle + np.array(shift) * [width, height]
    return np.column_stack([zoom * matrix[:, :2], moved])


def _arcface(landmarks: Matrix, _box: Matrix, size: Size) -> Matrix:
    return _similar(landmarks, template(size))


def _dlib(landmarks: Matrix, _box: Matrix, size: Size) -> Matrix:
    """Go by five of 68 points; edges of pixels are scaled: a share of half is the middle."""
    side, corner = square(size)
    shares = (DLIB + DLIB_PADDING) / (1 + 2 * DLIB_PADDING)
    return _similar(landmarks, shares * side - 0.5 + corner)


def _openface(landmarks: Matrix, _box: Matrix, size: Size) -> Matrix:
    """Go by eyes and nose tip, for the outer corners of the eyes and the base of the nose."""
    return _affine(landmarks[:3], _openface_points(size)[:3])


def _openface_inner(landmarks: Matrix, _box: Matrix, size: Size) -> Matrix:
    """Go by eyes and the middle of the mouth, for inner corners of eyes and the lower lip."""
    points, towards = (
        np.vstack([one[:2], one[3:].mean(axis=0)]) for one in (landmarks, _openface_points(size))
    )
    return _affine(points, towards)


def _openface_points(size: Size) -> Matrix:
    """Return where OpenFace's mean face has the landmarks; it counts pixels, not their edges."""
    side, corner = square(size)
    return OPENFACE * side + corner


def _facenet(_landmarks: Matrix, box: Matrix, size: Size) -> Matrix:
    """Stretch the box to a square and turn nothing; the margin is the same share of any box."""
    side, _ = square(size)
    return _boxed(box, size, FACENET * side / _sides(box))


def _vggface2(_landmarks: Matrix, box: Matrix, size: Size) -> Matrix:
    """Neither stretch nor turn the box."""
    side, _ = square(size)
    scale = VGGFACE2_SHORTER * side / (VGGFACE2 * _sides(box).min())
    return _boxed(box, size, np.array([scale, scale]))


def _head(landmarks: Matrix, _box: Matrix, size: Size) -> Matrix:
    """Cut FFHQ's oriented square: eyes and mouth corners are all that it goes by."""
    z = landmarks[:, 0] + 1j * landmarks[:, 1]
    eyes, across = (z[0] + z[1]) / 2, z[1] - z[0]
    down = (z[3] + z[4]) / 2 - eyes
    to_right = across - 1j * down
    half = max(HEAD_EYES * abs(across), HEAD_MOUTH * abs(down))
    if not abs(to_right) * half > 0:  # also false for what is not a number
        raise InputError("expected eyes above a mouth, got others; leave that photo out")
    side, _ = square(size)
    turn = side / 2 / half * abs(to_right) / to_right
    middle = (size[1] - 1) / 2 + 1j * (size[0] - 1) / 2
    move = middle - turn * (eyes + HEAD_DOWN * down)
    return np.array([[turn.real, -turn.imag, move.real], [turn.imag, turn.real, move.imag]])


def _similar(landmarks: Matrix, towards: Matrix) -> Matrix:
    return np.asarray(similarity(landmarks[None], towards)[0])


def _affine(points: Matrix, towards: Matrix) -> Matrix:
    """Return the matrix that brings three points exactly to three others."""
    known = np.column_stack([points, np.ones(3)])
    if not abs(np.linalg.det(known)) > 1e-9:
        raise InputError(
            "expected landmarks that are finite and not on a line, got others; leave that photo out"
        )
    return np.asarray(np.linalg.solve(known, towards).T)


def _sides(box: Matrix) -> Matrix:
    if not (box[2:] > 0).all():
        raise InputError(
            f"expected a face's box with a width and a height, got {box[2:].tolist()}; leave that "
            "photo out"
        )
    return box[2:]


def _boxed(box: Matrix, size: Size, scale: Matrix) -> Matrix:
    """Return the matrix that brings a box's middle to the picture's, scaled along either axis."""
    middle = (np.array([size[1], size[0]]) - 1) / 2
    move: Any = middle - scale * (box[:2] + box[2:] / 2)
    return np.column_stack([np.diag(scale), move])


_TEMPLATES: dict[str, Callable[[Matrix, Matrix, Size], Matrix]] = {
    "arcface": _arcface,
    "dlib": _dlib,
    "openface": _openface,
    "openface-inner": _openface_inner,
    "facenet": _facenet,
    "vggface2": _vggface2,
    "head": _head,
}
