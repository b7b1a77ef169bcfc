from __future__ import annotations

import pytest
import timm
import torch
from torch import Tensor, nn

from faceaudit.errors import OptionError
from faceaudit.networks import networks
from faceaudit.networks.edgeface import VARIANTS, EdgeFace
from helpers.facex_zoo import (
    built_on_meta,
    check_close,
    check_own_names,
    check_training,
    pictures,
    size_of,
)

BODIES = {
    "base": "edgenext_base",
    "s_gamma_05": "edgenext_small",
    "xs_gamma_06": "edgenext_x_small",
    "xxs": "edgenext_xx_small",
}


@pytest.mark.parametrize(
    ("variant", "millions"),
    [("base", 18.23), ("s_gamma_05", 3.65), ("xs_gamma_06", 1.77), ("xxs", 1.24)],
)
def test_parameters(variant: str, millions: float) -> None:
    """Millions as in the table of Idiap's repository."""
    count = size_of(built_on_meta(EdgeFace(variant=variant)))
    assert count == VARIANTS[variant].parameters
    assert round(count / 1e6, 2) == millions


def test_parameters_of_the_default() -> None:
    assert EdgeFace.parameters == size_of(built_on_meta(EdgeFace()))


def published(variant: str, gamma: float | None, embedding: int) -> dict[str, Tensor]:
    """Return names and shapes as in Idiap's checkpoints (backbones/timmfr.py), without values."""
    with torch.device("meta"):
        plain = timm.create_model(BODIES[variant], pretrained=False, num_classes=embedding)
    dense = {name for name, layer in plain.named_modules() if isinstance(layer, nn.Linear)}
    tensors = {}
    for name, tensor in plain.state_dict().items():
        layer, _, leaf = name.rpartition(".")
        if gamma is None or layer not in dense:
            tensors[f"model.{name}"] = tensor
        elif leaf == "bias":
            tensors[f"model.{layer}.linear2.bias"] = tensor
        else:
            outputs, inputs = tensor.shape
            rank = max(2, int(min(inputs, outputs) * gamma))
            tensors[f"model.{layer}.linear1.weight"] = tensor.new_empty(rank, inputs)
            tensors[f"model.{layer}.linear2.weight"] = tensor.new_empty(outputs, rank)
    return tensors


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize(
    ("variant", "gamma"),
    [("base", None), ("s_gamma_05", 0.5), ("xs_gamma_06", 0.6), ("xxs", None)],
)
def test_a_checkpoint_reaches_every_tensor_once(
    variant: str, gamma: float | None, bare: bool
) -> None:
    """Also where the `model.` before every name is gone already."""
    network = EdgeFace(variant=variant)
    tensors = published(variant, gamma, 512)
    if bare:
        tensors = {name.removeprefix("model."): tensor for name, tensor in tensors.items()}
    translated = network.convert_checkpoint(tensors)
    wanted = built_on_meta(network).state_dict()
    assert len(translated) == len(tensors)
    assert {name: t.shape for name, t in translated.items()} == {
        name: t.shape for name, t in wanted.items()
    }
    check_own_names(network)


@pytest.mark.parametrize("variant", ["xs_gamma_06", "xxs"])
def test_agrees_with_plain_timm(variant: str) -> None:
    """Thin layers multiplied out are the dense layers of a plain EdgeNeXt."""
    torch.manual_seed(0)
    built = EdgeFace(variant=variant, input_size=(48, 64), embedding=16).build().eval()
    whole: dict[str, Tensor] = {}
    with torch.no_grad():
        for name, parameter in built.named_parameters():
            if name.endswith((".gamma", ".gamma_xca")):
                parameter.fill_(0.5)  # at their start, 1e-6, the layers would hardly be seen
        state = built.state_dict()
        for name, tensor in state.items():
            plain_name = name.removeprefix("body.").replace(".linear2.", ".")
            if ".linear1." in name:
                continue
            first = state.get(name.replace(".linear2.weight", ".linear1.weight"))
            product = ".linear2.weight" in name and first is not None
            whole[plain_name] = tensor @ first if product else tensor
        plain = timm.create_model(BODIES[variant], pretrained=False, num_classes=16).eval()
        plain.load_state_dict(whole, strict=True)
        x = pictures(48, 64)
        check_close(built(x), plain(x))


@pytest.mark.parametrize("variant", list(BODIES))
def test_every_parameter_is_trained(variant: str) -> None:
    check_training(EdgeFace(variant=variant, width=0.25, input_size=(32, 48), embedding=8))


def test_takes_faces_of_112() -> None:
    built = EdgeFace(variant="xxs", width=0.5).build().eval()
    assert built.input_size == (112, 112)
    assert built(pictures(112, 112)).shape == (2, 512)


def test_width_and_input_size() -> None:
    narrow, wide = (EdgeFace(width=w, input_size=(32, 64), embedding=8) for w in (0.25, 0.5))
    assert size_of(built_on_meta(narrow)) < size_of(built_on_meta(wide)) / 3
    with pytest.raises(OptionError, match="multiples of 16 for edgeface"):
        EdgeFace(input_size=(40, 32)).build()
    with pytest.raises(OptionError, match="at least 32 for edgeface, got"):
        EdgeFace(input_size=(16, 32)).build()


def test_is_registered() -> None:
    assert isinstance(networks.build("edgeface"), EdgeFace)
