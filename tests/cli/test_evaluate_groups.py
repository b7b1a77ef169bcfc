"""Error rates by group of people, from Python and as they are printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from typer.testing import CliRunner, Result

import faceaudit
from faceaudit.cli import app
from faceaudit.errors import UnknownName
from faceaudit.networks import networks

OPTIONS = {"network": "mobilefacenet_facexzoo", "width": 0.25, "input_size": [48, 48]}
PEOPLE = ["people=26", "photos=4", "sessions=2"]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_file(networks.build(OPTIONS).build().state_dict(), path)
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("store"))


def call(protocol: str, weights: Path, store: str, *more: str) -> Result:
    source = [word for one in PEOPLE for word in ("--source", one)]
    network = ["--network", OPTIONS["network"], "--network-set", "width=0.25"]
    network += ["--network-set", "input_size=[48, 48]", "--weights", str(weights)]
    command = ["evaluate", protocol, "--faces", "synthetic", *source, *network, "--store", store]
    return CliRunner().invoke(app, [str(one) for one in (*command, *more)], catch_exceptions=False)


def test_verification_says_what_sets_groups_apart_and_json_has_every_group(
    weights: Path, store: str, tmp_path: Path
) -> None:
    file = tmp_path / "found.json"
    printed = call("verification", weights, store, "--fmr", "0.1", "--json", str(file))
    assert printed.exit_code == 0, printed.output
    assert "max/geomean" in printed.output
    assert "--by ATTRIBUTE" in printed.output  # some groups are refused
    groups = json.loads(file.read_text())["groups"]
    attributes = {one["attribute"] for one in groups}
    assert {"sex", "age_group", "skin_tone"} <= attributes
    assert "beard" not in attributes
    sex = next(one for one in groups if one["attribute"] == "sex")
    assert [group["name"] for group in sex["groups"]] == ["female-typed shape", "male-typed shape"]
    assert [group["people"] for group in sex["groups"]] == [13, 13]
    assert sex["p"]["estimate"]["n"] == 999


def test_the_groups_of_an_attribute_are_printed_where_it_is_asked_for(
    weights: Path, store: str
) -> None:
    printed = call("identification", weights, store, "--by", "beard")
    assert printed.exit_code == 0, printed.output
    assert "beard none" in printed.output
    assert "rank-1_error" in printed.output
    assert "expected at least 10 people" in printed.output.replace("\n", " ")
    assert "sex" not in printed.output
    with pytest.raises(UnknownName, match="attribute of these faces"):
        call("identification", weights, store, "--by", "height")


def test_faces_without_attributes_have_no_groups(weights: Path, tmp_path: Path) -> None:
    embedder = faceaudit.load_network(OPTIONS, weights)
    loaded = faceaudit.load_faces(
        {"source": "synthetic", "people": 26, "photos": 4, "sessions": 2},
        embedder.size,
        cache=tmp_path,
    )
    none = faceaudit.evaluate_verification(embedder, loaded, groups=(), cache=tmp_path)
    assert none.groups == ()
    some = faceaudit.evaluate_verification(
        embedder, loaded, groups=["sex"], fmrs=[0.1], cache=tmp_path
    )
    assert {one.metric for one in some.groups} == {"fmr@fmr=0.1", "fnmr@fmr=0.1"}
    assert (
        some.figures
        == faceaudit.evaluate_verification(
            embedder, loaded, groups=(), fmrs=[0.1], cache=tmp_path
        ).figures
    )
