"""The softmax layer of an identifier in a file of weights, told from the network below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from faceaudit.errors import UnknownName, WeightsError
from faceaudit.networks.base import Network
from faceaudit.weights import Checkpoint, LoadedWeights, fit_checkpoint
from faceaudit.weights.matching import fit_parts, state_of

NO_HEAD = "none"
"""What the option `head` is where the layer is to be left away."""

_USUAL = frozenset(
    {"head", "output", "predictions", "classifier", "logits", "softmax", "probs", "fc8", "f8"}
)
_KERNELS = ("weight", "kernel")


@dataclass(frozen=True, eq=False)
class FoundHead:
    """A softmax layer.

    Attributes:
        name: of the layer, as in the file.
        weight: (K, E).
        bias: (K,).
    """

    name: str
    weight: Tensor
    bias: Tensor


def fit_with_head(
    network: Network, checkpoint: Checkpoint, name: str | None
) -> tuple[LoadedWeights, FoundHead | None]:
    """Return the weights of a network and its softmax layer; None where the file has none.

    A layer is the softmax layer when it takes as many numbers as an embedding has, and the file
    without it is the network to the last name and shape.

    Args:
        network: the body.
        checkpoint: the file's content.
        name: of the layer; None to find it; "none" to leave it away.

    Raises:
        WeightsError: the rest is not the network, or the layer is no softmax layer.
        UnknownName: there is no such layer.
    """
    layers = _layers(checkpoint.tensors)
    if name is not None and name != NO_HEAD:
        if name not in layers:
            raise UnknownName("layer", name, layers)
        return _without(network, checkpoint, name, layers[name])
    weights, head = _find(network, checkpoint, layers)
    return weights, None if name == NO_HEAD else head


def _find(
    network: Network, checkpoint: Checkpoint, layers: Mapping[str, Mapping[str, Tensor]]
) -> tuple[LoadedWeights, FoundHead | None]:
    wanted = state_of(network)
    taking = [at for at in layers if _takes(layers[at], network.embedding_size)]
    usual = [at for at in taking if _last(at).lower() in _USUAL]
    heads: list[str] = []
    for names in (usual, [at for at in taking if at not in usual]):
        heads = heads or [at for at in names if _fits(network, _body(checkpoint, at), wanted)]
    if len(heads) > 1:
        raise WeightsError(
            f"expected one softmax layer, got {', '.join(map(repr, heads))} in {checkpoint.path}; "
            f"name the right one, such as head: {heads[0]}, or a part of the file, "
            f"{checkpoint.path.name}#PART"
        )
    if heads:
        return _without(network, checkpoint, heads[0], layers[heads[0]])
    weights = fit_checkpoint(network, checkpoint, wanted)
    return weights, _set_aside(weights, checkpoint, network.embedding_size)


def _without(
    network: Network, checkpoint: Checkpoint, at: str, parts: Mapping[str, Tensor]
) -> tuple[LoadedWeights, FoundHead]:
    weights = fit_checkpoint(network, _body(checkpoint, at))
    return weights, _head_of(at, parts, network.embedding_size, checkpoint)


def _fits(network: Network, checkpoint: Checkpoint, wanted: Mapping[str, Tensor]) -> bool:
    return any(not fit.mismatches for fit in fit_parts(network, checkpoint, wanted))


def _body(checkpoint: Checkpoint, at: str) -> Checkpoint:
    """Return a checkpoint without the layer `at`."""
    body = {name: tensor for name, tensor in checkpoint.tensors.items() if _layer(name) != at}
    return replace(checkpoint, tensors=body)


def _set_aside(weights: LoadedWeights, checkpoint: Checkpoint, size: int) -> FoundHead | None:
    """Return the head that the network knows by its name, such as `fc8` of VGG-Face."""
    if not weights.head:
        return None
    parts = {name.rpartition(".")[2]: tensor for name, tensor in weights.head.items()}
    name = next(iter(weights.head)).rpartition(".")[0]
    return _head_of(name, parts, size, checkpoint)


def _head_of(
    name: str, parts: Mapping[str, Tensor], size: int, checkpoint: Checkpoint
) -> FoundHead:
    weight = parts.get("weight")
    if weight is None and "kernel" in parts:
        weight = parts["kernel"].T  # Keras keeps (in, out)
    shapes = {part: tuple(tensor.shape) for part, tensor in parts.items()}
    if weight is None or weight.ndim != 2 or weight.shape[1] != size or len(weight) < 2:
        raise WeightsError(
            f"expected a softmax layer from {size} numbers to at least two people, got {shapes} as "
            f"{name!r} of {checkpoint.path}; where it compares by angles, as margin losses do, "
            "take the network alone: head: none"
        )
    people = len(weight)
    bias = parts.get("bias", torch.zeros(people))
    if bias.shape != (people,) or set(parts) - {"weight", "kernel", "bias"}:
        raise WeightsError(
            f"expected a matrix and a bias for {people:,} people, got {shapes} as {name!r} of "
            f"{checkpoint.path}; name the right layer with the option head"
        )
    floats = weight.float().contiguous(), bias.float().contiguous()
    if not all(bool(torch.isfinite(tensor).all()) for tensor in floats):
        raise WeightsError(
            f"expected finite numbers in {name!r} of {checkpoint.path}, got others; the training "
            "diverged or the file is broken: take another"
        )
    return FoundHead(name, *floats)


def _layers(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Return the tensors of each layer that has a matrix, the last layer first."""
    layers: dict[str, dict[str, Tensor]] = {}
    for name, part, tensor in _split(tensors):
        layers.setdefault(_layer(name), {})[part] = tensor
    dense = [at for at, parts in layers.items() if any(_is_matrix(parts.get(k)) for k in _KERNELS)]
    return {at: layers[at] for at in reversed(dense)}


def _split(tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, str, Tensor]]:
    for name, tensor in tensors.items():
        yield name, name[len(_layer(name)) + 1 :], tensor


def _layer(name: str) -> str:
    return name.rpartition("/" if "/" in name else ".")[0]


def _last(layer: str) -> str:
    return layer.replace("/", ".").rpartition(".")[2]


def _is_matrix(tensor: Tensor | None) -> bool:
    return tensor is not None and tensor.ndim == 2


def _takes(parts: Mapping[str, Tensor], size: int) -> bool:
    matrix = parts["weight"] if "weight" in parts else parts["kernel"].T
    return matrix.ndim == 2 and matrix.shape[1] == size
