"""`faceaudit app`."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cli.console import say, warn
from faceaudit.errors import InputError

if TYPE_CHECKING:
    from faceaudit.app.door.password import Password


def app(
    folder: Annotated[
        Path, typer.Option("--folder", help="Where what it prepares and its audits are kept.")
    ] = Path("~/.cache/faceaudit/app"),
    faces: Annotated[
        str | None,
        typer.Option(
            "--faces",
            metavar="SOURCE",
            help="Faces to show and to compare with: NAME:PATH of a source, or a folder. People "
            "who do not exist when not given.",
            show_default=False,
        ),
    ] = None,
    align: Annotated[
        str | None,
        typer.Option(
            "--align",
            metavar="NAME[:FILE]",
            help="Find and align the face in each photo, as in yunet:yunet.onnx.",
            show_default=False,
        ),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(
            "--network",
            metavar="NAME=FILE",
            help="A network to ask; give it once for each. Small ones are trained when not given.",
            show_default=False,
        ),
    ] = None,
    store: Annotated[
        list[str] | None,
        typer.Option(
            "--store",
            metavar="STORE",
            help="An audit to show besides the app's own, a folder or an fsspec URL; give it once "
            "for each.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any free.")] = 8501,
    host: Annotated[
        str, typer.Option("--host", help="Where to listen; other machines get in by another one.")
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="NAME",
            help="A further name that the app may be asked for by, such as that of a proxy that "
            "lets others in; give it once for each.",
            show_default=False,
        ),
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file",
            metavar="FILE",
            help="Let in who knows the password on its first line. Needed where others get in; "
            "asked for here when not given.",
            show_default=False,
        ),
    ] = None,
    tls_cert: Annotated[
        Path | None,
        typer.Option("--tls-cert", metavar="FILE", help="Encrypt, by this certificate (PEM)."),
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", metavar="FILE", help="The certificate's key (PEM).")
    ] = None,
) -> None:
    """See it happen in a browser: compare photos, open back doors, read audits; until Ctrl-C."""
    try:
        from faceaudit.app.door import password as passwords  # noqa: PLC0415 - an extra, and slow
        from faceaudit.app.door.hosts import entrances  # noqa: PLC0415
        from faceaudit.app.launch import launch  # noqa: PLC0415
        from faceaudit.app.settings import Settings  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("faceaudit"):
            raise
        raise InputError(
            f"expected Streamlit for the app, got none ({error.name} is missing); try "
            "pip install 'faceaudit[app]'"
        ) from None
    if (tls_cert is None) != (tls_key is None):
        raise InputError("expected --tls-cert and --tls-key together, got one of them; give both")
    tls = None if tls_cert is None or tls_key is None else (tls_cert, tls_key)
    settings = Settings(
        folder=folder.expanduser().absolute(),
        faces=faces,
        align=align,
        networks=tuple(network or ()),
        stores=tuple(store or ()),
    )
    password: Password | None = None
    others = entrances(host, allow_host or ())
    if password_file is not None:
        password = passwords.read(password_file)
    elif others and sys.stdin is not None and sys.stdin.isatty():
        password = passwords.keep(_ask())
    if others:
        _say_what_is_exposed(" or ".join(others), settings.faces, encrypted=tls is not None)
    try:
        launch(
            settings,
            host=host,
            port=port,
            names=tuple(allow_host or ()),
            password=password,
            tls=tls,
            ready=lambda address: say(f"faceaudit app, at {address} until Ctrl-C"),
        )
    except KeyboardInterrupt:
        return


def _ask() -> str:
    first = getpass.getpass("Password for those who open the app: ")
    if getpass.getpass("The same again: ") != first:
        raise InputError("expected the same password twice, got two; give the command again")
    return first


def _say_what_is_exposed(host: str, faces: str | None, *, encrypted: bool) -> None:
    shown = f"the faces of {faces}" if faces else "people who do not exist"
    warn(
        f"whoever reaches {host} and knows the password sees this app: {shown}, its audits and "
        "those given by --store; photos that somebody brings are shown to their session alone"
    )
    if not encrypted:
        warn(
            "nothing is encrypted: others in the network can read the password and the photos; "
            "try --tls-cert and --tls-key, or a proxy that encrypts"
        )
