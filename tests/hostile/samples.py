"""One small sound sample of each kind of file that faceaudit reads, to be mutated."""

from __future__ import annotations

import io
import pickle
import shutil
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from safetensors.torch import save_file

import faceaudit
from faceaudit.api.embedding import load_network
from faceaudit.api.training import train_verifier
from faceaudit.audit.plan_file import example_text
from faceaudit.networks import networks

FORMATS = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "bmp": "BMP", "webp": "WEBP", "ppm": "PPM"}
PLAN = """
title: small
backdoor:
  faces: {source: synthetic, people: 3, photos: 12, sessions: 3}
  split: {train: 5, validation: 1, test: 3}
  systems: [{network: {network: deepid, width: 0.1}, training: {epochs: 1, batch: 32}}]
  attacks: [{attack: accessory, samples: 2, instances: 3}]
  wrong_keys: 1
membership:
  faces: {source: synthetic, people: 160, photos: 4, sessions: 2}
  backbones:
  - network: {network: deepid, width: 0.1}
    pretraining:
      faces: {source: synthetic, people: 3, photos: 12, sessions: 3, seed: 1}
      split: {train: 5, validation: 1, test: 3}
      training: {epochs: 1}
  predictor: {predictor: difference_network, epochs: 1}
  verifiers: 4
  pool: {blocks: 6, validation: 3, pairs: 48}
"""
SMALLEST = {
    "title": "small",
    "backdoor": {
        "faces": {"source": "synthetic", "people": 2, "photos": 10, "sessions": 2},
        "split": {"train": 3, "validation": 1, "test": 2},
        "systems": [
            {
                "network": {"network": "deepid", "width": 0.1},
                "training": {"epochs": 1, "batch": 32},
            }
        ],
        "attacks": [{"attack": "accessory", "samples": 1, "instances": 2}],
        "wrong_keys": 1,
    },
}
NETWORK = {"network": "deepid", "width": 0.1}


def picture(seed: int = 0, size: tuple[int, int] = (40, 40), kind: str = "PNG") -> bytes:
    """Return a photo of noise in a format."""
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def photos(folder: Path) -> None:
    for number, (ending, kind) in enumerate(FORMATS.items()):
        (folder / f"photo.{ending}").write_bytes(picture(number, kind=kind))


def keys(folder: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 40, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "key.png")


def people(folder: Path) -> list[str]:
    names = []
    for person in ("ann", "bob"):
        for number in (1, 2, 3):  # no photo of one is one of the other's, too
            path = folder / person / f"{person}_{number:04d}.png"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(picture(number + 10 * len(names), (24, 24)))
            names.append(f"{person}/{path.name}")
    return names


def archive(folder: Path) -> None:
    with tarfile.open(folder / "frames.tar", "w") as tar:
        for person in ("ann", "bob"):
            for number in range(3):
                data = picture(number + 10 * (person == "bob"), (24, 24))
                member = tarfile.TarInfo(f"aligned_images_DB/{person}/0/{number}.png")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    with (
        tarfile.open(folder / "frames.tar") as tar,
        tarfile.open(folder / "z.tar.gz", "w:gz") as gz,
    ):
        for member in tar.getmembers():
            gz.addfile(member, tar.extractfile(member))


def pairs(folder: Path) -> None:
    names = people(folder)
    rows = [(a, b, int(a[:3] == b[:3])) for a in names for b in names if a < b]
    lines = [f"{a},{b},{same}" for a, b, same in rows]
    (folder / "pairs.csv").write_text("\n".join(["image1,image2,label", *lines]) + "\n")
    (folder / "list.txt").write_text("\n".join(f"{a} {b} {same}" for a, b, same in rows) + "\n")
    lfw = ["1\t2", "ann\t1\t2", "bob\t1\t3", "ann\t1\tbob\t2", "ann\t2\tbob\t3"]
    (folder / "pairs.txt").write_text("\n".join(lfw) + "\n")


def photo_list(folder: Path) -> None:
    names = people(folder)
    (folder / "photos.txt").write_text("".join(f"{one}\t{one[:3]}\n" for one in names))
    rows = [f"{number}\t{number // 3}.0\t{one}\n" for number, one in enumerate(names)]
    (folder / "photos.lst.txt").write_text("".join(rows))


def insightface_bin(folder: Path) -> None:
    made = [picture(number, (24, 24)) for number in range(8)]
    (folder / "four.bin").write_bytes(pickle.dumps((made, [True, False] * 2), 4))


