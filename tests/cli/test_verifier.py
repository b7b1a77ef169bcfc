"""`faceaudit train-verifier` and `faceaudit verify`, as they are typed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from PIL import Image
from safetensors.torch import save_file
from typer.testing import CliRunner, Result

from faceaudit.cli import train_verifier, verify
from faceaudit.errors import FaceAuditError, OptionError, PhotoError, SplitError, WeightsError
from faceaudit.faces.alignment import aligners
from faceaudit.faces.alignment.common.detector import Detections
from faceaudit.metrics import OperatingPoint
from faceaudit.networks import networks
from faceaudit.systems.verifiers import photos as verifier_photos
from faceaudit.systems.verifiers.file import load_verifier, read_description, save_verifier
from faceaudit.types import Estimate
from helpers.faces import blocks

app = typer.Typer()
app.command("train-verifier")(train_verifier.train_verifier)
app.command("verify")(verify.verify)

SMALL = {"deepid": {"width": 0.2}, "vggface": {"width": 0.0625, "input_size": [64, 64]}}
ONE = ["--network", "deepid", "--network-set", "width=0.2"]
TWO = [
    *("--network", "deepid", "--network", "vggface"),
    *(
        "--network-set",
        "0.width=0.2",
        "--network-set",
        "1.width=0.0625",
        "--network-set",
        "1.input_size=[64, 64]",
    ),
]
BOTH = ["deepid", "vggface"]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photos of eight people and the weights of two networks."""
    folder = tmp_path_factory.mktemp("work")
    faces = blocks(people=8, photos=6, seed=1)
    for image, id_ in zip(faces.images, faces.ids, strict=True):
        person, _, photo = id_.split("/")
        path = folder / "photos" / person / f"{photo}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).resize((94, 110), Image.Resampling.NEAREST).save(path)
    for name, options in SMALL.items():
        torch.manual_seed(0)
        network = networks.build({"network": name, **options}).build()
        save_file(network.state_dict(), folder / f"{name}.safetensors")
    return folder


def call(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, list(arguments), catch_exceptions=False)


def train(work: Path, *more: str, names: tuple[str, ...] = ("deepid",)) -> Result:
    weights = [part for name in names for part in ("--weights", str(work / f"{name}.safetensors"))]
    return call(
        *("train-verifier", "--faces", f"folder:{work / 'photos'}", "--store", str(work / "store")),
        *("--held-out", "0.4", *weights, *more),
    )


@pytest.fixture(scope="module")
def verifier(work: Path) -> Path:
    path = work / "one.safetensors"
    assert train(work, *ONE, "--predictor", "cosine", "-o", str(path)).exit_code == 0
    return path


def score(*arguments: str) -> float:
    return float(json.loads(call("verify", *arguments, "--json", "-").stdout)["score"])


def photo(work: Path, person: int, number: int) -> str:
    return str(work / "photos" / f"person-{person}" / f"{number:03d}.png")


def test_what_is_printed(work: Path, tmp_path: Path) -> None:
    path = tmp_path / "new" / "v.safetensors"
    done = train(work, *ONE, "--predictor", "cosine", "--threshold", "0.6", "-o", str(path))
    lines = done.stdout.splitlines()
    described = read_description(path)
    test = described.trained["accuracy"]["held_out"]
    row = next(line.split() for line in lines if "accuracy, held out" in line)
    assert row[3:5] == [f"{test['value'] * 100:.2f}", "%"]
    assert " ".join(row).endswith(f"{test['n']} wilson, people as clusters 95 %")
    assert test["n"] == 3 * 10 * 2, "three of eight people, ten pairs each and as many impostors"
    tar = next(line for line in lines if "tar@far=0.01" in line)
    assert "expected at least 100 impostor comparisons" in tar
    assert "held out: 30 genuine and 30 impostor pairs of 3 people" in done.stdout
    assert "trained on: 50 genuine and 50 impostor pairs of 5 people" in done.stdout
    assert "threshold: 0.6" in lines
    assert f"verifier: {path}" in lines
    cached = next(Path(line.partition(": ")[2]) for line in lines if line.startswith("embeddings"))
    assert (cached / "rows.f32").exists()
    assert described.threshold == 0.6
    assert described.trained["people"] == {"trained_on": 5, "held_out": 3}
    assert described.trained["source"] == "folder"
    assert str(work).encode() not in path.read_bytes(), "no place on this machine"
    assert b"person-" not in path.read_bytes(), "and nobody's name"


