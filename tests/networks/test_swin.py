from __future__ import annotations

import pytest
import timm
import torch
from torch import Tensor
from torch.nn import functional

from faceaudit.errors import OptionError
from faceaudit.networks import networks
from faceaudit.networks.swin import Swin, SwinS, SwinT
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

DEPTHS: dict[type[Swin], tuple[int, ...]] = {SwinT: (2, 2, 6, 2), SwinS: (2, 2, 18, 2)}
KINDS = list(DEPTHS)
HEADS = (3, 6, 12, 24)
WINDOW = 7


def reference(
    zoo: Checkpoint, x: Tensor, depths: tuple[int, ...], *, embed: int, patch: int, embedding: int
) -> Tensor:
    """FaceX-Zoo's Swin Transformer (backbone/Swin_Transformer.py), by the names of its checkpoints.

    For maps that windows of 7 divide, as FaceX-Zoo's are.
    """
    x = zoo.conv("patch_embed.proj", x, embed, patch, stride=patch, padding=0, bias=True)
    x = zoo.layer_norm("patch_embed.norm", x.permute(0, 2, 3, 1))
    for stage, (depth, heads) in enumerate(zip(depths, HEADS, strict=True)):
        for place in range(depth):
            shift = WINDOW // 2 if place % 2 and x.shape[1] > WINDOW else 0
            x = block(zoo, f"layers.{stage}.blocks.{place}", x, heads, shift)
        if stage < len(depths) - 1:
            x = merged(zoo, f"layers.{stage}.downsample", x)
    x = zoo.layer_norm("output_layer.0", x)
    return zoo.norm("output_layer.3", zoo.dense("output_layer.2", x.flatten(1), embedding))


def block(zoo: Checkpoint, name: str, x: Tensor, heads: int, shift: int) -> Tensor:
    count, height, width, channels = x.shape
    y = torch.roll(zoo.layer_norm(f"{name}.norm1", x), (-shift, -shift), (1, 2))
    rows, columns = height // WINDOW, width // WINDOW
    windows = y.reshape(count, rows, WINDOW, columns, WINDOW, channels).transpose(2, 3)
    windows = windows.reshape(count, rows * columns, WINDOW**2, channels)
    mask = masks(height, width, shift) if shift else None
    y = attention(zoo, f"{name}.attn", windows, heads, mask)
    if mask is not None:
        zoo.tensors[f"{name}.attn_mask"] = mask
    y = y.reshape(count, rows, columns, WINDOW, WINDOW, channels).transpose(2, 3)
    x = x + torch.roll(y.reshape(x.shape), (shift, shift), (1, 2))
    inner = zoo.dense(f"{name}.mlp.fc1", zoo.layer_norm(f"{name}.norm2", x), 4 * channels)
    return x + zoo.dense(f"{name}.mlp.fc2", functional.gelu(inner), channels)


