from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from faceaudit.errors import WeightsError
from faceaudit.networks import Network, networks
from faceaudit.weights import load_weights, network_with
from networks.onnx_graphs import save, small

State = dict[str, Tensor]
DEEPID = {"network": "deepid", "width": 0.3}
PHOTOS = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 55, 47, 3), dtype=np.uint8))


def trained(spec: Any = DEEPID) -> tuple[Network, State, Tensor]:
    """A network's component, its state, and what it gives for PHOTOS."""
    torch.manual_seed(7)
    network = networks.build(spec)
    module = network.build().eval()
    with torch.no_grad():
        return network, dict(module.state_dict()), module(module.prepare(PHOTOS))


def prefixed(*prefixes: str) -> Callable[[State], State]:
    return lambda state: {"".join(prefixes) + name: tensor for name, tensor in state.items()}


@pytest.mark.parametrize(
    ("layout", "prefix"),
    [
        (prefixed(), ""),
        (prefixed("module."), "module."),
        (prefixed("_orig_mod."), "_orig_mod."),
        (prefixed("module.", "backbone."), "module.backbone."),
        (prefixed("module.", "model.", "feat_net."), "module.model.feat_net."),
        (lambda state: {"state_dict": prefixed("backbone.")(state)}, "backbone."),
        (lambda state: {"net_state_dict": state, "epoch": 3}, ""),
        (lambda state: {"backbone": state, "head": {"weight": torch.ones(4, 48)}}, "backbone."),
    ],
)
def test_the_same_embeddings_whatever_the_layout(layout: Any, prefix: str, tmp_path: Path) -> None:
    network, state, embeddings = trained()
    torch.save(layout(state), tmp_path / "weights")
    weights = load_weights(network, tmp_path / "weights")
    assert list(weights.state) == list(state)
    assert any(repr(prefix) in note for note in weights.notes) == bool(prefix)
    random_state = torch.get_rng_state()
    module = network_with(network, weights)
    assert torch.equal(torch.get_rng_state(), random_state)
    assert not module.training
    with torch.no_grad():
        torch.testing.assert_close(module(module.prepare(PHOTOS)), embeddings, rtol=0, atol=0)


def test_a_head_is_set_aside(tmp_path: Path) -> None:
    network, state, _ = trained()
    content = {**prefixed("backbone.")(state), "head.weight": torch.ones(4, 48)}
    torch.save({"state_dict": content}, tmp_path / "weights")
    weights = load_weights(network, tmp_path / "weights")
    assert set(weights.head) == {"head.weight"}
    assert "set aside, of a classification head: head.weight" in weights.notes


def test_everything_that_does_not_fit_is_listed(tmp_path: Path) -> None:
    network, state, _ = trained()
    del state["conv2.bias"]
    state["conv3.bias"] = torch.zeros(3)
    state |= {f"extra{place:02}": torch.zeros(1) for place in range(13)}
    save_file(state, tmp_path / "weights")
    with pytest.raises(WeightsError) as raised:
        load_weights(network, tmp_path / "weights")
    said = str(raised.value)
    assert "expected the weights of 'deepid', got" in said
    assert "(safetensors, 23 tensors)" in said
    assert "1 missing: conv2.bias;" in said
    assert "13 unexpected: extra00, extra01, " in said
    assert "extra09 and 3 more;" in said
    assert "extra10" not in said
    assert "1 of another shape: conv3.bias (3,) instead of (18,);" in said