def test_the_same_command_writes_the_same_file(work: Path, verifier: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.safetensors"
    cached = work / "store.cache" / "work" / "embeddings"
    before = {file: file.stat().st_size for file in cached.rglob("*.f32")}
    train(work, *ONE, "--predictor", "cosine", "-o", str(again))
    assert again.read_bytes() == verifier.read_bytes()
    assert before == {file: file.stat().st_size for file in cached.rglob("*.f32")}, "nothing anew"
    train(work, *ONE, "--predictor", "cosine", "--seed", "1", "-o", str(again))
    assert again.read_bytes() != verifier.read_bytes()


def test_two_photos_of_one_person_and_of_two(work: Path, verifier: Path) -> None:
    for other, decision in (((0, 1), "same person"), ((1, 0), "two people")):
        done = call("verify", photo(work, 0, 0), photo(work, *other), "--verifier", str(verifier))
        assert done.exit_code == 0
        lines = done.stdout.splitlines()
        assert f"decision: {decision}" in lines
        score = float(next(line for line in lines if line.startswith("score")).split()[1])
        assert (score >= 0.5) == (decision == "same person")
        where = "94 x 110 pixels, central crop of 100%, no face was looked for"
        assert f"{photo(work, 0, 0)}: {where}" in lines


def test_a_false_match_rate_decides_and_is_said_in_words(work: Path, tmp_path: Path) -> None:
    path = tmp_path / "v.safetensors"
    done = train(
        work, *ONE, "--predictor", "cosine", "--fmr", "40%", "--fmr", "0.1%", "-o", str(path)
    )
    assert "expected at least 1,000 impostor comparisons for a rate of 0.001" in done.stdout
    described = read_description(path)
    assert len(described.thresholds) <= 1
    loaded = load_verifier(path)
    rates = Estimate(0.001, 1 / 1600, 1 / 700, 900, ""), Estimate(0.1, 0, 0.2, 90, "")
    save_verifier(replace(loaded, thresholds=(OperatingPoint(0.001, 0.25, *rates),)), path)
    two = [photo(work, 0, 0), photo(work, 0, 1), "--verifier", str(path)]
    words = "accepted; about 1 in 1,000 strangers would be (between 1 in 700 and 1 in 1,600)"
    for rate in ("0.1%", "0.001", "0.1 %"):
        lines = call("verify", *two, "--fmr", rate).stdout.splitlines()
        assert f"decision: {words}" in lines
        assert "threshold: 0.25, for a false match rate of 0.1 %" in lines
    other = [photo(work, 0, 0), photo(work, 1, 0), "--verifier", str(path), "--fmr", "0.1%"]
    assert f"decision: not {words}" in call("verify", *other).stdout.splitlines()
    found = json.loads(call("verify", *two, "--fmr", "0.1%", "--json", "-").stdout)
    assert (found["threshold"], found["fmr"]["fmr"]["high"]) == (0.25, 1 / 700)
    with pytest.raises(OptionError, match=r"for \(0.1 %\), got 1 %; try one of these"):
        call("verify", "nowhere.jpg", "nowhere.jpg", "--verifier", str(path), "--fmr", "1%")
    with pytest.raises(OptionError, match="expected --fmr as a rate above 0 and below 1"):
        call("verify", *two, "--fmr", "often")


def test_json(work: Path, verifier: Path) -> None:
    paths = [photo(work, 2, 0), photo(work, 3, 1)]
    arguments = [*paths, "--verifier", str(verifier)]
    found = json.loads(call("verify", *arguments, "--json", "-").stdout)
    plain = call("verify", *arguments).stdout
    assert f"score: {found['score']:.4f}" in plain
    assert found["threshold"] == 0.5
    assert found["same_person"] == (found["score"] >= 0.5) == ("same person" in plain)
    assert [one["path"] for one in found["photos"]] == paths
    assert found["photos"][0]["face"] is None
    assert (found["photos"][0]["width"], found["photos"][0]["height"]) == (94, 110)
    assert (
        found["score"]
        == json.loads(call("verify", *arguments[1::-1], *arguments[2:], "--json", "-").stdout)[
            "score"
        ]
    ), "a distance is the same in either order"


@pytest.mark.parametrize("query", ["one", "random", "average"])
def test_several_backbones(query: str, work: Path, tmp_path: Path) -> None:
    path = tmp_path / "v.safetensors"
    done = train(
        *(work, *TWO, "--facebone", "pair", "--query", query, "--align", "central"),
        *("--predictor-set", "epochs=3", "--predictor-set", "widths=[8]"),
        *("--predictor-set", "normalised=1", "-o", str(path)),
        names=("deepid", "vggface"),
    )
    assert done.stdout.count("embeddings: ") == 2
    assert "predictor: difference_network, facebone" in done.stdout
    described = read_description(path)
    assert [one.network["network"] for one in described.backbones] == BOTH
    assert described.query.mode == query
    assert described.trained["mitigation"]["assignment"] == "pair"
    asked = call("verify", photo(work, 0, 0), photo(work, 0, 1), "--verifier", str(path))
    assert asked.exit_code == 0
    assert "central crop, no face was looked for" in asked.stdout


def test_listed_pairs_keep_people_apart(work: Path, tmp_path: Path) -> None:
    listed = tmp_path / "pairs.csv"
    lines = ["image1,image2,label"]
    for person in range(8):
        others = range(person + 1, 8)
        lines += [f"person-{person}/000.png,person-{other}/003.png,0" for other in others]
        lines += [f"person-{person}/000.png,person-{person}/00{number}.png,1" for number in (1, 2)]
    listed.write_text("\n".join(lines))
    path = tmp_path / "v.safetensors"
    options = ["--predictor", "cosine", "--pairs", str(listed), "-o", str(path)]
    done = train(work, *ONE, *options)
    # Three of eight held out: 3 and 10 impostor pairs within the groups, 15 between them.
    assert "warning: pairs left out: 15 of 44" in done.stderr
    assert "held out: 6 genuine and 3 impostor pairs of 3 people: CSV of pairs" in done.stdout
    assert "trained on: 10 genuine and 10 impostor pairs of 5 people" in done.stdout


def test_folds_that_share_nobody_are_held_out_whole(work: Path, tmp_path: Path) -> None:
    listed = tmp_path / "pairs.txt"
    lines = ["2\t2"]
    for a, b, c, d in ((0, 1, 2, 3), (4, 5, 6, 7)):
        lines += [f"person-{a}\t0\t1", f"person-{b}\t1\t2"]
        lines += [f"person-{a}\t1\tperson-{c}\t2", f"person-{b}\t1\tperson-{d}\t2"]
    listed.write_text("\n".join(lines))
    named = tmp_path / "photos"
    for person in range(8):
        folder = named / f"person-{person}"
        folder.mkdir(parents=True)
        for number in range(3):
            image = (work / "photos" / f"person-{person}" / f"{number:03d}.png").read_bytes()
            (folder / f"person-{person}_{number:04d}.png").write_bytes(image)
    path = tmp_path / "v.safetensors"
    weights = ["--weights", str(work / "deepid.safetensors")]
    done = call(
        *("train-verifier", "--faces", f"folder:{named}", "--store", str(work / "store"), *ONE),
        *(*weights, "--pairs", str(listed), "--predictor", "cosine", "-o", str(path)),
    )
    assert "left out" not in done.stderr
    for what in ("held out", "trained on"):
        assert f"{what}: 2 genuine and 2 impostor pairs of 4 people" in done.stdout


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        (["--network", "deepid", *ONE], OptionError, "--weights for each of 2 networks, got 1"),
        ([*ONE, "--query", "average"], OptionError, "--facebone pair, batch or all"),
        ([*ONE, "--facebone", "pair"], OptionError, "at least (2|two) backbones"),
        ([*ONE, "--facebone", "pear"], OptionError, "'pair', 'batch' or 'all'"),
        ([*ONE, "--predictor", "cosin"], FaceAuditError, "try 'cosine'"),
        ([*ONE, "--predictor-set", "epoch=3"], OptionError, "try 'epochs'"),
        ([*ONE, "--network-set", "4.width=1"], OptionError, r"the number of a network, 0\.\.0"),
        ([*ONE, "--held-out", "1"], SplitError, "a share above 0 and below 1"),
        ([*ONE, "--held-out", "0.1"], SplitError, "at least 2 people"),
    ],
)
def test_mistakes_say_what_to_write(
    more: list[str], error: type[FaceAuditError], said: str, work: Path, tmp_path: Path
) -> None:
    with pytest.raises(error, match=said):
        train(work, *more, "-o", str(tmp_path / "v.safetensors"))
    assert not list(tmp_path.iterdir())


