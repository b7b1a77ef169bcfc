"""The spelling of a network with its weights on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cli.console import use_all_cores
from faceaudit.cli.parsing.options import parse_values

if TYPE_CHECKING:
    from faceaudit.networks.base import Network
    from faceaudit.systems.embedding.load import LoadedEmbedder

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
        "--network-set",
        metavar="OPTION=VALUE",
        help="An option of the network, as in width=0.5; `show NAME` lists them.",
        show_default=False,
    ),
]


def parse_network(text: str, set_: list[str] | None = None) -> Network:
    """Return the network that NAME or NAME:FILE and its options spell.

    Raises:
        UnknownName: no network has that name.
        OptionError: an option is wrong.
    """
    from faceaudit.api.spelling import find_network  # noqa: PLC0415 - slow to load
    from faceaudit.networks.base import networks  # noqa: PLC0415

    model = networks.get(text.partition(":")[0])
    return find_network(text, parse_values(set_, "--network-set", "width=0.5", model=model))


def parse_embedder(network: str, weights: str | None, set_: list[str] | None) -> LoadedEmbedder:
    """Return the network with its weights, on a GPU where there is one.

    Raises:
        WeightsError: there are no weights, or they are not this network's.
    """
    from faceaudit.systems.embedding.load import load_embedder  # noqa: PLC0415 - slow to load

    built = parse_network(network, set_)
    use_all_cores()
    return load_embedder(built, weights)
