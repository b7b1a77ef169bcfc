from __future__ import annotations

import numpy as np
import pytest
import torch
from timm.layers import BatchNormAct2d
from timm.models.resnetv2 import DownsampleConv, PreActBottleneck
from torch import Tensor, nn

from faceaudit.networks import networks
from faceaudit.networks.modules.attention import _AttentionModule, _Residual

MODULES = {"attention56": (1, 1, 1), "attention92": (1, 2, 3)}


def residual(given: int, out: int) -> int:
    """Four convolutions without biases and three batch norms."""
    inner = out // 4
    return 2 * given + given * inner + 9 * inner**2 + 4 * inner + inner * out + given * out


@pytest.mark.parametrize(("name", "millions"), [("attention56", 98.965), ("attention92", 134.562)])
def test_parameters_by_hand(name: str, millions: float) -> None:
    expected = 3 * 64 * 49 + 2 * 64
    given, stages = 64, ((256, 12), (512, 9), (1024, 6))
    for (channels, blocks), count in zip(stages, MODULES[name], strict=True):
        mask = 2 * (2 * channels + channels**2)
        expected += residual(given, channels) + count * (
            blocks * residual(channels, channels) + mask
        )
        given = channels
    expected += residual(1024, 2048) + 2 * residual(2048, 2048) + 2048 * 49 * 512 + 2 * 512
    with torch.device("meta"):
        network = networks.build(name).build()
    counted = sum(p.numel() for p in network.parameters())
    assert counted == expected == networks.get(name).parameters
    assert round(counted / 1e6, 3) == millions


def test_names_are_those_of_facex_zoo() -> None:
    with torch.device("meta"):
        state = networks.build("attention56").build().state_dict()
    # A residual block holds 4 kernels and 3 batch norms of 5 tensors; a mask ends in 2 of each.
    assert len(state) == (6 + 12 + 9 + 6) * 19 + 3 * 12 + 6 + 6
    golden = {
        "conv1.0.weight": (64, 3, 7, 7),
        "conv1.1.running_var": (64,),
        "attention_body.0.conv4.weight": (256, 64, 1, 1),
        "attention_body.1.first_residual_blocks.bn1.weight": (256,),
        "attention_body.1.trunk_branches.1.conv2.weight": (64, 64, 3, 3),
        "attention_body.1.softmax2_blocks.conv4.weight": (256, 256, 1, 1),
        "attention_body.1.skip2_connection_residual_block.bn3.running_mean": (64,),
        "attention_body.1.softmax3_blocks.1.conv3.weight": (256, 64, 1, 1),
        "attention_body.1.softmax5_blocks.conv1.weight": (64, 256, 1, 1),
        "attention_body.1.softmax6_blocks.5.weight": (256, 256, 1, 1),
        "attention_body.3.skip1_connection_residual_block.conv2.weight": (128, 128, 3, 3),
        "attention_body.3.softmax2_blocks.0.conv1.weight": (128, 512, 1, 1),
        "attention_body.3.softmax4_blocks.3.weight": (512,),
        "attention_body.5.softmax1_blocks.0.conv1.weight": (256, 1024, 1, 1),
        "attention_body.5.softmax2_blocks.2.weight": (1024, 1024, 1, 1),
        "attention_body.5.last_blocks.conv4.weight": (1024, 1024, 1, 1),
        "attention_body.8.conv3.weight": (2048, 512, 1, 1),
        "output_layer.1.weight": (512, 100352),
        "output_layer.2.num_batches_tracked": (),
    }
    assert {name: tuple(state[name].shape) for name in golden} == golden
    assert not any("attention_body.9" in name or "output_layer.1.bias" in name for name in state)
    with torch.device("meta"):
        deeper = networks.build("attention92").build().state_dict()
    assert "attention_body.4.softmax4_blocks.2.weight" in deeper  # the second of stage two
    assert "attention_body.8.softmax2_blocks.5.weight" in deeper  # the third of stage three
    assert "attention_body.11.conv3.weight" in deeper


