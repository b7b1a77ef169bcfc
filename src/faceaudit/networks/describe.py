"""What is to be known of a network before it is used."""

from __future__ import annotations

import torch

from faceaudit.networks.base import Network, Preprocessing


def describe(network: Network) -> dict[str, str]:
    """Return size, preparation and known weights of a network, by heading, in words.

    Nothing is computed: the network is built without memory.
    """
    with torch.device("meta"):
        module = network.build()
    height, width = module.input_size
    count = sum(parameter.numel() for parameter in module.parameters())
    return {
        "parameters": f"{count:,}",
        "input": f"{height} high, {width} wide",
        "preparation": spelled(module.preprocessing),
        "embedding": f"{module.embedding_size:,}",
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
