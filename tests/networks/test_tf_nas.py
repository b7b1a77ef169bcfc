from __future__ import annotations

from functools import partial

import pytest
import torch
from timm.layers import SqueezeExcite
from timm.models._efficientnet_blocks import InvertedResidual
from torch import nn

from faceaudit.networks import networks
from faceaudit.networks.modules.tf_nas import _Inverted, _Row


def test_parameters() -> None:
    with torch.device("meta"):
        network = networks.build("tf_nas_a").build()
    counted = sum(p.numel() for p in network.parameters())
    assert counted == networks.get("tf_nas_a").parameters
    assert round(counted / 1e6, 3) == 39.591


def test_names_are_those_of_facex_zoo() -> None:
    with torch.device("meta"):
        state = networks.build("tf_nas_a").build().state_dict()
    golden = {
        "first_stem.conv.weight": (32, 3, 3, 3),
        "first_stem.bn.running_mean": (32,),
        "second_stem.depth_conv.conv.weight": (32, 1, 3, 3),
        "second_stem.squeeze_excite.conv_reduce.weight": (8, 32, 1, 1),
        "second_stem.point_linear.conv.weight": (16, 32, 1, 1),
        "stage1.0.inverted_bottleneck.conv.weight": (83, 16, 1, 1),
        "stage1.1.depth_conv.conv.weight": (128, 1, 5, 5),
        "stage2.1.point_linear.bn.weight": (40,),
        "stage2.2.squeeze_excite.conv_expand.bias": (170,),
        "stage3.0.depth_conv.conv.weight": (248, 1, 5, 5),
        "stage3.3.inverted_bottleneck.bn.running_var": (477,),
        "stage4.2.squeeze_excite.conv_reduce.weight": (224, 723, 1, 1),
        "stage5.1.depth_conv.conv.weight": (1370, 1, 3, 3),
        "stage5.3.squeeze_excite.conv_expand.weight": (1359, 384, 1, 1),
        "stage6.0.depth_conv.conv.weight": (1203, 1, 5, 5),
        "stage6.0.point_linear.conv.weight": (320, 1203, 1, 1),
        "feature_mix_layer.conv.weight": (1280, 320, 1, 1),
        "feature_mix_layer.bn.bias": (1280,),
        "output_layer.2.weight": (512, 62720),
        "output_layer.2.bias": (512,),
        "output_layer.3.num_batches_tracked": (),
    }
    assert {name: tuple(state[name].shape) for name in golden} == golden
    without = ("second_stem.inverted", "stage1.1.squeeze", "stage3.1.squeeze", "output_layer.0")
    assert not any(name.startswith(without) for name in state)
    # 19 blocks of three convolutions with batch norm (6 tensors), but for one that widens nothing;
    # squeeze and excitation (4 tensors) in eleven; two further convolutions; a head of 2 + 5.
    assert len(state) == (19 * 3 - 1) * 6 + 11 * 4 + 2 * 6 + 7


def test_the_search_found() -> None:
    """Kernels, squeezes and activations block by block, read off FaceX-Zoo's network."""
    with torch.device("meta"):
        network = networks.build("tf_nas_a").build()
    blocks = [part for part in network.modules() if isinstance(part, _Inverted)]
    assert "".join(str(block.depth_conv.conv.kernel_size[0]) for block in blocks) == (
        "3353355333333333335"
    )
    assert "".join("-" if block.squeeze_excite is None else "s" for block in blocks) == (
        "ss-s-ss---s-ss--sss"
    )
    acts = [type(block.depth_conv.act) for block in blocks]
    assert acts == [nn.ReLU] * 3 + [nn.SiLU] * 16
    assert isinstance(network.first_stem.act, nn.ReLU)
    assert [name for name, _ in network.feature_mix_layer.named_children()] == ["conv", "bn"]


@pytest.mark.parametrize(
    ("row", "act"),
    [
        (_Row(64, 16, 24, kernel=5, stride=2), nn.SiLU),
        (_Row(64, 0, 16), nn.SiLU),
        (_Row(64, 8, 16), nn.ReLU),
    ],
)
def test_blocks_agree_with_timm(row: _Row, act: type[nn.Module]) -> None:
    """Against timm's inverted residual of EfficientNet; its names are in another order."""
    torch.manual_seed(0)
    ours = _Inverted(16, row, act).double()
    theirs = InvertedResidual(
        16,
        row.out,
        dw_kernel_size=row.kernel,
        stride=row.stride,
        exp_ratio=row.hidden / 16,
        act_layer=act,
        se_layer=partial(SqueezeExcite, rd_channels=row.reduced, act_layer=act)
        if row.reduced
        else None,
    ).double()
    names = {
        "inverted_bottleneck.conv": "conv_pw",
        "inverted_bottleneck.bn": "bn1",
        "depth_conv.conv": "conv_dw",
        "depth_conv.bn": "bn2",
        "squeeze_excite.conv_reduce": "se.fc1",
        "squeeze_excite.conv_expand": "se.fc2",
        "point_linear.conv": "conv_pwl",
        "point_linear.bn": "bn3",
    }
    state = {}
    for name, value in ours.state_dict().items():
        part, tensor = name.rsplit(".", 1)
        state[f"{names[part]}.{tensor}"] = value
    theirs.load_state_dict(state)
    x = torch.randn(3, 16, 8, 8).double()
    torch.testing.assert_close(ours(x), theirs(x))


def test_a_small_one_learns() -> None:
    torch.manual_seed(0)
    options = {"network": "tf_nas_a", "width": 0.25, "input_size": (48, 32), "embedding": 24}
    network = networks.build(options).build()
    assert network.first_stem.conv.out_channels == 8
    assert network.output_layer[2].in_features == 320 * 3 * 2
    embeddings = network(torch.randn(4, 3, 48, 32))
    assert embeddings.shape == (4, 24)
    embeddings.cos().sum().backward()
    grads = [p.grad for p in network.parameters()]
    assert all(grad is not None and grad.isfinite().all() for grad in grads)


def test_the_least_width_still_builds() -> None:
    network = networks.build({"network": "tf_nas_a", "width": 0.01, "input_size": (16, 16)}).build()
    assert network.eval()(torch.zeros(1, 3, 16, 16)).shape == (1, 512)
