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
from faceaudit.files.safe_pickle_values import Array, BrokenPickle, Kind, Span
from faceaudit.weights import read
from faceaudit.weights.torch_pickle import Storage, StoredTensor
from faceaudit.weights.torch_storages import Storages


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
NESTED = b")" + b"\x85" * 400_000


def written(folder: Path, content: bytes) -> Path:
    path = folder / "weights"
    path.write_bytes(content)
    return path


def test_a_pickle_that_is_put_together_here_is_one_of_torch(tmp_path: Path) -> None:
    content = archive(pickled(W), data=struct.pack("<4f", 1, 2, 3, 4))
    assert read(written(tmp_path, content)).tensors["w"].tolist() == [1, 2, 3, 4]


ENTRIES = b"".join(b"J" + struct.pack("<i", n) + b"N" for n in range(50_000))
ORDERED = b"ccollections\nOrderedDict\n"
SEVERAL = {
    "a path of paths": b"cpathlib\nPosixPath\nq\x010" + text("a" * 60) + b"q\x020"
    + b"h\x01h\x02h\x02\x86Rq\x020" * 30,
    "copies of a dictionary": ORDERED + b"q\x010}q\x02(" + ENTRIES + b"u0"
    + b"]" + b"h\x01h\x02\x85Ra" * 200 + b"0",
    "copies made again": b"ccopyreg\n_reconstructor\nq\x010" + ORDERED + b"q\x030}q\x02("
    + ENTRIES + b"u0]" + b"h\x01h\x03h\x03h\x02\x87Ra" * 200 + b"0",
    "a list of pairs, read again": text("a") + b"N\x86q\x000" + ORDERED + b"q\x010]q\x02("
    + b"h\x00" * 50_000 + b"e0]" + b"h\x01h\x02\x85Ra" * 200 + b"0",
}  # fmt: skip
NAMES = text("typing") + b"q\x010" + text("a" * 1_000_000) + b"q\x020]" + b"h\x01h\x02\x93a" * 400

BYTES = call("builtins.bytearray", call("builtins.bytearray", number(2**33)))
CAST = call(
    "torch._utils._rebuild_device_tensor_from_cpu_tensor",
    *(tensor(2**33, 0), b"ctorch\nfloat64\n", text("cpu"), b"\x89"),
)
HARMFUL = {
    **{
        what: (pickled(W, before=before), "expected at most 268,435,456 bytes of text")
        for what, before in SEVERAL.items()
    },
    "8 GiB of zeros, copied": (pickled(W, (text("x"), BYTES)), "bytes that are none"),
    "one number as 64 GiB": (pickled(W, (text("x"), CAST)), r"_rebuild_device_tensor_from_cpu"),
    "a name of a megabyte, again and again": (
        pickled(W, before=NAMES + b"0"),
        r"code \(the name 'typing.aaa",
    ),
    "a name of a megabyte": (b"\x80\x02c" + b"a" * 1_000_000 + b"\nb\n.", r"code \(the name 'aaa"),
    "a name that steers a terminal": (b"\x80\x02cos\x1b[2J\nx\n.", r"code \(the name 'os\\x1b"),
    "numbers that are none": (
        pickled(W, (text("x"), call("numpy.core.multiarray.scalar", b"N", b"N"))),
        "a number that is none",
    ),
    "a number of a megabyte": (b"\x80\x02I" + b"9" * 1_000_000 + b"\n.", "a number that is none"),
    "numbers behind another's": (
        pickled((text("w"), tensor(claimed=2**40)), (text("v"), b"N")),
        "expected",
    ),
    "a call of what was made": (pickled(W, (text("x"), tensor() + b")R")), r"code \(a call\)"),
    "a class that is made and not known": (
        pickled(W, (text("x"), b"cos\nsystem\n" + text("id") + b"\x85\x81")),
        r"code \(the name 'os.system'\)",
    ),
    "an attribute set on a list": (pickled(W, (text("x"), b"]}b")), r"code \(BUILD\)"),
    "an old way to call": (
        pickled(W, (text("x"), b"(" + text("id") + b"ios\nsystem\n")),
        "'os.system'",
    ),
    "an extension": (pickled(W, (text("x"), b"\x82\x01")), r"code \(EXT1\)"),
    "an attribute in the place of a method": (
        b"\x80\x02ccollections\nOrderedDict\n)R}" + text("items") + b"Nsb.",
        "expected a dictionary of tensors",
    ),
}


@pytest.mark.parametrize("pack", [archive, legacy])
@pytest.mark.parametrize(("content", "message"), HARMFUL.values(), ids=HARMFUL)
def test_harm_without_code(content: bytes, message: str, pack: Any, tmp_path: Path) -> None:
    path = written(tmp_path, pack(content))
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(WeightsError, match=message) as raised:
        read(path)
    assert time.process_time() - start < 20
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
        (
            archive(pickled((text("w"), tensor(2**40, claimed=2**40)))),
            "expected the numbers of 'w'",
        ),
        (archive(pickled((text("w"), tensor(2**40, 0)))), "no larger than their file"),
        (archive(pickled((text("w"), tensor(5)))), "no larger than their file"),
        (archive(pickled((text("w"), tensor(2, 4)))), "no larger than their file"),
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
    monkeypatch.setattr("faceaudit.weights.torch_storages.STEPS_LIMIT", 1000)
    with pytest.raises(WeightsError, match="at most 1,000 instructions"):
        read(written(tmp_path, legacy(b"\x80\x02" + b"]" * 1000 + b".")))


