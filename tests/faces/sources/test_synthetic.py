from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaudit.errors import OptionError, SourceError
from faceaudit.faces.sources import synthetic as source
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.faces.synthetic.render import Studio
from faceaudit.types import FaceSet

SIZES = [(55, 47), (64, 64), (112, 112), (224, 224)]


def faces_of(cache: Path, size: tuple[int, int] = (55, 47), **options: object) -> FaceSet:
    options = {"people": 3, "photos": 12, "sessions": 2, **options}
    return Synthetic(**options).load(size, cache=cache).faces


def photos_by_id(faces: FaceSet) -> dict[str, tuple[bytes, bytes]]:
    return {
        name: (faces.images[row].tobytes(), faces.landmarks[row].tobytes())
        for row, name in enumerate(faces.ids)
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> FaceSet:
    return faces_of(tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize("size", SIZES)
def test_gives_photos_of_the_size_asked_for(tmp_path: Path, size: tuple[int, int]) -> None:
    faces = faces_of(tmp_path, size, people=2, photos=3)
    assert faces.images.shape == (6, *size, 3)
    assert faces.images.std() > 20
    height, width = size
    assert (faces.landmarks > 2).all()
    assert (faces.landmarks[..., 0] < width - 3).all()
    assert (faces.landmarks[..., 1] < height - 3).all()


@settings(max_examples=10, deadline=None)
@given(st.integers(47, 130), st.floats(0.6, 1.6))
def test_any_size_in_range_can_be_rendered(height: int, aspect: float) -> None:
    width = round(max(40, height * aspect))
    shot = Studio(3, 1, (height, width), glasses=1.0, variation=1.0).shoot(0, 2)
    assert shot.images.shape == (2, height, width, 3)
    assert np.isfinite(shot.landmarks).all()


@pytest.mark.parametrize("size", [(20, 20), (300, 300), (200, 60), (0, 0)])
def test_refuses_a_size_it_cannot_render(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(SourceError, match="expected a size"):
        Synthetic().load(size, cache=tmp_path)


def test_ids_names_and_groups(small: FaceSet) -> None:
    assert list(small.ids) == sorted(small.ids)
    assert small.ids[0] == "p0000/s00/0000"
    assert small.ids[-1] == "p0002/s01/0005"
    assert small.names == ("synthetic-0000", "synthetic-0001", "synthetic-0002")
    for row, name in enumerate(small.ids):
        person, session, _ = name.split("/")
        assert small.identity[row] == int(person[1:])
        assert small.group[row] == 2 * int(person[1:]) + int(session[1:])


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path: Path, small: FaceSet) -> None:
    again = faces_of(tmp_path)
    assert photos_by_id(again) == photos_by_id(small)
    assert again.fingerprint == small.fingerprint
    other = photos_by_id(faces_of(tmp_path, seed=1))
    assert all(other[name] != photo for name, photo in photos_by_id(small).items())


def test_no_two_photos_are_alike(small: FaceSet) -> None:
    assert len({image.tobytes() for image in small.images}) == len(small)


def test_more_people_and_photos_leave_the_others_as_they_are(
    tmp_path: Path, small: FaceSet
) -> None:
    # 19 photos: sessions of 10 and 9, which also fall into other blocks than sessions of 6.
    more = photos_by_id(faces_of(tmp_path, people=4, photos=19))
    for name, photo in photos_by_id(small).items():
        assert more[name] == photo


def test_threads_do_not_matter(
    tmp_path: Path, small: FaceSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for threads in (1, 3):
        monkeypatch.setattr(source, "_THREADS", threads)
        assert faces_of(tmp_path / str(threads)).fingerprint == small.fingerprint


class Counting:
    """Progress that counts the photos rendered."""

    def __init__(self) -> None:
        self.done = 0
        self.notes: list[str] = []

    @contextmanager
    def task(self, title: str, total: int | None):
        yield self._advance

    def _advance(self, steps: int) -> None:
        self.done += steps

    def note(self, text: str) -> None:
        self.notes.append(text)


def test_a_second_load_renders_nothing(tmp_path: Path) -> None:
    few = Synthetic(people=2, photos=3, sessions=1)
    first, second = Counting(), Counting()
    one = few.load((55, 47), cache=tmp_path, progress=first).faces
    two = few.load((55, 47), cache=tmp_path, progress=second).faces
    assert (first.done, second.done) == (6, 0)
    assert isinstance(two.images, np.memmap)
    assert dataclasses.replace(two, fingerprint="").fingerprint == one.fingerprint


def test_a_damaged_pack_is_rendered_again(tmp_path: Path) -> None:
    few = Synthetic(people=2, photos=3, sessions=1)
    one = few.load((55, 47), cache=tmp_path).faces
    (pack,) = tmp_path.glob("synthetic-*/images.u8")
    pack.write_bytes(b"short")
    seen = Counting()
    assert few.load((55, 47), cache=tmp_path, progress=seen).faces.fingerprint == one.fingerprint
    assert seen.done == 6
    assert "damaged" in seen.notes[0]


def test_a_killed_rendering_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Synthetic(people=2, photos=3, sessions=1)

    def broken(self: Synthetic, person: int, size: tuple[int, int]) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Synthetic, "_render_person", broken)
        with pytest.raises(KeyboardInterrupt):
            few.load((55, 47), cache=tmp_path)
    assert len(few.load((55, 47), cache=tmp_path).faces) == 6


def test_what_is_written_into_the_images_does_not_reach_the_file(tmp_path: Path) -> None:
    faces = faces_of(tmp_path, people=2, photos=2)
    torch.from_numpy(faces.images)[0] = 0
    assert faces_of(tmp_path, people=2, photos=2).images[0].any()


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="expected a cache folder"):
        faces_of(tmp_path / "file")


def test_spec_rebuilds() -> None:
    given_ = Synthetic(people=5, photos=8, sessions=4, seed=9, glasses=0.5, variation=0.7)
    assert given_.spec().build() == given_
    assert sources.get("synthetic") is Synthetic
    assert given_.survey().people == 5
    assert given_.survey().photos == 40


def test_more_sessions_than_photos() -> None:
    with pytest.raises(OptionError, match="expected at most as many sessions as photos"):
        Synthetic(photos=3, sessions=4)
