from __future__ import annotations

import numpy as np
import pytest
import torch

from faceaudit.errors import WeightsError
from faceaudit.networks import networks
from faceaudit.networks.common import keras_layers as keras
from networks import keras_oracle as oracle


def test_convolution_and_dense() -> None:
    rng = np.random.default_rng(0)
    maps, kernel = rng.normal(size=(6, 5, 2)), rng.normal(size=(3, 2, 2, 4))
    expected = oracle.convolution(maps, kernel, np.zeros(4))
    got = torch.nn.functional.conv2d(
        torch.from_numpy(maps).permute(2, 0, 1)[None], keras.convolution(torch.from_numpy(kernel))
    )
    np.testing.assert_allclose(got[0].permute(1, 2, 0), expected)
    matrix = torch.arange(6.0).view(2, 3)
    assert torch.equal(keras.dense(matrix), matrix.T)


@pytest.mark.parametrize("as_convolution", [False, True])
def test_a_dense_layer_over_a_map(as_convolution: bool) -> None:
    rng = np.random.default_rng(0)
    maps, kernel = rng.normal(size=(3, 2, 4)), rng.normal(size=(3 * 2 * 4, 5))
    if as_convolution:
        turned = keras.dense_as_convolution(torch.from_numpy(kernel.reshape(3, 2, 4, 5)))
    else:
        turned = keras.dense_after_flatten((3, 2))(torch.from_numpy(kernel))
    flat = torch.from_numpy(maps).permute(2, 0, 1).flatten()
    np.testing.assert_allclose(turned @ flat, maps.reshape(-1) @ kernel)


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(WeightsError, match=r"expected a kernel \(height, width, in, out\)"):
        keras.convolution(torch.zeros(3, 3))
    with pytest.raises(WeightsError, match=r"expected a kernel \(in, out\)"):
        keras.dense(torch.zeros(3))
    with pytest.raises(WeightsError, match="expected a kernel over a flattened map of 3 x 2"):
        keras.dense_after_flatten((3, 2))(torch.zeros(7, 5))
    with pytest.raises(WeightsError, match="expected kernels for 3 x 2 positions, got 7"):
        keras.locally_connected((3, 2))(torch.zeros(7, 5, 5))


def test_deepid_agrees_with_keras() -> None:
    """The layers of serengil's deepface: both dense ones have a bias, their sum is rectified."""
    rng = np.random.default_rng(0)
    shapes = {
        "Conv1": (4, 4, 3, 4),
        "Conv2": (3, 3, 4, 8),
        "Conv3": (3, 3, 8, 12),
        "Conv4": (2, 2, 12, 16),
        "fc11": (5 * 4 * 12, 32),
        "fc12": (4 * 3 * 16, 32),
    }
    w = {}
    for layer, shape in shapes.items():
        w[f"{layer}/kernel"] = rng.normal(0, (2 / np.prod(shape[:-1])) ** 0.5, shape)
        w[f"{layer}/bias"] = rng.normal(0, 0.3, shape[-1])
    image = rng.integers(0, 256, (55, 47, 3), dtype=np.uint8)
    x = (image / 255 - 0.5) * 2
    for layer in ("Conv1", "Conv2", "Conv3"):
        made = oracle.convolution(x, w[f"{layer}/kernel"], w[f"{layer}/bias"])
        x = oracle.pool_halves(oracle.relu(made))
    fourth = oracle.relu(oracle.convolution(x, w["Conv4/kernel"], w["Conv4/bias"]))
    expected = oracle.relu(
        x.reshape(-1) @ w["fc11/kernel"]
        + w["fc11/bias"]
        + fourth.reshape(-1) @ w["fc12/kernel"]
        + w["fc12/bias"]
    )
    component = networks.build({"network": "deepid", "width": 0.2})
    network = component.build().eval()
    tensors = {name: torch.from_numpy(values).float() for name, values in w.items()}
    network.load_state_dict(component.convert_checkpoint(tensors))
    got = network(network.prepare(torch.from_numpy(image[None])))[0].detach().numpy()
    np.testing.assert_allclose(got, expected, atol=1e-4)
