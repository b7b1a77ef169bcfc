"""One identifier through every door: the same scores, labels and names."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import faceaudit
from faceaudit.networks import networks
from faceaudit.systems.under_test import Access
from faceaudit.training.classifier import Classifier
from faceaudit.types import FaceSet, ImageArray
from helpers.faces import blocks

NAMES = tuple(f"person {letter}" for letter in "abcdefghi")
SIGNED = {"mean": (127.5, 127.5, 127.5), "scale": (127.5, 127.5, 127.5)}
"""x / 127.5 - 1."""


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return blocks(6, 8)


@pytest.fixture(scope="module")
def model(faces: FaceSet) -> Classifier:
    """An untrained identifier that takes nobody for everybody's likeness."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(3)
        made = Classifier(networks.build("deepid").build(), len(NAMES)).eval()
        nn.init.normal_(made.head.weight, std=3)
        logits = made(made.network.prepare(torch.from_numpy(faces.images)))
        made.head.bias -= logits.mean(dim=0)
        return made


def export(model: nn.Module, path: Path, *, batch: int | None) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of older and newer ways to export
        torch.onnx.export(
            model,
            (torch.zeros(1, 3, 55, 47),),
            str(path),
            dynamo=False,
            input_names=["photos"],
            output_names=["logits"],
            dynamic_axes=None if batch else {"photos": {0: "n"}, "logits": {0: "n"}},
        )
    return path


def as_function(model: Classifier) -> Any:
    def identify(images: ImageArray) -> np.ndarray:
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float()
        with torch.inference_mode():
            return model((pixels - 127.5) / 127.5).numpy()

    return identify


class Prepared(nn.Module):
    """The model with the preparation inside: it takes RGB of 0 to 255."""

    def __init__(self, model: Classifier) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.model((pixels - 127.5) / 127.5)
        return logits


def test_all_doors_lead_to_the_same_figures(
    faces: FaceSet, model: Classifier, tmp_path: Path
) -> None:
    names = tmp_path / "names.txt"
    names.write_text("\n".join(NAMES), "utf-8")
    torch.save(model.state_dict(), tmp_path / "net.pt")
    save_file(model.state_dict(), tmp_path / "net.safetensors")
    pixels = {"mean": (0, 0, 0), "scale": (1, 1, 1)}
    doors = {
        "file pt": (f"file:{tmp_path}/net.pt", {"network": "deepid"}),
        "file safetensors": (f"file:{tmp_path}/net.safetensors", {"network": "deepid"}),
        "onnx": (f"onnx:{export(model, tmp_path / 'open.onnx', batch=None)}", {}),
        "onnx of one": (f"onnx:{export(model, tmp_path / 'one.onnx', batch=1)}", {}),
        "onnx with pixels": (f"onnx:{export(Prepared(model), tmp_path / 'px.onnx', batch=1)}", {}),
        "function": (as_function(model), {"size": (55, 47)}),
        "module": (model, {"size": (55, 47), "preprocessing": SIGNED}),
        "module of pixels": (Prepared(model), {"size": (55, 47), "preprocessing": pixels}),
    }
    with torch.inference_mode():
        logits = model(model.network.prepare(torch.from_numpy(faces.images))).numpy()
    spread = np.sort(logits, axis=1)
    assert (spread[:, -1] - spread[:, -2]).min() > 1e-3, "no label is a matter of rounding"
    assert len(set(logits.argmax(axis=1))) > 2
    ids = set()
    for door, (given, options) in doors.items():
        system = faceaudit.system_under_test(given, names=names, **options).open(
            cache=tmp_path / "cache", device="cpu"
        )
        assert system.role == "identifier", door
        assert system.names == NAMES, door
        assert system.size == (55, 47), door
        np.testing.assert_allclose(system.scores(faces), logits, atol=1e-4, err_msg=door)
        np.testing.assert_array_equal(system.labels(faces), logits.argmax(axis=1), door)
        ids.add(system.id)
        gradients = door.startswith(("file", "module"))
        assert (Access.GRADIENTS in system.access) == gradients, door
        if gradients:
            module = system.differentiable()
            found = module(torch.from_numpy(faces.images[:4]).float()).numpy()
            np.testing.assert_allclose(found, logits[:4], atol=1e-4, err_msg=door)
    assert len(ids) == len(doors) - 1, "both files hold the same weights"