def test_the_right_network_is_named(tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = networks.build("deepid").build().state_dict()
    save_file({**prefixed("x.")(state), "head.weight": torch.ones(2, 160)}, tmp_path / "weights")
    with pytest.raises(WeightsError, match=r"^fits deepid: try --network deepid; expected"):
        load_weights(networks.build("mobilefacenet_casia"), tmp_path / "weights")


def test_a_name_that_would_steer_a_terminal(tmp_path: Path) -> None:
    network, state, _ = trained()
    torch.save({**state, "\x1b[2J": torch.zeros(1)}, tmp_path / "weights")
    with pytest.raises(WeightsError, match=r"1 unexpected: '\\x1b\[2J'; check the network's name"):
        load_weights(network, tmp_path / "weights")


def test_only_counters_may_be_missing(tmp_path: Path) -> None:
    network = networks.build({"network": "mobilefacenet_casia", "width": 0.25})
    torch.manual_seed(0)
    state = dict(network.build().state_dict())
    counters = {name for name in state if name.endswith("num_batches_tracked")}
    assert counters
    short = {name: tensor for name, tensor in state.items() if name not in counters}
    torch.save(short, tmp_path / "weights")
    weights = load_weights(network, tmp_path / "weights")
    assert set(weights.state) == set(state)
    assert all(weights.state[name] == 0 for name in counters)
    assert any(f"{len(counters)} counters" in note for note in weights.notes)
    network_with(network, weights)


def test_halves_become_floats(tmp_path: Path) -> None:
    network, state, embeddings = trained()
    torch.save({name: tensor.half() for name, tensor in state.items()}, tmp_path / "weights")
    weights = load_weights(network, tmp_path / "weights")
    assert {tensor.dtype for tensor in weights.state.values()} == {torch.float32}
    assert "11 tensors of float16 became float32" in weights.notes or len(state) != 11
    module = network_with(network, weights)
    with torch.no_grad():
        found = module(module.prepare(PHOTOS))
    torch.testing.assert_close(found, embeddings, atol=5e-3, rtol=0)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, 1j])
def test_numbers_that_are_none(value: complex, tmp_path: Path) -> None:
    network, state, _ = trained()
    state["conv4.bias"] = torch.full(state["conv4.bias"].shape, value)
    torch.save(state, tmp_path / "weights")
    with pytest.raises(WeightsError, match=r"expected finite real numbers, got others in conv4.b"):
        load_weights(network, tmp_path / "weights")


def test_keras_names_are_translated(tmp_path: Path) -> None:
    """A Keras file as h5py writes it: (H, W, in, out) kernels, one group a layer."""
    network, state, embeddings = trained()
    with h5py.File(tmp_path / "weights", "w") as file:
        layers = {
            "Conv1": ("conv1", None),
            "Conv2": ("conv2", None),
            "Conv3": ("conv3", None),
            "Conv4": ("conv4", None),
            "fc11": ("from_third", (18, 5, 4)),
            "fc12": ("from_fourth", (24, 4, 3)),
        }
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for name, (ours, shape) in layers.items():
            kernel = state[f"{ours}.weight"]
            if shape is None:
                kernel = kernel.permute(2, 3, 1, 0)
            else:
                kernel = kernel.view(-1, *shape).permute(2, 3, 1, 0).reshape(-1, len(kernel))
            bias = state.get(f"{ours}.bias", torch.zeros(kernel.shape[-1]))
            group = file.create_group(name)
            group.attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
            group[f"{name}/kernel:0"] = kernel.numpy()
            group[f"{name}/bias:0"] = bias.numpy()
    weights = load_weights(network, tmp_path / "weights")
    assert weights.format == "keras"
    module = network_with(network, weights)
    with torch.no_grad():
        torch.testing.assert_close(module(module.prepare(PHOTOS)), embeddings, rtol=0, atol=1e-5)


def test_a_network_without_weights_of_its_own(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small())
    network = networks.build({"network": "onnx", "path": str(path)})
    with pytest.raises(
        WeightsError, match="expected a network with weights of its own, got 'onnx'"
    ):
        load_weights(network, path)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("mobilefacenet_casia", "mobilefacenet_casia_112x96.ckpt"),
        ("mobilefacenet_y1", "mobilefacenet_ms1m_y1.safetensors"),
    ],
)
def test_real_weights_fit(name: str, file: str, real_data: Path) -> None:
    network = networks.build(name)
    module = network_with(network, load_weights(network, real_data / "weights" / file))
    assert module.embedding_size == 128
