"""Starts the app: Streamlit's server in our theme, on this machine alone unless told otherwise."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn
from starlette.formparsers import MultiPartParser
from starlette.middleware import Middleware
from streamlit.web.bootstrap import load_config_options

from faceaudit.app.door.gate import Gate
from faceaudit.app.door.hosts import entrances, hosts_of
from faceaudit.app.door.login import Login
from faceaudit.app.door.password import Password
from faceaudit.app.faults import show_fault
from faceaudit.app.forgetting import KEPT_BY_STREAMLIT, forget_who_left
from faceaudit.app.look import theme
from faceaudit.app.navigation import pages
from faceaudit.app.settings import Settings
from faceaudit.app.tidying import keep_tidy
from faceaudit.app.uploads import MEGABYTES
from faceaudit.errors import OptionError

Ready = Callable[[str], None]
MESSAGE_BYTES = 4 * 1024 * 1024
"""Bytes of what a browser says at once at most; photos come another way."""
SECONDS_TO_END = 3
"""Seconds that answers under way have when the app is stopped."""


def launch(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 8501,
    names: Sequence[str] = (),
    password: Password | None = None,
    tls: tuple[Path, Path] | None = None,
    ready: Ready | None = None,
) -> None:
    """Serve the app until it is stopped.

    Args:
        settings: what it shows.
        host: where to listen; others than this machine get in by another one than the default.
        port: of it; 0 for any that is free.
        names: further names that it may be asked for by, such as that of a proxy before it.
        password: asked for before anything is shown; needed where others get in.
        tls: files of a certificate and its key, to encrypt connections.
        ready: told its address once it listens.

    Raises:
        OptionError: nothing can listen there, others would get in without a password, or the
            files of `tls` are no certificate and key.
    """
    exposed = bool(entrances(host, names))
    if exposed and password is None:
        raise OptionError(
            f"expected a password, as others than this machine can reach "
            f"{', '.join(entrances(host, names))}, got none; try --password-file FILE"
        )
    settings = settings.model_copy(update={"exposed": exposed, "password": password is not None})
    settings.to_environment()
    listening = _listen(host, port)
    with listening:
        port = int(listening.getsockname()[1])
        login = (
            None if password is None else Login(password, tls=tls is not None, suffix=f"-{port}")
        )
        load_config_options(_options(port, tls))
        # Larger uploads would go to a temporary file: what is brought stays in memory.
        MultiPartParser.spool_max_size = (MEGABYTES + 1) * 1024 * 1024

        @contextlib.asynccontextmanager
        async def say_address(_: st.App) -> AsyncIterator[None]:
            # Loaded beside the first page they would hold it up, until its browser gives up.
            pages()
            if ready is not None:
                ready(f"{'https' if tls else 'http'}://{_shown(host)}:{port}")
            tasks = [
                asyncio.create_task(forget_who_left()),
                asyncio.create_task(keep_tidy(settings)),
            ]
            yield
            for task in tasks:
                task.cancel()

        app = st.App(
            Path(__file__).parent / "script" / "start.py",
            lifespan=say_address,
            middleware=[
                Middleware(
                    Gate,
                    hosts=hosts_of(host, names),
                    login=login,
                    tls=tls is not None,
                    first=lambda: pages()[0].name,
                )
            ],
            on_script_error=show_fault,
        )
        _server(app, tls).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except (OSError, OverflowError, UnicodeError) as error:
        listening.close()
        raise OptionError(
            f"expected a host and port to listen on, got {host!r} and {port} ({error}); try "
            "another port, or 0 for any that is free"
        ) from None
    listening.setblocking(False)  # noqa: FBT003 - as the standard library has it
    return listening


def _shown(host: str) -> str:
    """Return the host as part of an address that can be opened on this machine."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - it is compared, not listened on
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _options(port: int, tls: tuple[Path, Path] | None) -> dict[str, Any]:
    """Return Streamlit's options, those that a file of the user's may have set otherwise too."""
    files = (
        {} if tls is None else {"server.sslCertFile": str(tls[0]), "server.sslKeyFile": str(tls[1])}
    )
    return {
        "server.port": port,
        "server.headless": True,
        "server.baseUrlPath": "",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": MEGABYTES,
        "server.disconnectedSessionTTL": KEPT_BY_STREAMLIT,
        "server.enableXsrfProtection": True,
        "server.xsrfCookieSameSite": "strict",
        "server.enableCORS": True,
        "server.enableStaticServing": False,
        "server.enableAgentApi": False,
        "runner.postScriptGC": False,  # `forget_who_left` sees to it
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        "client.allowedOrigins": ["https://localhost"],
        "logger.hideWelcomeMessage": True,
        "logger.level": "warning",
        "logger.enableRich": False,
        **files,
        **theme(),
    }


def _server(app: st.App, tls: tuple[Path, Path] | None) -> uvicorn.Server:
    try:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,  # it would name what was uploaded
            proxy_headers=False,  # anybody could claim another's address, and try passwords by it
            server_header=False,
            ws_max_size=MESSAGE_BYTES,
            timeout_graceful_shutdown=SECONDS_TO_END,
            ssl_certfile=None if tls is None else tls[0],
            ssl_keyfile=None if tls is None else tls[1],
        )
        config.load()
    except OSError as error:  # ssl.SSLError is one
        raise OptionError(
            f"expected files of a certificate and its key, got {[str(one) for one in tls or ()]} "
            f"({error})"
        ) from None
    return uvicorn.Server(config)
