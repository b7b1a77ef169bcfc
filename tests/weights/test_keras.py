"""Files as Keras writes them, and as somebody would who means harm."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faceaudit.errors import WeightsError
from faceaudit.weights.keras import read_keras

RNG = np.random.default_rng(0)
WEIGHTS = {
    "z_conv/kernel": RNG.normal(size=(3, 3, 2, 4)).astype(np.float32),
    "z_conv/bias": RNG.normal(size=4).astype(np.float32),
    "a_dense/kernel": RNG.normal(size=(8, 5)).astype(np.float32),
    "a_dense/bias": RNG.normal(size=5).astype(np.float32),
}
LAYERS = ("z_conv", "z_conv/relu", "a_dense")


def write(
    root: h5py.Group, *, fixed: bool = True, form: str = "{layer}/{part}:0", **how: object
) -> None:
    """Write WEIGHTS the way Keras 2 does; `fixed` strings were written by h5py 2."""

    def strings(names: list[str]) -> object:
        encoded = [name.encode() for name in names]
        return np.array(encoded) if fixed else encoded

    root.attrs["layer_names"] = strings(list(LAYERS))
    root.attrs["backend"] = b"tensorflow"
    for layer in LAYERS:
        group = root.require_group(layer)
        parts = [part for part in ("kernel", "bias") if f"{layer}/{part}" in WEIGHTS]
        names = [form.format(layer=layer, part=part, letter=part[0]) for part in parts]
        group.attrs["weight_names"] = strings(names)
        for name, part in zip(names, parts, strict=True):
            group.create_dataset(name, data=WEIGHTS[f"{layer}/{part}"], **how)


def same(got: dict[str, torch.Tensor]) -> None:
    assert list(got) == list(WEIGHTS), "in the file's order, not that of the names"
    for name, values in WEIGHTS.items():
        assert got[name].dtype == torch.float32
        np.testing.assert_array_equal(got[name], values)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "weights.h5"


@pytest.mark.parametrize("fixed", [True, False])
def test_weights_of_keras_2(path: Path, fixed: bool) -> None:
    with h5py.File(path, "w") as file:
        write(file, fixed=fixed)
    same(read_keras(path))


def test_a_whole_model(path: Path) -> None:
    with h5py.File(path, "w") as file:
        write(file.create_group("model_weights"), form="{layer}_1/{part}:0")
        file.attrs["model_config"] = b'{"class_name": "Lambda", "code": "never read"}'
    same(read_keras(path))


def test_other_ways_to_write_it(path: Path) -> None:
    with h5py.File(path, "w", libver="latest") as file:
        write(file, compression="gzip", shuffle=True, fletcher32=True)
    same(read_keras(path))


def test_long_lists_in_pieces(path: Path) -> None:
    with h5py.File(path, "w") as file:
        write(file)
        for place, layer in enumerate(LAYERS):
            file.attrs[f"layer_names{place}"] = np.array([layer.encode()])
        del file.attrs["layer_names"]
    same(read_keras(path))


def test_other_kinds_of_floats(path: Path) -> None:
    with h5py.File(path, "w") as file:
        write(file, dtype=">f8")
    same(read_keras(path))


def test_names_of_keras_1(path: Path) -> None:
    with h5py.File(path, "w") as file:
        write(file)
        group = file["a_dense"]
        for old, new in (("kernel:0", "W"), ("bias:0", "b")):
            group[f"a_dense_{new}"] = group[f"a_dense/{old}"]
        group.attrs["weight_names"] = np.array([b"a_dense_W", b"a_dense_b"])
    same(read_keras(path))


def test_weights_of_keras_3(path: Path) -> None:
    with h5py.File(path, "w") as file:
        for layer in ("conv2d_10", "conv2d", "conv2d_2"):
            parts = file.create_group(f"layers/{layer}/vars")
            parts["0"] = np.full((1, 1, 1, 1), len(layer), np.float32)
            parts["1"] = np.zeros(1, np.float32)
        file.create_group("layers/re_lu/vars")
        norm = file.create_group("layers/block/layers/norm/vars")
        for place in range(4):
            norm[str(place)] = np.full(3, place, np.float32)
        file.create_group("optimizer/vars")["0"] = np.arange(3)
    got = read_keras(path)
    assert list(got) == [
        *(f"block/norm/{place}" for place in range(4)),
        *(f"conv2d{n}/{part}" for n in ("", "_2", "_10") for part in ("kernel", "bias")),
    ]
    assert got["conv2d_10/kernel"].item() == 9
    assert got["block/norm/2"].tolist() == [2, 2, 2]


def refused(path: Path, match: str) -> None:
    with pytest.raises(WeightsError, match=match) as caught:
        read_keras(path)
    assert "\n" not in str(caught.value)


def test_what_is_no_hdf5_file(path: Path) -> None:
    refused(path, "expected a Keras file, got .*No such file")
    refused(path.parent, "expected a Keras file, got .*Is a directory")
    for content in (b"", b"\x80\x04K\x01.", b"PK\x03\x04" + bytes(100)):
        path.write_bytes(content)
        refused(path, "expected an HDF5 file of Keras, got .*unpack it first")


def test_what_is_no_keras_file(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["numbers"] = np.zeros(3)
    refused(path, "expected layer_names or a group 'layers'.*got neither")
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([b"gone"])
    refused(path, "expected 'gone' in the Keras file, got nothing there")
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([b"a"])
        file.create_group("a").attrs["weight_names"] = []
    refused(path, "expected weights in .*, got none")
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([b"a"])
        file["a"] = np.zeros(3)
    refused(path, "expected a group at 'a', got dataset")
    with h5py.File(path, "w") as file:
        write(file)
        file["z_conv"].attrs["weight_names"] = np.array([b"z_conv"])
    refused(path, "expected a tensor at 'z_conv', got group")
    with h5py.File(path, "w") as file:
        write(file)
        file["z_conv"].attrs["weight_names"] = np.array([b"z_conv/kernel:0"] * 2)
    refused(path, "expected each layer's weights once in .*, got 'z_conv/kernel' twice")
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = 3
    refused(path, "expected at most 10000 names in 'layer_names', got 1 of int64")


def replaced(path: Path) -> h5py.File:
    """Write a good file, open it again, and take the first kernel out."""
    with h5py.File(path, "w") as file:
        write(file)
    file = h5py.File(path, "r+")
    del file["z_conv/z_conv/kernel:0"]
    return file


@pytest.mark.parametrize("kind", ["external", "soft"])
@pytest.mark.parametrize("where", ["z_conv/z_conv/kernel:0", "z_conv", "model_weights"])
def test_links_to_elsewhere_are_refused(path: Path, kind: str, where: str) -> None:
    """No link is followed, not even one inside the file: what is listed has to be there."""
    other = path.with_name("other.h5")
    with h5py.File(other, "w") as file:
        write(file)
    with replaced(path) as file:
        if where in file:
            del file[where]
        link = (
            h5py.ExternalLink(str(other), f"/{where}")
            if kind == "external"
            else h5py.SoftLink("/a_dense")
        )
        file[where] = link
    refused(path, "got a link to elsewhere; do not trust this file")


def test_numbers_from_other_files_are_refused(path: Path) -> None:
    secret = path.with_name("secret")
    secret.write_bytes(bytes(range(256)))
    with replaced(path) as file:
        file["z_conv"].create_dataset(
            "z_conv/kernel:0", (8, 8), np.float32, external=[(str(secret), 0, 256)]
        )
    refused(path, "'z_conv/kernel' in the file itself, got a reference to another file")
    other = path.with_name("other.h5")
    with h5py.File(other, "w") as file:
        write(file)
    with replaced(path) as file:
        layout = h5py.VirtualLayout((8, 5), np.float32)
        layout[:] = h5py.VirtualSource(other, "a_dense/a_dense/kernel:0", (8, 5))
        file["z_conv"].create_virtual_dataset("z_conv/kernel:0", layout)
    refused(path, "'z_conv/kernel' in the file itself, got a reference to another file")


def test_what_is_not_floats_is_refused(path: Path) -> None:
    for values in (
        np.arange(3),
        np.array([b"text"]),
        np.array(["text"], dtype=h5py.string_dtype()),
        np.zeros(3, np.complex64),
        np.zeros(3, np.longdouble),
        np.zeros(3, [("a", "f4"), ("b", "f4")]),
    ):
        with replaced(path) as file:
            file["z_conv"].create_dataset("z_conv/kernel:0", data=values)
        refused(path, "expected floats in 'z_conv/kernel'")
    with replaced(path) as file:
        file["z_conv"]["z_conv/kernel:0"] = h5py.Empty("f4")
    refused(path, "expected floats in 'z_conv/kernel'")


def test_what_would_fill_the_memory_is_refused(path: Path) -> None:
    start = sum(os.times()[:4])  # of the CPU, and with the processes that read
    with replaced(path) as file:
        file["z_conv"].create_dataset("z_conv/kernel:0", (1 << 40,), np.float32)
    refused(path, "more than is allowed or a file of this size can be believed to hold")
    with replaced(path) as file:
        file["z_conv"].create_dataset("z_conv/kernel:0", (1 << 16,), np.float32)
    refused(path, "expected numbers in 'z_conv/kernel', got room for them only")
    with replaced(path) as file:
        file["z_conv"].create_dataset(
            "z_conv/kernel:0", data=np.zeros(1 << 23, np.float32), compression="gzip"
        )
    assert path.stat().st_size < 1 << 19
    refused(path, "more than is allowed or a file of this size can be believed to hold")
    with replaced(path) as file:
        bomb = file["z_conv"].create_dataset(
            "z_conv/kernel:0", data=np.zeros(1 << 17, np.float32), compression="gzip"
        )
        file["z_conv"].attrs["weight_names"] = np.array([b"z_conv/kernel:0"])
        file.attrs["layer_names"] = np.array([f"l{place}".encode() for place in range(40)])
        for place in range(40):
            group = file.create_group(f"l{place}")
            group["kernel"] = bomb
            group.attrs["weight_names"] = np.array([b"kernel"])
    refused(path, "more than is allowed or a file of this size can be believed to hold")
    assert sum(os.times()[:4]) - start < 10


def test_the_limit(path: Path) -> None:
    with h5py.File(path, "w") as file:
        write(file)
    total = sum(values.nbytes for values in WEIGHTS.values())
    same(read_keras(path, limit=total))
    with pytest.raises(
        WeightsError, match="'a_dense/bias' of shape \\(5,\\), more than is allowed"
    ):
        read_keras(path, limit=total - 1)


def test_unknown_filters_are_refused(path: Path) -> None:
    with replaced(path) as file:
        file["z_conv"].create_dataset("z_conv/kernel:0", data=np.zeros(9, "f4"), compression="lzf")
    refused(path, "expected 'z_conv/kernel' plain or deflated, got filters")


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(data=st.data())
def test_damaged_files_are_read_or_refused(path: Path, data: st.DataObject) -> None:
    if not path.with_name("good").exists():
        with h5py.File(path.with_name("good"), "w") as file:
            write(file, fixed=False)
    content = bytearray(path.with_name("good").read_bytes())
    # Most of the file is room for more; damage there would do nothing.
    used = [place for place, byte in enumerate(content) if byte]
    for place in data.draw(st.lists(st.sampled_from(used), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(8, len(content)) | st.just(len(content))) :]
    path.write_bytes(content)
    try:
        got = read_keras(path)
    except WeightsError as error:
        assert "expected" in str(error)  # noqa: PT017 - either is right
    else:
        assert all(tensor.dtype == torch.float32 for tensor in got.values())
