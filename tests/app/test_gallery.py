"""The gallery: kept as it is, of few pixels, and of people apart from all others."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceaudit.api.spelling import find_source
from faceaudit.app.gallery import (
    LARGEST,
    STEP,
    Gallery,
    GalleryPhoto,
    known_gallery,
    picture,
    save,
)
from faceaudit.app.gallery_people import FEWEST, choose, look_through
from faceaudit.app.prepared import folder_of
from faceaudit.app.preparing.networks import find_hard_pairs
from faceaudit.app.settings import Settings
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.progress import silent


def test_it_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path)
    assert known_gallery(settings) is None
    rng = np.random.default_rng(0)
    photos = tuple(
        GalleryPhoto(person, rng.integers(0, 256, (20 + person, 16, 3), dtype=np.uint8))
        for person in (0, 0, 1)
    )
    save(Gallery(photos, real=True), folder_of(settings, STEP))
    found = known_gallery(settings)
    assert found is not None
    assert found.real
    assert [len(person) for person in found.people] == [2, 1]
    for one, other in zip(found.photos, photos, strict=True):
        assert (one.pixels == other.pixels).all()
    assert known_gallery(settings) is found


def test_large_photos_are_made_smaller(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path)
    large = np.zeros((100, LARGEST * 2, 3), np.uint8)
    save(Gallery((GalleryPhoto(0, large),), real=True), folder_of(settings, STEP))
    found = known_gallery(settings)
    assert found is not None
    assert found.photos[0].pixels.shape == (50, LARGEST, 3)


def test_a_picture_is_a_jpeg_of_the_photo() -> None:
    head, _, data = picture(np.full((300, 150, 3), 77, np.uint8), 100).partition(",")
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert head == "data:image/jpeg;base64"
    assert image.size == (50, 100)
    assert abs(int(np.asarray(image).mean()) - 77) <= 1


def test_other_settings_have_another_gallery(tmp_path: Path) -> None:
    plain, real = Settings(folder=tmp_path), Settings(folder=tmp_path, faces="folder:/photos")
    assert folder_of(plain, STEP) != folder_of(real, STEP)
    assert folder_of(plain, STEP) == folder_of(Settings(folder=tmp_path, stores=("a",)), STEP)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of many people with few photos each, one of which is broken."""
    folder = tmp_path / "photos"
    for person in range(12 + FEWEST):
        place = folder / f"person-{person:03d}"
        place.mkdir(parents=True)
        for number in range(4 if person < 14 else 2):
            Image.new("RGB", (24, 32), (4 * person, 50 * number, 9)).save(place / f"{number}.png")
    (folder / "person-000" / "1.png").write_bytes(b"broken")
    return folder


def test_the_operators_people_are_in_it_and_others_are_not(photos: Path, tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path, faces=f"folder:{photos}")
    found = choose(settings, tmp_path / "cache", silent)
    assert found.real
    assert [len(person) for person in found.people] == [3] + [4] * 11
    source = find_source(f"folder:{photos}")
    assert isinstance(source, PhotoSource)
    looked = look_through(source)
    shown = {file.location.person for person in looked.gallery for file in person}
    others = {one.partition("/")[0] for one in looked.others}
    assert len(shown) == 12
    assert len(others) == FEWEST
    assert shown.isdisjoint(others)


def test_hard_pairs_are_the_nearest_strangers_and_the_farthest_photos_of_one() -> None:
    angles = np.deg2rad([0.0, 50.0, 60.0, 65.0])
    embedded = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32) * 3
    hard = find_hard_pairs(embedded, [(0, 0), (0, 1), (1, 0), (1, 1)])
    assert hard.alike == ((0, 1), (1, 0))
    assert hard.unlike == ((0, 0), (0, 1))
    alone = find_hard_pairs(embedded[1:3], [(0, 1), (1, 0)])
    assert alone.alike == ((0, 1), (1, 0))
    assert alone.unlike is None
