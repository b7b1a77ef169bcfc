from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import zipfile
from collections import OrderedDict
from itertools import pairwise
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper
from safetensors.torch import save as save_safetensors
from torch import nn

from faceaudit.errors import WeightsError
from faceaudit.weights import read

STATE = {
    "conv.weight": torch.arange(12.0).view(2, 3, 2, 1),
    "conv.bias": torch.tensor([1.5, -2.0]),
    "bn.num_batches_tracked": torch.tensor(7),
    "half": torch.tensor([0.5, 0.25], dtype=torch.float16),
}


def torch_bytes(content: object, *, zipped: bool = True) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


def onnx_bytes() -> bytes:
    weights = [numpy_helper.from_array(tensor.numpy(), name) for name, tensor in STATE.items()]
    node = helper.make_node("Add", ["x", "conv.bias"], ["y"])
    ports = [helper.make_tensor_value_info(name, 1, ["N", 2]) for name in ("x", "y")]
    graph = helper.make_graph([node], "g", ports[:1], ports[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    return bytes(model.SerializeToString())


FORMATS = {
    "safetensors": save_safetensors(STATE),
    "pytorch": torch_bytes(STATE),
    "pytorch-legacy": torch_bytes(STATE, zipped=False),
    "onnx": onnx_bytes(),
}


def written(folder: Path, content: bytes, name: str = "weights.bin") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def assert_same(found: Any, wanted: dict[str, torch.Tensor]) -> None:
    assert set(found) == set(wanted)
    for name, tensor in wanted.items():
        assert found[name].dtype == tensor.dtype
        assert found[name].tolist() == tensor.tolist()


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_tensors_whatever_its_name(kind: str, tmp_path: Path) -> None:
    path = written(tmp_path, FORMATS[kind], "photo.jpg")
    checkpoint = read(path)
    assert checkpoint.format == kind.partition("-")[0]
    assert checkpoint.sha256 == hashlib.sha256(FORMATS[kind]).hexdigest()
    assert checkpoint.facts["bytes"] == str(len(FORMATS[kind]))
    assert_same(checkpoint.tensors, STATE)


@pytest.mark.parametrize("start", [b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"])
def test_safetensors_whose_length_begins_as_a_pickle_does(start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    for length in range(400, 1600, 8):
        content = save_safetensors({"x": torch.ones(2)}, metadata={"about": "x" * length})
        if content.startswith(start):
            break
    assert content.startswith(start)
    path.write_bytes(content)
    assert_same(read(path).tensors, {"x": torch.ones(2)})


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    "layout",
    [
        OrderedDict,
        lambda state: {"state_dict": state},
        lambda state: {"epoch": 3, "net_state_dict": state},
        lambda state: {"model": state, "optimizer": {"state": {0: torch.ones(3)}}},
        lambda state: {"model_state_dict": state, "ema": state, "args": ["x"]},
        lambda state: {"checkpoint": {"weights": state}},
        lambda state: {"anything": state},
        lambda state: {name: nn.Parameter(t, t.is_floating_point()) for name, t in state.items()},
    ],
)
def test_nested_layouts(layout: Any, zipped: bool, tmp_path: Path) -> None:
    checkpoint = read(written(tmp_path, torch_bytes(layout(STATE), zipped=zipped)))
    assert_same(checkpoint.tensors, STATE)
    assert not any(tensor.requires_grad for tensor in checkpoint.tensors.values())


def test_a_backbone_beside_its_head(tmp_path: Path) -> None:
    content = {"backbone": {"a": torch.ones(1), "step": 4}, "head": {"weight": torch.zeros(2)}}
    checkpoint = read(written(tmp_path, torch_bytes(content)))
    assert set(checkpoint.tensors) == {"backbone.a", "head.weight"}
    assert checkpoint.facts["backbone.step"] == "4"


def test_what_is_no_tensor_becomes_a_fact(tmp_path: Path) -> None:
    content = {"state_dict": {**STATE, "version": 2}, "epoch": 68, "note": "x" * 999, "rest": [1]}
    facts = read(written(tmp_path, torch_bytes(content))).facts
    assert facts["epoch"] == "68"
    assert facts["version"] == "2"
    assert len(facts["note"]) == 200
    assert facts["ignored"] == "rest (list)"


def test_facts_of_a_file_do_not_replace_ours(tmp_path: Path) -> None:
    content = save_safetensors(STATE, metadata={"sha256": "a lie", "licence": "MIT"})
    checkpoint = read(written(tmp_path, content))
    assert checkpoint.sha256 == hashlib.sha256(content).hexdigest()
    assert checkpoint.facts["licence"] == "MIT"


def test_facts_without_end(tmp_path: Path) -> None:
    content = {**STATE, **{f"fact {n}": n for n in range(5000)}}
    facts = read(written(tmp_path, torch_bytes(content))).facts
    assert len(facts) < 110
    assert "fact 4999" not in facts
    assert "more" in facts["ignored"]


def test_words_of_other_libraries_do_not_steer_a_terminal(tmp_path: Path) -> None:
    header = json.dumps({"a": {"dtype": "\x1b[2J", "shape": [2], "data_offsets": [0, 8]}}).encode()
    content = len(header).to_bytes(8, "little") + header + bytes(8)
    with pytest.raises(WeightsError, match="whole safetensors file") as raised:
        read(written(tmp_path, content))
    assert str(raised.value).isprintable()


def test_facts_of_onnx(tmp_path: Path) -> None:
    facts = read(written(tmp_path, onnx_bytes())).facts
    assert facts["inputs"] == "x float (?, 2)"
    assert facts["outputs"] == "y float (?, 2)"
    assert "partly done by the graph" in facts["scaling of pixels"]


class Hostile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("kind", ["zip", "legacy", 2, 3, 4, 5])
@pytest.mark.parametrize("place", [lambda evil: evil, lambda evil: {**STATE, "epoch": evil}])
def test_code_is_not_executed(kind: str | int, place: Any, tmp_path: Path) -> None:
    content = place(Hostile(tmp_path / "broken into"))
    if isinstance(kind, int):
        data = pickle.dumps(content, kind)
    else:
        data = torch_bytes(content, zipped=kind == "zip")
    with pytest.raises(WeightsError, match="which was not executed"):
        read(written(tmp_path, data))
    assert not (tmp_path / "broken into").exists()
    if kind == "zip":
        torch.load(io.BytesIO(data), weights_only=False)
        assert (tmp_path / "broken into").exists(), "or else the test proves nothing"


def test_what_the_code_would_be_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, torch_bytes(nn.Linear(2, 2)))
    with pytest.raises(
        WeightsError, match=r"holds code \(the name 'torch.nn.modules.linear.Linear'\)"
    ):
        read(path)


def test_a_pickle_cannot_ask_for_more_than_the_file_holds(tmp_path: Path) -> None:
    large = torch.zeros(1).expand(1000, 1000)
    path = written(tmp_path, torch_bytes({"large": large}))
    with pytest.raises(WeightsError, match=r"no larger than their file.* got \(1000, 1000\)"):
        read(path)
    sparse = torch.eye(3).to_sparse()
    with pytest.raises(WeightsError, match="expected"):
        read(written(tmp_path, torch_bytes({"sparse": sparse})))


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "nothing: it is empty"),
        (b"hello there", "a text; check that it is the right file"),
        (b"\xff\xd8\xff\xe0 a photo", "a JPEG photo; check"),
        (b"<!DOCTYPE html><html>", "a web page; download the file itself"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS"),
        (b"\x1f\x8b\x08 gzip", "a gzip archive; unpack it first"),
        (b"\x93NUMPY\x01\x00", "an array of NumPy"),
        (b"\x80", "begins with"),
        (b"\x80\x02", "broken or cut short"),
        (b"PK\x03\x04 cut", "an archive that is broken or cut short"),
        (archive(**{"x__data.pkl": b"N."}), "with compressed parts"),
        (archive(**{"weights.h5": b"..."}), "an archive of 'weights.h5'"),
        (archive(**{"config.json": b"{}", "model.weights.h5": b""}), "a Keras archive; unpack"),
        (archive(**{"x__constants.pkl": b"", "x__data.pkl": b""}), "TorchScript archive"),
        ((10**9).to_bytes(8, "little") + b'{"a":', "whose header should have 1,000,000,000"),
        (FORMATS["safetensors"][:-1], "whole safetensors file"),
        (FORMATS["safetensors"] + b"more", "whole safetensors file"),
        (FORMATS["safetensors"][:40], "whose header should have"),
        (FORMATS["pytorch"][:-30], "an archive that is broken or cut short"),
        (FORMATS["pytorch-legacy"][:-1], "broken or cut short"),
        (FORMATS["onnx"][:-1], "ONNX file"),
        (b"\x08\x07", "without nodes or outputs"),
        (torch_bytes({"epoch": 3}), "expected a dictionary of tensors"),
        (torch_bytes({}), "got nothing"),
        (torch_bytes([torch.ones(3)]), "expected a dictionary of tensors, got list"),
        (torch_bytes({"a": {"b": {"c": {"d": {"e": {}}}}}}), "expected tensors at most"),
        (torch_bytes({"a": {}, "b": {}}), "under a key such as 'state_dict', got 'a', 'b'"),
        (save_safetensors({}), "without a tensor"),
    ],
)
def test_what_is_wrong_is_said(content: bytes, message: str, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    with pytest.raises(WeightsError, match=message) as raised:
        read(path)
    assert str(raised.value).startswith("expected ")
    assert "\n" not in str(raised.value)


def test_a_state_that_holds_itself(tmp_path: Path) -> None:
    content: dict[str, Any] = {}
    content["again"] = content
    with pytest.raises(WeightsError, match="expected tensors at most"):
        read(written(tmp_path, torch_bytes(content)))


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"missing.pt \(No such file or directory\); check"):
        read(tmp_path / "missing.pt")
    with pytest.raises(WeightsError, match="a folder; check the path"):
        read(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WeightsError, match="no regular file"):
        read(tmp_path / "pipe")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_limit(kind: str, tmp_path: Path) -> None:
    path = written(tmp_path, FORMATS[kind])
    read(path, limit=len(FORMATS[kind]))
    with pytest.raises(WeightsError, match="expected weights of at most 100 bytes"):
        read(path, limit=100)


def changed_onnx(change: Any) -> bytes:
    model = onnx.ModelProto()
    model.ParseFromString(onnx_bytes())
    change(model)
    return bytes(model.SerializeToString())


def elsewhere(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")


def negative(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[0] = -1


def huge(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[:] = [2**32, 2**32]


def by_default(model: onnx.ModelProto) -> None:
    """In what the attribute of a function is where nothing is said."""
    elsewhere(model)
    tensor = onnx.TensorProto()
    tensor.CopyFrom(model.graph.initializer[0])
    del model.graph.initializer[0]
    default = helper.make_attribute("value", tensor)
    opsets = [helper.make_opsetid("", 13)]
    model.functions.append(helper.make_function("d", "f", [], [], [], opsets, [], [default]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (by_default, "holds all its weights"),
        (elsewhere, "holds all its weights"),
        (negative, "of the size they say"),
        (huge, "of the size they say"),
    ],
)
def test_hostile_onnx(change: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=message):
        read(written(tmp_path, changed_onnx(change)))


@pytest.mark.parametrize("ends", ["aba", "aa", "abcda"])
def test_an_onnx_graph_that_goes_in_a_circle(ends: str, tmp_path: Path) -> None:
    def change(model: onnx.ModelProto) -> None:
        nodes = [helper.make_node("Identity", [a], [b]) for a, b in pairwise(ends)]
        model.graph.node.extend([helper.make_node("Identity", ["x"], ["a"]), *nodes])
        del model.graph.node[0]

    facts = read(written(tmp_path, changed_onnx(change))).facts
    assert "not done by the graph" in facts["scaling of pixels"]


def test_bfloat16_of_onnx(tmp_path: Path) -> None:
    def add(model: onnx.ModelProto) -> None:
        tensor = torch.tensor([1.0, -2.5])
        raw = tensor.to(torch.bfloat16).view(torch.int16).numpy().tobytes()
        model.graph.initializer.add(name="b16", data_type=16, dims=[2], raw_data=raw)

    found = read(written(tmp_path, changed_onnx(add))).tensors["b16"]
    assert found.dtype == torch.bfloat16
    assert found.tolist() == [1.0, -2.5]


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data(), kind=st.sampled_from(sorted(FORMATS)))
def test_a_damaged_file_is_read_or_refused(data: st.DataObject, kind: str, tmp_path: Path) -> None:
    content = bytearray(FORMATS[kind])
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(content))))
    try:
        checkpoint = read(written(tmp_path, bytes(content[:cut])))
    except WeightsError as error:
        assert str(error).startswith("expected ")  # noqa: PT017 - nothing else may be raised
    else:
        assert sum(tensor.sum().item() for tensor in checkpoint.tensors.values()) is not None


@pytest.mark.realdata
def test_real_files(real_data: Path) -> None:
    casia = read(real_data / "weights" / "mobilefacenet_casia_112x96.ckpt")
    assert (casia.format, len(casia.tensors), casia.facts["epoch"]) == ("pytorch", 333, "68")
    y1 = read(real_data / "weights" / "mobilefacenet_ms1m_y1.safetensors")
    assert (y1.format, y1.tensors["arg/fc1_weight"].shape) == ("safetensors", (128, 512))
    header = (real_data / "weights" / "mobilefacenet_ms1m_y1.safetensors").read_bytes()
    length = int.from_bytes(header[:8], "little")
    assert set(json.loads(header[8 : 8 + length])) - {"__metadata__"} == set(y1.tensors)
