from __future__ import annotations

import pytest
import torch
from torch import Tensor

from faceaudit.errors import OptionError
from faceaudit.networks import networks
from faceaudit.networks.common.preprocessing import INSIGHTFACE
from networks.face_backbones import (
    State,
    batch,
    build,
    check_trains,
    conv,
    count,
    norm,
    on_meta,
    prelu,
    shaken,
    shapes,
)

MILLIONS = {"iresnet18": 24.03, "iresnet34": 34.14, "iresnet50": 43.59, "iresnet100": 65.16}


@pytest.mark.parametrize("name", MILLIONS)
def test_parameters(name: str) -> None:
    """Millions: measured on insightface's own networks."""
    network = on_meta(name)
    assert count(network) == networks.get(name).parameters
    assert round(count(network) / 1e6, 2) == MILLIONS[name]
    assert network.preprocessing == INSIGHTFACE
    assert network.input_size == (112, 112)


def test_names_of_insightface() -> None:
    found = shapes(on_meta("iresnet50"))
    assert {name.split(".")[0] for name in found} == {
        *("conv1", "bn1", "prelu", "layer1", "layer2", "layer3", "layer4", "bn2", "fc", "features")
    }
    assert len({name.split(".")[1] for name in found if name.startswith("layer3.")}) == 14
    expected = {
        "conv1.weight": (64, 3, 3, 3),
        "prelu.weight": (64,),
        "layer1.0.downsample.0.weight": (64, 64, 1, 1),
        "layer2.0.bn1.weight": (64,),
        "layer2.0.conv1.weight": (128, 64, 3, 3),
        "layer2.0.bn2.running_var": (128,),
        "layer2.0.prelu.weight": (128,),
        "layer2.0.conv2.weight": (128, 128, 3, 3),
        "layer2.0.downsample.0.weight": (128, 64, 1, 1),
        "layer2.0.downsample.1.running_mean": (128,),
        "layer3.13.bn3.bias": (256,),
        "layer4.2.conv2.weight": (512, 512, 3, 3),
        "bn2.weight": (512,),
        "fc.weight": (512, 512 * 7 * 7),
        "fc.bias": (512,),
        "features.weight": (512,),
        "features.running_var": (512,),
    }
    assert expected.items() <= found.items()
    assert not [name for name in found if ".1.downsample" in name]


def test_strides_and_the_fixed_scale() -> None:
    network = on_meta("iresnet18")
    assert network.layer3[0].conv1.stride == (1, 1)
    assert network.layer3[0].conv2.stride == (2, 2)
    assert not network.features.weight.requires_grad
    assert network.features.bias.requires_grad


def test_trains() -> None:
    network = build("iresnet18", width=0.25, input_size=(32, 48), embedding=64)
    assert (network.features.weight == 1).all()
    assert float(network.layer4[1].conv2.weight.detach().std()) == pytest.approx(0.1, rel=0.02)
    check_trains(network)


def forward(x: Tensor, s: State, blocks: list[int]) -> Tensor:
    """Section 3.1 of ArcFace (arXiv 1801.07698), layer by layer from the names."""
    x = prelu(norm(conv(x, s, "conv1"), s, "bn1"), s, "prelu")
    for stage, number in enumerate(blocks, 1):
        for block in range(number):
            at, stride = f"layer{stage}.{block}", 1 if block else 2
            y = conv(norm(x, s, f"{at}.bn1"), s, f"{at}.conv1")
            y = prelu(norm(y, s, f"{at}.bn2"), s, f"{at}.prelu")
            y = norm(conv(y, s, f"{at}.conv2", stride), s, f"{at}.bn3")
            if not block:
                x = norm(conv(x, s, f"{at}.downsample.0", 2), s, f"{at}.downsample.1")
            x = x + y
    x = norm(x, s, "bn2").flatten(1)
    return norm(x @ s["fc.weight"].T + s["fc.bias"], s, "features")


def test_agrees_with_its_layers_as_functions() -> None:
    network = shaken(build("iresnet34", width=0.125, input_size=(32, 48), embedding=16))
    x = batch(network).double()
    with torch.no_grad():
        expected = forward(x, network.state_dict(), [3, 4, 6, 3])
        torch.testing.assert_close(network(x), expected, rtol=1e-9, atol=1e-9)


def test_other_sizes_and_widths() -> None:
    found = shapes(on_meta("iresnet18", width=0.5, input_size=(64, 96), embedding=100))
    assert found["conv1.weight"] == (32, 3, 3, 3)
    assert found["fc.weight"] == (100, 256 * 4 * 6)
    with pytest.raises(OptionError, match="multiples of 16 for iresnet18"):
        build("iresnet18", input_size=(100, 112))
