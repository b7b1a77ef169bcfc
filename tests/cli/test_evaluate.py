"""`faceaudit evaluate` and `faceaudit embed`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from typer.testing import CliRunner, Result

from faceaudit.cli import app
from faceaudit.errors import FaceAuditError, OptionError, WeightsError
from faceaudit.networks import networks

PEOPLE = ["--source", "people=12", "--source", "photos=6", "--source", "sessions=2"]
NETWORK = [
    "--network",
    "mobilefacenet_facexzoo",
    "--set",
    "width=0.25",
    "--set",
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
    assert "1 photos or pairs were left out" in done.output
    assert "nobody.jpg" in done.output


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
        (["--protocol", "flipp=sum"], OptionError, "got 'flipp'; try 'flip'"),
        (["--source", "people=none"], OptionError, "people"),
        (
            ["--set", "input_size=[50, 50]"],
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


def test_options_are_listed() -> None:
    done = call("evaluate", "options")
    for option in ("convention", "centred", "gallery", "fpirs"):
        assert option in done.output
