"""What photo files look like: each number against Pillow, SciPy or what was planted."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import laplace

from faceaudit.errors import InputError, PhotoError
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.reading.layout import PhotoFile, PhotoLocation
from faceaudit.faces.reading.listing import list_photos
from faceaudit.gate import PairList
from faceaudit.gate.lists import by_name
from faceaudit.gate.photos import (
    NAMES,
    TITLES,
    AnyLayout,
    MeasuredPhotos,
    measure,
    measure_photos,
    pair_features,
)


def image(seed: int = 0, size: tuple[int, int] = (40, 30)) -> Image.Image:
    """Return a photo of that width and height."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def saved(photo: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    photo.save(file, kind, **options)
    return file.getvalue()


def named(data: bytes) -> dict[str, float]:
    return dict(zip(NAMES, measure(data).tolist(), strict=True))


@pytest.mark.parametrize("size", [(40, 30), (1200, 1030), (2, 9)])
def test_what_is_measured(size: tuple[int, int]) -> None:
    photo = image(size=size)
    data = saved(photo)
    found = named(data)
    grey = np.asarray(photo.convert("L"), dtype=np.float64)
    assert found["brightness"] == pytest.approx(grey.mean())
    assert found["contrast"] == pytest.approx(grey.std())
    assert found["pixels"] == size[0] * size[1]
    assert found["aspect"] == size[0] / size[1]
    assert found["bytes"] == len(data)
    assert found["bytes a pixel"] == len(data) / found["pixels"]
    assert found["JPEG quantisation"] == 0
    top, left = (max(0, edge - 1024) // 2 for edge in grey.shape)
    middle = grey[top : top + 1024, left : left + 1024]
    sharpness = laplace(middle)[1:-1, 1:-1].var() if min(size) > 2 else 0
    assert found["sharpness"] == pytest.approx(sharpness, rel=1e-5)


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_quantisation_is_that_of_the_file(quality: int) -> None:
    data = saved(image(), "JPEG", quality=quality)
    with Image.open(io.BytesIO(data)) as opened:
        table = opened.quantization[0]  # type: ignore[attr-defined]
    assert named(data)["JPEG quantisation"] == np.mean(table)


def test_quantisation_after_other_segments() -> None:
    data = saved(image(), "JPEG", quality=50)
    comment = b"\xff\xff\xfe\x00\x07hello"  # a filling byte, then a comment
    assert named(data[:2] + comment + data[2:]) == {
        **named(data),
        "bytes": len(data) + len(comment),
        "bytes a pixel": (len(data) + len(comment)) / 1200,
    }


def test_a_photo_is_measured_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    assert named(saved(image(), "JPEG", exif=turned))["aspect"] == 30 / 40


@pytest.mark.parametrize("data", [b"", b"no photo", saved(image())[:60]])
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    with pytest.raises(PhotoError):
        measure(data)


def test_a_cut_jpeg_header_ends() -> None:
    data = saved(image(), "JPEG")
    for end in range(2, 200):
        with pytest.raises(PhotoError):
            measure(data[:end])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photos in several depths, one of which is broken."""
    for number, name in enumerate(("Ann/Ann_0001", "Ann/Ann_0002", "deep/er/Bob_0001", "loose")):
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(saved(image(number)))
    (tmp_path / "broken.jpg").write_bytes(saved(image(), "JPEG")[:300])
    (tmp_path / ".hidden.png").write_bytes(saved(image()))
    return tmp_path


def stream_of(folder: Path) -> Callable[[], Iterator[PhotoFile]]:
    return lambda: (file.photo() for file in list_photos(folder, AnyLayout()).files)


def listed(*names: str) -> PairList:
    half = len(names) // 2
    return by_name(names[:half], names[half:], np.zeros(half, dtype=np.bool_))


def test_photos_of_lists_are_found_by_name(folder: Path) -> None:
    lists = listed("Ann_0001.jpg", "Bob_0001.jpg"), listed("loose.png", "broken.png", "gone", "x")
    found = measure_photos(stream_of(folder), lists)
    assert {*found.values} == {"Ann_0001", "Bob_0001", "loose"}
    np.testing.assert_array_equal(found.values["Bob_0001"], measure(saved(image(2))))
    reasons = {out.id: out.reason for out in found.left_out}
    assert {*reasons} == {"broken", "gone", "x"}
    assert "does not decode" in reasons["broken"]
    assert reasons["gone"] == "expected it among the photos, got none"


def test_the_folder_of_a_list_tells_photos_apart(tmp_path: Path) -> None:
    for number, side in enumerate(("train", "test")):
        for name in ("a", "b"):
            path = tmp_path / side / name / "1.png"
            path.parent.mkdir(parents=True)
            path.write_bytes(saved(image(number)))
    lists = [listed(f"{side}/a/1.png", f"{side}/b/1.png") for side in ("train", "test")]
    assert [pairs.folder for pairs in lists] == ["train", "test"]
    found = measure_photos(stream_of(tmp_path), lists)
    assert not found.left_out
    rows = [pair_features(pairs, found) for pairs in lists]
    assert rows[0][0, 0] == measure(saved(image(0)))[0] != rows[1][0, 0]


def test_nothing_found_is_an_error(folder: Path) -> None:
    with pytest.raises(InputError, match=r"got none of 2 among 5 photos, such as 'y'"):
        measure_photos(stream_of(folder), [listed("y", "z")])


def test_each_photo_is_read_once_and_few_at_a_time() -> None:
    data, reads = saved(image()), []

    def read(name: str) -> bytes:
        reads.append(name)
        if name == "p7":
            raise PermissionError(13, "Permission denied")
        return data

    def stream() -> Iterator[PhotoFile | LeftOut]:
        yield LeftOut("link", "a link")
        for number in range(300):
            name = f"p{number}"
            yield PhotoFile(PhotoLocation(name, name, name), partial(read, name))

    names = [f"p{number}" for number in range(200)]
    found = measure_photos(stream, [listed(*names), listed(*names)])
    assert sorted(reads) == sorted(names)
    assert [(out.id, out.reason) for out in found.left_out] == [
        ("p7", "expected what can be read, got: Permission denied")
    ]
    assert len(found.values) == 199


def test_features_of_a_pair_do_not_depend_on_its_order() -> None:
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=len(NAMES)) for name in ("a", "b", "c")}
    pairs, turned = listed("a", "b", "c", "a"), listed("c", "a", "a", "b")
    rows = pair_features(pairs, MeasuredPhotos(values, ()))
    np.testing.assert_array_equal(rows, pair_features(turned, MeasuredPhotos(values, ())))
    assert rows.shape == (2, len(TITLES))
    for column, title in enumerate(TITLES):
        name, _, which = title.rpartition(" ")
        at = NAMES.index(name)
        choose = min if which == "(smaller)" else max
        assert rows[0, column] == choose(values["a"][at], values["c"][at])


def test_features_of_a_photo_that_is_not_known_are_not_known() -> None:
    values = {"a": np.ones(len(NAMES)), "b": np.ones(len(NAMES))}
    rows = pair_features(listed("a", "a", "b", "gone"), MeasuredPhotos(values, ()))
    assert np.isfinite(rows[0]).all()
    assert np.isnan(rows[1]).all()
