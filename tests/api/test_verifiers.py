"""Training a verifier from Python, and asking it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

import faceaudit
from faceaudit import Embedder, FaceSet, InputError, OptionError, PairsError, SplitError
from faceaudit.api.rates import strangers_accepted
from faceaudit.api.training import TrainedVerifier
from faceaudit.errors import FaceAuditError, PhotoError, StoreError, WeightsError
from faceaudit.networks.base import networks
from helpers.faces import blocks


@pytest.fixture(scope="module")
def deepid(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    """A registered network: only such a one can be kept in a file."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "deepid.safetensors"
    save_file(networks.build({"network": "deepid", "width": 0.2}).build().state_dict(), path)
    return faceaudit.load_network("deepid", path, width=0.2)


@pytest.fixture(scope="module")
def people() -> FaceSet:
    return blocks(people=8, photos=6, seed=1)


@pytest.fixture(scope="module")
def trained(
    deepid: Embedder, people: FaceSet, tmp_path_factory: pytest.TempPathFactory
) -> TrainedVerifier:
    cache = tmp_path_factory.mktemp("cache")
    return faceaudit.train_verifier(people, deepid, predictor="cosine", held_out=0.4, cache=cache)


@pytest.fixture(scope="module")
def file(trained: TrainedVerifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained.save(tmp_path_factory.mktemp("verifier") / "new" / "verifier.safetensors")


def test_a_verifier_is_tested_on_other_people(trained: TrainedVerifier) -> None:
    test = trained.figure("accuracy, held out")
    assert test is not None
    assert test.n == 3 * 10 * 2
    assert test.value > 0.8
    assert trained.figure("tar@far=0.01, held out") is None, "too few impostor pairs"
    assert trained.verifier.trained["accuracy"]["held_out"]["value"] == test.value
    assert trained.verifier.trained["source"] == "memory"
    assert trained.pairs.people == (5, 3)
    assert trained.left_out == ()
    assert trained.embeddings[0].is_dir()


@pytest.fixture(scope="module")
def graded(deepid: Embedder, tmp_path_factory: pytest.TempPathFactory) -> TrainedVerifier:
    """A verifier with thresholds, of people enough for rates as high as these."""
    people = blocks(people=60, photos=4, seed=1)
    cache = tmp_path_factory.mktemp("cache")
    return faceaudit.train_verifier(
        people,
        deepid,
        predictor="cosine",
        held_out=0.5,
        cache=cache,
        fmrs=["20%", 0.1, "0.1", 1e-5],
    )


def test_thresholds_are_for_the_rates_that_held_out_people_resolve(graded: TrainedVerifier) -> None:
    high, low, none = graded.thresholds
    assert (high.asked, low.asked, none.asked) == (0.2, 0.1, 1e-5), "each once, highest first"
    assert graded.verifier.thresholds == (high, low)
    assert none.threshold is None
    assert none.why.startswith("expected at least 100,000 impostor comparisons for a rate")
    assert high.threshold < low.threshold
    for point in (high, low):
        logit = np.log(point.threshold / (1 - point.threshold))
        assert logit * 100 == pytest.approx(np.round(logit * 100), abs=1e-2), "of a grid"
        assert point.fmr.low < point.asked < point.fmr.high
        assert point.fmr.n > 2000 > point.fnmr.n == 30 * 6, "strangers beside the genuine pairs"


def test_a_rate_that_is_asked_for_decides(graded: TrainedVerifier, tmp_path: Path) -> None:
    people = blocks(people=60, photos=4, seed=1)
    file = graded.save(tmp_path / "graded.safetensors")
    found = faceaudit.verify(people.images[0], people.images[1], verifier=file, fmr="20%")
    point = graded.thresholds[0]
    assert found.point == point
    assert found.threshold == point.threshold
    assert found.same_person == (found.score >= np.float32(point.threshold))
    decision = "accepted" if found.same_person else "not accepted"
    assert found.words == f"{decision}; {strangers_accepted(point.fmr)}"
    assert found.as_json()["fmr"]["asked"] == 0.2
    plain = faceaudit.verify(people.images[0], people.images[1], verifier=file)
    assert (plain.point, plain.threshold, plain.as_json()["fmr"]) == (None, 0.5, None)
    for rate, said in (
        (1e-5, r"has a threshold for \(20 %, 10 %\), got 0.001 %; try one of these"),
        ("half", "expected fmr as a rate above 0 and below 1, got 'half'; try 0.1% or 0.001"),
        (True, "expected fmr as a rate"),
        (1, "expected fmr as a rate"),
    ):
        with pytest.raises(OptionError, match=said):
            faceaudit.verify("no photo.jpg", "none.jpg", verifier=file, fmr=rate)


def test_it_is_the_same_from_its_file(
    trained: TrainedVerifier, file: Path, people: FaceSet
) -> None:
    for verifier in (trained.verifier, file, str(file), faceaudit.load_verifier(file)):
        one = faceaudit.verify(people.images[0], people.images[1], verifier=verifier)
        two = faceaudit.verify(people.images[0], people.images[7], verifier=trained)
        assert one.same_person
        assert not two.same_person
        assert one.score > one.threshold == 0.5 > two.score
        assert one.faces == (None, None), "none was looked for"
    with pytest.raises(StoreError, match="expected a file that can be written"):
        trained.save(file / "below.safetensors")
    with pytest.raises(
        StoreError, match=r"expected a file to write, got .*, a folder; name a file"
    ):
        trained.save(".")
    with pytest.raises(InputError, match="expected a list of files of backbones, got None; try"):
        faceaudit.load_verifier(file, backbones=None)  # type: ignore[arg-type]


def test_files_and_pixels_give_one_answer(file: Path, people: FaceSet, tmp_path: Path) -> None:
    paths = [tmp_path / f"{row}.png" for row in (0, 7)]
    for path, row in zip(paths, (0, 7), strict=True):
        Image.fromarray(people.images[row]).save(path)
    by_file = faceaudit.verify(paths[0], str(paths[1]), verifier=file)
    by_pixels = faceaudit.verify(people.images[0], people.images[7], verifier=file)
    assert by_file.score == by_pixels.score
    assert by_file.names == (str(paths[0]), str(paths[1]))
    assert by_file.as_json()["photos"][0]["path"] == str(paths[0])
    assert by_pixels.photos[0].size == (55, 47)
    mixed = faceaudit.verify(paths[0], people.images[7][:, ::-1][:, ::-1], verifier=file)
    assert mixed.score == by_file.score, "whatever the array's strides"


def test_several_backbones_are_learned_with_together(deepid: Embedder, people: FaceSet) -> None:
    torch.manual_seed(2)
    layers = (torch.nn.Flatten(), torch.nn.Linear(3 * 55 * 47, 8))
    other = Embedder.wrap(torch.nn.Sequential(*layers), size=deepid.size)
    done = faceaudit.train_verifier(
        people, [deepid, other], predictor="cosine", facebone="pair", query="average", held_out=0.4
    )
    assert done.mitigation.name == "facebone"
    assert done.verifier.query.mode == "average"
    verdict = faceaudit.verify(people.images[0], people.images[1], verifier=done)
    assert 0 <= verdict.score <= 1


def test_another_way_to_align_is_told(file: Path, people: FaceSet) -> None:
    wide = np.concatenate([people.images[0]] * 2, axis=1)
    middle = faceaudit.load_verifier(file, align="central", fraction=0.5)
    assert middle.align is not None
    assert middle.align.model_dump()["fraction"] == 0.5
    assert faceaudit.load_verifier(file, align={"align": "central", "fraction": 0.5}) is not None
    verdict = faceaudit.verify(wide, people.images[0], verifier=middle)
    plain = faceaudit.verify(wide, people.images[0], verifier=file)
    assert verdict.score != plain.score
    with pytest.raises(OptionError, match="expected --align NAME:FILE with --align-set"):
        faceaudit.load_verifier(file, several="largest")
    with pytest.raises(OptionError, match="expected a way to align, got 3"):
        faceaudit.load_verifier(file, align=3)  # type: ignore[arg-type]


def test_a_verifier_keeps_its_way_to_align(deepid: Embedder, photos: Path, tmp_path: Path) -> None:
    done = faceaudit.train_verifier(photos, deepid, predictor="cosine", align="central")
    path = done.save(tmp_path / "v.safetensors")
    assert faceaudit.load_verifier(path).align == done.verifier.align
    changed = faceaudit.load_verifier(path, align="central", fraction=0.5).align
    assert changed == faceaudit.load_verifier(path, fraction=0.5).align != done.verifier.align
    with pytest.raises(OptionError, match=r"expected --align central, as .* was trained"):
        faceaudit.load_verifier(path, align="yunet:x.onnx")


PIXELS = np.zeros((20, 20, 3), np.uint8)


@pytest.mark.parametrize(
    ("photo", "error", "said"),
    [
        ("nowhere.png", PhotoError, r"^nowhere\.png: expected a photo, got nothing there"),
        (Path(), PhotoError, "expected a photo, got a folder"),
        (PIXELS / 255.0, InputError, "for values of 0 to 1"),
        (PIXELS * np.float32("nan"), InputError, "pixels without NaN and infinity"),
        (PIXELS.tolist(), InputError, "as an array, got a list of 20"),
        (PIXELS[:, :, 0], InputError, r"got \(20, 20\) uint8"),
        (PIXELS[None], InputError, "try one photo at a time"),
        (PIXELS[:0], InputError, r"got \(0, 20, 3\) uint8"),
        (None, InputError, "as an array, got None"),
    ],
)
def test_other_photos_are_refused(
    photo: Any, error: type[FaceAuditError], said: str, trained: TrainedVerifier
) -> None:
    for two in ((photo, PIXELS), (PIXELS, photo)):
        with pytest.raises(error, match=said):
            faceaudit.verify(*two, verifier=trained)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: faceaudit.load_verifier("none"), WeightsError, "got none, nothing there"),
        (lambda: faceaudit.load_verifier(Path()), WeightsError, "a folder; check the path"),
        (lambda: faceaudit.load_verifier(3), InputError, "expected the path of a verifier, got 3"),  # type: ignore[arg-type]
        (lambda: faceaudit.verify(PIXELS, PIXELS, verifier="none"), WeightsError, "nothing there"),
        (lambda: faceaudit.verify(PIXELS, PIXELS, verifier=None), InputError, "got None"),  # type: ignore[arg-type]
    ],
)
def test_other_verifiers_are_refused(
    call: Any, error: type[FaceAuditError], said: str, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=said):
        call()


