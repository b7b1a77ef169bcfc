from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from faceaudit.errors import InputError, OptionError, WeightsError
from faceaudit.networks import networks
from faceaudit.networks.deepface import DeepFace
from faceaudit.training.classifier import Classifier
from faceaudit.weights.keras import read_keras
from networks import keras_oracle as oracle

SIZE = (80, 75)
SMALL = {"network": "deepface", "width": 0.125, "embedding": 20, "input_size": list(SIZE)}
# By hand from the kernels and strides: height and width after L4, L5 and L6.
PLACES = {"L4": (19, 17), "L5": (7, 6), "L6": (3, 2)}


def keras_file(path: Path) -> dict[str, np.ndarray]:
    """Write weights of the small network as swghosh/DeepFace names and shapes them."""
    rng = np.random.default_rng(0)
    shapes = {
        "C1": ((11, 11, 3, 4), (4,)),
        "C3": ((9, 9, 4, 2), (2,)),
        "L4": ((19 * 17, 9 * 9 * 2, 2), (19, 17, 2)),
        "L5": ((7 * 6, 7 * 7 * 2, 2), (7, 6, 2)),
        "L6": ((3 * 2, 5 * 5 * 2, 2), (3, 2, 2)),
        "F7": ((3 * 2 * 2, 20), (20,)),
        "F8": ((20, 6), (6,)),
    }
    weights = {}
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.encode() for layer in ("I0", *shapes, "D0")]
        for layer in ("I0", "D0"):
            file.create_group(layer).attrs["weight_names"] = []
        for layer, (kernel, bias) in shapes.items():
            group = file.create_group(layer)
            group.attrs["weight_names"] = [f"{layer}/kernel:0".encode(), f"{layer}/bias:0".encode()]
            for part, shape in (("kernel", kernel), ("bias", bias)):
                scale = (2 / np.prod(kernel[:-1][-3:])) ** 0.5 if part == "kernel" else 0.5
                values = rng.normal(0.1 * scale, scale, shape).astype(np.float32)
                group.create_dataset(f"{layer}/{part}:0", data=values)
                weights[f"{layer}/{part}"] = values.astype(float)
    return weights


def by_keras(w: dict[str, np.ndarray], image: np.ndarray) -> np.ndarray:
    x = image.astype(float) / 255
    x = oracle.relu(oracle.convolution(x, w["C1/kernel"], w["C1/bias"]))
    x = oracle.pool_same(x)
    x = oracle.relu(oracle.convolution(x, w["C3/kernel"], w["C3/bias"]))
    for layer, edge, stride in (("L4", 9, 1), ("L5", 7, 2), ("L6", 5, 1)):
        kernel, bias = w[f"{layer}/kernel"], w[f"{layer}/bias"]
        x = oracle.relu(oracle.locally_connected(x, kernel, bias, edge, stride))
    return oracle.relu(x.reshape(-1) @ w["F7/kernel"] + w["F7/bias"])


def test_sizes_and_parameters_of_the_paper() -> None:
    with torch.device("meta"):
        network = networks.build("deepface").build()
        shapes = {}
        for name, module in network.named_children():
            module.register_forward_hook(
                lambda _, taken, made, name=name: shapes.update(
                    {name: (taken[0].shape, made.shape)}
                )
            )
        network(torch.empty(1, 3, 152, 152))
    assert {name: tuple(made[1:]) for name, (_, made) in shapes.items()} == {
        "c1": (32, 142, 142),
        "c3": (16, 63, 63),
        "l4": (16, 55, 55),
        "l5": (16, 25, 25),
        "l6": (16, 21, 21),
        "f7": (4096,),
    }
    assert tuple(shapes["c3"][0]) == (1, 32, 71, 71)
    convolutions = 32 * (11 * 11 * 3 + 1) + 16 * (9 * 9 * 32 + 1)
    local = 16 * (
        55 * 55 * (9 * 9 * 16 + 1) + 25 * 25 * (7 * 7 * 16 + 1) + 21 * 21 * (5 * 5 * 16 + 1)
    )
    expected = convolutions + local + 4096 * (21 * 21 * 16 + 1)
    assert sum(p.numel() for p in network.parameters()) == expected == DeepFace.parameters


def test_agrees_with_keras_from_a_file(tmp_path: Path) -> None:
    weights = keras_file(tmp_path / "deepface.h5")
    component = networks.build(SMALL)
    state = component.convert_checkpoint(read_keras(tmp_path / "deepface.h5"))
    np.testing.assert_array_equal(state.pop("head.weight").T, weights["F8/kernel"])
    np.testing.assert_array_equal(state.pop("head.bias"), weights["F8/bias"])
    network = component.build().eval()
    network.load_state_dict(state)
    image = np.random.default_rng(1).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    expected = by_keras(weights, image)
    assert 5 < np.count_nonzero(expected) < 20
    with torch.inference_mode():
        got = network(network.prepare(torch.from_numpy(image[None])))[0].numpy()
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


def test_weights_for_another_size_are_refused(tmp_path: Path) -> None:
    keras_file(tmp_path / "deepface.h5")
    tensors = read_keras(tmp_path / "deepface.h5")
    with pytest.raises(WeightsError, match="expected kernels for 55 x 55 positions, got 323"):
        networks.build("deepface").convert_checkpoint(tensors)


def test_learns_with_finite_gradients() -> None:
    torch.manual_seed(0)
    model = Classifier(networks.build({**SMALL, "width": 0.5}).build(), 3)
    images = torch.randint(0, 256, (4, *SIZE, 3), dtype=torch.uint8)
    model(model.network.prepare(images)).logsumexp(1).sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_the_smallest_input() -> None:
    network = networks.build({**SMALL, "input_size": [71, 72]}).build()
    assert network(network.prepare(torch.zeros((2, 71, 72, 3), dtype=torch.uint8))).shape == (2, 20)
    for size in ([70, 152], [152, 70], [1, 1]):
        with pytest.raises(OptionError, match=r"at least \(71, 71\) for deepface"):
            networks.build({**SMALL, "input_size": size}).build()


def test_a_wrong_input_size_is_refused() -> None:
    network = networks.build(SMALL).build()
    with pytest.raises(InputError, match=r"expected images \(N, 80, 75, 3\)"):
        network.prepare(torch.zeros((1, 152, 152, 3), dtype=torch.uint8))