HARMLESS = {
    "a key of itself, forty times over": pickled(W, (b"h\x00", b"N"), before=DOUBLED + b"0" * 41),
    "a set of itself": pickled(
        W, (text("x"), call("builtins.set", b"](h\x00e")), before=DOUBLED + b"0" * 41
    ),
    "a key so deep that the process would end": pickled(W, (NESTED, b"N")),
    "a value as deep": pickled(W, (text("x"), NESTED)),
    "keys of one hash": pickled(
        W, *((b"\x8a\x0a" + (n * (2**61 - 1)).to_bytes(10, "little"), b"N") for n in range(30_000))
    ),
}


@pytest.mark.parametrize("content", HARMLESS.values(), ids=HARMLESS)
def test_what_would_keep_another_reader_for_ever(content: bytes, tmp_path: Path) -> None:
    path = written(tmp_path, archive(content, data=struct.pack("<4f", 1, 2, 3, 4)))
    start = time.process_time()
    assert read(path).tensors["w"].tolist() == [1, 2, 3, 4]
    assert time.process_time() - start < 20


def test_a_storage_that_is_a_part_of_another(tmp_path: Path) -> None:
    """PyTorch wrote those before 0.4, and reads them to this day."""
    key = b"(" + b"".join(
        [text("storage"), b"ctorch\nFloatStorage\n", text("0"), text("cpu"), number(7)]
    ) + b"(" + text("part") + number(2) + number(4) + b"ttQ"  # fmt: skip
    shape, steps = (b"(" + number(value) + b"t" for value in (2, 1))
    hooks = call("collections.OrderedDict")
    rebuild = "torch._utils._rebuild_tensor_v2"
    made = call(rebuild, key, number(1), shape, steps, b"\x89", hooks)
    start = legacy(pickled((text("w"), made))).removesuffix(pickle.dumps([], 2))
    data = pickle.dumps(["0"], 2) + struct.pack("<q7f", 7, *range(7))
    path = written(tmp_path, start + data)
    assert torch.load(path, weights_only=False)["w"].tolist() == [3, 4]
    assert read(path).tensors["w"].tolist() == [3, 4]


def test_parts_that_overlap_are_not_copied_over_and_over(tmp_path: Path) -> None:
    path = written(tmp_path, bytes(100))
    with path.open("rb") as file:
        storages = Storages(path, {"a": (1, 80), "b": (2, 80)}, file)
        for name in ("a", "a", "b"):
            storage = Storage("Storage", name, "float32", 20)
            stored = StoredTensor("Tensor", storage, "float32", 0, (3,), (1,))
            if name == "a":
                assert storages.tensor(name, stored).tolist() == [0, 0, 0]
                continue
            with pytest.raises(BrokenPickle, match="its parts overlap"):
                storages.tensor(name, stored)
        storages = Storages(path, {}, file)
        one, other = (Array(Kind("u1"), (80,), data=Span(0, 80)) for _ in range(2))
        assert storages.tensor("x", one) is storages.tensor("y", one)
        with pytest.raises(BrokenPickle, match="its parts overlap"):
            storages.tensor("z", other)


def test_a_long_key_is_not_repeated_before_every_name(tmp_path: Path) -> None:
    """3 MB that would become 10 GB: 3,000 names below a key of 3 million letters."""
    below = b"}(" + b"".join(text(f"t{n}") + b"h\x00" for n in range(3000)) + b"u"
    content = pickled(W, (text("k" * 3_000_000), below), before=tensor() + b"q\x000")
    tracemalloc.start()
    try:
        checkpoint = read(written(tmp_path, archive(content)))
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()
    assert list(checkpoint.tensors) == ["w"]
    assert "kkk" in checkpoint.facts["ignored"]
    assert len(checkpoint.facts["ignored"]) < 1000


def test_a_pickle_is_tried_apart_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the reader's own bounds would miss ends another process, not this one."""
    filling = pickled(W, before=b"]0" + b"]" * 300_000 + b"0" * 300_000)
    path = written(tmp_path, archive(filling))
    assert list(read(path).tensors) == ["w"]
    monkeypatch.setattr("faceaudit.files.limited.limits.MEMORY", 1 << 20)
    monkeypatch.setattr("faceaudit.files.limited.limits.LOAD_MEMORY", 0)
    monkeypatch.setattr("faceaudit.files.limited.limits.THREAD", 0)
    with pytest.raises(WeightsError, match=r"stays within limits, got .*out of memory"):
        read(path)
