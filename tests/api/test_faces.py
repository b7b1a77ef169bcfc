"""Loading faces from Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import faceaudit
from faceaudit import FaceSet, InputError, OptionError, PairSet, SourceError, UnknownName
from faceaudit.api.faces import faces_at, summarize, write_contact_sheet
from faceaudit.api.spelling import find_align, find_source
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import FaceAuditError
from faceaudit.faces.sources.base import sources


def test_a_source_may_be_spelled_in_many_ways(photos: Path, cache: Path) -> None:
    folder = {"source": "folder", "path": photos}
    for source in (f"folder:{photos}", photos, str(photos), folder, sources.build(folder)):
        loaded = faceaudit.load_faces(source, (32, 32))
        assert loaded.faces.images.shape == (72, 32, 32, 3)
        assert loaded.left_out == loaded.remarks == ()
        assert loaded.source == sources.build(folder)
    assert (cache / "faces").is_dir()


def test_a_folder_may_be_named_without_a_slash(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photos.parent)
    assert find_source(photos.name) == find_source({"source": "folder", "path": photos.name})


def test_options_are_keywords(photos: Path) -> None:
    loaded = faceaudit.load_faces(photos, (32, 32), crop=0.5, align=None)
    assert loaded.crop == 0.5
    assert loaded.align is None
    middle = faceaudit.load_faces(photos, (32, 32), align="central")
    assert middle.align is not None
    assert middle.align.name == "central"
    given = find_source(photos, align="central", options={"align": {"fraction": 0.5}})
    assert given == find_source(photos, align={"align": "central", "fraction": 0.5})
    assert find_align(find_align("central"), {"fraction": 0.5}).model_dump()["fraction"] == 0.5


def test_the_cache_is_where_it_is_told(photos: Path, tmp_path: Path) -> None:
    faceaudit.load_faces(photos, (32, 32), cache=tmp_path / "here")
    assert (tmp_path / "here" / "faces").is_dir()
    faceaudit.load_faces(photos, (32, 32), cache=str(tmp_path / "there"))
    assert (tmp_path / "there" / "faces").is_dir()


def test_the_cache_of_a_store_lies_beside_it_and_not_in_it(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FACEAUDIT_CACHE")
    faceaudit.load_faces(photos, (32, 32), cache=faceaudit.Store(tmp_path / "store"))
    assert (tmp_path / "store.cache" / "faces").is_dir()
    assert not (tmp_path / "store" / "faces").exists()


def test_faces_are_loaded_at_every_size(photos: Path, tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    both = faces_at(photos, [(32, 32), (48, 40), (32, 32)], work)
    assert [one.faces.size for one in both] == [(32, 32), (48, 40), (32, 32)]
    assert both[0] is both[2]
    again = faces_at(both[0], [(48, 40)], work)
    assert again[0].faces.fingerprint == both[1].faces.fingerprint
    assert faces_at([one.faces for one in both], [one.faces.size for one in both], work)
    for wrong, said in (
        ([both[0].faces], "expected faces once for each of 2 networks"),
        ([both[0].faces, both[0].faces], "expected faces of the networks' sizes"),
        (both[0].faces, "expected faces of the network's size"),
    ):
        with pytest.raises(InputError, match=said):
            faces_at(wrong, [(32, 32), (48, 40)], work)


def test_faces_are_summed_up(faces: FaceSet) -> None:
    found = summarize(faces)
    assert (found.photos, found.people, found.groups) == (72, 12, 24)
    assert (found.fewest, found.most, found.median, found.landmarks) == (6, 6, 6, 72)


def test_a_contact_sheet_is_a_picture(faces: FaceSet, tmp_path: Path) -> None:
    written = write_contact_sheet(faces, tmp_path / "sheet.png")
    with Image.open(written) as sheet:
        assert sheet.size == (10 * 32, 8 * 32)
    with pytest.raises(OptionError, match=r"FILE\.png or FILE\.jpg, got .*sheet\.txt"):
        write_contact_sheet(faces, tmp_path / "sheet.txt")
    with pytest.raises(OptionError, match="expected a file that can be written"):
        write_contact_sheet(faces, tmp_path / "none" / "sheet.png")


@pytest.mark.parametrize(
    ("arguments", "options", "error", "said"),
    [
        (("syntetic",), {}, UnknownName, "try 'synthetic'"),
        (("lfw",), {}, OptionError, "expected lfw:PATH, got 'lfw' alone"),
        (("./nowhere",), {}, SourceError, "expected a path that can be read"),
        ((3,), {}, OptionError, "expected a source of faces, got 3"),
        ((None,), {}, OptionError, "expected a source of faces, got None"),
        (({"path": "x"},), {}, UnknownName, "expected a source"),
        (("synthetic",), {"poeple": 3}, OptionError, "try 'people'"),
        (("synthetic",), {"people": "many"}, OptionError, "people: expected a valid integer"),
        (("synthetic",), {"align": "central"}, OptionError, "the option aligned=true instead"),
        (("folder:.",), {"align": "centrl"}, UnknownName, "try 'central'"),
        (("folder:.",), {"align": 3}, OptionError, "expected a way to align, got 3"),
        (("folder:.",), {"align": "yunet"}, OptionError, "expected yunet:FILE"),
        (("synthetic", 112), {}, InputError, r"try size=\(112, 112\)"),
        (("synthetic", (112.0, 112)), {}, InputError, r"try size=\(112, 112\)"),
        (("synthetic", (112, 0)), {}, InputError, r"try size=\(112, 112\)"),
        (("synthetic", (True, True)), {}, InputError, r"try size=\(112, 112\)"),
        (("synthetic", "112x112"), {}, InputError, r"try size=\(112, 112\)"),
        (("synthetic",), {"cache": 3}, InputError, "expected the path of a folder for the cache"),
    ],
)
def test_mistakes_say_what_to_give(
    arguments: tuple[Any, ...],
    options: dict[str, Any],
    error: type[FaceAuditError],
    said: str,
    cache: Path,
) -> None:
    with pytest.raises(error, match=said):
        faceaudit.load_faces(*arguments, **options)
    assert not cache.exists(), "nothing was begun"


GOOD: dict[str, Any] = {
    "images": np.zeros((2, 4, 4, 3), np.uint8),
    "identity": np.arange(2),
    "names": ("a", "b"),
    "ids": ("1", "2"),
    "group": np.arange(2),
}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"images": [[[[0, 0, 0]]]]}, "expected images as an array .* got list"),
        ({"images": np.zeros((2, 4, 4, 3))}, r"expected images .* got \(2, 4, 4, 3\) float64"),
        ({"images": np.zeros((2, 4, 4), np.uint8)}, "expected images"),
        ({"identity": [0, 1]}, "expected identity as an array .* got list"),
        ({"identity": np.array([0.0, 1.0])}, "expected identity as integers"),
        ({"identity": np.arange(3)}, "expected 2 values in 'identity', got 3"),
        ({"identity": np.array([0, 2])}, r"expected identities in 0\.\.1"),
        ({"group": None}, "expected group as an array"),
        ({"names": "ab"}, "expected names as a tuple of texts, got str"),
        ({"ids": [1, 2]}, "expected ids as a tuple of texts"),
        ({"ids": ("1", "1")}, "an id of its own"),
        ({"landmarks": [[0, 0]]}, "expected landmarks as an array"),
        ({"landmarks": np.zeros((2, 4, 2), np.float32)}, r"expected landmarks \(2, 5, 2\)"),
    ],
)
def test_a_face_set_refuses_what_does_not_fit(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        FaceSet(**{**GOOD, **wrong})


def test_a_face_set_takes_lists_of_names() -> None:
    faces = FaceSet(**{**GOOD, "names": ["a", "b"], "ids": np.array(["1", "2"])})
    assert (faces.names, faces.ids) == (("a", "b"), ("1", "2"))
    assert faces.fingerprint == FaceSet(**GOOD).fingerprint


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"same": [True]}, "expected same as an array"),
        ({"same": np.array([1])}, "expected same as bool, got int64"),
        ({"fold": [0]}, "expected fold as an array"),
        ({"fold": np.array([0.5])}, "expected fold as integers"),
        ({"first": "a"}, "expected first as a tuple of texts"),
        ({"first": ("a", "b")}, "expected as many ids, labels and folds as pairs"),
    ],
)
def test_a_pair_set_refuses_what_does_not_fit(wrong: dict[str, Any], said: str) -> None:
    good: dict[str, Any] = {"same": np.array([True]), "fold": np.array([0])}
    with pytest.raises(InputError, match=said):
        PairSet(**{"first": ("a",), "second": ("b",), **good, **wrong})
