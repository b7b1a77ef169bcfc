"""Helpers of the tests of face backbones: counts, shaken weights, and layers as functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from faceaudit.networks import networks
from faceaudit.networks.common.face_network import FaceNetwork

State = Mapping[str, Tensor]


def build(name: str, **options: Any) -> FaceNetwork:
    torch.manual_seed(0)
    return networks.build({"network": name, **options}).build()


def on_meta(name: str, **options: Any) -> FaceNetwork:
    """The network without memory for its weights."""
    with torch.device("meta"):
        return networks.build({"network": name, **options}).build()


def count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def batch(network: FaceNetwork, size: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    shape = (size, *network.input_size, 3)
    return network.prepare(
        torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    ).contiguous()


def check_trains(network: FaceNetwork) -> None:
    """A backward pass reaches every weight that is trained, and leaves no NaN."""
    embeddings = network.train()(batch(network, 4))
    assert embeddings.shape == (4, network.embedding_size)
    functional = torch.randn(embeddings.shape, generator=torch.Generator().manual_seed(2))
    (embeddings * functional).sum().backward()
    for name, weight in network.named_parameters():
        if not weight.requires_grad:
            continue
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all(), name


def shaken(network: FaceNetwork) -> FaceNetwork:
    """The network in double precision, with no two batch norms or slopes alike."""
    generator = torch.Generator().manual_seed(3)

    def draw(low: float, high: float, like: Tensor) -> Tensor:
        return torch.empty_like(like).uniform_(low, high, generator=generator)

    network = network.double().eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
                module.running_mean.copy_(draw(-0.5, 0.5, module.running_mean))
                # As small as eps, now and then: a wrong eps shows.
                module.running_var.copy_(draw(1e-4, 2, module.running_var))
                module.bias.copy_(draw(-0.5, 0.5, module.bias))
                if module.weight.requires_grad:
                    module.weight.copy_(draw(0.5, 1.5, module.weight))
            elif isinstance(module, nn.PReLU):
                module.weight.copy_(draw(0.05, 0.6, module.weight))
            elif isinstance(module, nn.Conv2d) and module.bias is not None:
                module.bias.copy_(draw(-0.1, 0.1, module.bias))
    return network


def norm(x: Tensor, s: State, at: str, eps: float = 1e-5) -> Tensor:
    mean, var, weight, bias = (
        s[f"{at}.{name}"].view(1, -1, *[1] * (x.ndim - 2))
        for name in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / (var + eps).sqrt() * weight + bias


def prelu(x: Tensor, s: State, at: str) -> Tensor:
    return torch.where(x > 0, x, x * s[f"{at}.weight"].view(1, -1, 1, 1))


def conv(x: Tensor, s: State, at: str, stride: int = 1) -> Tensor:
    """Convolve; a 3x3 or 5x5 keeps the size, and the weight tells the groups."""
    weight = s[f"{at}.weight"]
    edge = weight.shape[-1]
    padding = edge // 2 if weight.shape[-2:] in ((3, 3), (5, 5)) else 0
    groups = x.shape[1] // weight.shape[1]
    return F.conv2d(x, weight, s.get(f"{at}.bias"), stride, padding, groups=groups)


def unit(x: Tensor, s: State, names: tuple[str, ...], stride: int = 1) -> Tensor:
    """Convolution, batch norm and, when a third name is given, PReLU."""
    x = norm(conv(x, s, names[0], stride), s, names[1])
    return prelu(x, s, names[2]) if len(names) > 2 else x


def head(x: Tensor, s: State, at: str = "output_layer") -> Tensor:
    """FaceX-Zoo's end of a network, without its dropout."""
    x = norm(x, s, f"{at}.0").flatten(1)
    return norm(x @ s[f"{at}.3.weight"].T + s[f"{at}.3.bias"], s, f"{at}.4")
