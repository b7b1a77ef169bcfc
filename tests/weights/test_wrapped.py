"""Checkpoints as training code leaves them: what wraps them is taken away and never guessed."""

from __future__ import annotations

import argparse
import datetime
import importlib
import pickle
import random
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from faceaudit.errors import WeightsError
from faceaudit.networks import Network, networks
from faceaudit.weights import LoadedWeights, load_weights, read
from faceaudit.weights.checkpoint_keys import Candidate
from faceaudit.weights.read import expand_weights

State = dict[str, Tensor]
DEEPID = {"network": "deepid", "width": 0.3}


def trained(seed: int = 7, spec: Any = DEEPID) -> tuple[Network, State]:
    """A network's component and its state."""
    network = networks.build(spec)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return network, dict(network.build().state_dict())


def under(prefix: str, state: State) -> State:
    return {prefix + name: tensor for name, tensor in state.items()}


def inside(state: State) -> State:
    """Names as where every layer is copied to several GPUs on its own."""
    return {name.replace(".", ".module.", 1): tensor for name, tensor in state.items()}


HEAD = {"weight": torch.ones(4, 48), "bias": torch.ones(4)}
OPTIMISER = {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 0.1}]}
LAYOUTS: dict[str, Callable[[State], Any]] = {
    "lightning, its loss under head.": lambda s: {
        "state_dict": {
            **under("model.", s),
            "head.kernel": torch.ones(48, 4),
            "head.t": torch.ones(1),
        },
        "optimizer_states": [OPTIMISER],
        "hyper_parameters": {"lr": 0.1},
    },
    "arcface_torch": lambda s: {
        "epoch": 1,
        "state_dict_backbone": s,
        "state_dict_softmax_fc": {"weight": torch.ones(4, 48)},
        "state_optimizer": OPTIMISER,
    },
    "backbone and head": lambda s: {"backbone": s, "head": HEAD},
    "a head of another name": lambda s: {**under("encoder.", s), "fc.weight": torch.ones(4, 48)},
    "several GPUs": lambda s: under("module.", s),
    "several GPUs below the network": inside,
    "several GPUs, compiled, below": lambda s: {"net": under("_orig_mod.module.", inside(s))},
    "any word": lambda s: {"whatever": {"it": {"is": under("called.so.", s)}}},
    "a random state beside": lambda s: {"model": s, "rng": torch.get_rng_state(), "epoch": 3},
    "an average of the same": lambda s: {"model": s, "ema": {**s}},
    "an average of the same numbers": lambda s: {
        "model": s,
        "model_ema": {"module": {name: tensor.clone() for name, tensor in s.items()}, "decay": 0.9},
    },
    "a profiler's counts": lambda s: {
        **s,
        **{
            f"{at}total_{what}": torch.zeros(1)
            for at in ("", "conv1.")
            for what in ("ops", "params")
        },
    },
    "an optimiser before the network": lambda s: {
        "optimizer": OPTIMISER,
        "state": under("net.", s),
    },
}


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_one_wrapper_that_fits_is_taken_away(
    layout: Callable[[State], Any], zipped: bool, tmp_path: Path
) -> None:
    network, state = trained()
    torch.save(layout(state), tmp_path / "a.pt", _use_new_zipfile_serialization=zipped)
    assert_same(load_weights(network, tmp_path / "a.pt"), state)


def assert_same(found: LoadedWeights, state: State) -> None:
    assert list(found.state) == list(state)
    for name, tensor in state.items():
        assert torch.equal(found.state[name], tensor)


def test_heads_and_all_else_are_said(tmp_path: Path) -> None:
    network, state = trained()
    content = {
        **under("model.", state), **under("head.", HEAD), "loss.s": torch.ones(1),
        "model.total_ops": torch.zeros(1),
    }  # fmt: skip
    torch.save({"state_dict": content, "lr": 0.1}, tmp_path / "a.pt")
    found = load_weights(network, tmp_path / "a.pt")
    assert set(found.head) == {"head.weight", "head.bias"}
    assert found.notes == (
        "'model.' stripped from the names",
        "set aside, of a classification head: head.weight, head.bias",
        "not of this network: loss.s",
        "counts of a profiler: total_ops",
    )