def test_files_of_backbones_are_a_list(file: Path) -> None:
    with pytest.raises(InputError, match=r"try backbones=\[\.\.\.\]"):
        faceaudit.load_verifier(file, backbones=str(file))


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"embedders": []}, InputError, "expected at least one Embedder, got none"),
        ({"embedders": "deepid"}, InputError, "expected an Embedder, got 'deepid'"),
        ({"faces": "syntetic"}, FaceAuditError, "try 'synthetic'"),
        ({"faces": [1]}, InputError, "expected faces once for each of 1 networks"),
        ({"predictor": "cosin"}, FaceAuditError, "try 'cosine'"),
        ({"predictor": {"predictor": "cosine", "x": 1}}, OptionError, "expected an option"),
        ({"predictor": 3}, OptionError, "expected a predictor's name"),
        ({"facebone": "pair"}, OptionError, "at least (2|two) backbones"),
        ({"query": "average"}, OptionError, "expected several backbones"),
        ({"threshold": 2}, InputError, r"expected a threshold in 0\.\.1, got 2"),
        ({"threshold": float("nan")}, InputError, r"expected a threshold in 0\.\.1, got nan"),
        ({"threshold": "high"}, InputError, r"expected a threshold in 0\.\.1, got 'high'"),
        ({"fmrs": "1%"}, OptionError, r"expected fmrs as a list of rates, got '1%'; try \[0.001\]"),
        ({"fmrs": ["1%", "200%"]}, OptionError, "expected fmrs as a rate above 0 and below 1"),
        ({"held_out": 0}, SplitError, "a share above 0 and below 1"),
        ({"held_out": 1}, SplitError, "a share above 0 and below 1"),
        ({"held_out": None}, SplitError, "a share above 0 and below 1"),
        ({"per_person": 0}, InputError, "expected per_person as a whole number"),
        ({"seed": -1}, InputError, "expected seed as a whole number of at least 0"),
        ({"pairs": "nowhere.csv"}, PairsError, "nowhere.csv"),
        ({"pairs": 3}, InputError, "expected pairs as a file or a PairSet"),
        ({"align": "central"}, InputError, "expected align for faces that are loaded now"),
    ],
)
def test_mistakes_say_what_to_give(
    deepid: Embedder,
    people: FaceSet,
    cache: Path,
    options: dict[str, Any],
    error: type[FaceAuditError],
    said: str,
) -> None:
    with pytest.raises(error, match=said):
        faceaudit.train_verifier(**{"faces": people, "embedders": deepid, **options})
    assert not cache.exists(), "nothing was begun"
