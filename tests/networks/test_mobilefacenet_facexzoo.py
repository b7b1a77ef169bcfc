from __future__ import annotations

import torch
from torch import Tensor

from faceaudit.networks import networks
from faceaudit.networks.common.preprocessing import FACEX_ZOO
from networks.face_backbones import (
    State,
    batch,
    build,
    check_trains,
    count,
    norm,
    on_meta,
    shaken,
    shapes,
    unit,
)

NAME = "mobilefacenet_facexzoo"


def test_parameters() -> None:
    """Millions: measured on FaceX-Zoo's own network."""
    network = on_meta(NAME)
    assert count(network) == networks.get(NAME).parameters
    assert round(count(network) / 1e6, 3) == 1.201
    assert network.preprocessing == FACEX_ZOO


def test_names_of_facex_zoo() -> None:
    found = shapes(on_meta(NAME))
    tops = "conv1 conv2_dw conv_23 conv_3 conv_34 conv_4 conv_45 conv_5 conv_6_sep conv_6_dw"
    assert {name.split(".")[0] for name in found} == {*tops.split(), "linear", "bn"}
    expected = {
        "conv1.conv.weight": (64, 3, 3, 3),
        "conv1.prelu.weight": (64,),
        "conv2_dw.conv.weight": (64, 1, 3, 3),
        "conv_23.conv.conv.weight": (128, 64, 1, 1),
        "conv_23.conv_dw.bn.running_var": (128,),
        "conv_23.project.bn.weight": (64,),
        "conv_3.model.3.conv_dw.conv.weight": (128, 1, 3, 3),
        "conv_34.conv.prelu.weight": (256,),
        "conv_4.model.5.project.conv.weight": (128, 256, 1, 1),
        "conv_45.conv.conv.weight": (512, 128, 1, 1),
        "conv_5.model.1.conv.bn.bias": (256,),
        "conv_6_sep.conv.weight": (512, 128, 1, 1),
        "conv_6_dw.conv.weight": (512, 1, 7, 7),
        "linear.weight": (512, 512),
        "bn.running_var": (512,),
    }
    assert expected.items() <= found.items()
    assert not {"linear.bias", "conv_6_dw.prelu.weight", "conv_23.project.prelu.weight"} & {*found}


def test_trains() -> None:
    check_trains(build(NAME, width=0.25, input_size=(48, 32), embedding=32))


def forward(x: Tensor, s: State) -> Tensor:
    """Table 1 of Chen et al. (arXiv 1804.07573) under FaceX-Zoo's names."""

    def triple(at: str) -> tuple[str, ...]:
        return (f"{at}.conv", f"{at}.bn", f"{at}.prelu")

    def three(x: Tensor, at: str, stride: int = 1) -> Tensor:
        x = unit(unit(x, s, triple(f"{at}.conv")), s, triple(f"{at}.conv_dw"), stride)
        return unit(x, s, triple(f"{at}.project")[:2])

    x = unit(unit(x, s, triple("conv1"), 2), s, triple("conv2_dw"))
    for stage, blocks in ((3, 4), (4, 6), (5, 2)):
        x = three(x, f"conv_{stage - 1}{stage}", 2)
        for block in range(blocks):
            x = x + three(x, f"conv_{stage}.model.{block}")
    x = unit(unit(x, s, triple("conv_6_sep")), s, triple("conv_6_dw")[:2]).flatten(1)
    return norm(x @ s["linear.weight"].T, s, "bn")


def test_agrees_with_its_layers_as_functions() -> None:
    network = shaken(build(NAME, width=0.25, input_size=(48, 32), embedding=16))
    x = batch(network).double()
    with torch.no_grad():
        expected = forward(x, network.state_dict())
        torch.testing.assert_close(network(x), expected, rtol=1e-9, atol=1e-9)


def test_other_sizes_and_widths() -> None:
    found = shapes(on_meta(NAME, width=0.5, input_size=(96, 64), embedding=100))
    assert found["conv1.conv.weight"] == (32, 3, 3, 3)
    assert found["conv_6_dw.conv.weight"] == (256, 1, 6, 4)
    assert found["linear.weight"] == (100, 256)
