from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from faceaudit.errors import InputError
from faceaudit.networks import networks
from faceaudit.networks.common.preprocessing import INSIGHTFACE_128
from faces.synthetic.mobilefacenet import Finder, align
from networks.face_backbones import (
    State,
    batch,
    build,
    check_trains,
    count,
    on_meta,
    shaken,
    shapes,
    unit,
)

NAME = "mobilefacenet_casia"


def test_parameters() -> None:
    """Millions: measured on the checkpoint."""
    network = on_meta(NAME)
    assert count(network) == networks.get(NAME).parameters
    assert round(count(network) / 1e6, 4) == 0.9996
    assert network.preprocessing == INSIGHTFACE_128
    assert network.input_size == (112, 96)
    assert network.embedding_size == 128


def test_names_of_the_public_code() -> None:
    found = shapes(on_meta(NAME))
    assert len(found) == 333
    tops = {"conv1", "dw_conv1", "blocks", "conv2", "linear7", "linear1"}
    assert {name.split(".")[0] for name in found} == tops
    expected = {
        "conv1.conv.weight": (64, 3, 3, 3),
        "dw_conv1.prelu.weight": (64,),
        "blocks.0.conv.0.weight": (128, 64, 1, 1),
        "blocks.5.conv.3.weight": (256, 1, 3, 3),
        "blocks.12.conv.2.weight": (512,),
        "blocks.14.conv.6.weight": (128, 256, 1, 1),
        "blocks.14.conv.7.running_var": (128,),
        "conv2.conv.weight": (512, 128, 1, 1),
        "linear7.conv.weight": (512, 1, 7, 6),
        "linear1.conv.weight": (128, 512, 1, 1),
        "linear1.bn.bias": (128,),
    }
    assert expected.items() <= found.items()


def test_a_square_photo_is_refused() -> None:
    """Fed 112 x 112, the public code gives 256 numbers and says nothing."""
    network = build(NAME).eval()
    with pytest.raises(InputError, match=r"\(N, 112, 96, 3\), got \(1, 112, 112, 3\)"):
        network.prepare(torch.zeros((1, 112, 112, 3), dtype=torch.uint8))
    with pytest.raises(InputError, match=r"\(N, 3, 112, 96\), got \(1, 3, 112, 112\)"):
        network(torch.zeros((1, 3, 112, 112)))


def test_trains() -> None:
    check_trains(build(NAME, width=0.25, input_size=(48, 32)))


def forward(x: Tensor, s: State) -> Tensor:
    """Table 1 of Chen et al. (arXiv 1804.07573) under the public code's names."""

    def named(at: str) -> tuple[str, ...]:
        return (f"{at}.conv", f"{at}.bn", f"{at}.prelu")

    def three(x: Tensor, at: str, stride: int) -> Tensor:
        for step, layers in ((1, (0, 1, 2)), (stride, (3, 4, 5)), (1, (6, 7))):
            x = unit(x, s, tuple(f"{at}.conv.{layer}" for layer in layers), step)
        return x

    x = unit(unit(x, s, named("conv1"), 2), s, named("dw_conv1"))
    for block in range(15):
        down = block in (0, 5, 12)
        y = three(x, f"blocks.{block}", 2 if down else 1)
        x = y if down else x + y
    x = unit(unit(x, s, named("conv2")), s, named("linear7")[:2])
    return unit(x, s, named("linear1")[:2])[:, :, 0, 0]


def test_agrees_with_its_layers_as_functions() -> None:
    network = shaken(build(NAME, width=0.25, input_size=(48, 32), embedding=16))
    x = batch(network).double()
    with torch.no_grad():
        expected = forward(x, network.state_dict())
        torch.testing.assert_close(network(x), expected, rtol=1e-9, atol=1e-9)


def test_other_sizes_and_widths() -> None:
    found = shapes(on_meta(NAME, width=0.5, input_size=(96, 64), embedding=100))
    assert found["linear7.conv.weight"] == (256, 1, 6, 4)
    assert found["linear1.conv.weight"] == (100, 256, 1, 1)


@pytest.mark.realdata
def test_recognises_people_with_the_public_weights(real_data: Path) -> None:
    """It has 98.75 % on LFW's pairs, so of 20 people nearly all must be found again."""
    weights = real_data / "weights"
    file = weights / "mobilefacenet_casia_112x96.ckpt"
    state = torch.load(file, map_location="cpu", weights_only=True)["net_state_dict"]
    component = networks.build(NAME)
    network = component.build().eval()
    network.load_state_dict(component.convert_checkpoint(state), strict=True)

    find = Finder(weights)
    people = sorted(path.parent for path in (real_data / "lfw" / "images").glob("*/*_0002.jpg"))
    faces = []
    for person in people[:: len(people) // 20][:20]:
        for path in sorted(person.glob("*.jpg"))[:2]:
            photo = np.asarray(Image.open(path))
            points = find(photo)
            assert points is not None
            faces.append(align(photo, points)[:, 8:104])
    with torch.inference_mode():
        found = network(network.prepare(torch.from_numpy(np.stack(faces))))
    assert found.shape == (40, 128)
    assert torch.isfinite(found).all()
    unit_length = functional.normalize(found)
    nearest = (unit_length[::2] @ unit_length[1::2].T).argmax(dim=1)
    assert int((nearest == torch.arange(20)).sum()) >= 19
