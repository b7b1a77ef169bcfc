"""Pickles of PyTorch files that run nothing and harm all the same, written by hand."""

from __future__ import annotations

import io
import pickle
import random
import struct
import time
import tracemalloc
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faceaudit.errors import WeightsError
from faceaudit.weights import read
from faceaudit.weights.pickle_check import check_pickle


def archive(
    content: bytes, *, data: bytes = bytes(16), extra: dict[str, bytes] | None = None
) -> Any:
    """An archive as `torch.save` writes one, around any pickle."""
    buffer = io.BytesIO()
    members = {"data.pkl": content, "byteorder": b"little", "data/0": data, "version": b"3\n"}
    members[extra] = b""
    with zipfile.ZipFile(buffer, "w") as file:
        for name, value in members.items():
            file.writestr(f"a/{name}", value)
    return buffer.getvalue()


def legacy(content: bytes) -> bytes:
    """The format before it: magic number, version, machine, content, storages (here none)."""
    start = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}]
    return b"".join([*(pickle.dumps(item, 2) for item in start), content, pickle.dumps([], 2)])


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def number(value: int) -> bytes:
    return b"\x8a\x08" + struct.pack("<q", value)


def call(name: str, *arguments: bytes) -> bytes:
    module, _, function = name.rpartition(".")
    return f"c{module}\n{function}\n(".encode() + b"".join(arguments) + b"tR"


def tensor(size: int = 4, stride: int = 1, *, claimed: int = 4) -> bytes:
    parts = [text("storage"), b"ctorch\nFloatStorage\n", text("0"), text("cpu"), number(claimed)]
    storage = b"(" + b"".join(parts) + b"tQ"
    shape, steps = (b"(" + number(value) + b"t" for value in (size, stride))
    hooks = call("collections.OrderedDict")
    return call("torch._utils._rebuild_tensor_v2", storage, number(0), shape, steps, b"\x89", hooks)


def pickled(*pairs: tuple[bytes, bytes], before: bytes = b"") -> bytes:
    """A dictionary."""
    return b"\x80\x02" + before + b"}(" + b"".join(key + value for key, value in pairs) + b"u."


W = (text("w"), tensor())
DOUBLED = b")q\x00" + b"h\x00h\x00\x86q\x00" * 40  # a tuple of two of the last tuple, 40 times
NESTED = b")" + b"\x85" * 1_000_000


def written(folder: Path, content: bytes) -> Path:
    path = folder / "weights"
    path.write_bytes(content)
    return path


def test_a_pickle_that_is_put_together_here_is_one_of_torch(tmp_path: Path) -> None:
    content = archive(pickled(W), data=struct.pack("<4f", 1, 2, 3, 4))
    assert read(written(tmp_path, content)).tensors["w"].tolist() == [1, 2, 3, 4]


BYTES = call("builtins.bytearray", call("builtins.bytearray", number(2**33)))
CAST = call(
    "torch._utils._rebuild_device_tensor_from_cpu_tensor",
    *(tensor(2**33, 0), b"ctorch\nfloat64\n", text("cpu"), b"\x89"),
)
HARMFUL = {
    "8 GiB of zeros, copied": (pickled(W, (text("x"), BYTES)), r"code \(builtins.bytearray\)"),
    "one number as 64 GiB": (pickled(W, (text("x"), CAST)), r"_rebuild_device_tensor_from_cpu"),
    "a key whose hash takes for ever": (pickled(W, (b"h\x00", b"N"), before=DOUBLED), "too large"),
    "a set that takes for ever": (
        pickled(W, (text("x"), call("builtins.set", b"](h\x00e")), before=DOUBLED),
        "too large",
    ),
    "a key so deep that the process ends": (pickled(W, (NESTED, b"N")), "nested too deep"),
    "a name of a megabyte": (b"\x80\x02c" + b"a" * 1_000_000 + b"\nb\n.", r"code \(aaa"),
    "a name that steers a terminal": (b"\x80\x02cos\x1b[2J\nx\n.", r"code \('os\\x1b"),
    "an attribute in the place of a method": (
        b"\x80\x02ccollections\nOrderedDict\n)R}" + text("items") + b"Nsb.",
        "expected a dictionary of tensors",
    ),
    "a device that steers a terminal": (
        pickled(W, (text("x"), call("torch.device", text("\x1b[2J")))),
        r"Invalid device string: '\\x1b",
    ),
}


