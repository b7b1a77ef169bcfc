from __future__ import annotations

import pytest
import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.errors import OptionError
from faceaudit.networks import networks
from faceaudit.networks.modules.repvgg import RepVGGModule
from faceaudit.networks.repvgg import RepVGG, RepVGGA0, RepVGGB0, RepVGGB1
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

# Blocks of the four stages and what 64, 128, 256 and 512 are multiplied by: tables 2 and 3 of Ding
# et al. 2021.
PLANS: dict[type[RepVGG], tuple[tuple[int, ...], tuple[float, ...]]] = {
    RepVGGA0: ((2, 4, 14, 1), (0.75, 0.75, 0.75, 2.5)),
    RepVGGB0: ((4, 6, 16, 1), (1, 1, 1, 2.5)),
    RepVGGB1: ((4, 6, 16, 1), (2, 2, 2, 4)),
}
KINDS = list(PLANS)


def reference(zoo: Checkpoint, x: Tensor, kind: type[RepVGG], embedding: int) -> Tensor:
    """FaceX-Zoo's RepVGG (backbone/RepVGG.py), by the names of its checkpoints."""
    repeats, factors = PLANS[kind]
    x = layer(zoo, "stage0", x, min(64, int(64 * factors[0])), 1)
    for stage, (count, factor) in enumerate(zip(repeats, factors, strict=True)):
        outputs = int(64 * 2**stage * factor)
        for place in range(count):
            x = layer(zoo, f"stage{stage + 1}.{place}", x, outputs, 2 if place == 0 else 1)
    x = zoo.norm("output_layer.0", x)
    return zoo.norm("output_layer.3", zoo.dense("output_layer.2", x.flatten(1), embedding))


def layer(zoo: Checkpoint, name: str, x: Tensor, outputs: int, stride: int) -> Tensor:
    total = torch.zeros(())
    for branch, kernel in (("rbr_dense", 3), ("rbr_1x1", 1)):
        y = zoo.conv(f"{name}.{branch}.conv", x, outputs, kernel, stride=stride)
        total = total + zoo.norm(f"{name}.{branch}.bn", y)
    if stride == 1 and x.shape[1] == outputs:
        total = total + zoo.norm(f"{name}.rbr_identity", x)
    return total.relu()


@pytest.mark.parametrize(
    ("kind", "millions"), [(RepVGGA0, 39.945), (RepVGGB0, 46.654), (RepVGGB1, 106.752)]
)
def test_parameters(kind: type[RepVGG], millions: float) -> None:
    count = size_of(built_on_meta(kind()))
    assert count == kind.parameters
    assert round(count / 1e6, 3) == millions


@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_reaches_every_tensor_once(kind: type[RepVGG]) -> None:
    zoo = Checkpoint()
    with torch.device("meta"):
        reference(zoo, torch.zeros(1, 3, 112, 112), kind, 512)
    check_names(kind(), zoo.on_meta())
    check_own_names(kind())


def test_agrees_with_facex_zoo_layer_by_layer() -> None:
    zoo, x = Checkpoint(), pictures(48, 32)
    wanted = reference(zoo, x, RepVGGA0, 16)
    check_values(RepVGGA0(input_size=(48, 32), embedding=16), zoo.tensors, x, wanted)


def test_agrees_with_plain_timm() -> None:
    built = RepVGGA0(input_size=(32, 32), embedding=16).build().eval()
    plain = timm.create_model("repvgg_a0", pretrained=False, num_classes=0).eval()
    plain.stem.conv_kxk.conv.stride = plain.stem.conv_1x1.conv.stride = (1, 1)
    state = built.state_dict()
    body = {name[5:]: tensor for name, tensor in state.items() if name.startswith("body.")}
    plain.load_state_dict(body, strict=True)
    x = pictures(32, 32)
    with torch.no_grad():
        features = plain.forward_features(x) / (1 + 1e-5) ** 0.5
        weight, bias = (state[f"output_layer.2.{leaf}"] for leaf in ("weight", "bias"))
        dense = functional.linear(features.flatten(1), weight, bias)
        check_close(built(x), dense / (1 + 1e-5) ** 0.5)


def test_the_branches_fuse_into_plain_convolutions() -> None:
    network = RepVGGA0(input_size=(32, 48), embedding=16)
    zoo, x = Checkpoint(), pictures(32, 48)
    wanted = reference(zoo, x, RepVGGA0, 16)
    built = network.build()
    built.load_state_dict(network.convert_checkpoint(zoo.tensors), strict=True)
    assert isinstance(built, RepVGGModule)
    names = list(built.state_dict())
    fused = built.fused()
    with torch.no_grad():
        check_close(fused(x), wanted)
    assert built.training
    assert list(built.state_dict()) == names
    assert (fused.input_size, fused.embedding_size) == ((32, 48), 16)
    assert not fused.training
    convolutions = [m for m in fused.body.modules() if isinstance(m, nn.Conv2d)]
    assert len(convolutions) == 1 + 2 + 4 + 14 + 1
    assert {conv.kernel_size for conv in convolutions} == {(3, 3)}
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fused.body.modules())
    assert not any("id_tensor" in vars(module) for module in fused.modules())


def test_every_parameter_is_trained() -> None:
    check_training(RepVGGA0(width=0.25, input_size=(32, 48), embedding=8))


def test_width_and_input_size() -> None:
    narrow, wide = (RepVGGB1(width=w, input_size=(32, 64), embedding=8) for w in (0.125, 0.25))
    assert size_of(built_on_meta(narrow)) < size_of(built_on_meta(wide)) / 3
    built = narrow.build().eval()
    assert built.input_size == (32, 64)
    assert built(pictures(32, 64)).shape == (2, 8)
    with pytest.raises(OptionError, match="multiples of 16 for repvgg_a0"):
        RepVGGA0(input_size=(40, 32)).build()


@pytest.mark.parametrize("kind", KINDS)
def test_is_registered(kind: type[RepVGG]) -> None:
    assert isinstance(networks.build(kind.name), kind)
