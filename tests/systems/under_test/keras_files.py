"""Files of weights as Keras 2 writes them: random numbers in the public layouts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
import torch

from faceaudit.types import FloatArray

DEEPID = {
    "conv_1": (4, 4, 3, 20),
    "conv_2": (3, 3, 20, 40),
    "conv_3": (3, 3, 40, 60),
    "conv_4": (2, 2, 60, 80),
    "fc_1": (1200, 160),
    "fc_2": (960, 160),
    "output": (160, 1283),
}
"""DeepID for the 1,283 people of YouTube Faces, as backdoor competitions hand it out."""

BESIDE = ("input", "pool_1", "pool_2", "pool_3", "flatten_1", "flatten_2", "add_1", "activation_1")
"""Layers without weights, which Keras lists, too."""


def weights(shapes: Mapping[str, tuple[int, ...]], seed: int = 0) -> dict[str, FloatArray]:
    """Return random kernels and biases by `layer/part`."""
    rng = np.random.default_rng(seed)
    found = {}
    for layer, shape in shapes.items():
        deviation = np.sqrt(2 / np.prod(shape[:-1]))
        found[f"{layer}/kernel"] = rng.normal(0, deviation, shape).astype(np.float32)
        found[f"{layer}/bias"] = rng.normal(0, 0.1, shape[-1]).astype(np.float32)
    return found


def deepid_of(state: Mapping[str, torch.Tensor]) -> dict[str, FloatArray]:
    """Return the weights of a trained DeepID and its softmax layer as Keras keeps them."""
    torch_ = {name: value.numpy() for name, value in state.items()}
    found = {}
    for number in range(1, 5):
        found[f"conv_{number}/kernel"] = torch_[f"network.conv{number}.weight"].transpose(
            2, 3, 1, 0
        )
        found[f"conv_{number}/bias"] = torch_[f"network.conv{number}.bias"]
    for layer, part, edges in (("fc_1", "from_third", (5, 4)), ("fc_2", "from_fourth", (4, 3))):
        weight = torch_[f"network.{part}.weight"]
        units = len(weight)
        maps = weight.reshape(units, -1, *edges).transpose(2, 3, 1, 0)
        found[f"{layer}/kernel"] = maps.reshape(-1, units)
        found[f"{layer}/bias"] = torch_.get(f"network.{part}.bias", np.zeros(units, np.float32))
    found["output/kernel"], found["output/bias"] = torch_["head.weight"].T, torch_["head.bias"]
    return found


def write(path: Path, tensors: Mapping[str, FloatArray], *, model: bool = True) -> Path:
    """Write tensors as a whole model, or as weights alone."""
    layers = [*BESIDE, *dict.fromkeys(name.partition("/")[0] for name in tensors)]
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if model else file
        root.attrs["layer_names"] = [layer.encode() for layer in layers]
        root.attrs["backend"] = b"tensorflow"
        for layer in layers:
            group = root.create_group(layer)
            parts = [name for name in tensors if name.partition("/")[0] == layer]
            names = [f"{name}:0".encode() for name in parts]
            group.attrs["weight_names"] = names or np.array([], dtype=np.float64)
            for name in parts:
                group.create_dataset(f"{name}:0", data=tensors[name])
    return path


def write_numbered(path: Path, tensors: Mapping[str, FloatArray]) -> Path:
    """Write tensors as Keras 3 does: layers go by their kind and a number, not by their name."""
    counts = {"conv2d": 0, "dense": 0}
    with h5py.File(path, "w") as file:
        for layer in dict.fromkeys(name.partition("/")[0] for name in tensors):
            kind = "conv2d" if layer.startswith("conv") else "dense"
            place = f"{kind}_{counts[kind]}" if counts[kind] else kind
            counts[kind] += 1
            group = file.create_group(f"layers/{place}/vars")
            for number, part in enumerate(("kernel", "bias")):
                group.create_dataset(str(number), data=tensors[f"{layer}/{part}"])
    return path