def recordio(folder: Path) -> None:
    offsets, content = [], b""
    for number in range(6):
        data = struct.pack("<IfQQ", 0, float(number // 3), number, 0) + picture(number, (24, 24))
        offsets.append(len(content))
        content += bytes([0x0A, 0x23, 0xD7, 0xCE]) + struct.pack("<I", len(data)) + data
        content += bytes(-len(data) % 4)
    (folder / "train.rec").write_bytes(content)
    (folder / "train.idx").write_text("".join(f"{n}\t{at}\n" for n, at in enumerate(offsets)))


def plan(folder: Path) -> None:
    (folder / "plan.yaml").write_text(example_text("default"))


def scores(folder: Path) -> None:
    rng = np.random.default_rng(0)
    people_ = [(one, two) for one in range(12) for two in range(one, 12)]
    lines = [f"p{one} p{two} {int(one == two)} {rng.random():.4f}" for one, two in people_ * 2]
    (folder / "four.txt").write_text("\n".join(lines) + "\n")
    header = "image1,image2,label,score"
    lines = [f"p{a}/1.jpg,p{b}/2.jpg,{int(a == b)},{rng.random():.6f}" for a, b in people_]
    (folder / "scores.csv").write_text("\n".join([header, *lines]) + "\n")


def embeddings(folder: Path) -> None:
    pairs(folder)
    ids = np.array(people(folder))
    rng = np.random.default_rng(0)
    np.savez(
        folder / "embedded.npz",
        embeddings=rng.normal(size=(6, 4)).astype(np.float32),
        ids=ids,
        people=np.array([one[:3] for one in ids]),
    )


def _tensors() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return networks.build(NETWORK).build().state_dict()


def safetensors(folder: Path) -> None:
    save_file(_tensors(), folder / "net.safetensors", {"made": "here"})


def torch_files(folder: Path) -> None:
    state = {"state_dict": _tensors(), "epoch": 3, "best": 0.5}
    torch.save(state, folder / "net.pt")
    torch.save(state, folder / "old.pth", _use_new_zipfile_serialization=False)


def hdf5(folder: Path) -> None:
    rng = np.random.default_rng(0)
    with h5py.File(folder / "net.h5", "w") as file:
        file.attrs["layer_names"] = [b"conv", b"dense"]
        for layer, shape in (("conv", (3, 3, 3, 4)), ("dense", (20, 8))):
            group = file.create_group(layer)
            group.attrs["weight_names"] = [f"{layer}/kernel:0".encode()]
            group.create_dataset(f"{layer}/kernel:0", data=rng.normal(size=shape).astype("f4"))


def onnx_model(shape: tuple[int, int], outputs: int = 5) -> onnx.ModelProto:
    """Return a model that gives a few numbers for a photo."""
    weights = np.random.default_rng(0).normal(size=(outputs, 3, 3, 3)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["g"]),
        helper.make_node("Flatten", ["g"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", outputs])],
        [numpy_helper.from_array(weights, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def onnx_file(folder: Path) -> None:
    onnx.save(onnx_model((16, 16)), folder / "net.onnx")


def detector(folder: Path) -> None:
    onnx.save(onnx_model((320, 320)), folder / "yunet.onnx")
    (folder / "face.png").write_bytes(picture(0, (60, 60)))


def verifier(folder: Path) -> None:
    made = folder / "made"
    rng = np.random.default_rng(0)
    for person in range(4):
        (made / f"p{person}").mkdir(parents=True)
        for number in range(4):
            pixels = rng.integers(0, 256, (55, 47, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(made / f"p{person}" / f"{number}.png")
    save_file(_tensors(), made / "net.safetensors", {"made": "here"})
    embedder = load_network(NETWORK, made / "net.safetensors")
    trained = train_verifier(
        str(made), embedder, predictor="cosine", held_out=0.5, cache=folder / "cache"
    )
    trained.save(folder / "verifier.safetensors")
    shutil.rmtree(folder / "cache")
    for name in ("first.png", "second.png"):
        (folder / name).write_bytes(picture(0, (60, 60)))


def store(folder: Path) -> None:
    """Make the store of the smallest audit there is."""
    faceaudit.run(SMALLEST, folder / "store", show_faces=True)


SAMPLES: dict[str, Callable[[Path], object]] = {
    one.__name__: one
    for one in (
        *(photos, keys, archive, pairs, photo_list, insightface_bin, recordio, plan, scores),
        *(embeddings, safetensors, torch_files, hdf5, onnx_file, detector, verifier, store),
    )
}


def whole_store(folder: Path) -> None:
    """Make the store of a small audit of two kinds."""
    path = folder / "plan.yaml"
    path.write_text(PLAN)
    faceaudit.run(path, folder / "store")


def build(root: Path, *, thorough: bool = False) -> None:
    """Make every sample in a folder of its own name.

    Args:
        root: the folder.
        thorough: run an audit of more kinds for its store, which takes long.
    """
    made = {**SAMPLES, "store": whole_store} if thorough else SAMPLES
    for name, make in made.items():
        (root / name).mkdir(parents=True)
        make(root / name)