def test_bad_photos_are_named(work: Path, verifier: Path, tmp_path: Path) -> None:
    good, options = photo(work, 0, 0), ["--verifier", str(verifier)]
    text = tmp_path / "text.jpg"
    text.write_text("no photo")
    cut = tmp_path / "cut.png"
    cut.write_bytes(Path(good).read_bytes()[:200])
    for path, said in (
        (tmp_path / "none.jpg", "expected a photo, got nothing there; check the path"),
        (tmp_path, "expected a photo, got a folder"),
        (text, r"expected a photo \(BMP.*; try another photo"),
        (cut, "expected a whole photo"),
    ):
        with pytest.raises(PhotoError, match=said) as raised:
            call("verify", good, str(path), *options)
        assert str(raised.value).startswith(f"{path}: expected ")


def test_names_of_photos_cannot_steer_the_terminal(
    work: Path, verifier: Path, tmp_path: Path
) -> None:
    for name in ("red\x1b[31m.png", "a\ndecision: same person.png"):
        path = tmp_path / name
        path.write_bytes(Path(photo(work, 0, 0)).read_bytes())
        said = call("verify", str(path), photo(work, 1, 0), "--verifier", str(verifier)).stdout
        assert "\x1b" not in said
        decisions = [line for line in said.splitlines() if line.startswith("decision:")]
        assert decisions == ["decision: two people"]


