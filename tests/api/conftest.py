"""What the tests of the Python calls share: an embedder, small faces, and a cache of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from faceaudit import Embedder, FaceSet
from helpers.faces import blocks

SIZE = (32, 32)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of every call that names none."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("FACEAUDIT_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def module() -> nn.Module:
    torch.manual_seed(0)
    layers = (nn.Conv2d(3, 8, 5, stride=3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 10 * 10, 16))
    return nn.Sequential(*layers)


@pytest.fixture(scope="session")
def embedder(module: nn.Module) -> Embedder:
    return Embedder.wrap(module, size=SIZE)


@pytest.fixture(scope="session")
def faces() -> FaceSet:
    """Twelve people, six photos each, easy to tell apart."""
    return blocks(people=12, photos=6, size=SIZE)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory, faces: FaceSet) -> Path:
    """The same faces as PNG files, a folder a person."""
    folder = tmp_path_factory.mktemp("photos")
    for image, person, id_ in zip(faces.images, faces.identity, faces.ids, strict=True):
        path = folder / faces.names[person] / f"{id_.rpartition('/')[2]}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.asarray(image)).save(path)
    return folder