@pytest.mark.parametrize("pack", [archive, legacy])
@pytest.mark.parametrize(("content", "message"), HARMFUL.values(), ids=HARMFUL)
def test_harm_without_code(content: bytes, message: str, pack: Any, tmp_path: Path) -> None:
    if pack is legacy:
        content = content.replace(tensor(), b"N").replace(tensor(2**33, 0), b"N")
    path = written(tmp_path, pack(content))
    tracemalloc.start()
    start = time.monotonic()
    with pytest.raises(WeightsError, match=message) as raised:
        read(path)
    assert time.monotonic() - start < 20
    assert tracemalloc.get_traced_memory()[1] < 256 * 1024**2
    tracemalloc.stop()
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize("zipped", [True, False])
def test_what_training_code_saves_is_not_refused(zipped: bool, tmp_path: Path) -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    optimiser = torch.optim.Adam(network.parameters())
    network(torch.ones(1, 3, 5, 5)).sum().backward()
    optimiser.step()
    content = {
        "state_dict": network.state_dict(),
        "optimizer": optimiser.state_dict(),
        "scheduler": torch.optim.lr_scheduler.MultiStepLR(optimiser, [1, 5]).state_dict(),
        "random": random.getstate(),
        "rest": [{1, 2}, b"bytes", 1j, torch.bfloat16, torch.device("cpu"), torch.Size([2])],
        "more": [Counter("ab"), OrderedDict(a=1), 10**30, -5, None, torch.ones(2).bfloat16()],
        "one": torch.nn.Parameter(torch.ones(2)),
    }
    torch.save(
        {"state_dict": content, "epoch": 3}, tmp_path / "a", _use_new_zipfile_serialization=zipped
    )
    del content["one"]
    torch.save(content, tmp_path / "b", _use_new_zipfile_serialization=zipped)
    assert read(tmp_path / "a").facts["epoch"] == "3"
    assert set(read(tmp_path / "b").tensors) == set(network.state_dict())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (archive(pickled(W), data=b"1"), "in a part of their size, got none of 16 bytes"),
        (archive(pickled((text("w"), tensor(claimed=2**40)))), "expected the numbers of 'w'"),
        (archive(pickled((text("w"), tensor(2**40, claimed=2**40)))), "expected a whole file"),
        (archive(pickled(W), extra="../../x"), "whose parts' names lead out of it"),
    ],
)
def test_storages_that_the_archive_does_not_hold(
    content: bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match=message):
        read(written(tmp_path, content))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name(tmp_path: Path) -> None:
    path = written(tmp_path, archive(pickled(W)))
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("a/data.pkl", b"cos\nsystem\n.")
    with pytest.raises(WeightsError, match="names are the same twice"):
        read(path)


def test_a_pickle_of_many_bytes_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faceaudit.weights.pytorch.PICKLE_LIMIT", 100)
    with pytest.raises(WeightsError, match="a pickle of at most 100 bytes"):
        read(written(tmp_path, archive(pickled(W))))


PIECES = [
    *(bytes([code]) for code in b"(.}]){lbtesuaNIKJMRQcqh"),
    *(bytes([code]) for code in b"\x80\x81\x85\x86\x87\x88\x89\x8a\x92\x93\x94"),
    *(text("w"), text("0"), number(4), tensor(), tensor(2**40, 0), b"ccollections\nOrderedDict\n"),
    *(b"ctorch\nfloat32\n", b"cos\nsystem\n", b"cbuiltins\nset\n", b"ctorch\ndevice\n"),
]  # fmt: skip


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    parts=st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=25),
    whole=st.booleans(),
    zipped=st.booleans(),
)
def test_any_instructions_are_read_or_refused(
    parts: list[bytes], whole: bool, zipped: bool, tmp_path: Path
) -> None:
    content = b"\x80\x02" + b"".join(parts) + (b"." if whole else b"")
    refused = "expected "
    try:
        checkpoint = read(written(tmp_path, (archive if zipped else legacy)(content)))
        assert all(found.numel() < 2**20 for found in checkpoint.tensors.values())
    except WeightsError as error:
        refused = str(error)
    assert refused.startswith("expected ")
    assert refused.isprintable()


def test_endless_instructions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faceaudit.weights.pickle_check.STEPS_LIMIT", 1000)
    with pytest.raises(WeightsError, match="more than 1,000 instructions"):
        read(written(tmp_path, archive(b"\x80\x02" + b"]" * 1000 + b".")))


def test_it_stops_right_behind_the_pickle(tmp_path: Path) -> None:
    file = io.BytesIO(pickle.dumps({"a": (1, 2.5)}, 2) + b"rest")
    check_pickle(file, tmp_path)
    assert file.read() == b"rest"