def test_wrong_verifiers(work: Path, verifier: Path, tmp_path: Path) -> None:
    two = [photo(work, 0, 0), photo(work, 0, 1)]
    weights = str(work / "deepid.safetensors")
    with pytest.raises(WeightsError, match=r"expected a verifier, got .*train-verifier"):
        call("verify", *two, "--verifier", weights)
    with pytest.raises(WeightsError, match="check the path"):
        call("verify", *two, "--verifier", str(tmp_path / "none"))
    with pytest.raises(WeightsError, match="expected only files of networks"):
        call("verify", *two, "--verifier", str(verifier), "--backbone", weights)
    with pytest.raises(OptionError, match="expected --align NAME:FILE with --align-set"):
        call("verify", *two, "--verifier", str(verifier), "--align-set", "several=largest")


def test_photos_can_be_aligned_where_those_of_the_training_were_before(
    work: Path, verifier: Path
) -> None:
    two = [photo(work, 0, 0), photo(work, 1, 0), "--verifier", str(verifier)]
    central = ["--align", "central", "--align-set", "fraction=0.5"]
    assert "central crop, no face was looked for" in call("verify", *two, *central).stdout
    assert score(*two, *central) != score(*two)


def test_another_way_to_align_than_in_the_training(work: Path, tmp_path: Path) -> None:
    path = tmp_path / "v.safetensors"
    train(work, *ONE, "--predictor", "cosine", "--align", "central", "-o", str(path))
    two = [photo(work, 0, 0), photo(work, 1, 0), "--verifier", str(path)]
    with pytest.raises(OptionError, match="expected --align central"):
        call("verify", *two, "--align", "yunet:x.onnx")
    assert call("verify", *two, "--align", "central").exit_code == 0
    assert score(*two, "--align-set", "fraction=0.4") != score(*two)