@pytest.mark.parametrize(("given", "out", "stride"), [(32, 32, 1), (32, 64, 1), (32, 64, 2)])
def test_residual_blocks_agree_with_timm(given: int, out: int, stride: int) -> None:
    """Against timm's pre-activation bottleneck."""
    torch.manual_seed(0)
    ours = _Residual(given, out, stride=stride).double()
    theirs = PreActBottleneck(
        given,
        out,
        stride=stride,
        conv_layer=_plain,
        norm_layer=BatchNormAct2d,
        proj_layer=None if given == out else DownsampleConv,
    ).double()
    state = ours.state_dict()
    if given == out:
        del state["conv4.weight"]
    theirs.load_state_dict(
        {n.replace("bn", "norm").replace("conv4", "downsample.conv"): v for n, v in state.items()}
    )
    x = torch.randn(3, given, 8, 8).double()
    torch.testing.assert_close(ours(x), theirs(x))


def _plain(given: int, out: int, kernel: int, **options: object) -> nn.Conv2d:
    return nn.Conv2d(given, out, kernel, padding=kernel // 2, bias=False, **options)


def _enlarged(small: Tensor) -> Tensor:
    """Twice the height and width by NumPy: lines between corners, along one axis and the other."""
    out = small.numpy()
    for axis in (2, 3):
        old = out.shape[axis]
        places = np.linspace(0, old - 1, 2 * old)
        out = np.apply_along_axis(
            lambda line, places=places, old=old: np.interp(places, np.arange(old), line), axis, out
        )
    return torch.from_numpy(out)


def test_masks_are_the_papers() -> None:
    """The first stage written out: three times down, three times up, skips, `(1 + M) * T`."""
    torch.manual_seed(0)
    module = _AttentionModule(32, depth=3).double()
    parts = dict(module.named_children())
    pool = nn.MaxPool2d(3, stride=2, padding=1)
    with torch.no_grad():
        x = torch.randn(2, 32, 32, 16).double()
        got = module(x)
        x = parts["first_residual_blocks"](x)
        trunk = parts["trunk_branches"](x)
        down1 = parts["softmax1_blocks"](pool(x))
        down2 = parts["softmax2_blocks"](pool(down1))
        down3 = parts["softmax3_blocks"](pool(down2))
        skip1 = parts["skip1_connection_residual_block"](down1)
        skip2 = parts["skip2_connection_residual_block"](down2)
        up2 = parts["softmax4_blocks"](_enlarged(down3) + down2 + skip2)
        up1 = parts["softmax5_blocks"](_enlarged(up2) + down1 + skip1)
        mask = parts["softmax6_blocks"](_enlarged(up1) + trunk)
        expected = parts["last_blocks"]((1 + mask) * trunk)
    assert mask.min() > 0
    assert mask.max() < 1
    torch.testing.assert_close(got, expected)


@pytest.mark.parametrize("name", MODULES)
def test_small_ones_learn(name: str) -> None:
    torch.manual_seed(0)
    options = {"network": name, "width": 0.125, "input_size": (32, 48), "embedding": 24}
    network = networks.build(options).build()
    assert network.output_layer[1].in_features == 256 * 2 * 3
    embeddings = network(torch.randn(4, 3, 32, 48))
    assert embeddings.shape == (4, 24)
    embeddings.cos().sum().backward()
    trained = {name: p.grad for name, p in network.named_parameters() if p.requires_grad}
    assert all(grad is not None and grad.isfinite().all() for grad in trained.values())
    frozen = [name for name, p in network.named_parameters() if not p.requires_grad]
    # What is never used in FaceX-Zoo's network either.
    assert all(name.endswith("conv4.weight") for name in frozen)
    assert "attention_body.0.conv4.weight" in trained