def attention(zoo: Checkpoint, name: str, x: Tensor, heads: int, mask: Tensor | None) -> Tensor:
    """Attend within windows (N, windows, 49, C); the table holds a bias by offset of two places."""
    table = zoo.draw(f"{name}.relative_position_bias_table", (13 * 13, heads), scale=0.5)
    places = torch.tensor([(row, column) for row in range(WINDOW) for column in range(WINDOW)])
    offsets = places[:, None] - places[None] + WINDOW - 1
    index = offsets[..., 0] * 13 + offsets[..., 1]
    zoo.tensors[f"{name}.relative_position_index"] = index
    channels = x.shape[-1]
    split = (*x.shape[:3], 3, heads, channels // heads)
    query, key, value = zoo.dense(f"{name}.qkv", x, 3 * channels).reshape(split).unbind(3)
    scores = torch.einsum("nwqhc,nwkhc->nwhqk", query, key) / (channels // heads) ** 0.5
    scores = scores + table[index].permute(2, 0, 1)
    scores = scores if mask is None else scores + mask[None, :, None]
    out = torch.einsum("nwhqk,nwkhc->nwqhc", scores.softmax(-1), value)
    return zoo.dense(f"{name}.proj", out.reshape(x.shape), channels)


def masks(height: int, width: int, shift: int) -> Tensor:
    """Return (windows, 49, 49): -100 between places that were not neighbours before the shift."""

    def region(edge: int) -> Tensor:
        place = torch.arange(edge)
        return (place >= edge - WINDOW).long() + (place >= edge - shift).long()

    regions = region(height)[:, None] * 3 + region(width)[None]
    windows = regions.reshape(height // WINDOW, WINDOW, width // WINDOW, WINDOW).transpose(1, 2)
    windows = windows.reshape(-1, WINDOW**2)
    return -100.0 * (windows[:, :, None] != windows[:, None]).float()


def merged(zoo: Checkpoint, name: str, x: Tensor) -> Tensor:
    """Join two by two places: first those above each other."""
    four = [x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
    joined = zoo.layer_norm(f"{name}.norm", torch.cat(four, -1))
    return zoo.dense(f"{name}.reduction", joined, 2 * x.shape[-1], bias=False)


@pytest.mark.parametrize(("kind", "millions"), [(SwinT, 46.788), (SwinS, 68.106)])
def test_parameters(kind: type[Swin], millions: float) -> None:
    count = size_of(built_on_meta(kind()))
    assert count == kind.parameters
    assert round(count / 1e6, 3) == millions


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("patch", [2, 4])
def test_a_checkpoint_reaches_every_tensor_once(kind: type[Swin], patch: int) -> None:
    network = kind(patch=patch)
    assert network.size == (56 * patch, 56 * patch)
    zoo = Checkpoint()
    with torch.device("meta"):
        x = torch.zeros(1, 3, *network.size)
        reference(zoo, x, DEPTHS[kind], embed=96, patch=patch, embedding=512)
    tensors = zoo.on_meta()
    # What follows from the sizes alone is in FaceX-Zoo's checkpoints but not in ours.
    derived = [name for name in tensors if name.endswith(("_index", "attn_mask"))]
    assert len(derived) == sum(DEPTHS[kind]) + (sum(DEPTHS[kind]) - DEPTHS[kind][-1]) // 2
    assert network.convert_checkpoint({name: tensors.pop(name) for name in derived}) == {}
    check_names(network, tensors)
    check_own_names(network)


@pytest.mark.parametrize("patch", [2, 4])
def test_agrees_with_facex_zoo_layer_by_layer(patch: int) -> None:
    network = SwinT(patch=patch, width=0.25, embedding=16)
    zoo, x = Checkpoint(), pictures(*network.size)
    with torch.no_grad():
        wanted = reference(zoo, x, DEPTHS[SwinT], embed=24, patch=patch, embedding=16)
    check_values(network, zoo.tensors, x, wanted)


def test_agrees_with_plain_timm() -> None:
    built = SwinT(input_size=(64, 64), embedding=16).build().eval()
    plain = timm.create_model(
        "swin_tiny_patch4_window7_224", pretrained=False, num_classes=0, img_size=64
    ).eval()
    state = built.state_dict()
    body = {name[5:]: tensor for name, tensor in state.items() if name.startswith("body.")}
    norm = {f"norm.{leaf}": state[f"output_layer.0.{leaf}"] for leaf in ("weight", "bias")}
    plain.load_state_dict(body | norm, strict=True)
    x = pictures(64, 64)
    with torch.no_grad():
        features = plain.forward_features(x).flatten(1)
        weight, bias = (state[f"output_layer.2.{leaf}"] for leaf in ("weight", "bias"))
        dense = functional.linear(features, weight, bias)
        check_close(built(x), dense / (1 + 1e-5) ** 0.5)


def test_every_parameter_is_trained() -> None:
    check_training(SwinT(width=0.125, input_size=(64, 96), embedding=8))


@pytest.mark.parametrize("patch", [2, 4])
@pytest.mark.parametrize("size", [(16, 16), (48, 80)])
def test_maps_that_nothing_divides(patch: int, size: tuple[int, int]) -> None:
    built = SwinT(patch=patch, width=0.125, input_size=size, embedding=8).build().eval()
    assert built.input_size == size
    assert built(pictures(*size)).shape == (2, 8)


def test_width_and_input_size() -> None:
    narrow, wide = (SwinS(width=w, input_size=(64, 64), embedding=8) for w in (0.25, 0.5))
    assert size_of(built_on_meta(narrow)) < size_of(built_on_meta(wide)) / 3
    with pytest.raises(OptionError, match="multiples of 16 for swin_t"):
        SwinT(input_size=(40, 32)).build()


@pytest.mark.parametrize("kind", KINDS)
def test_is_registered(kind: type[Swin]) -> None:
    assert isinstance(networks.build(kind.name), kind)
