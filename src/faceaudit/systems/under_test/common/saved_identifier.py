"""Identifiers that faceaudit trained and kept, opened from their store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from faceaudit.errors import WeightsError
from faceaudit.networks.base import Network, networks
from faceaudit.networks.common.face_network import FaceNetwork
from faceaudit.systems.embedding.embedder import Embedder, state_digest
from faceaudit.systems.identifiers.file import IdentifierDescription
from faceaudit.systems.under_test.common.softmax_head import FoundHead
from faceaudit.weights import load_weights, network_with, read

WEIGHTS = "weights.safetensors"
"""The file of weights in the folder of a system."""


def weights_in(path: Path) -> Path:
    """Return a file of weights; that of the system where a folder of a store is given.

    Raises:
        WeightsError: it is a folder without one, or one of a bank of verifiers.
    """
    if not path.is_dir():
        return path
    file = path / WEIGHTS
    if not file.is_file():
        raise WeightsError(
            f"expected a file of weights, or the folder of a system in a store, got {path}, a "
            "folder without weights.safetensors; try STORE/systems/ID"
        )
    if "mitigation" in _spec(path):
        raise WeightsError(
            f"expected one system, got {path}, the bank of verifiers of a membership audit; try "
            "the file of one verifier that `faceaudit train-verifier` writes"
        )
    return file


def pretrained_network(path: Path) -> Network | None:
    """Return the network whose pretrained weights a system in a store is; None for others."""
    values = _spec(path.parent)
    if path.name != WEIGHTS or "pretraining" not in values:
        return None
    return networks.build({key: v for key, v in values["network"].items() if key != "version"})


def load_saved(
    path: Path, described: IdentifierDescription, weights: Path | None
) -> tuple[Network, FaceNetwork, str, FoundHead]:
    """Return the network of an identifier, it built, the digest of its weights, and its head.

    Args:
        path: of the identifier's file.
        described: what that says of itself.
        weights: the file of the backbone under a last layer; found in the store where it was
            pretrained there.

    Raises:
        WeightsError: the tensors are not those of the network, or the backbone is another one.
    """
    if described.learned == "last block":
        raise WeightsError(
            f"expected an identifier of which all or the last layer was trained, got {path}, of "
            "which the last block was, which only the audit that trained it can ask"
        )
    if described.margin is not None:
        raise WeightsError(
            f"expected an identifier with a softmax layer, got {path}, whose head compares cosines "
            "(it was trained with a margin), which only the audit that trained it can ask; its "
            "network alone embeds photos, such as for `faceaudit embed`"
        )
    tensors = dict(read(path).tensors)
    head = _head(path, tensors, len(described.names))
    if described.learned == "last layer":
        scale = tensors.pop("network.scale", torch.tensor(1.0))
        head = FoundHead(head.name, head.weight * scale, head.bias)
        return *_backbone(path, described, weights), head
    network = networks.build(described.network)
    state = {name.removeprefix("network."): tensor for name, tensor in tensors.items()}
    return network, _built(path, network, state), state_digest(state), head


def _built(path: Path, network: Network, state: dict[str, torch.Tensor]) -> FaceNetwork:
    with torch.random.fork_rng(devices=[]):
        module = network.build()
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        raise WeightsError(
            f"expected the weights of {network.name!r} in {path}, got others "
            f"({' '.join(str(error).split())[:200]}); train it again"
        ) from None
    return module.eval()


def _head(path: Path, tensors: dict[str, torch.Tensor], people: int) -> FoundHead:
    weight, bias = tensors.pop("head.weight", None), tensors.pop("head.bias", None)
    if weight is None or bias is None or len(weight) != people or bias.shape != (people,):
        raise WeightsError(
            f"expected a softmax layer over {people:,} people in {path}, got another or none; "
            "train it again"
        )
    return FoundHead("head", weight.float(), bias.float())


def _backbone(
    path: Path, described: IdentifierDescription, weights: Path | None
) -> tuple[Network, FaceNetwork, str]:
    kept = path.parent.parent / str(described.pretrained) / WEIGHTS
    if weights is None and described.pretrained is not None and kept.is_file():
        weights = kept
    if weights is None:
        raise WeightsError(
            f"expected the weights of the {described.network.get('network')!r} that the last layer "
            f"in {path} was trained on, got none; give their file: weights: FILE"
        )
    kind = networks.get(str(described.network.get("network")))
    if kind.is_file:
        network = networks.build({**described.network, "path": str(weights)})
        module, stated = network.build(), network.sha256
    else:
        network = networks.build(described.network)
        if weights == kept:  # as it was kept, nothing to fit
            state = dict(read(kept).tensors)
            module, stated = _built(kept, network, state), state_digest(state)
        else:
            loaded = load_weights(network, weights)
            module, stated = network_with(network, loaded), state_digest(loaded.state)
    if Embedder(network, module, stated).id != described.backbone:
        raise WeightsError(
            f"expected the very weights that the last layer in {path} was trained on, got others "
            f"in {weights}, or another version of {network.name!r}; give the file that the plan "
            "named"
        )
    return network, module, stated


def _spec(folder: Path) -> dict[str, Any]:
    try:
        values = json.loads((folder / "spec.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
