"""How a network with its weights is spelled on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cli.console import use_all_cores
from faceaudit.cli.parsing.options import parse_values, require
from faceaudit.errors import OptionError, WeightsError

if TYPE_CHECKING:
    from faceaudit.networks import Network
    from faceaudit.systems import Embedder

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
        help="An option of the network, as in width=0.5; `show NAME` lists them.",
        show_default=False,
    ),
]


@dataclass(frozen=True)
class LoadedEmbedder:
    """An embedder as it was spelled, and what is to be said of it.

    Attributes:
        embedder: the network with its weights.
        input: its photos' size, in words.
        preparation: what is done to their pixels, as a formula.
        sha256: of the file of weights.
    """

    embedder: Embedder
    input: str
    preparation: str
    sha256: str


def parse_network(text: str, set_: list[str] | None = None) -> Network:
    """Return the network that NAME or NAME:FILE and its options spell."""
    from faceaudit.networks import networks  # noqa: PLC0415 - slow to load

    name, colon, path = text.partition(":")
    made = networks.get(name)
    if colon and "path" not in made.model_fields:
        raise OptionError(
            f"expected the name of a network, got {text!r}; try --network {name} --weights {path}"
        )
    given = {"path": path} if colon else {}
    values = {"network": name, **given, **parse_values(set_, "--set", "width=0.5")}
    require(made, values, "path", f"{name}:FILE")
    return networks.build(values)


def parse_embedder(network: str, weights: str | None, set_: list[str] | None) -> LoadedEmbedder:
    """Return the network with its weights, on a GPU where there is one.

    Raises:
        WeightsError: there are no weights, or they are not this network's.
    """
    import torch  # noqa: PLC0415 - slow to load

    from faceaudit.networks.describe import describe  # noqa: PLC0415
    from faceaudit.systems import Embedder  # noqa: PLC0415
    from faceaudit.weights import load_weights  # noqa: PLC0415

    use_all_cores()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    built = parse_network(network, set_)
    if built.is_file:  # its file is its weights
        if weights is not None:
            raise OptionError(f"expected no --weights for {network!r}, whose file holds them")
        sha256 = built.sha256
        embedder = Embedder(built, built.build(), sha256, device)
    elif weights is None:
        raise WeightsError(
            f"expected trained weights for {network!r}, got none: untrained, it tells nobody "
            "apart; try --weights FILE"
        )
    else:
        loaded = load_weights(built, weights_file(weights))
        embedder, sha256 = Embedder.of(built, loaded.state, device), loaded.sha256
    known = describe(built)
    return LoadedEmbedder(embedder, known["input"], known["preparation"], sha256)


def weights_file(text: str) -> Path:
    """Return the file that a path, or the name of known weights that were fetched, stands for."""
    from faceaudit.weights import (  # noqa: PLC0415 - slow
        default_folder,
        known,
        known_weights,
    )

    path = Path(text).expanduser()
    if path.exists() or text not in {entry.name for entry in known_weights()}:
        return path
    entry = known(text)
    fetched = default_folder() / entry.file if entry.file else None
    if fetched is None or not fetched.exists():
        get = entry.url is not None and entry.sha256 is not None
        remedy = f"try `faceaudit weights get {text}`" if get else "give the path of your own copy"
        raise WeightsError(
            f"expected the weights {text!r} in {default_folder()}, got nothing; {remedy}"
        )
    return fetched
