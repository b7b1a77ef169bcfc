"""`faceaudit weights`: look into files of trained weights, try them, get known ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from faceaudit.cli.console import out, progress, say
from faceaudit.cli.parsing.embedders import SetOption, parse_network

if TYPE_CHECKING:
    from faceaudit import weights

app = typer.Typer(help="Look into files of trained weights; get known ones.", no_args_is_help=True)

FileArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="safetensors, PyTorch, Keras HDF5 or ONNX; or a name of `weights ls` that was got.",
    ),
]
_ENDS = 8  # rows of the table's head and of its tail


@app.command()
def inspect(
    file: FileArgument,
    all_: Annotated[bool, typer.Option("--all", help="List every tensor.")] = False,
) -> None:
    """Say what is in a file of weights; no code in it is run."""
    from faceaudit import weights  # noqa: PLC0415 - slow to load
    from faceaudit.systems.embedding.load import weights_file  # noqa: PLC0415
    from faceaudit.weights.checkpoint_keys import shown  # noqa: PLC0415

    with progress():  # which says that it is at work, should it take long
        checkpoint = weights.read(weights_file(file))
    tensors = list(checkpoint.tensors.items())
    facts = dict(checkpoint.facts)
    rows = [
        ("format", checkpoint.format),
        ("sha256", facts.pop("sha256")),
        ("bytes", f"{int(facts.pop('bytes')):,}"),
        ("tensors", f"{len(tensors):,}"),
        ("numbers in them", f"{sum(tensor.numel() for _, tensor in tensors):,}"),
    ]
    entry = weights.known_by_sha256(checkpoint.sha256)
    rows += [(shown(key), shown(value, 1000)) for key, value in facts.items()]
    rows.append(("known as", "not known" if entry is None else entry.name))
    _print_pairs(rows + ([] if entry is None else _provenance(entry)))
    table = Table(box=None)
    for heading in ("name", "shape", "type"):
        table.add_column(heading, overflow="fold")
    for place, (name, tensor) in enumerate(tensors):
        if all_ or not _ENDS <= place < len(tensors) - _ENDS:
            shape = " x ".join(map(str, tensor.shape)) or "one number"
            table.add_row(shown(name), shape, str(tensor.dtype).removeprefix("torch."))
        elif place == _ENDS:
            table.add_row(f"... {len(tensors) - 2 * _ENDS} more; list them with --all", "", "")
    out.print()
    out.print(table)


@app.command()
def load(
    file: FileArgument,
    network: Annotated[str, typer.Option("--network", metavar="NAME", help="As `ls` lists it.")],
    set_: SetOption = None,
) -> None:
    """Check that a file's weights are those of a network, to the last name and shape."""
    from faceaudit import weights  # noqa: PLC0415 - slow to load
    from faceaudit.systems.embedding.load import weights_file  # noqa: PLC0415
    from faceaudit.weights.checkpoint_keys import shown  # noqa: PLC0415

    built = parse_network(network, set_)
    with progress():
        found = weights.load_weights(built, weights_file(file))
        module = weights.network_with(built, found)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    height, width = module.input_size
    _print_pairs(
        [
            ("fits", f"{network}: {len(found.state):,} tensors, {parameters:,} parameters"),
            ("takes", f"{height} high, {width} wide"),
            ("gives", f"{module.embedding_size} numbers"),
            ("sha256", found.sha256),
            *(("note", shown(note, 1000)) for note in found.notes),
        ]
    )


@app.command()
def ls() -> None:
    """List the weights that are known, with their licences."""
    from faceaudit import weights  # noqa: PLC0415 - slow to load

    table = Table(box=None)
    for heading in ("name", "network", "get", "trained on", "licence"):
        table.add_column(heading, overflow="fold")
    for entry in weights.known_weights():
        network = "none" if entry.network is None else str(entry.network["network"])
        get = "yes" if entry.url and entry.sha256 else "by hand"
        table.add_row(entry.name, network, get, entry.trained_on, entry.licence)
    out.print(table)


@app.command()
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that `weights ls` lists.")],
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="DIR",
            help="Folder to put the file in; without one, weights in $FACEAUDIT_CACHE or "
            "~/.cache/faceaudit.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Download known weights and check them; say under which licence they are."""
    from faceaudit import weights  # noqa: PLC0415 - slow to load

    entry = weights.known(name)
    _print_pairs(_provenance(entry))
    with progress() as bars:
        path = weights.fetch(entry, to or weights.default_folder(), progress=bars)
    say(str(path))


def _provenance(entry: weights.KnownWeights) -> list[tuple[str, str]]:
    return [
        ("licence", entry.licence),
        ("trained on", entry.trained_on),
        ("use", entry.use),
        ("from", entry.source),
    ]


def _print_pairs(pairs: list[tuple[str, str]]) -> None:
    table = Table(box=None, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for key, value in pairs:
        table.add_row(key, value)
    out.print(table)
