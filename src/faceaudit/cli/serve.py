"""`faceaudit serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from faceaudit.cli.console import progress, say, use_all_cores, warn
from faceaudit.cli.parsing.options import parse_values


def serve(
    system: Annotated[
        str, typer.Argument(metavar="SYSTEM", help="NAME:PATH, as in onnx:model.onnx.")
    ],
    system_set: Annotated[
        list[str] | None,
        typer.Option(
            "--system",
            metavar="OPTION=VALUE",
            help="An option of the system, as in role=verifier; `show NAME` lists them.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any free.")] = 8000,
    host: Annotated[
        str, typer.Option("--host", help="Where to listen; others get in by 0.0.0.0 only.")
    ] = "127.0.0.1",
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Serve a finished system over HTTP, until it is stopped; for tests and demonstrations."""
    from faceaudit.api.serve import is_exposed  # noqa: PLC0415 - slow to load
    from faceaudit.api.serve import serve as serve_system  # noqa: PLC0415
    from faceaudit.api.systems import system_under_test  # noqa: PLC0415
    from faceaudit.systems.under_test.base import systems_under_test  # noqa: PLC0415

    name = system.partition(":")[0]
    known = name in systems_under_test.names()
    model = systems_under_test.get(name) if known else systems_under_test.base
    options = parse_values(system_set, "--system", "role=verifier", model=model)
    door = system_under_test(system, **options)
    if is_exposed(host):
        warn(f"anybody who reaches {host} may ask the system; there are no keys and no encryption")
    use_all_cores()
    with (
        progress() as bars,
        serve_system(door, host=host, port=port, device=device, progress=bars) as server,
    ):
        say(f"{server.title}, at {server.address} until Ctrl-C")
        try:
            server.wait()
        except KeyboardInterrupt:
            return