@pytest.mark.parametrize("before", ["", "net.", "net.model."])
def test_a_head_below_any_of_the_wrappers_is_one(before: str, tmp_path: Path) -> None:
    network, state = trained()
    content = {**under("net.model.backbone.", state), **under(f"{before}head.", HEAD)}
    torch.save({**content, "other.head.weight": torch.ones(1)}, tmp_path / "a.pt")
    found = load_weights(network, tmp_path / "a.pt")
    assert_same(found, state)
    assert set(found.head) == {"head.weight", "head.bias"}
    assert "not of this network: other.head.weight" in found.notes


TWO: dict[str, Callable[[State, State], Any]] = {
    "model, model_ema": lambda a, b: {"model": a, "model_ema": b},
    "student, teacher": lambda a, b: {**under("student.", a), **under("teacher.", b)},
    "net.a, net.b.module": lambda a, b: {"net": {"a": a, "b": under("module.", b)}},
}


@pytest.mark.parametrize(("parts", "layout"), TWO.items(), ids=TWO)
def test_of_two_that_fit_none_is_guessed(
    parts: str, layout: Callable[[State, State], Any], tmp_path: Path
) -> None:
    network, first = trained(1)
    _, second = trained(2)
    path = tmp_path / "a.pt"
    torch.save(layout(first, second), path)
    one, two = parts.split(", ")
    with pytest.raises(WeightsError) as raised:
        load_weights(network, path)
    assert str(raised.value) == (
        f"expected one set of weights of 'deepid', got 2 in {path} that fit and differ ({parts}); "
        f"try a.pt#{one} or a.pt#{two} in place of the file"
    )
    assert_same(load_weights(network, Path(f"{path}#{one}")), first)
    assert_same(load_weights(network, expand_weights(f"{path}#{two}")), second)
    assert set(read(Path(f"{path}#{one}")).tensors) == set(first)
    with pytest.raises(WeightsError, match=r"expected one of the parts .* of the file, got 'x'"):
        read(Path(f"{path}#x"))


def test_a_file_whose_name_has_the_mark_in_it(tmp_path: Path) -> None:
    network, state = trained()
    torch.save({"a": state, "b": trained(2)[1]}, tmp_path / "a#b.pt")
    assert_same(load_weights(network, Path(f"{tmp_path}/a#b.pt#a")), state)
    torch.save(state, tmp_path / "a.pt#ema")
    torch.save(trained(2)[1], tmp_path / "a.pt")
    assert_same(load_weights(network, tmp_path / "a.pt#ema"), state)


def test_only_whole_fits_count(tmp_path: Path) -> None:
    """One tensor less or one more under the prefix, and nothing is taken."""
    network, state = trained()
    short = {name: tensor for name, tensor in state.items() if name != "conv2.bias"}
    for content, said in (
        (under("model.", short), "1 missing: conv2.bias;"),
        ({**under("model.", state), "model.more": torch.ones(1)}, "1 unexpected: more;"),
        ({**state, "head2.weight": torch.ones(1)}, "2 unexpected: head2.weight, other.x;"),
    ):
        torch.save({"state_dict": {**content, "other.x": torch.ones(1)}}, tmp_path / "a.pt")
        with pytest.raises(WeightsError, match=said) as raised:
            load_weights(network, tmp_path / "a.pt")
        assert str(raised.value).startswith("expected the weights of 'deepid', got")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"network": "iresnet18"}, "iresnet18"),
        ({"network": "edgeface", "variant": "xxs"}, "edgeface --set variant=xxs"),
    ],
)
def test_the_network_that_fits_comes_first(spec: Any, said: str, tmp_path: Path) -> None:
    _, state = trained(spec=spec)
    save_file({**under("model.", state), "head.weight": torch.ones(2, 512)}, tmp_path / "a")
    with pytest.raises(WeightsError) as raised:
        load_weights(networks.build("mobilefacenet"), tmp_path / "a")
    start = f"fits {spec['network']}: try --network {said}; expected the weights of 'mobilefacenet'"
    assert str(raised.value).startswith(start)


PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
BESIDE: dict[str, Any] = {
    "best": np.float64(99.5),
    "half": np.float16(0.5),
    "count": np.int64(7),
    "flag": np.bool_(True),
    "when": datetime.datetime(2024, 5, 1, 12, 30),
    "day": datetime.date(2024, 5, 1),
    "where": Path("/data/faces"),
}
SAID = {
    "best": "99.5", "half": "0.5", "count": "7", "flag": "True", "when": "2024-05-01 12:30:00",
    "day": "2024-05-01", "where": "//data/faces",
}  # fmt: skip
OTHERS: dict[str, Any] = {
    "args": argparse.Namespace(lr=0.1, where=Path("x")),
    "classes": {1, 2},
    "frozen": frozenset({"a"}),
    "losses": defaultdict(list, a=[1.0]),
    "counts": Counter("ab"),
    "ordered": OrderedDict(a=1),
    "curve": np.linspace(0, 1, 50),
    "names": np.array(["a", "b"]),
    "objects": np.array([None, {}], object),
    "random": (random.getstate(), np.random.default_rng(0).bit_generator.state),
    "duration": datetime.timedelta(1),
    "utc": datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC),
    "shape": torch.Size([1, 2]),
    "type": torch.float16,
    "numpy type": np.dtype("<f4"),
    "device": torch.device("cuda:0"),
    "a class": np.float32,
    "recent": deque([1.0, 2.0], maxlen=9),
    "generators": [np.random.default_rng(0), np.random.RandomState(0)],
}


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_lies_beside_the_weights_does_no_harm(
    protocol: int, zipped: bool, tmp_path: Path
) -> None:
    network, state = trained()
    torch.save(
        {"state_dict": state, **BESIDE, "cfg": OTHERS},
        tmp_path / "a.pt",
        pickle_protocol=protocol,
        _use_new_zipfile_serialization=zipped,
    )
    assert_same(load_weights(network, tmp_path / "a.pt"), state)
    facts = read(tmp_path / "a.pt").facts
    assert {key: facts.get(key) for key in SAID} == SAID


def made_with_tensors(state: State) -> dict[str, Any]:
    return {name: nn.Parameter(tensor) for name, tensor in state.items()}


def made_with_arrays(state: State) -> dict[str, Any]:
    return {name: np.asfortranarray(tensor.numpy()) for name, tensor in state.items()}


@pytest.mark.parametrize("make", [dict, OrderedDict, made_with_tensors, made_with_arrays])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_plain_pickle_of_tensors_or_arrays(make: Any, protocol: int, tmp_path: Path) -> None:
    network, state = trained()
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"weights": make(state)}, protocol))
    assert_same(load_weights(network, tmp_path / "a.pkl"), state)


@pytest.mark.parametrize("zipped", [True, False])
def test_views_share_their_storage(zipped: bool, tmp_path: Path) -> None:
    whole = torch.arange(24.0)
    content = {
        "whole": whole, "turned": whole.view(4, 6).T, "end": whole[20:], "none": whole[:0],
        "one": whole[5], "wide": torch.tensor([1, 60_000], dtype=torch.uint16),
        "bytes": torch.arange(3, dtype=torch.uint8), "yes": torch.tensor([True, False]),
        "bf16": torch.ones(3, dtype=torch.bfloat16),
    }  # fmt: skip
    torch.save(content, tmp_path / "a.pt", _use_new_zipfile_serialization=zipped)
    found = read(tmp_path / "a.pt").tensors
    assert set(found) == set(content)
    for name, tensor in content.items():
        assert found[name].dtype == tensor.dtype
        assert found[name].tolist() == tensor.tolist()


@pytest.mark.parametrize("kind", ["float64", "bfloat16", "float16", "float8_e4m3fn"])
def test_other_fractions_become_what_is_wanted(kind: str, tmp_path: Path) -> None:
    network, state = trained()
    halves = {name: tensor.to(getattr(torch, kind)) for name, tensor in state.items()}
    torch.save(halves, tmp_path / "a.pt")
    found = load_weights(network, tmp_path / "a.pt")
    assert_same(found, {name: tensor.float() for name, tensor in halves.items()})
    assert found.notes == (f"{len(state)} tensors of {kind} became float32",)


