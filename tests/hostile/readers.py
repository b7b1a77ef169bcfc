"""What reads each kind of file: by the library, and as it is typed on the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import faceaudit
from faceaudit.api.lists import check_lists
from faceaudit.api.results import results
from faceaudit.attacks.backdoor.keys.files import accessory_file, pattern_file
from faceaudit.audit.plan_file import load_plan
from faceaudit.faces.alignment.base import aligners
from faceaudit.faces.pairs.read import read_pairs
from faceaudit.faces.reading.decode import decode
from faceaudit.faces.sources.base import sources
from faceaudit.gate.embedded import read_embedded
from faceaudit.networks import networks
from faceaudit.systems.embedding.load import load_embedder
from faceaudit.weights.fit import load_weights
from faceaudit.weights.read import read as read_weights

SIZE = (8, 8)
NETWORK = {"network": "deepid", "width": 0.1}


@dataclass(frozen=True)
class Reader:
    """Something that reads a kind of file.

    Attributes:
        sample: the folder of `samples` that it reads.
        targets: patterns of the files in it that are changed.
        read: reads the file, given its path and a folder to write to.
        typed: the command that does, or None.
        share: how often it has its turn, beside the others.
    """

    sample: str
    targets: tuple[str, ...]
    read: Callable[[Path, Path], object]
    typed: Callable[[Path, Path], Sequence[object]] | None = None
    share: int = 2


def _source(name: str, root: bool = False) -> Callable[[Path, Path], object]:
    def read(path: Path, work: Path) -> object:
        options = {"root": str(path.parent)} if root else {}
        made = sources.build({"source": name, "path": str(path), **options})
        made.survey()
        return made.load(SIZE, cache=work / "faces")

    return read


def _inspected(name: str) -> Callable[[Path, Path], Sequence[object]]:
    return lambda path, work: (
        *("faces", "inspect", f"{name}:{path}", "--size", "8x8", "--store", work / "store"),
    )


def _read_recordio(path: Path, work: Path) -> object:
    return _source("recordio")(path.with_suffix(".rec"), work)


def _read_key(path: Path, work: Path) -> None:
    accessory_file(str(path))
    pattern_file(str(path), (20, 20))


def _read_pairs(path: Path, work: Path) -> None:
    ids = [f"{name}/{name}_{n:04d}.png" for name in ("ann", "bob") for n in (1, 2, 3)]
    read_pairs(path, ids, folds=2)


def _read_listed_pairs(path: Path, work: Path) -> object:
    return check_lists(path, path.with_name("list.txt"))


def _read_embedded(path: Path, work: Path) -> object:
    read_embedded(path)
    both = path.with_name("pairs.csv"), path.with_name("list.txt")
    return check_lists(*both, embeddings=[path])


def _read_weights(path: Path, work: Path) -> object:
    read_weights(path)
    return load_weights(networks.build(NETWORK), path)


def _read_onnx(path: Path, work: Path) -> object:
    network = networks.build({"network": "onnx", "path": str(path)})
    read_weights(path)
    embedder = load_embedder(network, None).embedder
    height, width = embedder.size
    if height * width > 1 << 22:
        return None
    return embedder.embed(np.zeros((2, height, width, 3), np.uint8))


def _read_detector(path: Path, work: Path) -> object:
    align = aligners.build({"align": "yunet", "weights": str(path)})
    align.key()
    photo = Image.open(path.with_name("face.png"))
    return align.frame(photo, 1.0, (32, 32))


def _read_verifier(path: Path, work: Path) -> object:
    asked = faceaudit.load_verifier(path)
    return faceaudit.verify(
        path.with_name("first.png"), path.with_name("second.png"), verifier=asked
    )


def _read_store(path: Path, work: Path) -> None:
    store = _store_of(path)
    found = results(store)
    found.as_json()
    _ = found.tracebacks
    for name in ("report.html", "report.md", "report.json"):
        faceaudit.write_report(store, work / name)
    faceaudit.check_limits(store, fail_on=["backdoor.clean_accuracy<0.1"])


def _store_of(path: Path) -> Path:
    return next(one for one in path.parents if one.name == "store")


def _inspected_weights(path: Path, work: Path) -> Sequence[object]:
    return "weights", "inspect", path


READERS: dict[str, Reader] = {
    "photo": Reader("photos", ("photo.*",), lambda path, work: decode(path.read_bytes()), share=6),
    "key": Reader("keys", ("*.png",), _read_key),
    "archive": Reader(
        "archive", ("*.tar", "*.gz"), _source("youtube_faces"), _inspected("youtube_faces")
    ),
    "pair list": Reader("pairs", ("pairs.csv", "list.txt", "pairs.txt"), _read_pairs, share=4),
    "gate": Reader(
        "pairs",
        ("pairs.csv", "pairs.txt"),
        _read_listed_pairs,
        lambda path, work: ("gate", path, path.with_name("list.txt")),
    ),
    "photo list": Reader(
        "photo_list", ("photos*.txt",), _source("listed", root=True), _inspected("listed"), share=4
    ),
    "bin": Reader("insightface_bin", ("*.bin",), _source("bin"), _inspected("bin"), share=4),
    "recordio": Reader("recordio", ("train.*",), _read_recordio, _inspected("recordio"), share=4),
    "plan": Reader(
        "plan",
        ("*.yaml",),
        lambda path, work: load_plan(path),
        lambda path, work: ("check", path, "--plan-only"),
        share=4,
    ),
    "scores": Reader(
        "scores",
        ("*.txt", "*.csv"),
        lambda path, work: faceaudit.evaluate_scores(path),
        lambda path, work: ("evaluate", "verification", "--scores", path),
        share=2,
    ),
    "embeddings": Reader(
        "embeddings",
        ("*.npz",),
        _read_embedded,
        lambda path, work: (
            *("gate", path.with_name("pairs.csv"), path.with_name("list.txt")),
            *("--embeddings", path),
        ),
    ),
    "safetensors": Reader(
        "safetensors", ("*.safetensors",), _read_weights, _inspected_weights, share=4
    ),
    "torch": Reader("torch_files", ("*.pt", "*.pth"), _read_weights, _inspected_weights, share=6),
    "hdf5": Reader("hdf5", ("*.h5",), _read_weights, _inspected_weights, share=1),
    "onnx": Reader("onnx_file", ("*.onnx",), _read_onnx, _inspected_weights, share=1),
    "detector": Reader("detector", ("*.onnx",), _read_detector, share=1),
    "verifier": Reader(
        "verifier",
        ("verifier.safetensors",),
        _read_verifier,
        lambda path, work: (
            *("verify", path.with_name("first.png"), path.with_name("second.png")),
            *("--verifier", path),
        ),
        share=1,
    ),
    "store": Reader(
        "store",
        ("store/run.json", "store/cases/*/*", "store/cases/*/pictures/*"),
        _read_store,
        lambda path, work: ("results", _store_of(path)),
        share=2,
    ),
}
