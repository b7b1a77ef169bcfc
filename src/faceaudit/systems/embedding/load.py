"""Embedders loaded from files of trained weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from faceaudit.errors import OptionError, WeightsError
from faceaudit.networks.base import Network
from faceaudit.networks.describe import describe
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.training.device import choose_device
from faceaudit.weights import default_folder, known, known_weights, load_weights

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class LoadedEmbedder:
    """An embedder, and facts about its network and file for people to read.

    Attributes:
        embedder: the network with its weights.
        input: the size of the photos it takes, in words.
        preparation: the preprocessing of their pixels, as a formula.
        sha256: of the file of weights.
    """

    embedder: Embedder
    input: str
    preparation: str
    sha256: str


def load_embedder(
    network: Network, weights: str | Path | None = None, *, device: str | torch.device = "auto"
) -> LoadedEmbedder:
    """Load a network's trained weights, ready to embed photos.

    Args:
        network: the architecture.
        weights: a file, or the name of known weights that were fetched; None for a network that
            is its own file.
        device: where to run; "auto" is a GPU where there is one.

    Raises:
        WeightsError: there are no weights, or they are not this network's.
        OptionError: weights for a network that is its own file.
        InputError: no device, or a GPU was asked for where there is none.
    """
    chosen = choose_device(device)
    if network.is_file:
        if weights is not None:
            raise OptionError(
                f"expected no weights for {network.name!r}, whose file holds them, got {weights}; "
                "leave them out"
            )
        sha256 = network.sha256
        embedder = Embedder(network, network.build(), sha256, chosen)
    elif weights is None:
        raise WeightsError(
            f"expected trained weights for {network.name!r}, got none: untrained, it tells nobody "
            "apart; try --weights FILE, or a name that `faceaudit weights ls` lists"
        )
    else:
        loaded = load_weights(network, weights_file(weights))
        embedder, sha256 = Embedder.of(network, loaded.state, chosen), loaded.sha256
    facts = describe(network)
    return LoadedEmbedder(embedder, facts["input"], facts["preparation"], sha256)


def weights_file(weights: str | Path) -> Path:
    """Return the file that a path, or the name of known weights that were fetched, stands for.

    Raises:
        WeightsError: the known weights of that name were not fetched.
    """
    name, path = str(weights), Path(weights).expanduser()
    if path.exists() or name not in {entry.name for entry in known_weights()}:
        return path
    entry = known(name)
    fetched = default_folder() / entry.file if entry.file else None
    if fetched is None or not fetched.exists():
        get = entry.url is not None and entry.sha256 is not None
        remedy = f"try `faceaudit weights get {name}`" if get else "give the path of your own copy"
        raise WeightsError(
            f"expected the weights {name!r} in {default_folder()}, got nothing; {remedy}"
        )
    return fetched
