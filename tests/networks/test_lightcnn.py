from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from faceaudit.networks import networks
from faceaudit.networks.common.preprocessing import FACEX_ZOO
from networks.face_backbones import (
    State,
    batch,
    build,
    check_trains,
    conv,
    count,
    head,
    on_meta,
    shaken,
    shapes,
)

NAME = "lightcnn29"


def test_parameters() -> None:
    """Millions: measured on FaceX-Zoo's own network."""
    network = on_meta(NAME)
    assert count(network) == networks.get(NAME).parameters
    assert round(count(network) / 1e6, 3) == 11.596
    assert network.preprocessing == FACEX_ZOO


def test_names_of_facex_zoo() -> None:
    found = shapes(on_meta(NAME))
    expected = {
        "conv1.filter.weight": (96, 3, 5, 5),
        "conv1.filter.bias": (96,),
        "block1.0.conv1.filter.weight": (96, 48, 3, 3),
        "group1.conv_a.filter.weight": (96, 48, 1, 1),
        "group1.conv.filter.weight": (192, 48, 3, 3),
        "block3.2.conv2.filter.weight": (384, 192, 3, 3),
        "group3.conv.filter.bias": (256,),
        "block4.3.conv2.filter.weight": (256, 128, 3, 3),
        "group4.conv.filter.weight": (256, 128, 3, 3),
        "output_layer.0.running_mean": (128,),
        "output_layer.3.weight": (512, 128 * 7 * 7),
        "output_layer.4.weight": (512,),
    }
    assert expected.items() <= found.items()
    blocks = {name.split(".")[0] for name in found}
    assert blocks == {
        "conv1",
        "output_layer",
        *(f"{kind}{n}" for kind in ("block", "group") for n in range(1, 5)),
    }


def test_trains() -> None:
    check_trains(build(NAME, width=0.25, input_size=(48, 32), embedding=32))


def forward(x: Tensor, s: State) -> Tensor:
    """LightCNN-29 v2 of Wu et al. (arXiv 1511.02683) from the names."""

    def mfm(x: Tensor, at: str) -> Tensor:
        y = conv(x, s, f"{at}.filter")
        return y.view(len(y), 2, -1, *y.shape[2:]).amax(dim=1)

    def halve(x: Tensor) -> Tensor:
        patches = F.unfold(x, 2, stride=2).view(*x.shape[:2], 4, x.shape[2] // 2, -1)
        return patches.amax(2) + patches.mean(2)

    x = halve(mfm(x, "conv1"))
    for stage in (1, 2, 3, 4):
        for block in range(stage):
            at = f"block{stage}.{block}"
            x = x + mfm(mfm(x, f"{at}.conv1"), f"{at}.conv2")
        x = mfm(mfm(x, f"group{stage}.conv_a"), f"group{stage}.conv")
        if stage != 3:
            x = halve(x)
    return head(x, s)


def test_agrees_with_its_layers_as_functions() -> None:
    network = shaken(build(NAME, width=0.25, input_size=(48, 32), embedding=16))
    x = batch(network).double()
    with torch.no_grad():
        expected = forward(x, network.state_dict())
        torch.testing.assert_close(network(x), expected, rtol=1e-9, atol=1e-9)


def test_other_sizes_and_widths() -> None:
    found = shapes(on_meta(NAME, width=0.5, input_size=(96, 64), embedding=100))
    assert found["conv1.filter.weight"] == (48, 3, 5, 5)
    assert found["output_layer.3.weight"] == (100, 64 * 6 * 4)
