from __future__ import annotations

import copy
import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faceaudit.errors import InputError, OptionError, WeightsError
from faceaudit.networks import Preprocessing, networks
from faceaudit.networks.common.preprocessing import INSIGHTFACE
from faceaudit.networks.onnx import AS_THEY_ARE
from faceaudit.registry import Component
from networks.onnx_graphs import save, small

RNG = np.random.default_rng(0)
PHOTOS = torch.from_numpy(RNG.integers(0, 256, (5, 12, 10, 3), dtype=np.uint8))
SUB_MUL = (("Sub", 127.5), ("Mul", 1 / 128))


def component(path: Path, **options: Any) -> Component:
    return networks.build({"network": "onnx", "path": str(path), **options})


def embed(path: Path, **options: Any) -> torch.Tensor:
    network = component(path, **options).build()
    return network(network.prepare(PHOTOS))


def expected(*, mean: float = 127.5, scale: float = 127.5, flip: bool = False) -> torch.Tensor:
    photos = PHOTOS.flip(3) if flip else PHOTOS
    with torch.no_grad():
        return small()((photos.permute(0, 3, 1, 2).double().float() - mean) / scale)


def test_agrees_with_the_same_network_in_torch(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small())
    network = component(path).build()
    assert network.embedding_size == 5
    assert network.input_size == (12, 10)
    assert not list(network.parameters())
    assert not network.training
    torch.testing.assert_close(embed(path), expected(), atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("before", "preprocessing"),
    [
        ((), INSIGHTFACE),
        (SUB_MUL, AS_THEY_ARE),
        ((("Sub", 127.5), ("Div", 128)), AS_THEY_ARE),
        ((("Add", -127.5), ("Mul", 1 / 128)), AS_THEY_ARE),
        ((("Mul", 1 / 128), ("Sub", 127.5 / 128)), AS_THEY_ARE),
    ],
)
def test_preprocessing_is_recognised(
    tmp_path: Path, before: Any, preprocessing: Preprocessing
) -> None:
    path = save(tmp_path / "a.onnx", small(), before=before)
    assert component(path).build().preprocessing == preprocessing
    scale = 128 if before else 127.5
    torch.testing.assert_close(embed(path), expected(scale=scale), atol=1e-4, rtol=0)


def test_names_of_nodes_do_not_decide(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small())
    model = onnx.load(path)
    model.graph.node[0].name, model.graph.node[1].name = "Sub_0", "Mul_1"
    onnx.save(model, path)
    assert component(path).build().preprocessing == INSIGHTFACE


def test_a_lone_scale_cannot_be_recognised(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small(), before=[("Div", 255)])
    with pytest.raises(OptionError, match=r"got one of them; give the option preprocessing"):
        component(path).build()
    given_ = {"mean": (0, 0, 0), "scale": (1, 1, 1)}
    got = embed(path, preprocessing=given_)
    torch.testing.assert_close(got, expected(mean=0, scale=255), atol=1e-4, rtol=0)


def test_preprocessing_can_be_given(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small())
    got = embed(path, preprocessing={"order": "bgr", "scale": (128, 128, 128)})
    torch.testing.assert_close(got, expected(scale=128, flip=True), atol=1e-4, rtol=0)


@pytest.mark.parametrize("batch", [1, 2, 8])
def test_a_fixed_batch(tmp_path: Path, batch: int) -> None:
    path = save(tmp_path / "a.onnx", small(), shape=(batch, 3, 12, 10), out=(batch, 5))
    torch.testing.assert_close(embed(path), expected(), atol=1e-4, rtol=0)


def test_channels_last(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.onnx", small(), shape=("N", 12, 10, 3), channels_last=True, before=SUB_MUL
    )
    network = component(path)
    assert network.size == (12, 10)
    assert network.build().preprocessing == AS_THEY_ARE
    torch.testing.assert_close(embed(path), expected(scale=128), atol=1e-4, rtol=0)


def test_half_precision(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small(), half=True)
    got = embed(path)
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, expected(), atol=0.01, rtol=0)


def test_an_open_size_is_asked_for(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small(), shape=("N", 3, "H", "W"), out=("N", "D"))
    with pytest.raises(OptionError, match=r"height.* leaves it open; give the option input_size"):
        _ = component(path).size
    network = component(path, input_size=(12, 10)).build()
    assert network.embedding_size == 5, "found by running it once"
    torch.testing.assert_close(embed(path, input_size=(12, 10)), expected(), atol=1e-4, rtol=0)
    with pytest.raises(WeightsError, match="to run on"):
        component(path, input_size=(20, 20)).build()


def test_a_size_that_the_file_contradicts(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small())
    with pytest.raises(OptionError, match=r"takes \(width 10\), got 12"):
        component(path, input_size=(12, 12)).build()
    network = component(path).build()
    with pytest.raises(InputError, match=r"\(N, 3, 12, 10\), got \(1, 3, 10, 12\)"):
        network(torch.zeros(1, 3, 10, 12))


def test_several_outputs_are_asked_for(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small(), twice=True)
    with pytest.raises(OptionError, match="one output, got 'embedding', 'map'"):
        component(path).build()
    with pytest.raises(OptionError, match="an output 'maps', got 'embedding', 'map'"):
        component(path, output="maps").build()
    assert component(path, output="map").build().embedding_size == 80
    got = embed(path, output="embedding")
    torch.testing.assert_close(got, expected(), atol=1e-4, rtol=0)


