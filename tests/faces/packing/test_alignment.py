"""Packing what was aligned: landmarks and notes are kept, and survive any end."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from faceaudit.errors import PhotoError, SourceError, WeightsError
from faceaudit.faces.alignment import Align, AlignedPhoto
from faceaudit.faces.crop import fit
from faceaudit.faces.loaded import LeftOut, Remark
from faceaudit.faces.packing import prepare
from faceaudit.faces.packing.journal import PackedPhoto
from faceaudit.faces.packing.pack import pack
from faceaudit.faces.packing.packing import Packing
from faceaudit.faces.reading.layout import PhotoFile, PhotoLocation
from faceaudit.faces.reading.optional_formats import installed
from faceaudit.faces.sources.base import sources
from faceaudit.progress import silent
from faceaudit.registry import digest
from faceaudit.types import FaceSet

SIZE = (6, 5)


class Stub(Align):
    """Knows landmarks from the first pixel; every fifth photo has none, every seventh no face."""

    name = "stub"
    paper = "none, 2024"
    framed: ClassVar[list[int]] = []

    mark: str = "a"
    breaks: bool = False

    def key(self) -> object:
        return [self.name, self.mark]

    def frame(self, image, crop, size):
        value = image.getpixel((0, 0))[0]
        self.framed.append(value)
        if self.breaks:
            raise SourceError("expected a face, got none")
        if value % 7 == 3:
            raise PhotoError("expected a face, got none")
        pixels = 255 - fit(image, crop, size)
        if value % 5 == 2:
            return AlignedPhoto(pixels, None, "no face was found, the crop was kept")
        return AlignedPhoto(pixels, points(value), "one of two" if value % 4 == 1 else "")


def points(value: int) -> np.ndarray:
    return (np.arange(10, dtype=np.float32).reshape(5, 2) + np.float32(value)) / np.float32(3)


class NoWeights(Stub):
    name = "no_weights"

    def key(self) -> object:
        raise WeightsError("expected a file, got none")


@pytest.fixture(autouse=True)
def _forget():
    Stub.framed.clear()


def photo(value: int) -> PhotoFile:
    name = f"p{value % 3}/{value:03}.png"

    def read() -> bytes:
        pixels = np.random.default_rng(value).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
        pixels[0, 0] = value
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "PNG")
        return out.getvalue()

    return PhotoFile(PhotoLocation(name, name[:2], name), read)


def of(values, align, stream=None) -> Packing:
    photos = [photo(value) for value in values]
    return Packing("it", stream or (lambda: photos), len(photos), SIZE, 1.0, "here", align)


def packed(values, align, cache: Path):
    return pack(of(values, align), cache=cache, progress=silent)


def with_face(count: int) -> list[int]:
    return sorted((v for v in range(count) if v % 7 != 3), key=lambda v: f"p{v % 3}/{v:03}")


def test_pixels_landmarks_and_notes_are_kept(tmp_path):
    for loaded in (packed(range(60), Stub(), tmp_path) for _ in range(2)):  # packed, then opened
        faces, stay = loaded.faces, with_face(60)
        assert list(faces.ids) == [f"p{v % 3}/{v:03}.png" for v in stay]
        assert faces.landmarks.dtype == np.float32
        for row, value in enumerate(stay):
            known = np.full((5, 2), np.nan) if value % 5 == 2 else points(value)
            np.testing.assert_array_equal(faces.landmarks[row], known)
            assert faces.images[row, 0, 0, 0] == 255 - value
        assert {out.id for out in loaded.remarks} == {
            f"p{v % 3}/{v:03}.png" for v in stay if v % 5 == 2 or v % 4 == 1
        }
        assert Remark("p1/001.png", "one of two") in loaded.remarks
        assert LeftOut("p2/017.png", "expected a face, got none") in loaded.left_out
    assert len(Stub.framed) == 60


def test_the_fingerprint_is_that_of_the_faces_in_memory_and_the_same_each_time(tmp_path):
    faces = packed(range(60), Stub(), tmp_path / "a").faces
    known = {
        "images": np.array(faces.images),
        "identity": faces.identity,
        "names": faces.names,
        "ids": faces.ids,
        "group": faces.group,
    }
    assert FaceSet(**known, landmarks=np.array(faces.landmarks)).fingerprint == faces.fingerprint
    assert FaceSet(**known).fingerprint != faces.fingerprint
    again = packed(range(59, -1, -1), Stub(), tmp_path / "b").faces
    assert again.fingerprint == faces.fingerprint
    assert faces.take(range(len(faces))).fingerprint == faces.fingerprint


def test_no_landmarks_at_all_are_none(tmp_path):
    faces = packed([2, 12, 22], Stub(), tmp_path).faces
    assert faces.landmarks is None
    assert len(faces) == 3


def test_a_packing_that_broke_off_goes_on_with_all_it_knew(tmp_path):
    photos = [photo(value) for value in range(100)]

    def stream():
        yield from photos[:80]
        raise SourceError("the archive ends here")

    with pytest.raises(SourceError, match="ends here"):
        pack(of(range(100), Stub(), stream), cache=tmp_path / "a", progress=silent)
    lines = next((tmp_path / "a").glob("*.partial/journal.jsonl")).read_bytes().splitlines()
    assert len(lines) >= 80 - prepare.WINDOW
    Stub.framed.clear()
    resumed = packed(range(100), Stub(), tmp_path / "a")
    assert len(Stub.framed) == 100 - len(lines)
    straight = packed(range(100), Stub(), tmp_path / "b")
    assert resumed.faces.fingerprint == straight.faces.fingerprint
    np.testing.assert_array_equal(resumed.faces.landmarks, straight.faces.landmarks)
    assert resumed.remarks == straight.remarks
    assert resumed.left_out == straight.left_out


def test_the_way_to_align_is_in_the_key():
    keys = {of([1], align).key for align in (None, Stub(), Stub(mark="b"))}
    assert len(keys) == 3


def test_packs_without_alignment_are_found_and_written_as_ever(tmp_path):
    """What was packed before there was alignment has this key and these entries, and no others."""
    assert of([1], None).key == digest([[2, list(installed())], "it", [6, 5], 1.0])
    loaded = packed(range(9), None, tmp_path)
    about = json.loads((tmp_path / of([1], None).key / "faces.json").read_bytes())
    assert set(about) == {
        *("size", "names", "ids", "identity", "group", "left_out", "fingerprint"),
    }
    assert loaded.faces.landmarks is None
    assert loaded.remarks == ()


@pytest.mark.parametrize(
    "line",
    [
        b'["a/1", "a", "a/1", "0a", "0b"]\n',
        b'["a/1", "a", "a/1", "0a", "0b", "", [1.0]]\n',
        b'["a/1", "a", "a/1", "0a", "0b", "", 3, "note"]\n',
        b"7\n",
        b'["a/1", "a", "a/1", "0a", "0b", "", "", "note"',
    ],
)
def test_a_torn_line_is_no_entry(line):
    assert PackedPhoto.read(line) is None


def test_an_entry_is_read_as_it_was_written():
    entry = PackedPhoto("a/1", "a", "v", b"1", b"2", "", bytes(range(40)), "note")
    assert PackedPhoto.read(entry.line()) == entry


def test_missing_weights_are_said_before_anything_is_read(tmp_path):
    def untouched():
        raise AssertionError("listed")

    with pytest.raises(WeightsError, match="expected a file"):
        pack(of([1], NoWeights(), untouched), cache=tmp_path, progress=silent)
    assert not list(tmp_path.iterdir())


def test_what_ends_the_loading_names_the_photo(tmp_path):
    with pytest.raises(SourceError, match=r"p0/006\.png: expected a face, got none"):
        packed([6], Stub(breaks=True), tmp_path)


@pytest.mark.parametrize("source", ["folder", "lfw", "youtube_faces"])
def test_every_source_of_photos_aligns(tmp_path, source):
    photos = tmp_path / "photos" / "Ann" / ("v" if source == "youtube_faces" else "")
    photos.mkdir(parents=True)
    pixels = np.zeros((20, 40, 3), dtype=np.uint8)
    pixels[:, 6:34] = 200
    Image.fromarray(pixels).save(photos / "1.png")
    align = {"align": "central"}
    built = sources.build({"source": source, "path": str(photos.parents[0]), "align": align})
    if source == "youtube_faces":
        built = sources.build({"source": source, "path": str(photos.parents[1]), "align": align})
    assert built.spec().build() == built
    faces = built.load((8, 8), cache=tmp_path / "cache").faces
    assert (faces.images == 200).all()
