from __future__ import annotations

from collections import OrderedDict

import timm
import torch
from timm.models.resnest import ResNestBottleneck
from timm.models.resnet import downsample_avg
from torch import nn

from faceaudit.networks import networks


def test_parameters() -> None:
    """The four stages are those of timm's resnest50d; stem and head are computed by hand."""
    with torch.device("meta"):
        network = networks.build("resnest50").build()
        theirs = timm.create_model("resnest50d", num_classes=0)
    stages = sum(p.numel() for n, p in theirs.named_parameters() if n.startswith("layer"))
    stem = 3 * 64 * 9 + 2 * 64 + 64
    head = 2 * 2048 + 2048 * 49 * 512 + 512 + 2 * 512
    counted = sum(p.numel() for p in network.parameters())
    assert counted == stem + stages + head == networks.get("resnest50").parameters
    assert round(counted / 1e6, 3) == 76.793


def test_names_are_those_of_facex_zoo() -> None:
    with torch.device("meta"):
        state = networks.build("resnest50").build().state_dict()
        theirs = timm.create_model("resnest50d", num_classes=0).state_dict()
    golden = {
        "input_layer.0.weight": (64, 3, 3, 3),
        "input_layer.1.running_mean": (64,),
        "input_layer.2.weight": (64,),
        "body.layer1.0.downsample.1.weight": (256, 64, 1, 1),
        "body.layer1.0.downsample.2.weight": (256,),
        "body.layer2.0.conv2.conv.weight": (256, 64, 3, 3),
        "body.layer3.5.conv2.fc1.weight": (128, 256, 1, 1),
        "body.layer3.5.conv2.fc2.bias": (512,),
        "body.layer4.2.bn3.num_batches_tracked": (),
        "output_layer.0.weight": (2048,),
        "output_layer.3.weight": (512, 100352),
        "output_layer.4.weight": (512,),
    }
    assert {name: tuple(state[name].shape) for name in golden} == golden
    # timm kept the names of the authors' network, which is the one that FaceX-Zoo took.
    assert {n.removeprefix("body."): v.shape for n, v in state.items() if "body." in n} == {
        n: v.shape for n, v in theirs.items() if n.startswith("layer")
    }


def _timm_body(given: int) -> nn.Sequential:
    stages: OrderedDict[str, nn.Module] = OrderedDict()
    for place, (inner, depth) in enumerate([(16, 3), (32, 4), (64, 6), (128, 3)], 1):
        stage = nn.Sequential()
        for block in range(depth):
            first = block == 0
            shortcut = downsample_avg(given, 4 * inner, 1, stride=2) if first else None
            stage.append(
                ResNestBottleneck(
                    given, inner, 2 if first else 1, shortcut, radix=2, avd=True, is_first=first
                )
            )
            given = 4 * inner
        stages[f"layer{place}"] = stage
    return nn.Sequential(stages)


def test_the_body_agrees_with_timm() -> None:
    """At a quarter of the width, with the blocks of timm."""
    torch.manual_seed(0)
    options = {"network": "resnest50", "width": 0.25, "input_size": (32, 48)}
    ours = networks.build(options).build().double()
    theirs = _timm_body(16).double()
    theirs.load_state_dict(ours.body.state_dict())
    images = torch.randn(4, 3, 32, 48).double()
    with torch.no_grad():
        x = ours.input_layer(images)
        expected = theirs(x)
        assert expected.std() > 0.1
        torch.testing.assert_close(ours.body(x), expected)
        ours.eval()
        theirs.eval()
        end = ours.output_layer(theirs(ours.input_layer(images)))
        torch.testing.assert_close(ours(images), end)


def test_a_small_one_learns() -> None:
    torch.manual_seed(0)
    options = {"network": "resnest50", "width": 0.25, "input_size": (48, 32), "embedding": 24}
    network = networks.build(options).build()
    assert network.output_layer[3].in_features == 512 * 3 * 2
    embeddings = network(torch.randn(4, 3, 48, 32))
    assert embeddings.shape == (4, 24)
    embeddings.cos().sum().backward()
    grads = [p.grad for p in network.parameters()]
    assert all(grad is not None and grad.isfinite().all() for grad in grads)
