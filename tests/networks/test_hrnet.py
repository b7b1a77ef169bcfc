from __future__ import annotations

import pytest
import timm
import torch
from torch import Tensor
from torch.nn import functional

from faceaudit.errors import OptionError
from faceaudit.networks import networks
from faceaudit.networks.hrnet import HRNet
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


def reference(zoo: Checkpoint, x: Tensor, embedding: int) -> Tensor:
    """FaceX-Zoo's HRNet-W18 (backbone/HRNet.py), by the names of its checkpoints."""
    x = unit(zoo, "conv1", "bn1", x, 64, stride=2).relu()
    x = unit(zoo, "conv2", "bn2", x, 64).relu()
    for place in range(4):
        x = bottleneck(zoo, f"layer1.{place}", x, 64)
    maps = [x]
    for stage, modules, counts in (
        (2, 1, [18, 36]),
        (3, 4, [18, 36, 72]),
        (4, 3, [18, 36, 72, 144]),
    ):
        maps = transition(zoo, f"transition{stage - 1}", maps, counts)
        for module in range(modules):
            maps = resolutions(zoo, f"stage{stage}.{module}", maps)
    y = bottleneck(zoo, "incre_modules.0.0", maps[0], 32)
    for place, (finer, neck) in enumerate(zip(maps[1:], (64, 128, 256), strict=True)):
        down = f"downsamp_modules.{place}"
        down_y = zoo.conv(f"{down}.0", y, 4 * neck, 3, stride=2, bias=True)
        down_y = zoo.norm(f"{down}.1", down_y).relu()
        y = bottleneck(zoo, f"incre_modules.{place + 1}.0", finer, neck) + down_y
    y = zoo.norm("final_layer.1", zoo.conv("final_layer.0", y, 2048, 1, bias=True)).relu()
    dense = zoo.dense("output_layer.1", y.flatten(1), embedding, bias=False)
    return zoo.norm("output_layer.2", dense)


def unit(
    zoo: Checkpoint, conv: str, norm: str, x: Tensor, outputs: int, kernel: int = 3, stride: int = 1
) -> Tensor:
    return zoo.norm(norm, zoo.conv(conv, x, outputs, kernel, stride=stride))


def bottleneck(zoo: Checkpoint, name: str, x: Tensor, inner: int) -> Tensor:
    y = unit(zoo, f"{name}.conv1", f"{name}.bn1", x, inner, 1).relu()
    y = unit(zoo, f"{name}.conv2", f"{name}.bn2", y, inner).relu()
    y = unit(zoo, f"{name}.conv3", f"{name}.bn3", y, 4 * inner, 1)
    if x.shape[1] != 4 * inner:
        x = unit(zoo, f"{name}.downsample.0", f"{name}.downsample.1", x, 4 * inner, 1)
    return (x + y).relu()


def transition(zoo: Checkpoint, name: str, maps: list[Tensor], counts: list[int]) -> list[Tensor]:
    """All branches go on; the first stage narrows its one; the new one halves the coarsest."""
    on = list(maps)
    if name == "transition1":
        on[0] = unit(zoo, f"{name}.0.0", f"{name}.0.1", maps[0], counts[0]).relu()
    new = f"{name}.{len(maps)}.0"
    return [*on, unit(zoo, f"{new}.0", f"{new}.1", maps[-1], counts[-1], stride=2).relu()]


def resolutions(zoo: Checkpoint, name: str, maps: list[Tensor]) -> list[Tensor]:
    branches = list(maps)
    for place in range(len(maps)):
        for block in range(4):
            inside = f"{name}.branches.{place}.{block}"
            x, count = branches[place], maps[place].shape[1]
            y = unit(zoo, f"{inside}.conv1", f"{inside}.bn1", x, count).relu()
            branches[place] = (x + unit(zoo, f"{inside}.conv2", f"{inside}.bn2", y, count)).relu()
    fused = []
    for to, wanted in enumerate(branches):
        total = wanted
        for source, x in enumerate(branches):
            layer, count = f"{name}.fuse_layers.{to}.{source}", wanted.shape[1]
            if source > to:
                coarse = unit(zoo, f"{layer}.0", f"{layer}.1", x, count, 1)
                total = total + functional.interpolate(coarse, scale_factor=2 ** (source - to))
            finer = x
            for step in range(to - source):
                last = step == to - source - 1
                outputs = count if last else finer.shape[1]
                inside = f"{layer}.{step}"
                finer = unit(zoo, f"{inside}.0", f"{inside}.1", finer, outputs, stride=2)
                finer = finer if last else finer.relu()
            total = total + finer if source < to else total
        fused.append(total.relu())
    return fused


def test_parameters() -> None:
    count = size_of(built_on_meta(HRNet()))
    assert count == HRNet.parameters
    assert round(count / 1e6, 3) == 70.631


def test_a_checkpoint_reaches_every_tensor_once() -> None:
    zoo = Checkpoint()
    with torch.device("meta"):
        reference(zoo, torch.zeros(1, 3, 112, 112), 512)
    check_names(HRNet(), zoo.on_meta())
    check_own_names(HRNet())


def test_agrees_with_facex_zoo_layer_by_layer() -> None:
    zoo, x = Checkpoint(), pictures(48, 32)
    wanted = reference(zoo, x, 16)
    check_values(HRNet(input_size=(48, 32), embedding=16), zoo.tensors, x, wanted)


def test_agrees_with_plain_timm() -> None:
    built = HRNet(input_size=(32, 32), embedding=16).build().eval()
    plain = timm.create_model("hrnet_w18", pretrained=False, num_classes=0).eval()
    plain.conv2.stride = (1, 1)
    state = built.state_dict()
    body = {name[5:]: tensor for name, tensor in state.items() if name.startswith("body.")}
    plain.load_state_dict(body, strict=True)
    x = pictures(32, 32)
    with torch.no_grad():
        dense = plain.forward_features(x).flatten(1) @ state["output_layer.1.weight"].T
        check_close(built(x), dense / (1 + 1e-5) ** 0.5)


def test_every_parameter_is_trained() -> None:
    check_training(HRNet(width=0.1, input_size=(32, 48), embedding=8))


def test_width_and_input_size() -> None:
    narrow, wide = (HRNet(width=w, input_size=(32, 64), embedding=8) for w in (0.25, 0.5))
    assert size_of(built_on_meta(narrow)) < size_of(built_on_meta(wide)) / 2
    built = narrow.build().eval()
    assert built.input_size == (32, 64)
    assert built(pictures(32, 64)).shape == (2, 8)
    with pytest.raises(OptionError, match="multiples of 16 for hrnet"):
        HRNet(input_size=(40, 32)).build()


def test_is_registered() -> None:
    assert isinstance(networks.build("hrnet"), HRNet)
