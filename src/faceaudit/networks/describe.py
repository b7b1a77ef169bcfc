"""A network's size, preprocessing and known weights, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faceaudit.deferred import deferred
from faceaudit.networks.base import Network
from faceaudit.networks.common.preprocessing import Preprocessing

if TYPE_CHECKING:
    import torch
else:
    torch = deferred("torch")


def describe(network: Network) -> dict[str, str]:
    """Return size, preparation and known weights of a network, by heading, in words.

    Nothing is computed, and PyTorch is loaded only to count the parameters of a network whose
    options are not the default ones.
    """
    height, width = network.size
    return {
        "parameters": f"{_count_parameters(network):,}",
        "input": f"{height} high, {width} wide",
        "preparation": spelled(network.preparation),
        "embedding": f"{network.embedding_size:,}",
        "weights": type(network).known_weights,
    }


def spelled(preprocessing: Preprocessing) -> str:
    """Return a preparation as a formula.

    >>> spelled(Preprocessing(order="bgr", scale=(128, 128, 128)))
    'BGR, (x - 127.5) / 128'
    """
    mean, scale = (
        "/".join(f"{value:.7g}" for value in (values[:1] if len(set(values)) == 1 else values))
        for values in (preprocessing.mean, preprocessing.scale)
    )
    shifted = "x" if mean == "0" else f"(x - {mean})"
    return f"{preprocessing.order.upper()}, {shifted}" + ("" if scale == "1" else f" / {scale}")


def _count_parameters(network: Network) -> int:
    if network.parameters is not None and not network.model_fields_set:
        return network.parameters
    if network.is_file:
        return 0  # they stay in the file
    with torch.device("meta"):
        module = network.build()
    return sum(parameter.numel() for parameter in module.parameters())
