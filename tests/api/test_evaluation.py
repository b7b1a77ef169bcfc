"""Protocols from Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import faceaudit
from faceaudit import Embedder, FaceSet, InputError, OptionError, PairsError, PairSet, SplitError
from faceaudit.errors import FaceAuditError
from faceaudit.types import successes


def test_pairs_are_built_where_none_are_given(embedder: Embedder, faces: FaceSet) -> None:
    found = faceaudit.evaluate_verification(embedder, faces, per_person=5, fars=[0.1])
    accuracy = found.figure("accuracy")
    assert accuracy is not None
    assert 0.5 < accuracy.value <= 1
    assert found.facts["genuine"] == found.facts["impostor"] == 12 * 5
    assert len(found.facts["folds"]) == 6
    assert found.facts["source"] is None
    assert found.facts["options"]["fars"] == [0.1]
    json.dumps(found.as_json(), allow_nan=False)


def test_the_figures_are_those_of_all_ways_to_give_faces(
    embedder: Embedder, faces: FaceSet, photos: Path, tmp_path: Path
) -> None:
    loaded = faceaudit.load_faces(photos, embedder.size)
    first = faceaudit.evaluate_verification(embedder, loaded, folds=3)
    again = faceaudit.evaluate_verification(embedder, photos, folds=3, cache=tmp_path)
    assert first.figures == again.figures
    assert again.facts["source"]["path"] == str(photos)
    assert first.facts["faceaudit"] == faceaudit.__version__


def test_pairs_may_be_a_file_or_a_set(embedder: Embedder, faces: FaceSet, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(0, len(faces), (60, 2))
    rows = rows[rows[:, 0] != rows[:, 1]]
    same = np.arange(len(rows)) % 2 == 0
    rows[same, 1] = rows[same, 0] // 6 * 6 + (rows[same, 0] + 1) % 6
    rows = rng.permutation(np.unique(np.sort(rows, axis=1), axis=0))
    ids = np.array(faces.ids)
    pairs = PairSet(
        tuple(ids[rows[:, 0]]),
        tuple(ids[rows[:, 1]]),
        faces.identity[rows[:, 0]] == faces.identity[rows[:, 1]],
        np.arange(len(rows)) * 10 // len(rows),
        "by hand",
    )
    columns = zip(pairs.first, pairs.second, pairs.same, strict=True)
    lines = [f"{one},{two},{int(same)}" for one, two, same in columns]
    path = tmp_path / "pairs.csv"
    path.write_text("\n".join(["image1,image2,label", *lines, "nobody/1,nobody/2,1"]))
    by_set = faceaudit.evaluate_verification(embedder, faces, pairs)
    listed = faceaudit.evaluate_verification(embedder, faces, path, scores_out=tmp_path / "s.csv")
    assert by_set.figure("auc") == listed.figure("auc")
    assert by_set.facts["pairs_from"] == "by hand"
    assert len(listed.listed) == 1
    assert "nobody" in listed.listed[0][1]
    assert len((tmp_path / "s.csv").read_text().splitlines()) == len(pairs) + 1


def test_a_gallery_is_searched(embedder: Embedder, faces: FaceSet) -> None:
    found = faceaudit.evaluate_identification(embedder, faces, gallery=2, ranks=[1])
    first = found.figure("rank-1")
    assert first is not None
    assert first.n == found.facts["mated_probes"] == 9 * 4
    assert successes(first) > 9
    assert found.facts["nonmated_probes"] == 3 * 6


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"faces": "syntetic"}, FaceAuditError, "try 'synthetic'"),
        ({"faces": [1, 2]}, InputError, "expected faces as a FaceSet, got a list of 2"),
        ({"faces": np.zeros((2, 32, 32, 3), np.uint8)}, InputError, "say who is on each photo"),
        ({"faces": None}, OptionError, "expected a source of faces, got None"),
        ({"embedder": "deepid"}, InputError, "expected an Embedder, got 'deepid'"),
        ({"flipp": "sum"}, OptionError, "try 'flip'"),
        ({"align": "central"}, InputError, "expected align for faces that are loaded now"),
        ({"cache": 3}, InputError, "expected the path of a folder for the cache"),
    ],
)
@pytest.mark.parametrize("protocol", ["evaluate_verification", "evaluate_identification"])
def test_mistakes_say_what_to_give(
    embedder: Embedder,
    faces: FaceSet,
    cache: Path,
    protocol: str,
    options: dict[str, Any],
    error: type[FaceAuditError],
    said: str,
) -> None:
    call = getattr(faceaudit, protocol)
    with pytest.raises(error, match=said):
        call(**{"embedder": embedder, "faces": faces, **options})
    assert not cache.exists(), "nothing was begun"


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"pairs": "nowhere.csv"}, PairsError, "nowhere.csv"),
        ({"pairs": Path("nowhere.csv")}, PairsError, "nowhere.csv"),
        ({"pairs": 3}, InputError, "expected pairs as a file or a PairSet, got 3"),
        ({"pairs": [("a", "b")]}, InputError, "expected pairs as a file or a PairSet"),
        ({"per_person": 0}, InputError, "expected per_person as a whole number of at least 1"),
        ({"per_person": 1.5}, InputError, "expected per_person as a whole number"),
        ({"folds": 1}, InputError, "expected folds as a whole number of at least 2"),
        ({"scores_out": 3}, InputError, "expected the path of a file to write scores to"),
        ({"convention": "exact", "fars": [2]}, OptionError, "fars"),
        ({"fmrs": [1]}, OptionError, "fmrs"),
        ({"det": "det.pdf"}, OptionError, "expected a drawing as FILE.svg or FILE.png"),
    ],
)
def test_mistakes_about_pairs_say_what_to_give(
    embedder: Embedder,
    faces: FaceSet,
    cache: Path,
    options: dict[str, Any],
    error: type[FaceAuditError],
    said: str,
) -> None:
    with pytest.raises(error, match=said):
        faceaudit.evaluate_verification(embedder, faces, **options)
    assert not cache.exists(), "nothing was begun"


def test_scores_that_cannot_be_written_are_refused_before_the_work(
    embedder: Embedder, faces: FaceSet, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a file"
    file.touch()
    for place, said in (
        (tmp_path, "expected a file to write, got .*, a folder; name a file in it"),
        (file / "scores.csv", "expected a file that can be written, got .*name another"),
    ):
        with pytest.raises(OptionError, match=said):
            faceaudit.evaluate_verification(embedder, faces, scores_out=place)
    monkeypatch.setattr("os.access", lambda _path, _mode: False)  # as for others than root
    with pytest.raises(OptionError, match="in a folder that cannot; name another"):
        faceaudit.evaluate_verification(embedder, faces, scores_out=tmp_path / "scores.csv")
    assert not cache.exists(), "nothing was begun"


def test_too_few_people_are_refused(embedder: Embedder, faces: FaceSet) -> None:
    few = faces.take(np.flatnonzero(faces.identity < 3))
    few = FaceSet(few.images, few.identity, few.names[:3], few.ids, few.group)
    with pytest.raises(SplitError, match="expected at least 4 people"):
        faceaudit.evaluate_verification(embedder, few)
