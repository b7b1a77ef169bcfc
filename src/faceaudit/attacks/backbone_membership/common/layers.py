"""What goes on within a network, layer by layer, while it embeds photos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from faceaudit.types import Float64Array, ImageArray

BATCH = 64
Norms = (nn.BatchNorm1d, nn.BatchNorm2d)
Layers = (nn.Conv2d, nn.Linear, *Norms)


def batch_norm_distances(network: nn.Module, images: ImageArray) -> Float64Array | None:
    """Return (N,) mean distances of photos' statistics from those that batch norms keep.

    Of each batch norm over maps: the mean over its channels of (m - M)^2 / V + (v / V - 1)^2, where
    m and v are mean and variance of the channel over the photo's map, M and V the running ones;
    then the mean over batch norms.

    Returns:
        None where the network has no batch norm over maps.
    """
    norms = [one for one in network.modules() if isinstance(one, nn.BatchNorm2d)]
    if not norms:
        return None
    distances = _watched(network, norms, images, _distance_from_running, inputs=True)
    mean: Float64Array = distances.mean(axis=1)
    return mean


def layer_statistics(network: nn.Module, images: ImageArray) -> Float64Array:
    """Return (N, 4 L) statistics of the answers of L layers: what networks have in common.

    Channels of two trainings do not correspond, so a layer is summed up: mean, deviation, the
    largest and the share above 0 of all its numbers.
    """
    layers = [one for one in network.modules() if isinstance(one, Layers)]
    return _watched(network, layers, images, _sum_up, inputs=False)


def _distance_from_running(layer: nn.Module, maps: Tensor) -> Tensor:
    assert isinstance(layer, nn.BatchNorm2d)
    assert layer.running_mean is not None
    assert layer.running_var is not None
    variance, mean = torch.var_mean(maps.float(), dim=(2, 3), correction=0)
    kept = layer.running_var + layer.eps
    distance = (mean - layer.running_mean) ** 2 / kept + (variance / kept - 1) ** 2
    return distance.mean(dim=1, keepdim=True)


def _sum_up(layer: nn.Module, answers: Tensor) -> Tensor:
    del layer
    flat = answers.float().flatten(1)
    deviation, mean = torch.std_mean(flat, dim=1, correction=0)
    return torch.stack([mean, deviation, flat.amax(dim=1), (flat > 0).float().mean(dim=1)], dim=1)


def _watched(
    network: nn.Module,
    layers: Sequence[nn.Module],
    images: ImageArray,
    sum_up: Callable[[nn.Module, Tensor], Tensor],
    *,
    inputs: bool,
) -> Float64Array:
    """Return (N, K) what `sum_up` says of each layer, side by side in the layers' order."""
    rows = []
    with torch.inference_mode(), _hooked(layers, sum_up, inputs=inputs) as seen:
        for start in range(0, len(images), BATCH):
            seen.clear()
            network(torch.from_numpy(np.ascontiguousarray(images[start : start + BATCH])))
            parts = [seen[place] for place in range(len(layers)) if place in seen]
            rows.append(torch.cat(parts, dim=1).double().cpu().numpy())
    return np.concatenate(rows)


@contextmanager
def _hooked(
    layers: Sequence[nn.Module], sum_up: Callable[[nn.Module, Tensor], Tensor], *, inputs: bool
) -> Iterator[dict[int, Tensor]]:
    seen: dict[int, Tensor] = {}

    def hook(place: int) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def note(layer: nn.Module, taken: tuple[Tensor, ...], given: Tensor) -> None:
            seen[place] = sum_up(layer, taken[0] if inputs else given)

        return note

    handles = [one.register_forward_hook(hook(place)) for place, one in enumerate(layers)]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()
