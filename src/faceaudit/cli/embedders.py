"""How a network with its weights is spelled on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer

from faceaudit.cli.console import use_all_cores
from faceaudit.cli.options import parse_values
from faceaudit.errors import OptionError, WeightsError
from faceaudit.networks import Network, networks
from faceaudit.systems import Embedder
from faceaudit.weights import default_folder, known, known_weights, load_weights

NetworkOption = Annotated[
    str,
    typer.Option(
        "--network", metavar="NAME", help="A network that `ls network` lists, or onnx:FILE."
    ),
]
WeightsOption = Annotated[
    str | None,
    typer.Option(
        "--weights",
        metavar="FILE",
        help="Trained weights: a file, or a name that `weights ls` lists.",
        show_default=False,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="OPTION=VALUE",
        help="An option of the network, as in width=0.5.",
        show_default=False,
    ),
]


def parse_network(text: str, set_: list[str] | None = None) -> Network:
    """Return the network that NAME or NAME:FILE and its options spell."""
    name, colon, path = text.partition(":")
    given = {"path": path} if colon else {}
    values = {"network": name, **given, **parse_values(set_, "--set", "width=0.5")}
    return networks.build(values)


def parse_embedder(network: str, weights: str | None, set_: list[str] | None) -> Embedder:
    """Return the network with its weights, on a GPU where there is one.

    Raises:
        WeightsError: there are no weights, or they are not this network's.
    """
    use_all_cores()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    built = parse_network(network, set_)
    if isinstance(sha256 := getattr(built, "sha256", None), str):  # its file is its weights
        if weights is not None:
            raise OptionError(f"expected no --weights for {network!r}, whose file holds them")
        return Embedder(built, built.build(), sha256, device)
    if weights is None:
        raise WeightsError(
            f"expected trained weights for {network!r}, got none: untrained, it tells nobody "
            "apart; try --weights FILE"
        )
    return Embedder.of(built, load_weights(built, weights_file(weights)).state, device)


def weights_file(text: str) -> Path:
    """Return the file that a path, or the name of known weights that were fetched, stands for."""
    path = Path(text).expanduser()
    if path.exists() or text not in {entry.name for entry in known_weights()}:
        return path
    file = known(text).file
    fetched = default_folder() / file if file else None
    if fetched is None or not fetched.exists():
        raise WeightsError(
            f"expected the weights {text!r} in {default_folder()}, got nothing; try "
            f"`faceaudit weights get {text}`"
        )
    return fetched
