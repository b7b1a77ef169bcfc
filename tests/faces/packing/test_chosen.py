"""Packing the photos of a list: no other is decoded, and they are what all would have given."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import faceaudit
from faceaudit.errors import InputError, PairsError, PhotoError, SourceError
from faceaudit.faces.alignment import Align, AlignedPhoto
from faceaudit.faces.crop import fit
from faceaudit.faces.loaded import LeftOut, Loaded
from faceaudit.faces.packing import prepare
from faceaudit.faces.reading import decode
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.types import PairSet

SIZE = (6, 5)


def write(path: Path, seed: int, kind: str = "PNG") -> None:
    """Write a photo; of one kind all have about as many bytes, and many exactly as many."""
    pixels = np.random.default_rng(seed).integers(0, 256, (9, 8, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, kind)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty photos of eight people; among them copies, a broken one and one of two names."""
    root = tmp_path / "photos"
    for number in range(40):
        write(root / f"p{number % 8}" / f"{number:02}.png", number)
    shutil.copy(root / "p0/00.png", root / "p1/copy_of_00.png")  # of another person: both go
    shutil.copy(root / "p2/02.png", root / "p2/01_copy_of_02.png")  # the same: 02 goes
    shutil.copy(root / "p3/03.png", root / "p3/99_copy_of_03.png")  # the same: 03 stays
    (root / "p4/04.png").write_bytes((root / "p4/04.png").read_bytes()[:60])
    return root


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every photo that is decoded."""
    seen: list[bytes] = []
    whole = decode.photo

    def count(data: bytes, **options: object) -> object:
        seen.append(data)
        return whole(data, **options)

    monkeypatch.setattr(decode, "photo", count)
    return seen


class Marks(Align):
    """Knows landmarks of photos with an even first pixel, and notes some."""

    name = "marks"
    paper = "none, 2024"

    def key(self) -> object:
        return [self.name]

    def frame(self, image, crop, size):
        first = image.getpixel((0, 0))[0]
        if first % 5 == 4:
            raise PhotoError("expected a face, got none")
        points = np.arange(10, dtype=np.float32).reshape(5, 2) / 3 + first
        known = points if first % 2 == 0 else None
        return AlignedPhoto(fit(image, crop, size), known, "odd" if first % 3 == 0 else "")


def source_of(folder: Path, align: Align | None = None) -> PhotoSource:
    source = sources.build({"source": "folder", "path": str(folder), "align": align})
    assert isinstance(source, PhotoSource)
    return source


def some(folder: Path, asked: set[str], cache: Path, align: Align | None = None) -> Loaded:
    return source_of(folder, align).load_chosen(SIZE, lambda ids: asked & set(ids), cache=cache)


def all_of(folder: Path, cache: Path, align: Align | None = None) -> Loaded:
    return source_of(folder, align).load(SIZE, cache=cache)


ASKED = {"p0/00.png", "p0/08.png", "p2/02.png", "p2/10.png", "p3/03.png", "p4/04.png", "p5/13.png"}


def assert_part(part: Loaded, whole: Loaded, asked: set[str]) -> None:
    """Check that faces are those of a whole with only some photos."""
    row = {id_: at for at, id_ in enumerate(whole.faces.ids)}
    rows = [row[id_] for id_ in sorted(asked) if id_ in row]
    assert part.faces.ids == tuple(whole.faces.ids[at] for at in rows)
    np.testing.assert_array_equal(part.faces.images, whole.faces.images[rows])
    people = [whole.faces.names[whole.faces.identity[at]] for at in rows]
    assert [part.faces.names[one] for one in part.faces.identity] == people
    assert part.faces.names == tuple(sorted(set(people)))
    groups = np.unique(whole.faces.group[rows], return_inverse=True)[1]
    np.testing.assert_array_equal(part.faces.group, groups)
    if whole.faces.landmarks is not None:
        assert part.faces.landmarks is not None
        np.testing.assert_array_equal(part.faces.landmarks, whole.faces.landmarks[rows])
    assert part.left_out == tuple(out for out in whole.left_out if out.id in asked)
    assert part.remarks == tuple(out for out in whole.remarks if out.id in asked)


@pytest.mark.parametrize("align", [None, Marks()])
def test_what_is_asked_for_is_as_if_all_had_been(folder, tmp_path, align):
    """Copies as well: one of the photos is left out for the sake of one that nobody asked for."""
    part = some(folder, ASKED, tmp_path / "part", align)
    whole = all_of(folder, tmp_path / "whole", align)
    assert_part(part, whole, ASKED)
    out = {out.id: out.reason for out in part.left_out}
    if align is None:
        assert (
            out["p0/00.png"]
            == "expected a photo of one person, got the same file as p1/copy_of_00.png"
        )
        assert (
            out["p2/02.png"]
            == "expected a photo of its own, got the same file as p2/01_copy_of_02.png"
        )
    assert set(out) >= {"p0/00.png", "p2/02.png", "p4/04.png"} - set(part.faces.ids)


@pytest.mark.parametrize("align", [None, Marks()])
def test_it_is_the_same_from_the_pack_of_all(folder, tmp_path, decoded, align):
    fresh = some(folder, ASKED, tmp_path / "part", align)
    whole = all_of(folder, tmp_path / "whole", align)
    decoded.clear()
    taken = some(folder, ASKED, tmp_path / "whole", align)
    assert decoded == []
    assert_part(taken, whole, ASKED)
    assert taken.faces.fingerprint == fresh.faces.fingerprint
    assert taken.left_out == fresh.left_out
    assert taken.remarks == fresh.remarks
    loose = taken.faces.take(range(len(taken.faces)))
    assert loose.fingerprint == taken.faces.fingerprint


def test_no_other_photo_is_decoded_and_none_twice(folder, tmp_path, decoded):
    some(folder, ASKED, tmp_path / "cache")
    assert len(decoded) == len(ASKED)
    some(folder, ASKED, tmp_path / "cache")
    assert len(decoded) == len(ASKED)


def test_files_of_other_sizes_are_not_even_read(folder, tmp_path, monkeypatch):
    read: list[int] = []
    whole = prepare._look_at_unasked
    monkeypatch.setattr(
        prepare, "_look_at_unasked", lambda photo: read.append(photo.size) or whole(photo)
    )
    some(folder, {"p5/13.png"}, tmp_path / "cache")
    size = (folder / "p5/13.png").stat().st_size
    assert set(read) <= {size}
    others = [path for path in folder.rglob("*.png") if path.stat().st_size == size]
    assert len(read) == len(others) - 1


def test_some_are_never_taken_for_all_nor_for_others(folder, tmp_path):
    cache = tmp_path / "cache"
    assert len(some(folder, ASKED, cache).faces) == 4
    assert len(all_of(folder, cache).faces) == len(all_of(folder, tmp_path / "other").faces)
    assert some(folder, {"p5/13.png"}, cache).faces.ids == ("p5/13.png",)
    assert len(some(folder, ASKED, cache).faces) == 4


def test_all_of_them_are_the_pack_of_all(folder, tmp_path, decoded):
    whole = source_of(folder).load_chosen(SIZE, lambda ids: ids, cache=tmp_path / "cache")
    count = len(decoded)
    assert all_of(folder, tmp_path / "cache").faces.fingerprint == whole.faces.fingerprint
    assert len(decoded) == count


def test_a_photo_that_changes_is_decoded_again(folder, tmp_path):
    before = some(folder, ASKED, tmp_path / "cache").faces
    write(folder / "p5/13.png", 999)
    after = some(folder, ASKED, tmp_path / "cache").faces
    assert after.ids == before.ids
    assert after.fingerprint != before.fingerprint


def test_a_damaged_pack_of_all_is_not_taken_from(folder, tmp_path, decoded):
    cache = tmp_path / "cache"
    all_of(folder, cache)
    for file in cache.glob("*/images.u8"):
        file.write_bytes(b"")
    decoded.clear()
    part = some(folder, ASKED, cache)
    assert len(decoded) == len(ASKED)
    assert part.faces.fingerprint == some(folder, ASKED, tmp_path / "fresh").faces.fingerprint


def test_one_that_broke_off_goes_on(folder, tmp_path, monkeypatch, decoded):
    straight = some(folder, ASKED, tmp_path / "straight")
    decoded.clear()
    whole = prepare._prepare_photo
    done: list[str] = []

    def break_off(photo, packing, memory):
        if len(done) == 5:
            raise SourceError("the disk went away")
        done.append(photo.location.id)
        return whole(photo, packing, memory)

    with monkeypatch.context() as patch:
        patch.setattr(prepare, "_prepare_photo", break_off)
        patch.setattr(prepare, "WINDOW", 1)
        with pytest.raises(SourceError, match="went away"):
            some(folder, ASKED, tmp_path / "cache")
    resumed = some(folder, ASKED, tmp_path / "cache")
    assert resumed.faces.fingerprint == straight.faces.fingerprint
    assert resumed.left_out == straight.left_out
    assert len(decoded) == len(ASKED)


def test_an_archive_gives_the_same(tmp_path, decoded):
    root = tmp_path / "aligned_images_DB"
    for number in range(12):
        write(root / f"p{number % 3}" / "0" / f"{number:02}.png", number)
    shutil.copy(root / "p0/0/00.png", root / "p1/0/copy.png")
    packed = tmp_path / "faces.tar"
    with tarfile.open(packed, "w") as tar:
        tar.add(root, root.name)
    asked = {"p0/0/00.png", "p0/0/03.png", "p2/0/02.png"}
    found = []
    for path in (root, packed):
        source = sources.build({"source": "youtube_faces", "path": str(path)})
        assert isinstance(source, PhotoSource)
        decoded.clear()
        found.append(
            source.load_chosen(SIZE, lambda ids: asked & set(ids), cache=tmp_path / path.name[:3])
        )
        assert len(decoded) == 3
    assert found[0].faces.ids == ("p0/0/03.png", "p2/0/02.png")
    assert found[0].faces.fingerprint == found[1].faces.fingerprint
    assert (
        found[0].left_out
        == found[1].left_out
        == (
            LeftOut(
                "p0/0/00.png", "expected a photo of one person, got the same file as p1/0/copy.png"
            ),
        )
    )


def test_nothing_usable_among_them_is_an_error(folder, tmp_path):
    for cache in ("part", "whole"):
        if cache == "whole":
            all_of(folder, tmp_path / cache)
        with pytest.raises(
            SourceError, match=r"got none and 1 left out, the first being p4/04.png"
        ):
            some(folder, {"p4/04.png"}, tmp_path / cache)


@pytest.mark.parametrize("names", [["p0/08", "P5\\13.PNG"], ("p0/08.png", "x/p5/13.jpg")])
def test_names_are_those_of_lists(folder, tmp_path, decoded, names):
    loaded = faceaudit.load_faces(folder, SIZE, only=names, cache=tmp_path / "cache")
    assert loaded.faces.ids == ("p0/08.png", "p5/13.png")
    assert len(decoded) == 2


def test_a_list_of_pairs_or_its_file_names_them_as_well(folder, tmp_path, decoded):
    file = tmp_path / "pairs.csv"
    file.write_text("image1,image2,label\np0/08.png,p0/16.png,1\np0/08.png,p5/13.png,0\n")
    label, fold = np.array([True, False]), np.array([0, 1])
    pairs = PairSet(("p0/08.png", "p0/08.png"), ("p0/16.png", "p5/13.png"), label, fold)
    for number, only in enumerate((file, str(file), pairs)):
        cache = tmp_path / f"cache {number}"
        loaded = faceaudit.load_faces(folder, SIZE, only=only, cache=cache)
        assert loaded.faces.ids == ("p0/08.png", "p0/16.png", "p5/13.png")
    assert len(decoded) == 9


def test_what_cannot_be_asked_for_is_refused_before_anything_is_decoded(folder, tmp_path, decoded):
    cache = tmp_path / "cache"
    for only, error, message in (
        (
            ["nobody.png"],
            PairsError,
            r"got 1 names of others, such as 'nobody.png'; .* 'p0/00.png'",
        ),
        ([], PairsError, "none at all"),
        (3, InputError, "expected a list of pairs, its file, or names of photos, got 3"),
        ("nowhere.csv", PairsError, "nowhere.csv"),
    ):
        with pytest.raises(error, match=message):
            faceaudit.load_faces(folder, SIZE, only=only, cache=cache)
    assert decoded == []


def test_faces_that_are_made_are_all_made(tmp_path):
    made = faceaudit.load_faces(
        "synthetic", (48, 48), only=["x"], people=2, photos=2, sessions=1, cache=tmp_path
    )
    assert len(made.faces) == 4


def test_png_photos_of_the_fixture_are_pngs(folder):
    """Guards the fixture: copies are byte for byte, and the broken photo does not decode."""
    assert (folder / "p0/00.png").read_bytes() == (folder / "p1/copy_of_00.png").read_bytes()
    with pytest.raises(PhotoError):
        decode.photo((folder / "p4/04.png").read_bytes())
    assert Image.open(io.BytesIO((folder / "p5/13.png").read_bytes())).format == "PNG"