class Detector:
    """Finds two faces, the second larger."""

    def find(self, image: object) -> Detections:
        boxes = np.array([[40, 40, 20, 20], [0, 0, 60, 70]], dtype=np.float32)
        points = np.arange(20, dtype=np.float32).reshape(2, 5, 2)
        return Detections(boxes, points, np.array([0.9, 0.8], dtype=np.float32))


@pytest.mark.parametrize(("several", "which"), [("central", 0), ("largest", 1)])
def test_the_face_that_is_shown_is_the_one_that_is_taken(
    several: str, which: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier_photos, "_load_detector", lambda *_: Detector())
    align = aligners.build({"align": "yunet", "weights": "x", "several": several})
    image = np.zeros((100, 100, 3), dtype=np.uint8)
    face = verifier_photos.locate_face(image, align)
    assert face is not None
    assert face.among == 2
    assert face.box.tolist() == Detector().find(image).boxes[which].tolist()
    assert face.landmarks.tolist() == Detector().find(image).landmarks[which].tolist()


@pytest.mark.realdata
def test_real_people(real_data: Path, tmp_path: Path) -> None:
    """Aligned by YuNet, embedded by public weights; who is asked about was not learned from."""
    images = real_data / "lfw" / "images"
    folders = sorted(path.parent for path in images.glob("*/*_0004.jpg"))[:34]
    lines = [
        f"{folder.name}/{folder.name}_{number:04d}.jpg {folder.name}"
        for folder in folders[4:]
        for number in range(1, 4)
    ]
    listed = tmp_path / "listed.txt"
    listed.write_text("\n".join(lines))
    path = tmp_path / "v.safetensors"
    align = ["--align", f"yunet:{real_data / 'weights' / 'yunet_n_dynamic.onnx'}"]
    weights = real_data / "weights" / "mobilefacenet_ms1m_y1.safetensors"
    done = call(
        *("train-verifier", "--faces", f"listed:{listed}", "--source", f"root={images}", *align),
        *("--network", "mobilefacenet_y1", "--weights", str(weights), "-o", str(path)),
        *("--store", str(tmp_path / "store"), "--predictor", "cosine"),
    )
    assert done.exit_code == 0
    described = read_description(path)
    assert described.trained["accuracy"]["held_out"]["value"] > 0.9
    for one, two in ((0, 0), (0, 1), (2, 2), (2, 3)):
        shown = [
            str(folders[person] / f"{folders[person].name}_{number:04d}.jpg")
            for person, number in ((one, 1), (two, 2))
        ]
        asked = call("verify", *shown, "--verifier", str(path), *align, "--json", "-")
        found = json.loads(asked.stdout)
        assert found["same_person"] == (one == two)
        for each in found["photos"]:
            left, top, wide, high = each["face"]["box"]
            assert 0 <= left < left + wide <= each["width"]
            assert 0 <= top < top + high <= each["height"]
            points = np.array(each["face"]["landmarks"])
            assert (points >= [left, top]).all()
            assert (points <= [left + wide, top + high]).all()
            assert points[0, 0] < points[1, 0], "the eye at the left is left of the other"
            assert each["face"]["certainty"] > 0.6
        plain = call("verify", *shown, "--verifier", str(path), *align).stdout
        assert f"face at left {found['photos'][0]['face']['box'][0]:.0f}, top" in plain