def test_numbers_too_large_for_the_network(tmp_path: Path) -> None:
    network, state = trained()
    wide = {name: tensor.double() for name, tensor in state.items()}
    wide["conv1.weight"] = wide["conv1.weight"] + 1e300
    torch.save(wide, tmp_path / "a.pt")
    with pytest.raises(
        WeightsError, match=r"expected finite real numbers, got others in conv1.wei"
    ):
        load_weights(network, tmp_path / "a.pt")


def test_quantised_weights_are_said_to_be(tmp_path: Path) -> None:
    network, state = trained()
    whole = {**state, "conv2.weight": (state["conv2.weight"] * 100).to(torch.int8)}
    torch.save(whole, tmp_path / "a.pt")
    with pytest.raises(WeightsError, match=r"got int8 in conv2.weight of .*, which are quantised"):
        load_weights(network, tmp_path / "a.pt")


@pytest.mark.filterwarnings("ignore")
def test_tensors_of_another_kind_are_named(tmp_path: Path) -> None:
    quantised = torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)
    for tensor, said in (
        (quantised, "a quantised one for 'x'"),
        (torch.eye(3).to_sparse(), "a sparse one for 'x'"),
        (torch.ones(2, device="meta"), r"a without numbers \(meta\) one for 'x'"),
    ):
        torch.save({"x": tensor}, tmp_path / "a.pt")
        with pytest.raises(WeightsError, match=said):
            read(tmp_path / "a.pt")


def test_a_folder_with_weights_in_it(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="a folder; check the path"):
        read(tmp_path)
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(WeightsError, match=r"a folder; try .*/pytorch_model.bin$"):
        read(tmp_path)


def test_a_file_from_a_machine_of_the_other_byte_order(tmp_path: Path) -> None:
    torch.save({"x": torch.ones(2)}, tmp_path / "a.pt")
    content = (tmp_path / "a.pt").read_bytes()
    assert content.count(b"little") == 1
    (tmp_path / "a.pt").write_bytes(content.replace(b"little", b"big   "))
    with pytest.raises(WeightsError, match=r"lowest byte comes first, got .* the other way round"):
        read(tmp_path / "a.pt")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x12\x01" + bytes(22), "a file of MXNet's parameters; load it with mxnet"),
        (b"GGUF\x03\0\0\0", "a GGUF file; take the weights of before"),
        (b"\x1c\0\0\0TFL3", "a file of TensorFlow Lite; convert it to ONNX"),
        (b"\r\n<HTML><head>", "a web page; download the file itself"),
        (b'<?xml version="1.0"?><Error>', "a web page; download the file itself"),
        (b"/annex/objects/SHA256E-s5--1.pt", "a pointer of git-annex; fetch the file itself"),
        (b"outs:\n- md5: 1\n", "a pointer of DVC; fetch the file itself"),
        (bytes(4096), "nothing but zeros, as an interrupted download leaves"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
        (bytes(257) + b"ustar\0", "a tar archive; unpack it first"),
    ],
)
def test_what_came_in_the_place_of_weights_is_named(
    content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(WeightsError, match=message):
        read(tmp_path / "a.pt")


def test_numpys_archive_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones(3))
    with pytest.raises(WeightsError, match=r"an archive of NumPy \(.npz\); save its arrays"):
        read(tmp_path / "a.npz")


MIXED: dict[str, tuple[str, Callable[[State, State], Any]]] = {
    "the average among the network's own": (
        "outside of all parts, ema",
        lambda a, b: {**a, **under("ema.", b)},
    ),
    "a loss among the network's own": (
        "state_dict, ema",
        lambda a, b: {"state_dict": {**a, "criterion.w": torch.ones(3)}, "ema": b},
    ),
}