def test_gradients_are_refused(tmp_path: Path) -> None:
    network = component(save(tmp_path / "a.onnx", small())).build()
    images = torch.zeros(2, 3, 12, 10, requires_grad=True)
    with pytest.raises(InputError, match="gradients are not available through ONNX Runtime"):
        network(images)
    with pytest.raises(InputError, match="try a network with PyTorch weights"):
        network.requires_grad_(True)
    assert network.requires_grad_(False) is network
    with torch.no_grad():
        assert network(images).shape == (2, 5)
    assert network(images[:0].detach()).shape == (0, 5)


def test_channels_last_memory_and_copies(tmp_path: Path) -> None:
    network = component(save(tmp_path / "a.onnx", small())).build()
    images = network.prepare(PHOTOS)
    assert not images.is_contiguous(), "prepare gives channels last"
    again = copy.deepcopy(network)
    torch.testing.assert_close(again(images.contiguous()), network(images))


def test_its_spec_and_its_digest(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small())
    network = component(path)
    assert network.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert set(network.spec().arguments) == {"path", "preprocessing", "input_size", "output"}
    assert network.spec().build() == network == component(path)
    save(path, small(1))
    with pytest.raises(WeightsError, match="to stay as it was"):
        network.build()
    assert component(path).sha256 != network.sha256


def test_weights_elsewhere_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small())
    model = onnx.load(path)
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(4 * 4 * 27))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret")
    path.write_bytes(model.SerializeToString())
    with pytest.raises(WeightsError, match=r"holds all its weights.* 'conv.weight' names another"):
        component(path).build()


def test_weights_elsewhere_in_a_subgraph_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small())
    model = onnx.load(path)
    hidden = onnx.TensorProto(name="hidden", data_type=1, dims=[1])
    hidden.data_location = onnx.TensorProto.EXTERNAL
    hidden.external_data.add(key="location", value="/etc/passwd")
    constant = onnx.helper.make_node("Constant", [], ["c"], value=hidden)
    inner = onnx.helper.make_graph([constant], "inner", [], [])
    model.graph.node.append(onnx.helper.make_node("If", ["x"], ["y"], then_branch=inner))
    path.write_bytes(model.SerializeToString())
    with pytest.raises(WeightsError, match="'hidden' names another file"):
        component(path).build()


def test_files_that_are_none(tmp_path: Path) -> None:
    for name, content in {"empty": b"", "text": b"hello", "photo": b"\xff\xd8\xff" * 9}.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(WeightsError, match="expected an ONNX file"):
            component(path).build()
    for path in (tmp_path / "missing.onnx", tmp_path):
        with pytest.raises(WeightsError, match="that can be read"):
            component(path).build()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WeightsError, match=r"that can be read, got .*a pipe or device"):
        component(tmp_path / "pipe").build()


@pytest.mark.parametrize(
    "options",
    [
        {"shape": ("N", 3, 2**31, 2**31), "out": ("N", "D")},
        {"shape": ("N", 3, 50_000, 50_000)},
        {"shape": (10**12, 3, 12, 10)},
        {"out": ("N", 2**40)},
        {"out": ("N", 2**62, 4)},
    ],
)
def test_what_would_fill_the_memory_is_refused(tmp_path: Path, options: Any) -> None:
    path = save(tmp_path / "a.onnx", small())
    model = onnx.load(path)
    for port, name in ((model.graph.input[0], "shape"), (model.graph.output[0], "out")):
        if name in options:
            del port.type.tensor_type.shape.dim[:]
            for edge in options[name]:
                axis = port.type.tensor_type.shape.dim.add()
                setattr(axis, "dim_value" if isinstance(edge, int) else "dim_param", edge)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(WeightsError, match="takes at most 268,435,456 numbers at a time and gives"):
        component(path).build()


def test_a_loop_that_may_never_end_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small())
    model = onnx.load(path)
    inner = onnx.helper.make_graph([onnx.helper.make_node("Loop", ["m"], ["v"])], "i", [], [])
    model.graph.node.append(onnx.helper.make_node("If", ["x"], ["y"], then_branch=inner))
    path.write_bytes(model.SerializeToString())
    with pytest.raises(WeightsError, match=r"got Loop in .*, which may never end"):
        component(path).build()


def test_names_in_a_file_do_not_steer_a_terminal(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small())
    model = onnx.load(path)
    model.graph.node[0].op_type = "Co\x1b[2Jnv"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(WeightsError, match="that ONNX Runtime can run") as raised:
        component(path).build()
    assert str(raised.value).isprintable()


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_damaged_file_is_refused_or_runs(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(save(tmp_path / "a.onnx", small()).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        # The first bytes hold the graph; the rest is mostly weights, where any value is valid.
        place = data.draw(st.one_of(st.integers(0, 400), st.integers(0, len(content) - 1)))
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(content))))
    path = tmp_path / "damaged.onnx"
    path.write_bytes(bytes(content[:cut]))
    try:
        network = component(path).build()
        network(torch.zeros(1, 3, *network.input_size))
    except InputError:
        pass


@pytest.mark.realdata
def test_a_detector_is_no_recogniser(real_data: Path) -> None:
    path = real_data / "weights" / "yunet_n_dynamic.onnx"
    with pytest.raises(OptionError, match="one output, got 'cls_8', 'cls_16'"):
        component(path).build()
