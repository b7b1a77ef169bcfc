from __future__ import annotations

import torch
from torch import Tensor

from faceaudit.networks import networks
from faceaudit.networks.common.preprocessing import INSIGHTFACE
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


def test_parameters() -> None:
    """Millions: measured on insightface's own `mbf`."""
    network = on_meta("mobilefacenet")
    assert count(network) == networks.get("mobilefacenet").parameters
    assert round(count(network) / 1e6, 2) == 2.06
    assert network.preprocessing == INSIGHTFACE


def test_names_of_insightface() -> None:
    found = shapes(on_meta("mobilefacenet"))
    expected = {
        "layers.0.layers.0.weight": (128, 3, 3, 3),
        "layers.0.layers.2.weight": (128,),
        "layers.1.layers.0.weight": (128, 2, 3, 3),
        "layers.2.layers.0.layers.0.weight": (128, 128, 1, 1),
        "layers.2.layers.1.layers.0.weight": (128, 1, 3, 3),
        "layers.3.layers.3.layers.2.layers.1.running_var": (128,),
        "layers.4.layers.2.layers.0.weight": (256, 256, 1, 1),
        "layers.5.layers.5.layers.0.layers.2.weight": (256,),
        "layers.6.layers.0.layers.0.weight": (512, 256, 1, 1),
        "layers.7.layers.1.layers.1.layers.0.weight": (256, 1, 3, 3),
        "conv_sep.layers.0.weight": (512, 256, 1, 1),
        "conv_sep.layers.2.weight": (512,),
        "features.layers.0.layers.0.weight": (512, 1, 7, 7),
        "features.layers.0.layers.1.weight": (512,),
        "features.layers.2.weight": (512, 512),
        "features.layers.3.running_mean": (512,),
    }
    assert expected.items() <= found.items()
    assert {name.split(".")[0] for name in found} == {"layers", "conv_sep", "features"}
    assert {int(name.split(".")[1]) for name in found if name.startswith("layers")} == {*range(8)}
    assert "features.layers.2.bias" not in found


def test_trains() -> None:
    check_trains(build("mobilefacenet", width=0.25, input_size=(48, 32), embedding=32))


def forward(x: Tensor, s: State) -> Tensor:
    """Table 1 of Chen et al. (arXiv 1804.07573) under insightface's names."""

    def three(x: Tensor, at: str, stride: int = 1) -> Tensor:
        for part, (step, layers) in enumerate(((1, 3), (stride, 3), (1, 2))):
            names = tuple(f"{at}.layers.{part}.layers.{layer}" for layer in range(layers))
            x = unit(x, s, names, step)
        return x

    def triple(at: str) -> tuple[str, ...]:
        return tuple(f"{at}.layers.{layer}" for layer in range(3))

    x = unit(unit(x, s, triple("layers.0"), 2), s, triple("layers.1"))
    for place, blocks in ((2, 4), (4, 6), (6, 2)):
        x = three(x, f"layers.{place}", 2)
        for block in range(blocks):
            x = x + three(x, f"layers.{place + 1}.layers.{block}")
    x = unit(x, s, triple("conv_sep"))
    x = unit(x, s, ("features.layers.0.layers.0", "features.layers.0.layers.1")).flatten(1)
    return norm(x @ s["features.layers.2.weight"].T, s, "features.layers.3")


def test_agrees_with_its_layers_as_functions() -> None:
    network = shaken(build("mobilefacenet", width=0.25, input_size=(48, 32), embedding=16))
    x = batch(network).double()
    with torch.no_grad():
        expected = forward(x, network.state_dict())
        torch.testing.assert_close(network(x), expected, rtol=1e-9, atol=1e-9)


def test_other_sizes_and_widths() -> None:
    found = shapes(on_meta("mobilefacenet", width=0.5, input_size=(96, 64), embedding=100))
    assert found["layers.0.layers.0.weight"] == (64, 3, 3, 3)
    assert found["layers.1.layers.0.weight"] == (64, 2, 3, 3)
    assert found["features.layers.0.layers.0.weight"] == (256, 1, 6, 4)
    assert found["features.layers.2.weight"] == (100, 256)
