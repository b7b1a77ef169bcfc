from __future__ import annotations

import pytest
import torch
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
    norm,
    on_meta,
    prelu,
    shaken,
    shapes,
    unit,
)

MILLIONS = {"resnet50_ir": 43.575, "resnet152_irse": 71.149}


@pytest.mark.parametrize("name", MILLIONS)
def test_parameters(name: str) -> None:
    """Millions: measured on FaceX-Zoo's own networks."""
    network = on_meta(name)
    assert count(network) == networks.get(name).parameters
    assert round(count(network) / 1e6, 3) == MILLIONS[name]
    assert network.preprocessing == FACEX_ZOO


def test_names_of_facex_zoo() -> None:
    found = shapes(on_meta("resnet50_ir"))
    assert {name.split(".")[0] for name in found} == {"input_layer", "body", "output_layer"}
    expected = {
        "input_layer.0.weight": (64, 3, 3, 3),
        "input_layer.2.weight": (64,),
        "body.0.res_layer.0.weight": (64,),
        "body.3.shortcut_layer.0.weight": (128, 64, 1, 1),
        "body.3.shortcut_layer.1.running_mean": (128,),
        "body.3.res_layer.1.weight": (128, 64, 3, 3),
        "body.3.res_layer.2.weight": (128,),
        "body.3.res_layer.3.weight": (128, 128, 3, 3),
        "body.23.res_layer.4.running_var": (512,),
        "output_layer.0.weight": (512,),
        "output_layer.3.weight": (512, 512 * 7 * 7),
        "output_layer.4.bias": (512,),
    }
    assert expected.items() <= found.items()
    assert not [name for name in found if name.startswith(("body.0.short", "body.24"))]
    assert not [name for name in found if "res_layer.5" in name]


def test_names_of_squeeze_and_excitation() -> None:
    found = shapes(on_meta("resnet152_irse"))
    assert found["body.0.res_layer.5.fc1.weight"] == (4, 64, 1, 1)
    assert found["body.49.res_layer.5.fc2.weight"] == (512, 32, 1, 1)
    assert "body.0.res_layer.5.fc1.bias" not in found
    assert not [name for name in found if name.startswith("body.50")]


@pytest.mark.parametrize("name", MILLIONS)
def test_trains(name: str) -> None:
    check_trains(build(name, width=0.25, input_size=(32, 48), embedding=32))


def forward(x: Tensor, s: State, blocks: list[int]) -> Tensor:
    """ArcFace's residual unit (arXiv 1801.07698), squeezed (arXiv 1709.01507) where it is."""
    x = unit(x, s, ("input_layer.0", "input_layer.1", "input_layer.2"))
    place = 0
    for number in blocks:
        for block in range(number):
            inner, short = f"body.{place}.res_layer", f"body.{place}.shortcut_layer"
            stride = 1 if block else 2
            y = prelu(conv(norm(x, s, f"{inner}.0"), s, f"{inner}.1"), s, f"{inner}.2")
            y = unit(y, s, (f"{inner}.3", f"{inner}.4"), stride)
            if f"{inner}.5.fc1.weight" in s:
                first, second = (s[f"{inner}.5.fc{n}.weight"][:, :, 0, 0] for n in (1, 2))
                z = y.mean((2, 3)) @ first.T
                z = z.clamp_min(0) @ second.T
                y = y / (1 + torch.exp(-z))[:, :, None, None]
            if f"{short}.0.weight" in s:
                x = unit(x, s, (f"{short}.0", f"{short}.1"), stride)
            else:
                x = x[:, :, ::stride, ::stride]
            x = x + y
            place += 1
    return head(x, s)


@pytest.mark.parametrize(
    ("name", "blocks"), [("resnet50_ir", [3, 4, 14, 3]), ("resnet152_irse", [3, 8, 36, 3])]
)
def test_agrees_with_its_layers_as_functions(name: str, blocks: list[int]) -> None:
    network = shaken(build(name, width=0.25, input_size=(32, 48), embedding=16))
    x = batch(network).double()
    with torch.no_grad():
        expected = forward(x, network.state_dict(), blocks)
        torch.testing.assert_close(network(x), expected, rtol=1e-9, atol=1e-9)


def test_other_sizes_and_widths() -> None:
    found = shapes(on_meta("resnet152_irse", width=0.125, input_size=(64, 96), embedding=100))
    assert found["input_layer.0.weight"] == (8, 3, 3, 3)
    assert found["body.0.res_layer.5.fc1.weight"] == (1, 8, 1, 1)
    assert found["output_layer.3.weight"] == (100, 64 * 4 * 6)
