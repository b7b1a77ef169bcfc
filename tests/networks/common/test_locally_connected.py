from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from faceaudit.errors import OptionError
from faceaudit.networks.common.locally_connected import LocallyConnected2d


def by_loops(
    maps: np.ndarray, weight: np.ndarray, bias: np.ndarray, kernel: int, stride: int
) -> np.ndarray:
    """Sum place by place: maps (N, H, W, C), weight (h, w, kernel * kernel * C, O)."""
    height, width, _, channels = weight.shape
    out = np.zeros((len(maps), height, width, channels))
    for y in range(height):
        for x in range(width):
            patch = maps[:, y * stride : y * stride + kernel, x * stride : x * stride + kernel]
            for photo in range(len(maps)):
                out[photo, y, x] = patch[photo].reshape(-1) @ weight[y, x] + bias[y, x]
    return out


@pytest.mark.parametrize(
    ("size", "kernel", "stride"), [((6, 8), 3, 1), ((9, 8), 3, 2), ((8, 7), 4, 3), ((5, 5), 5, 1)]
)
def test_agrees_with_loops(size: tuple[int, int], kernel: int, stride: int) -> None:
    torch.manual_seed(0)
    layer = LocallyConnected2d(2, 3, size=size, kernel=kernel, stride=stride).double()
    torch.nn.init.normal_(layer.bias)
    maps = torch.randn(4, 2, *size, dtype=torch.float64)
    expected = by_loops(
        maps.permute(0, 2, 3, 1).numpy(),
        layer.weight.detach().numpy(),
        layer.bias.detach().numpy(),
        kernel,
        stride,
    )
    got = layer(maps).detach().permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(got, expected, atol=1e-12)
    strided = maps.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(layer(strided), layer(maps))


def test_gradients() -> None:
    torch.manual_seed(0)
    layer = LocallyConnected2d(2, 3, size=(7, 6), kernel=3, stride=2).double()

    def run(maps: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        given = {"weight": weight, "bias": bias}
        out: torch.Tensor = torch.func.functional_call(layer, given, (maps,))
        return out

    maps = torch.randn(2, 2, 7, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(run, (maps, layer.weight, layer.bias))


def test_gradients_of_one_side_only() -> None:
    layer = LocallyConnected2d(1, 1, size=(4, 4), kernel=2)
    layer(torch.ones(1, 1, 4, 4)).sum().backward()
    assert layer.weight.grad is not None
    layer.requires_grad_(False)
    maps = torch.ones(1, 1, 4, 4, requires_grad=True)
    layer(maps).sum().backward()
    places = layer.weight.detach().reshape(3, 3, 2, 2)
    assert maps.grad is not None
    assert maps.grad[0, 0, 0, 0] == pytest.approx(float(places[0, 0, 0, 0]))
    inner = places[1, 1, 0, 0] + places[0, 1, 1, 0] + places[1, 0, 0, 1] + places[0, 0, 1, 1]
    assert maps.grad[0, 0, 1, 1] == pytest.approx(float(inner))


def test_operations_counted_without_memory() -> None:
    with torch.device("meta"):
        layer = LocallyConnected2d(16, 16, size=(63, 63), kernel=9)
        maps = torch.empty(1, 16, 63, 63, requires_grad=True)
        with FlopCounterMode(display=False) as counter:
            layer(maps).sum().backward()
    assert counter.get_total_flops() == 3 * 2 * 55 * 55 * 16 * 9 * 9 * 16


@pytest.mark.parametrize("stride", [1, 2])
def test_under_compile(stride: int) -> None:
    torch.manual_seed(0)
    layer = LocallyConnected2d(2, 3, size=(5, 5), kernel=3, stride=stride)
    maps = torch.randn(2, 2, 5, 5)
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    found = []
    for run in (layer, compiled):
        layer.zero_grad()
        given = maps.clone().requires_grad_()
        out = run(given)
        (out * torch.arange(out.numel()).view_as(out)).sum().backward()
        assert layer.weight.grad is not None
        found.append((out.detach(), given.grad, layer.weight.grad.clone()))
    torch.testing.assert_close(found[0], found[1])


def test_under_autocast() -> None:
    torch.manual_seed(0)
    layer = LocallyConnected2d(2, 3, size=(5, 5), kernel=3)
    maps = torch.randn(2, 2, 5, 5)
    plain = layer(maps)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = layer(maps)
    assert mixed.dtype == torch.bfloat16
    torch.testing.assert_close(mixed.float(), plain, atol=0.1, rtol=0.1)
    mixed.float().sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.dtype == torch.float32


def test_a_kernel_larger_than_the_map_is_refused() -> None:
    with pytest.raises(OptionError, match="expected maps of at least 5 x 5"):
        LocallyConnected2d(1, 1, size=(4, 9), kernel=5)
