"""Files of weights as systems: their role told, and told to the user where it is another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from faceaudit.errors import WeightsError
from faceaudit.networks.base import Network, networks
from faceaudit.networks.common.face_network import FaceNetwork
from faceaudit.networks.common.preprocessing import Preprocessing
from faceaudit.progress import Progress
from faceaudit.registry import digest
from faceaudit.systems.embedding.embedder import state_digest
from faceaudit.systems.identifiers.file import read_identifier_description
from faceaudit.systems.under_test.common.class_names import NamesOption, class_names, read_names
from faceaudit.systems.under_test.common.limited import Opened
from faceaudit.systems.under_test.common.network_answers import (
    Head,
    NetworkEmbedder,
    NetworkIdentifier,
    RunningNetwork,
)
from faceaudit.systems.under_test.common.saved_identifier import (
    load_saved,
    pretrained_network,
    weights_in,
)
from faceaudit.systems.under_test.common.saved_verifier import open_verifier
from faceaudit.systems.under_test.common.softmax_head import FoundHead, fit_with_head
from faceaudit.systems.verifiers.file import is_verifier
from faceaudit.weights import known_by_sha256, network_with, read

_ID = 12
"""Characters of an id that people are shown."""


@dataclass(frozen=True)
class WeightsFile:
    """A file of weights, and what its user says of it; see the options of the door `file`."""

    path: Path
    role: str | None
    network: Network | None
    head: str | None
    names: NamesOption
    preprocessing: Preprocessing | None
    weights: Path | None
    backbones: tuple[Path, ...]
    detector: str | None


def open_file(
    given: WeightsFile, *, cache: Path, device: torch.device, progress: Progress
) -> Opened:
    """Return the system in a file of weights.

    Raises:
        WeightsError: it cannot be read or used, or is in another role than was said.
        InputError: names that do not fit.
    """
    path = weights_in(given.path)
    if is_verifier(path):
        _check_role(given, "verifier", "one that `faceaudit train-verifier` wrote")
        options = ("network", "head", "names", "weights", "preprocessing")
        _refuse(given, "a verifier of faceaudit", *options)
        return open_verifier(
            path, backbones=given.backbones, detector=given.detector, device=device
        )
    network, module, stated, head, names = _load(given, path)
    if given.preprocessing is not None:
        module.preprocessing = given.preprocessing
        stated = digest([stated, given.preprocessing.model_dump(mode="json")])
    running = RunningNetwork(network, module, stated, device, cache, progress)
    if head is None:
        _check_role(given, "embedder", "a network without a softmax layer")
        return NetworkEmbedder(running, title=f"{_short(given.path)} ({network.name}, embedder)")
    _check_role(given, "identifier", f"of {len(head.weight):,} people, layer {head.name!r}")
    known = class_names(len(head.weight), names)
    return NetworkIdentifier(
        running,
        Head(head.weight.numpy(), head.bias.numpy()),
        known,
        title=f"{_short(given.path)} ({network.name}, identifier of {len(known):,} people)",
    )


def _load(
    given: WeightsFile, path: Path
) -> tuple[Network, FaceNetwork, str, FoundHead | None, tuple[str, ...] | None]:
    """Return a network, it built, the digest of its weights, its head and whom that knows."""
    names = read_names(given.names)
    described = read_identifier_description(path)
    if described is not None:
        _refuse(given, "an identifier of faceaudit", "network", "backbones", "detector")
        if described.learned == "everything":
            _refuse(given, "an identifier of which faceaudit trained every layer", "weights")
        kept, module, stated, found = load_saved(path, described, given.weights)
        return kept, module, stated, _named_head(given, found), names or described.names
    if given.weights is not None:
        raise WeightsError(
            f"expected weights only for an identifier of which faceaudit trained the last layer, "
            f"got {given.weights} for {path}; leave weights out"
        )
    checkpoint = read(path)
    if checkpoint.format == "onnx":
        raise WeightsError(
            f"expected weights of a network that is built here, got {path}, a graph of ONNX; try "
            f"onnx:{path}"
        )
    network = given.network or pretrained_network(path) or _known_network(checkpoint.sha256)
    if network is None:
        raise WeightsError(
            f"expected the network that the weights in {path} are of, got none; name it, such as "
            f"network: deepid ({', '.join(networks.names()[:6])}, ...)"
        )
    loaded, head = fit_with_head(network, checkpoint, given.head)
    return network, network_with(network, loaded), state_digest(loaded.state), head, names


def _named_head(given: WeightsFile, found: FoundHead) -> FoundHead | None:
    """Return the softmax layer of an identifier of faceaudit; None where it is left away."""
    if given.head == "none":
        return None
    if given.head not in (None, found.name):
        raise WeightsError(
            f"expected head: {found.name} or head: none for an identifier of faceaudit, got "
            f"{given.head!r:.60}; leave head out"
        )
    return found


def _refuse(given: WeightsFile, what: str, *options: str) -> None:
    """Raise `WeightsError` for options that say nothing about what is in a file."""
    for option in options:
        if value := getattr(given, option):
            raise WeightsError(
                f"expected no {option} for {what}, got {getattr(value, 'name', value)!s:.80} for "
                f"{given.path}; leave {option} out"
            )


def _short(path: Path) -> str:
    """Return the name of a file, or as much of a system's id as tells it from others."""
    return path.name[:_ID] if path.is_dir() else path.name


def _known_network(sha256: str) -> Network | None:
    known = known_by_sha256(sha256)
    return networks.build(known.network) if known is not None and known.network else None


def _check_role(given: WeightsFile, role: str, what: str) -> None:
    """Raise `WeightsError` when a file is not what its user says it is.

    Raises:
        WeightsError: always with both roles, and how to take the file.
    """
    if given.role in (None, role):
        return
    remedy = f"try role: {role}"
    if (given.role, role) == ("embedder", "identifier"):
        remedy += ", or head: none to leave that layer away"
    if (given.role, role) == ("identifier", "embedder"):
        remedy += ", or name the softmax layer with head"
    article = "an" if given.role in ("identifier", "embedder") else "a"
    other = "an" if role in ("identifier", "embedder") else "a"
    raise WeightsError(
        f"expected {article} {given.role}, got {given.path}, {other} {role} ({what}); {remedy}"
    )
