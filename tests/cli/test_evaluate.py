"""`faceaudit evaluate` and `faceaudit embed`, as they are typed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from typer.testing import CliRunner, Result

from faceaudit.cli import app
from faceaudit.errors import FaceAuditError, OptionError, SplitError, WeightsError
from faceaudit.networks import networks

PEOPLE = ["--source", "people=12", "--source", "photos=6", "--source", "sessions=2"]
NETWORK = [
    "--network",
    "mobilefacenet_facexzoo",
    "--network-set",
    "width=0.25",
    "--network-set",
    "input_size=[48, 48]",
]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    options = {"network": "mobilefacenet_facexzoo", "width": 0.25, "input_size": [48, 48]}
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_file(networks.build(options).build().state_dict(), path)
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("store"))


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def evaluate(protocol: str, weights: Path, store: str, *more: str) -> Result:
    faces = ["--faces", "synthetic", *PEOPLE]
    options = ["--weights", str(weights), "--store", store]
    return call("evaluate", protocol, *faces, *NETWORK, *options, *more)


def test_verification_with_built_pairs(weights: Path, store: str, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    done = evaluate(
        *("verification", weights, store, "--per-person", "8", "--json", str(path)),
        *("--protocol", "convention=exact", "--protocol", "fars=[0.1]"),
    )
    assert done.exit_code == 0
    found = json.loads(path.read_text())
    assert found["facts"]["genuine"] == found["facts"]["impostor"] == 12 * 8
    assert found["facts"]["source"]["people"] == 12
    assert found["facts"]["preparation"] == "BGR, (x - 127.5) / 128"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert found["facts"]["weights_file_sha256"] == digest
    assert len(found["facts"]["folds"]) == 6, "two people a fold"
    figures = {figure["metric"]: figure["estimate"] for figure in found["figures"]}
    assert {"accuracy", "auc", "eer", "tar@far=0.1", "f1"} <= set(figures)
    for name, estimate in figures.items():
        assert estimate["low"] <= estimate["value"] <= estimate["high"], name
        assert f"{estimate['value'] * 100:.2f} %" in done.output


def test_verification_with_listed_pairs(weights: Path, store: str, tmp_path: Path) -> None:
    lines = ["image1,image2,label"]
    for person in range(10):
        lines.append(f"p{person:04d}/s00/0000,p{person:04d}/s01/0000,1")
        lines.append(f"p{person:04d}/s00/0000,p{person + 1:04d}/s00/0001,0")
    lines.append("p0000/s00/0000,nobody.jpg,0")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("\n".join(lines))
    done = evaluate("verification", weights, store, "--pairs", str(pairs))
    assert done.exit_code == 0
    assert "warning: pairs left out: 1" in done.stderr
    assert "pairs: 10 genuine and 10 impostor, of 11 people" in done.stdout
    assert "photos: 30 compared: CSV of pairs" in done.stdout
    assert "nobody.jpg" in done.output


def test_folds_are_as_many_as_asked_for(weights: Path, store: str, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    done = evaluate("verification", weights, store, "--folds", "3", "--json", str(path))
    assert done.exit_code == 0
    assert len(json.loads(path.read_text())["facts"]["folds"]) == 3
    assert "3 folds of people" in done.output
    few = ["--faces", "synthetic", "--source", "people=3", "--source", "photos=2"]
    with pytest.raises(SplitError, match="expected at least 4 people"):
        call(
            *("evaluate", "verification", *few, "--source", "sessions=1", *NETWORK),
            *("--weights", str(weights), "--store", store),
        )


def test_what_the_figures_rest_on_is_printed(weights: Path, store: str) -> None:
    said = evaluate("identification", weights, store).stdout
    for line in (
        "network: mobilefacenet_facexzoo, 48 high, 48 wide, BGR, (x - 127.5) / 128",
        "faces: 72 photos of 12 people, not aligned here",
        "gallery: 9 people with 9 photos",
        "probes: 45 mated, 18 non-mated",
    ):
        assert line in said


def test_a_place_for_output_is_made_or_refused_before_the_work(
    weights: Path, store: str, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "scores.csv"
    done = evaluate("verification", weights, store, "--scores-out", str(path))
    assert done.exit_code == 0
    assert path.read_text().startswith("image1,image2,person1,person2,label,fold,score")
    nowhere = "/no/such/weights"  # the place for output is looked at first
    for option, place in (("--json", tmp_path), ("--scores-out", path / "below.csv")):
        with pytest.raises(OptionError, match="expected a file"):
            evaluate("verification", Path(nowhere), store, option, str(place))


def test_thresholds_are_printed_for_the_rates_asked_for(
    weights: Path, store: str, tmp_path: Path
) -> None:
    scores, path, drawing = (tmp_path / name for name in ("scores.csv", "out.json", "det.svg"))
    rates = ["--fmr", "20%", "--fmr", "0.1"]
    more = ["--scores-out", str(scores), "--json", str(path), "--det", str(drawing)]
    done = evaluate("verification", weights, store, *rates, *more)
    assert done.exit_code == 0
    first = json.loads(path.read_text())
    assert [point["asked"] for point in first["thresholds"]] == [0.2, 0.1]
    for point in first["thresholds"]:
        words = f"{point['threshold']:.6g}" if point["threshold"] is not None else point["why"][:30]
        assert words in done.stdout
    assert first["facts"]["strangers"] == 66 * 6 * 6
    assert "thresholds: of all genuine pairs and 2,376 pairs of strangers" in done.stdout
    assert drawing.read_text().startswith("<?xml")
    again = call("evaluate", "verification", "--scores", str(scores), *rates, "--json", str(path))
    assert again.exit_code == 0
    found = json.loads(path.read_text())
    for part in ("figures", "thresholds", "curve"):
        assert found[part] == first[part]
    assert f"scores: {scores}" in again.stdout


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--scores", "s.csv", "--faces", "synthetic"], "alone, .* got --faces beside it"),
        (["--scores", "s.csv", "--scores-out", "t.csv"], "got --scores-out beside it"),
        ([], "expected --faces and --network, or --scores FILE, got no --faces"),
        (["--faces", "synthetic"], "got no --network"),
        (["--scores", "s.csv", "--fmr", "1", "--fmr", "2"], "expected --fmr as a rate above 0"),
        (["--scores", "s.csv", "--fmr", "1%", "--protocol", "fmrs=[0.1]"], "got both"),
        (["--faces", "lfw:/x", "--network", "deepid", "--det", "a.pdf"], "FILE.svg or FILE.png"),
        (
            [
                *("--faces", "lfw:/x", "--network", "deepid"),
                *("--det", "a.svg", "--scores-out", "./a.svg"),
            ],
            "expected two files, of scores and for a drawing",
        ),
    ],
)
def test_mistakes_about_scores_and_thresholds_are_said(
    more: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match=said):
        call("evaluate", "verification", *more)


def test_identification(weights: Path, store: str, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    done = evaluate("identification", weights, store, "--json", str(path))
    assert done.exit_code == 0
    found = json.loads(path.read_text())
    assert found["facts"]["gallery_people"] == 9
    assert found["facts"]["mated_probes"] == 9 * 5
    assert found["facts"]["nonmated_probes"] == 3 * 6
    unknown = [figure for figure in found["figures"] if figure["estimate"] is None]
    assert [figure["metric"] for figure in unknown] == [
        "rank-10",
        *(f"tpir@fpir={x}" for x in ("0.01", "0.001")),
    ]
    assert "unknown" in done.output


def test_embeddings_are_written_and_kept(weights: Path, store: str, tmp_path: Path) -> None:
    path = tmp_path / "embeddings.npz"
    source = ["synthetic", *PEOPLE]
    options = [*NETWORK, "--weights", str(weights), "--store", store, "-o", str(path)]
    done = call("embed", *source, *options)
    assert done.exit_code == 0
    assert "72 photos embedded, 0 left out" in done.output
    with np.load(path) as found:
        assert found["embeddings"].shape == (72, 512)
        assert found["people"][0] == "synthetic-0000"
        assert found["ids"][0] == "p0000/s00/0000"
        first = found["embeddings"]
    call("embed", *source, *options)
    with np.load(path) as again:
        np.testing.assert_array_equal(again["embeddings"], first)


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        (["--align", "yunet:/x.onnx"], OptionError, "synthetic faces have the option aligned=true"),
        (["--protocol", "flip"], OptionError, "expected --protocol OPTION=VALUE, got 'flip'"),
        (["--network", "deepid:a.pt"], OptionError, "try --network deepid --weights a.pt"),
        (["--network", "onnx"], OptionError, "expected onnx:FILE, got 'onnx' alone"),
        (["--faces", "lfw"], OptionError, "expected lfw:PATH, got 'lfw' alone"),
        (["--protocol", "flipp=sum"], OptionError, "got 'flipp'; try 'flip'"),
        (["--source", "people=none"], OptionError, "people"),
        (
            ["--network-set", "input_size=[50, 50]"],
            OptionError,
            "expected an input_size of multiples of 16",
        ),
    ],
)
def test_mistakes_are_said(
    weights: Path, store: str, more: list[str], error: type[FaceAuditError], message: str
) -> None:
    with pytest.raises(error, match=message.replace("[", r"\[")):
        evaluate("verification", weights, store, *more)


def test_untrained_networks_and_wrong_weights_are_refused(weights: Path, store: str) -> None:
    faces = ["--faces", "synthetic", *PEOPLE, "--store", store]
    with pytest.raises(WeightsError, match="expected trained weights for 'deepid', got none"):
        call("evaluate", "verification", *faces, "--network", "deepid")
    with pytest.raises(WeightsError, match="missing"):
        call("evaluate", "verification", *faces, "--network", "deepid", "--weights", str(weights))
    with pytest.raises(WeightsError, match="try `faceaudit weights get yunet`"):
        call("evaluate", "verification", *faces, "--network", "deepid", "--weights", "yunet")
    with pytest.raises(WeightsError, match="give the path of your own copy"):
        call("evaluate", "verification", *faces, "--network", "deepid", "--weights", "vggface")


def test_options_are_listed() -> None:
    done = call("evaluate", "options")
    for option in ("convention", "centred", "gallery", "fpirs"):
        assert option in done.output