@pytest.mark.parametrize(("parts", "layout"), MIXED.values(), ids=MIXED)
def test_an_average_is_not_taken_for_the_network_whose_part_holds_more(
    parts: str, layout: Callable[[State, State], Any], tmp_path: Path
) -> None:
    network, first = trained(1)
    _, second = trained(2)
    path = tmp_path / "a.pt"
    torch.save(layout(first, second), path)
    with pytest.raises(WeightsError) as raised:
        load_weights(network, path)
    assert f"got 2 in {path} that fit and differ ({parts}); try a.pt#" in str(raised.value)
    assert "#ema in place of the file" in str(raised.value)
    assert ("save the other on its own" in str(raised.value)) == ("outside" in parts)
    assert_same(load_weights(network, Path(f"{path}#ema")), second)
    torch.save(layout(first, first), path)
    assert_same(load_weights(network, path), first)
    less = {name: tensor for name, tensor in first.items() if name != "conv2.bias"}
    torch.save(layout(less, second), path)  # no network, so nothing to mistake for one
    assert_same(load_weights(network, path), second)


@pytest.mark.parametrize("wrapped_first", [True, False])
def test_names_that_would_become_the_same_stay_as_they_are(
    wrapped_first: bool, tmp_path: Path
) -> None:
    network, first = trained(1)
    other = inside(trained(2)[1])
    torch.save({**other, **first} if wrapped_first else {**first, **other}, tmp_path / "a.pt")
    with pytest.raises(WeightsError, match=r"unexpected: conv1\.module\.weight"):
        load_weights(network, tmp_path / "a.pt")


def test_a_file_of_many_names_is_not_compared_with_all_networks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, state = trained(spec={"network": "deepid"})
    save_file(under("a.b.", state), tmp_path / "a")
    monkeypatch.setattr("faceaudit.weights.mismatch._MOST", len(state))
    with pytest.raises(WeightsError, match=r"^fits deepid: try --network deepid"):
        load_weights(networks.build("iresnet18"), tmp_path / "a")
    monkeypatch.setattr("faceaudit.weights.mismatch._MOST", len(state) - 1)
    with pytest.raises(WeightsError, match=r"^expected the weights of 'iresnet18'"):
        load_weights(networks.build("iresnet18"), tmp_path / "a")
    reading = importlib.import_module("faceaudit.weights.read")  # the function hides it
    monkeypatch.setattr(reading, "TENSORS_LIMIT", len(state))
    assert_same(load_weights(network, tmp_path / "a"), state)
    monkeypatch.setattr(reading, "TENSORS_LIMIT", len(state) - 1)
    with pytest.raises(WeightsError, match=f"at most {len(state) - 1} tensors, got {len(state)}"):
        read(tmp_path / "a")


def test_what_lies_beside_a_part_is_listed_only_of_the_one_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each of hundreds of parts and dozens of networks it would take a minute."""
    network, state = trained()
    names = {f"a.g{group}.w{n}": torch.zeros(1) for group in range(50) for n in range(8)}
    taken: list[str] = []
    listing = Candidate.split_rest

    def split_rest(part: Candidate) -> tuple[State, tuple[str, ...]]:
        taken.append(part.prefix)
        return listing(part)

    monkeypatch.setattr(Candidate, "split_rest", split_rest)
    save_file(names, tmp_path / "a")
    with pytest.raises(WeightsError, match=r"missing: conv1\.weight"):
        load_weights(network, tmp_path / "a")
    assert taken == []
    save_file({**names, **under("net.", state)}, tmp_path / "a")
    assert_same(load_weights(network, tmp_path / "a"), state)
    assert taken == ["net."]


@pytest.mark.parametrize("pad", range(4))
def test_views_of_a_storage_at_an_odd_byte_share_one_copy(pad: int, tmp_path: Path) -> None:
    whole = torch.arange(1000.0)
    content = {"x" * (pad + 1): whole, **{f"w{n}": whole[n : n + 10] for n in range(100)}}
    torch.save(content, tmp_path / "a.pt", _use_new_zipfile_serialization=False)
    found = read(tmp_path / "a.pt").tensors
    for name, tensor in content.items():
        assert torch.equal(found[name], tensor)
    assert len({tensor.untyped_storage().data_ptr() for tensor in found.values()}) == 1


def test_an_array_of_many_names_is_read_once(tmp_path: Path) -> None:
    array = np.arange(1000.0)
    (tmp_path / "a").write_bytes(pickle.dumps({f"w{n}": array for n in range(20)}, 4))
    found = read(tmp_path / "a").tensors
    assert all(tensor.tolist() == array.tolist() for tensor in found.values())
    assert len({tensor.data_ptr() for tensor in found.values()}) == 1
