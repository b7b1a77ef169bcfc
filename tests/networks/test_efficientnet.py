from __future__ import annotations

import math

import pytest
import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.errors import OptionError
from faceaudit.networks import networks
from faceaudit.networks.efficientnet import EfficientNetB0
from helpers.facex_zoo import (
    Checkpoint,
    built_on_meta,
    check_close,
    check_names,
    check_own_names,
    check_training,
    check_values,
    pictures,
    size_of,
)

# Repeats, kernel, stride, expansion, outputs: table 1 of Tan, Le 2019.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
UNUSED = 1000 * (1280 + 1)
"""FaceX-Zoo's `_fc`: 1,000 things from 1,280 means, never called."""


def reference(zoo: Checkpoint, x: Tensor, embedding: int) -> Tensor:
    """FaceX-Zoo's EfficientNet-B0 (backbone/EfficientNets.py), by the names of its checkpoints.

    Paddings are fixed beforehand from an edge that is believed to be halved by the first layer.
    """
    believed = x.shape[-1]
    x = swish(norm(zoo, "_bn0", zoo.conv("_conv_stem", x, 32, 3)))
    believed //= 2
    flat = 0
    for repeats, kernel, stride, expand, outputs in STAGES:
        for repeat in range(repeats):
            step = stride if repeat == 0 else 1
            padding = same(believed, kernel, step)
            believed = math.ceil(believed / step)
            x = block(zoo, f"_blocks.{flat}", x, outputs, (kernel, step, expand), padding)
            flat += 1
    x = swish(norm(zoo, "_bn1", zoo.conv("_conv_head", x, 1280, 1)))
    zoo.dense("_fc", x.mean((2, 3)), 1000)
    x = zoo.norm("output_layer.0", x)
    return zoo.norm("output_layer.4", zoo.dense("output_layer.3", x.flatten(1), embedding))


def block(
    zoo: Checkpoint,
    name: str,
    x: Tensor,
    outputs: int,
    plan: tuple[int, int, int],
    padding: tuple[int, int, int, int],
) -> Tensor:
    kernel, stride, expand = plan
    inputs, inner = x.shape[1], x.shape[1] * expand
    y = x
    if expand > 1:
        y = swish(norm(zoo, f"{name}._bn0", zoo.conv(f"{name}._expand_conv", y, inner, 1)))
    y = zoo.conv(
        f"{name}._depthwise_conv", y, inner, kernel, stride=stride, padding=padding, groups=inner
    )
    y = swish(norm(zoo, f"{name}._bn1", y))
    means = y.mean((2, 3), keepdim=True)
    squeezed = swish(zoo.conv(f"{name}._se_reduce", means, inputs // 4, 1, bias=True))
    y = y * torch.sigmoid(zoo.conv(f"{name}._se_expand", squeezed, inner, 1, bias=True))
    y = norm(zoo, f"{name}._bn2", zoo.conv(f"{name}._project_conv", y, outputs, 1))
    return x + y if stride == 1 and inputs == outputs else y


def same(edge: int, kernel: int, stride: int) -> tuple[int, int, int, int]:
    total = max((math.ceil(edge / stride) - 1) * stride + kernel - edge, 0)
    before, after = total // 2, total - total // 2
    return before, after, before, after


def norm(zoo: Checkpoint, name: str, x: Tensor) -> Tensor:
    return zoo.norm(name, x, epsilon=1e-3)


def swish(x: Tensor) -> Tensor:
    return x * torch.sigmoid(x)


def test_parameters() -> None:
    count = size_of(built_on_meta(EfficientNetB0()))
    assert count == EfficientNetB0.parameters
    assert round((count + UNUSED) / 1e6, 3) == 37.405


def test_a_checkpoint_reaches_every_tensor_once() -> None:
    zoo = Checkpoint()
    with torch.device("meta"):
        reference(zoo, torch.zeros(1, 3, 112, 112), 512)
    tensors = zoo.on_meta()
    unused = {f"_fc.{leaf}": tensors.pop(f"_fc.{leaf}") for leaf in ("weight", "bias")}
    network = EfficientNetB0()
    check_names(network, tensors)
    check_own_names(network)
    assert list(network.convert_checkpoint(unused)) == ["head._fc.weight", "head._fc.bias"]


def test_agrees_with_facex_zoo_layer_by_layer() -> None:
    """At the size of the weights, where the paddings are what FaceX-Zoo believes they are."""
    zoo, x = Checkpoint(), pictures(112, 112)
    wanted = reference(zoo, x, 16)
    tensors = {name: t for name, t in zoo.tensors.items() if not name.startswith("_fc")}
    check_values(EfficientNetB0(embedding=16), tensors, x, wanted)


def test_agrees_with_plain_timm() -> None:
    built = EfficientNetB0(input_size=(32, 32), embedding=16).build().eval()
    plain = timm.create_model("tf_efficientnet_b0", pretrained=False, num_classes=0).eval()
    plain.conv_stem.stride = (1, 1)
    # timm pads this one by the map that comes, FaceX-Zoo by the one that it believes to come.
    plain.blocks[5][0].conv_dw = nn.Conv2d(672, 672, 5, 2, 2, groups=672, bias=False)
    state = built.state_dict()
    body = {name[5:]: tensor for name, tensor in state.items() if name.startswith("body.")}
    plain.load_state_dict(body, strict=True)
    x = pictures(32, 32)
    with torch.no_grad():
        features = plain.forward_features(x) / (1 + 1e-5) ** 0.5
        weight, bias = (state[f"output_layer.3.{leaf}"] for leaf in ("weight", "bias"))
        dense = functional.linear(features.flatten(1), weight, bias)
        check_close(built(x), dense / (1 + 1e-5) ** 0.5)


def test_every_parameter_is_trained() -> None:
    check_training(EfficientNetB0(width=0.25, input_size=(32, 48), embedding=8))


def test_width_and_input_size() -> None:
    narrow, wide = (EfficientNetB0(width=w, input_size=(32, 64), embedding=8) for w in (0.25, 0.5))
    assert size_of(built_on_meta(narrow)) < size_of(built_on_meta(wide)) / 2
    built = narrow.build().eval()
    assert built.input_size == (32, 64)
    assert built(pictures(32, 64)).shape == (2, 8)
    with pytest.raises(OptionError, match="multiples of 16 for efficientnet_b0"):
        EfficientNetB0(input_size=(40, 32)).build()


def test_is_registered() -> None:
    assert isinstance(networks.build("efficientnet_b0"), EfficientNetB0)
