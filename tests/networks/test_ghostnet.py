from __future__ import annotations

import timm
import torch

from faceaudit.networks import networks


def test_parameters() -> None:
    """The body is timm's ghostnet_100 without its own head; FaceX-Zoo's is computed by hand."""
    with torch.device("meta"):
        network = networks.build("ghostnet").build()
        theirs = timm.create_model("ghostnet_100", num_classes=0)
    body = sum(
        p.numel() for n, p in theirs.named_parameters() if not n.startswith(("conv_head", "class"))
    )
    counted = sum(p.numel() for p in network.parameters())
    head = 2 * 960 + 960 * 49 * 512 + 512 + 2 * 512
    assert counted == body + head == networks.get("ghostnet").parameters
    assert round(counted / 1e6, 3) == 26.759


def test_names_are_those_of_facex_zoo() -> None:
    with torch.device("meta"):
        state = networks.build("ghostnet").build().state_dict()
    golden = {
        "conv_stem.weight": (16, 3, 3, 3),
        "bn1.running_mean": (16,),
        "blocks.0.0.ghost1.primary_conv.0.weight": (8, 16, 1, 1),
        "blocks.1.0.conv_dw.weight": (48, 1, 3, 3),
        "blocks.1.0.bn_dw.weight": (48,),
        "blocks.3.0.se.conv_reduce.weight": (20, 72, 1, 1),
        "blocks.3.0.shortcut.0.weight": (24, 1, 5, 5),
        "blocks.4.0.se.conv_expand.bias": (120,),
        "blocks.6.3.shortcut.2.weight": (112, 80, 1, 1),
        "blocks.6.4.ghost2.cheap_operation.1.running_var": (56,),
        "blocks.8.3.se.conv_reduce.weight": (240, 960, 1, 1),
        "blocks.9.0.conv.weight": (960, 160, 1, 1),
        "blocks.9.0.bn1.weight": (960,),
        "output_layer.0.weight": (960,),
        "output_layer.3.weight": (512, 47040),
        "output_layer.4.num_batches_tracked": (),
    }
    assert {name: tuple(state[name].shape) for name in golden} == golden
    assert not any(name.startswith(("blocks.10", "blocks.8.4")) for name in state)


def test_the_body_agrees_with_timm() -> None:
    torch.manual_seed(0)
    ours = networks.build({"network": "ghostnet", "input_size": (32, 48)}).build().double()
    theirs = timm.create_model("ghostnet_100", num_classes=0).double()
    theirs.conv_stem.stride = (1, 1)
    state = {n: v for n, v in ours.state_dict().items() if not n.startswith("output_layer")}
    left = theirs.load_state_dict(state, strict=False)
    assert not left.unexpected_keys
    assert all(name.startswith("conv_head") for name in left.missing_keys)
    images = torch.randn(4, 3, 32, 48).double()
    with torch.no_grad():
        expected = theirs.blocks(theirs.act1(theirs.bn1(theirs.conv_stem(images))))
        got = ours.blocks(torch.relu(ours.bn1(ours.conv_stem(images))))
        assert expected.std() > 0.1
        torch.testing.assert_close(got, expected)
        ours.eval()
        theirs.eval()
        expected = theirs.blocks(theirs.act1(theirs.bn1(theirs.conv_stem(images))))
        torch.testing.assert_close(ours(images), ours.output_layer(expected))


def test_a_small_one_learns() -> None:
    torch.manual_seed(0)
    options = {"network": "ghostnet", "width": 0.25, "input_size": (48, 32), "embedding": 24}
    network = networks.build(options).build()
    assert network.conv_stem.out_channels == 4
    assert network.output_layer[1].p == 0.2
    assert network.output_layer[3].in_features == 240 * 3 * 2
    embeddings = network(torch.randn(4, 3, 48, 32))
    assert embeddings.shape == (4, 24)
    embeddings.cos().sum().backward()
    grads = [p.grad for p in network.parameters()]
    assert all(grad is not None and grad.isfinite().all() for grad in grads)
