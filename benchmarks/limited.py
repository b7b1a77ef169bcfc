"""Embedding by ONNX Runtime in a limited process of its own, beside the same in this process."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from faceaudit.files.limited import onnx_session
from faceaudit.files.onnx import read_onnx
from faceaudit.networks import networks
from faceaudit.systems.embedding.embedder import Embedder

Line = tuple[str, str, float | None, float, str]
COUNT = 64
PEER = "ONNX Runtime in this process"


class _Here:
    """Runs a graph in this process, as `Runtime` does in another."""

    def __init__(self, path: Path) -> None:
        file = read_onnx(path)
        threads = torch.get_num_threads()
        self._given = file.inputs[0].name
        self._session = onnx_session.load(file.serialise(), threads, ["CPUExecutionProvider"])

    def run(self, images: np.ndarray, device: str) -> np.ndarray:  # noqa: ARG002
        return self._session.run(None, {self._given: np.ascontiguousarray(images)})[0]


def limited_rows(
    compare: Callable[[int, Callable[[], object], Callable[[], object]], tuple[float, float]],
) -> list[Line]:
    """Embed 64 photos of 112 x 112 with a small network; its weights are drawn by chance.

    A large one spends more on each photo, and so a smaller share on handing it over.
    """
    photos = np.random.default_rng(0).integers(0, 256, (COUNT, 112, 112, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        _export("mobilefacenet_y1", path)
        apart, here = (_embedder(path) for _ in range(2))
        here._module.runtime = _Here(path)
    assert np.array_equal(apart.embed(photos), here.embed(photos)), "not the same bits"
    rates = compare(COUNT, partial(here.embed, photos), partial(apart.embed, photos))
    return [("embed in a limited process, MobileFaceNet y1", PEER, *rates, "img/s")]


def _embedder(path: Path) -> Any:
    network = networks.build({"network": "onnx", "path": str(path)})
    return Embedder(network, network.build(), network.sha256)


def _export(name: str, path: Path) -> None:
    torch.manual_seed(0)
    module = networks.build(name).build().eval()
    image = torch.zeros(1, 3, 112, 112)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        axes = {"x": {0: "N"}, "y": {0: "N"}}
        torch.onnx.export(
            module,
            (image,),
            str(path),
            dynamo=False,
            input_names=["x"],
            output_names=["y"],
            dynamic_axes=axes,
        )


if __name__ == "__main__":
    from bench import compare

    for row in limited_rows(compare):
        print(*row, f"ratio {row[3] / (row[2] or 1):.3f}")
