"""DeepIDs of others in Keras files, in the layouts that are about: they load, heads and all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from faceaudit.errors import WeightsError
from faceaudit.networks.common.preprocessing import Preprocessing
from faceaudit.networks.deepid import DeepID
from faceaudit.systems.under_test import Access, IdentifierUnderTest, systems_under_test
from faceaudit.types import FaceSet

PEOPLE = 13
RNG = np.random.default_rng(0)
SHAPES = {
    "conv_1": (4, 4, 3, 20),
    "conv_2": (3, 3, 20, 40),
    "conv_3": (3, 3, 40, 60),
    "conv_4": (2, 2, 60, 80),
    "fc_1": (5 * 4 * 60, 160),
    "fc_2": (4 * 3 * 80, 160),
    "output": (160, PEOPLE),
}
NAMES = {"original": {}, "paper": {f"conv_{n}": f"Conv{n}" for n in range(1, 5)}}
NAMES["paper"] |= {"fc_1": "fc11", "fc_2": "fc12"}
NAMES["softmax"] = {**NAMES["original"], "output": "predictions"}
NAMES["dense"] = {**NAMES["original"], "output": "dense_1"}


def drawn() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(1)
    return {
        name: (
            (rng.normal(size=shape) / np.sqrt(np.prod(shape[:-1]))).astype(np.float32),
            (0.1 * rng.normal(size=shape[-1])).astype(np.float32),
        )
        for name, shape in SHAPES.items()
    }


def keras_2(file: h5py.Group, layers: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Weights alone, with attributes that list layers; those without weights are listed, too."""
    listed = ["input", *layers, "pool_1", "add_1", "activation_1"]
    file.attrs["layer_names"] = [name.encode() for name in listed]
    for name in listed:
        group = file.create_group(name)
        parts = layers.get(name, ())
        group.attrs["weight_names"] = [
            f"{name}/{part}:0".encode() for part, _ in zip(("kernel", "bias"), parts, strict=False)
        ]
        for part, values in zip(("kernel", "bias"), parts, strict=False):
            group.create_dataset(f"{name}/{part}:0", data=values)


def whole_model(file: h5py.File, layers: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """A whole model: its weights in a group, an optimizer's beside them."""
    file.attrs["model_config"] = b"{}"
    keras_2(file.create_group("model_weights"), layers)
    file.create_group("optimizer_weights").create_dataset("m:0", data=np.zeros(3, np.float32))


def keras_3(file: h5py.File, layers: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Keras 3 names layers by their kind and number."""
    numbers = {"conv2d": 0, "dense": 0}
    for name, parts in layers.items():
        kind = "conv2d" if parts[0].ndim == 4 else "dense"
        last = f"_{numbers[kind]}" if numbers[kind] else ""
        numbers[kind] += 1
        group = file.create_group(f"layers/{kind}{last}/vars")
        for place, values in enumerate(parts):
            group.create_dataset(str(place), data=values)
        assert name in SHAPES


LAYOUTS: dict[str, tuple[str, Callable[..., None]]] = {
    "weights": ("original", keras_2),
    "whole model": ("original", whole_model),
    "names of the paper": ("paper", keras_2),
    "whole model, names of the paper": ("paper", whole_model),
    "another name of the last layer": ("softmax", whole_model),
    "a last layer that Keras named": ("dense", keras_2),
    "keras 3": ("original", keras_3),
}


def write(path: Path, layout: str) -> Path:
    names, form = LAYOUTS[layout]
    with h5py.File(path, "w") as file:
        form(file, {NAMES[names].get(name, name): parts for name, parts in drawn().items()})
    return path


def expected(pixels: np.ndarray, preparation: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The network in Keras' own order of axes, written down again."""
    layers = {name: tuple(map(torch.from_numpy, parts)) for name, parts in drawn().items()}

    def convolve(x: torch.Tensor, name: str) -> torch.Tensor:
        kernel, bias = layers[name]
        return torch.conv2d(x, kernel.permute(3, 2, 0, 1), bias).relu()

    def flatten(x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)

    x = torch.from_numpy(preparation(pixels.astype(np.float32))).permute(0, 3, 1, 2)
    for name in ("conv_1", "conv_2", "conv_3"):
        x = torch.max_pool2d(convolve(x, name), 2)
    one, two = flatten(x), flatten(convolve(x, "conv_4"))
    both = sum(side @ layers[at][0] + layers[at][1] for side, at in ((one, "fc_1"), (two, "fc_2")))
    assert isinstance(both, torch.Tensor)
    return (both.relu() @ layers["output"][0] + layers["output"][1]).numpy()


def photos(count: int = 6) -> FaceSet:
    images = RNG.integers(0, 256, size=(count, 55, 47, 3)).astype(np.uint8)
    rows = np.arange(count, dtype=np.int64)
    names = tuple(f"p{row}" for row in rows)
    return FaceSet(images, rows, names, names, rows)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_foreign_deepid_is_an_identifier_with_its_own_head(layout: str, tmp_path: Path) -> None:
    path = write(tmp_path / "foreign.h5", layout)
    door = systems_under_test.build(
        {"system": "file", "path": str(path), "network": "deepid", "names": None}
    )
    system = door.open(cache=tmp_path / "cache")
    assert isinstance(system, IdentifierUnderTest)
    assert len(system.names) == PEOPLE
    assert system.access == frozenset(Access) - {Access.TRAINING}
    faces = photos()
    wanted = expected(faces.images, lambda x: x / 127.5 - 1)
    assert np.allclose(system.scores(faces), wanted, atol=1e-4)
    assert system.labels(faces).tolist() == wanted.argmax(1).tolist()


@pytest.mark.parametrize(
    ("said", "does"),
    [
        ({"mean": 0, "scale": 255}, lambda x: x / 255),
        ({"mean": 0, "scale": 1}, lambda x: x),
        ({"order": "bgr", "mean": [1, 2, 3], "scale": 1}, lambda x: x[..., ::-1] - [1, 2, 3]),
    ],
)
def test_a_foreign_deepid_takes_the_pixels_that_it_was_trained_with(
    said: dict[str, object], does: Callable[[np.ndarray], np.ndarray], tmp_path: Path
) -> None:
    path = write(tmp_path / "foreign.h5", "whole model")
    values = {"system": "file", "path": str(path), "network": "deepid", "preprocessing": said}
    system = systems_under_test.build(values).open(cache=tmp_path / "cache")
    assert isinstance(system, IdentifierUnderTest)
    faces = photos()
    wanted = expected(faces.images, lambda x: does(x).astype(np.float32))
    assert np.allclose(system.scores(faces), wanted, rtol=1e-4, atol=1e-4)
    assert Preprocessing(**said) is not None  # type: ignore[arg-type]


def test_a_deepid_of_another_width_is_told_by_its_shapes(tmp_path: Path) -> None:
    path = write(tmp_path / "foreign.h5", "weights")
    door = systems_under_test.build(
        {"system": "file", "path": str(path), "network": {"network": "deepid", "width": 0.5}}
    )
    with pytest.raises(WeightsError, match="instead of"):
        door.open(cache=tmp_path / "cache")
    assert DeepID().embedding_size == 160
