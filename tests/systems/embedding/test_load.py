"""Embedders loaded from files of weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from faceaudit.errors import OptionError, WeightsError
from faceaudit.networks import Network, networks
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.embedding.load import load_embedder, weights_file


@pytest.fixture
def network() -> Network:
    return networks.build({"network": "deepid", "width": 0.25})


@pytest.fixture
def state(network: Network) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return dict(network.build().state_dict())


@pytest.fixture
def weights(state: dict[str, torch.Tensor], tmp_path: Path) -> Path:
    path = tmp_path / "deepid.safetensors"
    safetensors.torch.save_file(state, path)
    return path


def test_gives_the_embedder_of_the_weights_in_the_file(
    network: Network, state: dict[str, torch.Tensor], weights: Path
) -> None:
    loaded = load_embedder(network, str(weights), device="cpu")
    photos = np.random.default_rng(0).integers(0, 256, (3, *network.size, 3), dtype=np.uint8)
    expected = Embedder.of(network, state)
    assert loaded.embedder.id == expected.id
    np.testing.assert_array_equal(loaded.embedder.embed(photos), expected.embed(photos))
    assert len(loaded.sha256) == 64
    assert loaded.input == "55 high, 47 wide"
    assert loaded.preparation.startswith("RGB")


def test_untrained_networks_and_other_weights_are_refused(network: Network, weights: Path) -> None:
    with pytest.raises(WeightsError, match="expected trained weights for 'deepid', got none"):
        load_embedder(network, None)
    with pytest.raises(WeightsError, match="deepid"):
        load_embedder(networks.build("deepid"), weights)


def test_a_network_that_is_its_own_file_takes_no_weights(weights: Path) -> None:
    onnx = networks.build({"network": "onnx", "path": "/nowhere/embedder.onnx"})
    with pytest.raises(OptionError, match="expected no weights for 'onnx', whose file holds them"):
        load_embedder(onnx, weights)


def test_known_weights_go_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match="try `faceaudit weights get sface`"):
        weights_file("sface")
    with pytest.raises(WeightsError, match="give the path of your own copy"):
        weights_file("vggface")
    assert weights_file("~/mine.pt") == Path("~/mine.pt").expanduser()
    file = tmp_path / "weights" / "face_recognition_sface_2021dec.onnx"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")
    assert weights_file("sface") == file
