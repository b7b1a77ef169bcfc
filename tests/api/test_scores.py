"""Scores alone, photos without a face, and drawings: from Python."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import faceaudit
from faceaudit import Embedder, FaceSet, OptionError, PairsError
from faceaudit.api.faces import LoadedFaces
from faceaudit.api.spelling import find_source
from faceaudit.errors import FaceAuditError, InputError, PhotoError
from faceaudit.faces.alignment import aligners
from faceaudit.faces.alignment.common.detector import Detections
from faceaudit.faces.loaded import LeftOut
from faceaudit.protocols.acquisition import failed_photos
from helpers.faces import blocks

OPTIONS: dict[str, Any] = {"fars": [0.1], "fmrs": [0.2, 0.1, 1e-5]}
LOST = 7


@pytest.fixture(scope="module")
def many() -> FaceSet:
    return blocks(people=40, photos=4, size=(32, 32))


def looked_at(faces: FaceSet, lost: int, folder: Path) -> LoadedFaces:
    """Return faces as a detector would that finds none on every fifth of the first photos."""
    rows = np.arange(len(faces))
    out = (rows % 5 == 0) & (rows < 5 * lost)
    said = "expected a face, got none with a score of 0.6 or more"
    left_out = tuple(
        LeftOut(faces.ids[row], said, faces.names[faces.identity[row]])
        for row in np.flatnonzero(out).tolist()
    )
    other = LeftOut("some.txt", "expected a photo (BMP, ...)")
    source = find_source(f"folder:{folder}", align="yunet:nowhere.onnx")
    return LoadedFaces(faces.take(rows[~out]), (*left_out, other), (), source)


@pytest.mark.parametrize("lost", [0, LOST])
def test_scores_give_the_figures_of_the_run_that_wrote_them_to_the_bit(
    embedder: Embedder, many: FaceSet, tmp_path: Path, lost: int
) -> None:
    path = tmp_path / "scores.csv"
    loaded = looked_at(many, lost, tmp_path)
    run = faceaudit.evaluate_verification(embedder, loaded, scores_out=path, **OPTIONS)
    found = faceaudit.evaluate_scores(path, **OPTIONS)
    for part in ("figures", "thresholds", "curve"):
        assert getattr(found, part) == getattr(run, part)
    assert [point.threshold is None for point in found.thresholds] == [False, False, True]
    header, *lines = path.read_text().splitlines()
    np.random.default_rng(0).shuffle(lines)
    path.write_text("\n".join([header, *lines]))
    again = faceaudit.evaluate_scores(path, **OPTIONS)
    assert again.figures == run.figures
    assert again.thresholds == run.thresholds
    assert again.facts["strangers"] == run.facts["strangers"] > run.facts["impostor"]


def test_photos_without_a_face_are_counted(
    embedder: Embedder, many: FaceSet, tmp_path: Path
) -> None:
    path = tmp_path / "scores.csv"
    found = faceaudit.evaluate_verification(
        embedder, looked_at(many, LOST, tmp_path), scores_out=path, **OPTIONS
    )
    fta = found.figure("fta")
    assert (fta.value, fta.n) == (LOST / 160, 160), "not the file that is no photo"
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    for metric, label, point in (("gfrr", "1", "fnmr"), ("gfar", "0", "fmr")):
        mine = [
            line for line in lines if line["label"] == label and (label == "1" or not line["fold"])
        ]
        unmade = np.mean([line["score"] == "nan" for line in mine])
        assert unmade > 0
        rate = getattr(found.thresholds[0], point).value
        wanted = unmade + (1 - unmade) * rate if label == "1" else (1 - unmade) * rate
        assert found.figure(f"{metric}@fmr=0.2").value == pytest.approx(wanted)
        assert found.figure(f"{metric}@fmr=0.2").n == len(mine)
        assert found.figure(f"{metric}@fmr=1e-05") is None
    failed = {line["image1"] for line in lines if line["failed"] in ("first", "both")}
    failed |= {line["image2"] for line in lines if line["failed"] in ("second", "both")}
    assert failed == {item.id for item in looked_at(many, LOST, tmp_path).left_out[:-1]}


def test_listed_pairs_of_photos_without_a_face_are_counted(
    embedder: Embedder, faces: FaceSet, tmp_path: Path
) -> None:
    loaded = looked_at(faces, 2, tmp_path)  # the first photo of person 0, the last of the same
    lines = [f"{faces.ids[6 * p]},{faces.ids[6 * p + 1]},1" for p in range(12)]
    lines += [f"{faces.ids[6 * p]},{faces.ids[(6 * p + 13) % 72]},0" for p in range(12)]
    listed = tmp_path / "pairs.csv"
    listed.write_text("\n".join(["image1,image2,label", *lines]))
    found = faceaudit.evaluate_verification(embedder, loaded, listed, folds=2, fmrs=[0.2])
    assert (found.facts["genuine"], found.facts["impostor"]) == (11, 11)
    assert found.figure("gfrr@fmr=0.2") is None or found.figure("gfrr@fmr=0.2").n == 12
    assert found.figure("fta").value == 1 / 24, "of the photos in the list"
    assert found.listed[0].count("got none with a score") == 0
    assert all("line" not in id_ for id_, _ in found.listed), "no pair is left out"


def test_where_nobody_looks_for_faces_none_is_missing(embedder: Embedder, faces: FaceSet) -> None:
    found = faceaudit.evaluate_verification(embedder, faces, **OPTIONS)
    assert not any(figure.metric.startswith(("fta", "gf")) for figure in found.figures)
    found = faceaudit.evaluate_identification(embedder, faces, ranks=[1])
    assert not any(figure.metric in ("fta", "fte") for figure in found.figures)


def test_people_who_cannot_be_enrolled_are_counted(
    embedder: Embedder, many: FaceSet, tmp_path: Path
) -> None:
    whole = faceaudit.evaluate_identification(
        embedder, looked_at(many, 0, tmp_path), ranks=[1], fpirs=[0.1]
    )
    assert whole.figure("fta").value == whole.figure("fte").value == 0
    assert whole.figure("gtpir@fpir=0.1").value == whole.figure("tpir@fpir=0.1").value
    found = faceaudit.evaluate_identification(
        embedder, looked_at(many, LOST, tmp_path), ranks=[1], fpirs=[0.1]
    )
    assert found.figure("fta").value == LOST / 160
    assert found.figure("fte").n == whole.facts["gallery_people"] == 30
    enrolled = found.facts["gallery_people"]
    assert found.figure("fte").value == (30 - enrolled) / 30
    assert enrolled < 30, "the seed draws a photo without a face for the gallery"
    mated, all_mated = found.facts["mated_probes"], whole.facts["mated_probes"]
    tpir = found.figure("tpir@fpir=0.1").value
    assert found.figure("gtpir@fpir=0.1").value == pytest.approx(tpir * mated / all_mated)


class Finds:
    """A detector that finds so many faces."""

    def __init__(self, count: int) -> None:
        self.count = count

    def find(self, image: object) -> Detections:
        empty = np.zeros((self.count, 5, 2), dtype=np.float32)
        return Detections(empty[:, 0].repeat(2, axis=1), empty, empty[:, 0, 0])


def test_reasons_of_ways_to_align_are_known() -> None:
    """The words are those with which a detecting way to align leaves out a photo."""
    align = aligners.build({"align": "yunet", "weights": "x", "several": "leave out"})
    image = Image.fromarray(np.zeros((20, 20, 3), dtype=np.uint8))
    for count in (0, 2):
        align.__dict__["_detector"] = Finds(count)
        with pytest.raises(PhotoError) as raised:
            align.frame(image, 1.0, (8, 8))
        assert failed_photos([LeftOut("a", str(raised.value))])
    assert not failed_photos([LeftOut("a", "expected at least 2 photos of the person, got 1")])


def test_a_drawing_is_made(embedder: Embedder, many: FaceSet, tmp_path: Path) -> None:
    vector, raster = tmp_path / "det.svg", tmp_path / "det.png"
    scores = tmp_path / "scores.csv"
    faceaudit.evaluate_verification(embedder, many, det=vector, scores_out=scores, **OPTIONS)
    assert "FNMR: genuine comparisons rejected" in vector.read_text()
    assert vector.read_text().count(">20 %</") == 1, "the asked threshold is named"
    first = vector.read_bytes()
    faceaudit.evaluate_verification(embedder, many, det=vector, **OPTIONS)
    assert vector.read_bytes() == first
    faceaudit.evaluate_scores(scores, det=raster, **OPTIONS)
    assert raster.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"scores": "nowhere.csv"}, PairsError, "nowhere.csv"),
        ({"scores": 3}, FaceAuditError, "expected the path of a file of scores, got 3"),
        ({"det": "det.pdf"}, OptionError, r"expected a drawing as FILE.svg or FILE.png"),
        ({"fmrs": [1.0]}, OptionError, "fmrs"),
        ({"fmr": [0.1]}, OptionError, "try 'fmrs'"),
    ],
)
def test_mistakes_about_scores_say_what_to_give(
    arguments: dict[str, Any], error: type[FaceAuditError], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "scores"
    path.write_text("a a x 0.9\na b y 0.1\n")
    with pytest.raises(error, match=said):
        faceaudit.evaluate_scores(**{"scores": path, **arguments})


def test_one_file_is_not_for_scores_and_for_a_drawing(
    embedder: Embedder, faces: FaceSet, tmp_path: Path
) -> None:
    path = tmp_path / "both.svg"
    with pytest.raises(OptionError, match="expected two files, of scores and for a drawing"):
        faceaudit.evaluate_verification(
            embedder, faces, scores_out=path, det=tmp_path / "." / "both.svg", **OPTIONS
        )
    assert not path.exists()
    path.write_text("a a x 0.9\na b y 0.1\n")
    with pytest.raises(OptionError, match="expected two files, of scores and for a drawing"):
        faceaudit.evaluate_scores(path, det=path)
    assert path.read_text().startswith("a a")


def test_listed_labels_against_the_people_are_told_or_refused(
    embedder: Embedder, faces: FaceSet, tmp_path: Path
) -> None:
    listed, path = tmp_path / "pairs.csv", tmp_path / "scores.csv"
    lines = [f"{faces.ids[6 * p]},{faces.ids[6 * p + 1]},1" for p in range(12)]
    lines += [f"{faces.ids[6 * p]},{faces.ids[(6 * p + 13) % 72]},0" for p in range(12)]
    wrong = f"{faces.ids[2]},{faces.ids[3]},0"
    listed.write_text("\n".join(["image1,image2,label", *lines, wrong]))
    given = {"folds": 2, "fars": [0.2], "fmrs": [0.2]}
    found = faceaudit.evaluate_verification(embedder, faces, listed, scores_out=path, **given)
    assert (found.facts["conflicts"], found.facts["repeats"]) == (1, 0)
    again = faceaudit.evaluate_scores(path, fars=[0.2], fmrs=[0.2])
    assert again.facts["conflicts"] == 1
    assert again.figures == found.figures
    turned = [line[:-1] + str(1 - int(line[-1])) for line in lines]
    listed.write_text("\n".join(["image1,image2,label", *turned]))
    with pytest.raises(PairsError, match="got 24 of 24 comparisons labelled against the names"):
        faceaudit.evaluate_verification(embedder, faces, listed, **given)


def test_names_that_no_file_of_scores_holds_are_refused_before_the_work(
    embedder: Embedder, faces: FaceSet, tmp_path: Path
) -> None:
    odd = replace(faces, names=("a\nb", *faces.names[1:]))
    with pytest.raises(InputError, match="without line breaks to write to a file of scores"):
        faceaudit.evaluate_verification(
            embedder, odd, scores_out=tmp_path / "s.csv", progress=broken, **OPTIONS
        )


def broken(*_: Any) -> Any:
    raise AssertionError("nothing is embedded")
