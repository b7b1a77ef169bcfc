from __future__ import annotations

import torch
from timm.models.rexnet import RexNet
from torch import nn

from faceaudit.networks import networks


def test_parameters() -> None:
    """The body is timm's without squeeze and excitation; the end is computed by hand."""
    with torch.device("meta"):
        network = networks.build("rexnet").build()
        theirs = RexNet(se_ratio=0.0, num_classes=0)
    body = sum(
        p.numel() for n, p in theirs.named_parameters() if not n.startswith(("features.16", "head"))
    )
    last = 185 * 512 + 2 * 512
    head = 2 * 512 + 512 * 49 * 512 + 512 + 2 * 512
    counted = sum(p.numel() for p in network.parameters())
    assert counted == body + last + head == networks.get("rexnet").parameters
    assert round(counted / 1e6, 3) == 15.197


def test_names_are_those_of_facex_zoo() -> None:
    with torch.device("meta"):
        state = networks.build("rexnet").build().state_dict()
    golden = {
        "features.0.weight": (32, 3, 3, 3),
        "features.1.running_mean": (32,),
        "features.3.out.0.weight": (32, 1, 3, 3),
        "features.3.out.3.weight": (16, 32, 1, 1),
        "features.4.out.0.weight": (96, 16, 1, 1),
        "features.4.out.3.weight": (96, 1, 3, 3),
        "features.4.out.4.num_batches_tracked": (),
        "features.5.out.6.weight": (38, 162, 1, 1),
        "features.6.out.7.bias": (50,),
        "features.11.out.6.weight": (106, 570, 1, 1),
        "features.18.out.0.weight": (1044, 174, 1, 1),
        "features.18.out.6.weight": (185, 1044, 1, 1),
        "features.19.weight": (512, 185, 1, 1),
        "features.20.running_var": (512,),
        "output_layer.0.weight": (512,),
        "output_layer.3.weight": (512, 25088),
        "output_layer.4.bias": (512,),
    }
    assert {name: tuple(state[name].shape) for name in golden} == golden
    assert not any("fc" in name or name.startswith("features.21") for name in state)
    # 18 convolutions of 3 in all but the first block's 2, the stem's and the last, 6 tensors each.
    assert len(state) == (16 * 3 - 1 + 2) * 6 + 5 + 2 + 5


def test_the_body_agrees_with_timm() -> None:
    """Same tensors in the same order under other names."""
    torch.manual_seed(0)
    ours = networks.build({"network": "rexnet", "input_size": (32, 48)}).build().double()
    theirs = RexNet(se_ratio=0.0, num_classes=0).double()
    theirs.stem.conv.stride = (1, 1)
    blocks, reference = ours.features[:-3], nn.Sequential(theirs.stem, theirs.features[:-1])
    names = reference.state_dict().keys()
    values = blocks.state_dict().values()
    reference.load_state_dict(dict(zip(names, values, strict=True)))
    images = torch.randn(4, 3, 32, 48).double()
    with torch.no_grad():
        expected = reference(images)
        assert expected.std() > 0.1
        torch.testing.assert_close(blocks(images), expected)
        ours.eval()
        reference.eval()
        end = nn.Sequential(ours.features[-3:], ours.output_layer)
        torch.testing.assert_close(ours(images), end(reference(images)))


def test_a_small_one_learns() -> None:
    torch.manual_seed(0)
    options = {"network": "rexnet", "width": 0.25, "input_size": (48, 32), "embedding": 24}
    network = networks.build(options).build()
    assert network.features[0].out_channels == 8
    assert network.output_layer[1].p == 0.2
    assert network.output_layer[3].in_features == 128 * 3 * 2
    embeddings = network(torch.randn(4, 3, 48, 32))
    assert embeddings.shape == (4, 24)
    embeddings.cos().sum().backward()
    grads = [p.grad for p in network.parameters()]
    assert all(grad is not None and grad.isfinite().all() for grad in grads)
