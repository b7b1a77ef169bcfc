from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.signal import correlate

from faceaudit.errors import InputError
from faceaudit.networks import networks


def test_parameters_by_hand() -> None:
    """Chen et al.'s sizes: 20@4x4, 40@3x3, 60@3x3, 80@2x2, then 1200 + 960 -> 160."""
    convolutions = 20 * (3 * 16 + 1) + 40 * (20 * 9 + 1) + 60 * (40 * 9 + 1) + 80 * (60 * 4 + 1)
    expected = convolutions + 160 * (1200 + 960 + 1)
    network = networks.build("deepid").build()
    assert sum(p.numel() for p in network.parameters()) == expected == 394_920


def test_agrees_with_convolutions_of_scipy() -> None:
    torch.manual_seed(0)
    network = networks.build({"network": "deepid", "width": 0.2}).build().eval()
    image = np.random.default_rng(0).integers(0, 256, (1, 55, 47, 3), dtype=np.uint8)
    weights = {name: p.detach().double().numpy() for name, p in network.named_parameters()}

    def layer(x: np.ndarray, name: str, *, pool: bool) -> np.ndarray:
        kernel, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
        y = np.stack(
            [correlate(x, k, mode="valid")[0] + b for k, b in zip(kernel, bias, strict=True)]
        )
        y = np.maximum(y, 0)
        if not pool:
            return y
        c, h, w = y.shape[0], y.shape[1] // 2, y.shape[2] // 2
        return y[:, : 2 * h, : 2 * w].reshape(c, h, 2, w, 2).max(axis=(2, 4))

    x = (image[0].astype(float) / 255 - 0.5) / 0.5
    x = layer(
        layer(layer(x.transpose(2, 0, 1), "conv1", pool=True), "conv2", pool=True),
        "conv3",
        pool=True,
    )
    fourth = layer(x, "conv4", pool=False)
    expected = np.maximum(
        weights["from_third.weight"] @ x.ravel()
        + weights["from_fourth.weight"] @ fourth.ravel()
        + weights["from_fourth.bias"],
        0,
    )
    got = network(network.prepare(torch.from_numpy(image))).detach().numpy()[0]
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_a_wrong_input_size_is_refused() -> None:
    network = networks.build("deepid").build()
    with pytest.raises(InputError, match=r"expected images \(N, 55, 47, 3\), got \(1, 47, 55, 3\)"):
        network.prepare(torch.zeros((1, 47, 55, 3), dtype=torch.uint8))


def test_contrast_by_photo_ignores_exposure() -> None:
    network = networks.build({"network": "deepid", "contrast": "photo"}).build()
    photo = np.random.default_rng(0).integers(0, 100, (1, 55, 47, 3), dtype=np.uint8)
    dark, bright = (network.prepare(torch.from_numpy(p)) for p in (photo, photo * 2 + 5))
    torch.testing.assert_close(dark, bright)
    assert abs(float(dark.mean())) < 1e-5
    assert float(dark.std(correction=0)) == pytest.approx(1, abs=1e-5)
    black = network.prepare(torch.zeros((1, 55, 47, 3), dtype=torch.uint8))
    assert torch.isfinite(black).all()
