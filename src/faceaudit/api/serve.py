"""Systems served over HTTP."""

from __future__ import annotations

from typing import Any

from faceaudit.api.arguments import Cache, folders, shown
from faceaudit.api.systems import SystemLike, system_under_test
from faceaudit.errors import OptionError
from faceaudit.progress import Progress, silent
from faceaudit.serving.server import Server
from faceaudit.systems.under_test.answers import Answers
from faceaudit.systems.under_test.common.http_request import is_loopback


def serve(
    system: SystemLike,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    device: str = "auto",
    cache: Cache = None,
    progress: Progress = silent,
    **options: Any,
) -> Server:
    """Serve a finished system over HTTP, for tests and demonstrations.

    `GET /` says what it is; `POST /identify`, `/verify` or `/embed` asks it. The door `http` with
    `path: faceaudit` gives the answers that the system itself gives, one photo or pair at a time.

    Args:
        system: what to serve, as `system_under_test` takes it: "onnx:model.onnx" and so on, a
            mapping, a component, or an object of your own.
        host: where to listen; other machines are let in only by another one than the default.
        port: where to listen; 0 for any that is free.
        device: "cpu", "cuda", or a GPU where there is one when "auto".
        cache: a folder for what the system keeps; `$FACEAUDIT_CACHE` or `~/.cache/faceaudit` when
            None.
        progress: told what goes wrong inside the system.
        options: options of the door, as `system_under_test` takes them.

    Returns:
        A `Server` that answers already, in threads of its own; `close` ends it, and `wait` waits
        for that. It is a context manager.

    Raises:
        UnknownName: there is no such door.
        InputError: the system cannot be opened, or cannot be asked about new photos.
        OptionError: an option is wrong, or nothing can listen there.

    Example:
        ::

            with faceaudit.serve("onnx:model.onnx", port=8000) as server:
                server.wait()
    """
    if not isinstance(host, str) or not host:
        raise OptionError(f"expected a host to listen on, got {shown(host)}; try '127.0.0.1'")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port < 65536:
        raise OptionError(f"expected a port of 0 to 65535, got {shown(port)}; try 8000")
    door = system_under_test(system, **options)
    if isinstance(door, Answers):
        raise OptionError(
            "expected a system that looks at photos, got a file of answers, which knows only some; "
            "try the file itself in a plan"
        )
    opened = door.open(cache=folders(cache, progress).root, device=device, progress=progress)
    return Server(opened, host=host, port=port, progress=progress)


def is_exposed(host: str) -> bool:
    """Return whether others than this machine can reach what listens there."""
    return not is_loopback(host)
