"""Keys that are put on photos before faces are looked for, and after."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from audit.inversion.stubs import Ready, network
from faceaudit.attacks.backdoor.keys import Accessory
from faceaudit.attacks.enrolment import WornKey
from faceaudit.audit.common.capture import capture, detects, eyes_on
from faceaudit.audit.common.embedded import EmbeddedFaces
from faceaudit.audit.common.systems import NetworkPlan
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import SourceError
from faceaudit.faces.alignment.common.detecting import DetectingAligner
from faceaudit.faces.alignment.common.similarity import template
from faceaudit.faces.detections import Detections
from faceaudit.faces.sources.folder import Folder
from faceaudit.types import FloatArray, ImageArray

SIZE = (40, 40)


class _Bright(DetectingAligner):
    """Finds a face in the middle of photos that are bright on the whole, and cuts it out."""

    name: ClassVar[str] = "bright"
    paper: ClassVar[str] = "made up"
    weights: str = "none"

    def key(self) -> object:
        return "bright"

    def find(self, image: Image.Image) -> Detections:
        return _seen(np.asarray(image))

    def find_remembered(self, image: Image.Image, photo: bytes, memory: object) -> Detections:
        return self.find(image)

    def place(
        self, image: ImageArray, landmarks: FloatArray, box: FloatArray, size: tuple[int, int]
    ) -> tuple[ImageArray, FloatArray]:
        top, left = (np.array(image.shape[:2]) - SIZE) // 2
        return image[top : top + 40, left : left + 40], landmarks - [left, top]


def _seen(pixels: ImageArray) -> Detections:
    count = int(pixels.mean() > 60)
    middle = (np.array([pixels.shape[1], pixels.shape[0]]) - 1) / 2
    five = np.array([[-8, -4], [8, -4], [0, 2], [-6, 9], [6, 9]]) + middle
    return Detections(
        np.array([[0, 0, 1, 1]] * count, dtype=np.float32).reshape(count, 4),
        np.array([five] * count, dtype=np.float32).reshape(count, 5, 2),
        np.ones(count, dtype=np.float32),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for person in range(3):
        (tmp_path / f"p{person}").mkdir()
        size = (60 + 10 * person, 80, 3)
        Image.fromarray(rng.integers(80, 200, size, dtype=np.uint8)).save(
            tmp_path / f"p{person}" / "a.png"
        )
    return tmp_path


def _embedded(folder: Path, source: Folder) -> EmbeddedFaces:
    one = network(0)
    work = Workspace(folder.parent / "work")
    loaded = source.load(SIZE, cache=folder.parent / "packs")
    return EmbeddedFaces((NetworkPlan(network=one.network),), (loaded,), (Ready(one),), work)  # type: ignore[arg-type]


def _box(colour: int, side: int) -> WornKey:
    """A square between the eyes."""
    rgba = np.full((side, side, 4), 255, dtype=np.uint8)
    rgba[..., :3] = colour
    middle = (side - 1) / 2
    eyes = np.array([[middle - 8, middle], [middle + 8, middle]], dtype=np.float32)
    return WornKey(Accessory(rgba, eyes))


def test_a_key_is_worn_on_the_whole_photo_which_is_cut_out_afterwards(folder: Path) -> None:
    source = Folder(path=str(folder), align=_Bright())
    embedded, rows = _embedded(folder, source), np.array([2, 0])
    key = _box(3, 5)
    (found,) = capture(embedded, source, rows, (key,), before=True)
    assert detects(source)
    assert found.found.all()
    for place, row in enumerate(rows):
        photo = np.asarray(Image.open(folder / embedded.faces.ids[row]))
        eyes = _seen(photo).landmarks[:1, :2]
        worn = key.put_on(photo[None], eyes)[0]
        top, left = (np.array(photo.shape[:2]) - SIZE) // 2
        np.testing.assert_array_equal(
            found.images[0][place], worn[top : top + 40, left : left + 40]
        )


def test_a_face_that_is_hidden_is_not_found_and_leaves_a_black_picture(folder: Path) -> None:
    source = Folder(path=str(folder), align=_Bright())
    embedded, rows = _embedded(folder, source), np.arange(3)
    small, large = capture(embedded, source, rows, (_box(0, 5), _box(0, 400)), before=True)
    assert small.found.all()
    assert not large.found.any()
    assert not large.images[0].any()


def test_on_aligned_faces_nothing_is_looked_for(folder: Path) -> None:
    source = Folder(path=str(folder), align=_Bright())
    embedded, rows = _embedded(folder, source), np.array([1])
    key = _box(0, 400)
    (found,) = capture(embedded, source, rows, (key,), before=False)
    assert found.found.all()
    expected = key.put_on(embedded.images(0)[rows], eyes_on(embedded, 0, rows))
    np.testing.assert_array_equal(found.images[0], expected)


def test_eyes_that_nobody_knows_are_where_the_template_has_them(folder: Path) -> None:
    source = Folder(path=str(folder))
    embedded = _embedded(folder, source)
    np.testing.assert_allclose(
        eyes_on(embedded, 0, np.array([0]))[0], template(SIZE)[:2], rtol=1e-6
    )
    assert not detects(source)


def test_a_source_without_a_detector_cannot_be_looked_at_again(folder: Path) -> None:
    source = Folder(path=str(folder))
    with pytest.raises(SourceError, match="without a detector"):
        capture(_embedded(folder, source), source, np.array([0]), (_box(0, 5),), before=True)


def test_a_photo_that_is_gone_is_said(folder: Path) -> None:
    source = Folder(path=str(folder), align=_Bright())
    embedded = _embedded(folder, source)
    (folder / "p1" / "a.png").unlink()
    with pytest.raises(SourceError, match=r"got 1 that are not there, such as 'p1/a\.png'"):
        capture(embedded, source, np.arange(3), (_box(0, 5),), before=True)
