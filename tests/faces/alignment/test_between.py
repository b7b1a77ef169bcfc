"""A picture of one size, brought to another: against loading the same photo at either size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from faceaudit.errors import InputError
from faceaudit.faces.alignment import aligners
from faceaudit.faces.alignment.between import transfer_images
from faceaudit.faces.alignment.common.detector import DetectorFile
from faceaudit.faces.alignment.common.templates import TEMPLATES
from faceaudit.faces.sources.base import sources
from faceaudit.types import ImageArray

SIZES = [((112, 112), (112, 96)), ((112, 96), (112, 112)), ((112, 112), (188, 188))]
SIZES += [((96, 96), (55, 47)), ((64, 60), (160, 160))]
LANDMARKS = np.array([[80, 92], [131, 96], [104, 128], [84, 150], [125, 153]], dtype=np.float32)
BOX = np.array([62, 60, 90, 118], dtype=np.float32)


class Nothing:
    """A face detector's file that nobody reads."""

    sha256 = "0" * 64


@pytest.fixture(autouse=True)
def no_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DetectorFile, "read", lambda _path: Nothing())


def smooth() -> ImageArray:
    """A photo (230, 210, 3) without fine detail, so that interpolating twice costs little."""
    y, x = np.mgrid[:230, :210].astype(np.float64)
    waves = [np.sin(x / 31 + k) + np.cos(y / 27 - 2 * k) + np.sin((x + y) / 40) for k in range(3)]
    return (128 + 40 * np.stack(waves, axis=-1)).astype(np.uint8)


def inner(
    images: ImageArray, matrix: npt.NDArray[np.float64], size: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    """Where a picture shows what the other one showed, two pixels from its edge."""
    white = np.zeros(images.shape[1:3], dtype=np.uint8)
    white[2:-2, 2:-2] = 255
    y, x = np.mgrid[: size[0], : size[1]]
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    at = np.einsum("ij,jyx->iyx", back[:, :2], np.stack([x, y]).astype(float)) + back[:, 2:, None]
    height, width = images.shape[1:3]
    return np.asarray((at[0] > 2) & (at[0] < width - 3) & (at[1] > 2) & (at[1] < height - 3))


@pytest.mark.parametrize(("from_size", "to_size"), SIZES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_is_what_the_photo_itself_gives_at_the_other_size(
    template: str, from_size: tuple[int, int], to_size: tuple[int, int]
) -> None:
    align = aligners.build(
        {"align": "yunet", "weights": "x", "template": template, "zoom": 1.1, "shift": (0.03, 0.05)}
    )
    photo = smooth()
    one, points = align.place(photo, LANDMARKS, BOX, from_size)
    other, moved = align.place(photo, LANDMARKS, BOX, to_size)
    matrix = align.between(from_size, to_size)
    assert np.abs(points @ matrix[:, :2].T + matrix[:, 2] - moved).max() < 1e-3
    found = transfer_images(one[None], align, from_size, to_size)[0]
    seen = inner(one[None], matrix, to_size) & other.any(axis=2) & found.any(axis=2)
    assert seen.mean() > 0.7
    assert np.abs(found.astype(int) - other)[seen].mean() < 2.5


def test_the_narrow_crop_is_the_middle_of_the_square_one() -> None:
    align = aligners.build({"align": "yunet", "weights": "x"})
    images = np.random.default_rng(0).integers(0, 256, (2, 112, 112, 3), dtype=np.uint8)
    narrow = transfer_images(images, align, (112, 112), (112, 96))
    assert np.array_equal(narrow, images[:, :, 8:104])
    wide = transfer_images(narrow, align, (112, 96), (112, 112))
    assert np.array_equal(wide[:, :, 8:104], narrow)
    assert not wide[:, :, :8].any()
    assert not wide[:, :, 104:].any()


def test_photos_that_are_only_cropped_are_stretched_as_a_whole(tmp_path: Path) -> None:
    Image.fromarray(smooth()).save(tmp_path / "photo.png")
    source = sources.build({"source": "folder", "path": str(tmp_path)})
    one, other = (
        np.array(Image.fromarray(smooth()).resize(size[::-1], Image.Resampling.BILINEAR))
        for size in ((60, 50), (40, 48))
    )
    found = transfer_images(one[None], source, (60, 50), (40, 48))[0]
    assert np.abs(found.astype(int) - other)[2:-2, 2:-2].max() <= 6


def test_of_a_square_photo_the_middle_is_kept() -> None:
    align = aligners.build("central")
    photo = Image.fromarray(smooth()[:200, :200])
    one = align.frame(photo, 1.0, (100, 100)).pixels
    other = align.frame(photo, 1.0, (100, 80)).pixels
    found = transfer_images(one[None], align, (100, 100), (100, 80))[0]
    assert np.abs(found.astype(int) - other).max() <= 2


@pytest.mark.parametrize("aligned", [False, True])
def test_synthetic_faces_keep_their_place(aligned: bool, tmp_path: Path) -> None:
    source = sources.build(
        {"source": "synthetic", "people": 3, "photos": 2, "sessions": 1, "aligned": aligned}
    )
    sizes = ((64, 64), (60, 44))
    one, other = (source.load(size, cache=tmp_path).faces.landmarks for size in sizes)
    assert one is not None
    assert other is not None
    matrix = source.between(*sizes)
    assert np.abs(one @ matrix[:, :2].T + matrix[:, 2] - other).max() < 0.05


def test_the_same_size_is_the_same_picture_and_another_is_refused() -> None:
    align = aligners.build("central")
    images = np.zeros((1, 10, 10, 3), dtype=np.uint8)
    assert transfer_images(images, align, (10, 10), (10, 10)) is images
    with pytest.raises(InputError, match=r"expected pictures \(N, 11, 10, 3\)"):
        transfer_images(images, align, (11, 10), (10, 10))
