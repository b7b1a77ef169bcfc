"""A minimal server: one system, answers in JSON, everything that comes in bounded."""

from __future__ import annotations

import contextlib
import io
import json
import math
import socket
import socketserver
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from faceaudit.errors import FaceAuditError, InputError, OptionError
from faceaudit.files.lines import whole_number
from faceaudit.progress import Progress, silent
from faceaudit.serving.answering import Answering, Served
from faceaudit.serving.bodies import read_photos
from faceaudit.systems.under_test.common.http_request import is_loopback

BODY_LIMIT = 16 * 1024 * 1024
"""Bytes of the largest body that is read."""

_CONNECTIONS = 64
_SECONDS = 60.0
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


class Server:
    """A system behind an HTTP server that answers in threads, until it is closed.

    `GET /` says what the system is; `POST /identify`, `/verify` or `/embed` asks it about the
    `photo`, or `photo1` and `photo2`, in base64 in a mapping of JSON or as files of a form, each
    of just the size that the system wants. Anything else gets a mapping with an `error`.

    While it listens on this machine alone, requests in the name of another host are refused: a page
    in a browser here could send them, by a name of its own that leads here.

    Args:
        system: an opened system; it is asked about one request at a time.
        host, port: where to listen; port 0 for any that is free.
        progress: told what goes wrong inside the system.
        seconds: until a request must be there as a whole.

    Attributes:
        title: of the system.
        host, port: where it listens.

    Raises:
        OptionError: it cannot listen there.
        InputError: the system shows nothing.
    """

    def __init__(
        self,
        system: Served,
        *,
        host: str = "127.0.0.1",
        port: int = 8000,
        progress: Progress = silent,
        seconds: float = _SECONDS,
    ) -> None:
        answering = Answering(system)
        try:
            self._server = _Http(host, port, answering, progress, seconds)
        except (OSError, OverflowError, UnicodeError) as error:
            raise OptionError(
                f"expected a host and port to listen on, got {host!r} and {port} ({error}); try "
                "another port, or 0 for any that is free"
            ) from None
        self.title = system.title
        self.host, self.port = host, int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """Its address as a URL."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def wait(self) -> None:
        """Wait until it is closed."""
        self._thread.join()

    def close(self) -> None:
        """Stop; requests that are under way are dropped."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(
        self, host: str, port: int, answering: Answering, progress: Progress, seconds: float
    ) -> None:
        self.answering = answering
        self.about = answering.about()
        self.here_alone = is_loopback(host)
        self.progress = progress
        self.seconds = seconds
        self.asking = threading.Lock()
        self._free = threading.BoundedSemaphore(_CONNECTIONS)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind without looking the host's name up, which may take long."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection in a thread, or say that there are too many."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
            return
        with contextlib.suppress(OSError):
            request.sendall(_BUSY)
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer a connection until it ends."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what broke, unless the client has gone."""
        del request, client_address
        error = sys.exception()
        if not isinstance(error, OSError):
            self.progress.note(f"a connection broke: {type(error).__name__}: {error}")


class _Timed(io.RawIOBase):
    """What comes in from a socket, until a moment that the handler moves."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.until = math.inf

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request took too long")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


def _is_here(host: str) -> bool:
    """Return whether a header `Host` names this machine, by an address or as localhost."""
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


class _RefusedError(Exception):
    """A request that is not answered, with the status that says so."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "faceaudit"
    sys_version = ""
    disable_nagle_algorithm = True
    server: _Http

    def setup(self) -> None:
        """Let everything that comes in be there in time."""
        super().setup()
        self._timed = _Timed(self.connection)
        self.rfile = io.BufferedReader(self._timed)

    def handle_one_request(self) -> None:
        """Answer one request."""
        self._timed.until = time.monotonic() + self.server.seconds
        super().handle_one_request()

    def parse_request(self) -> bool:
        """Return whether there is a request to answer."""
        if not super().parse_request():
            return False
        host = self.headers.get("Host")
        if host is None or not self.server.here_alone or _is_here(host):
            return True
        self._refuse(
            HTTPStatus.FORBIDDEN, f"expected a Host that is this machine, got {host!a:.80}"
        )
        return False

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request, or has another method."""
        del explain
        self._refuse(HTTPStatus(code), f"expected GET or POST, got ({message or code})")

    def do_GET(self) -> None:
        """Say what the system is."""
        self.close_connection |= "Content-Length" in self.headers  # a body is not looked for
        if self.path.partition("?")[0] != "/":
            self._refuse(HTTPStatus.NOT_FOUND, f"expected GET /, got {self.path!a:.80}")
            return
        self._send(HTTPStatus.OK, self.server.about)

    def do_POST(self) -> None:
        """Ask the system."""
        answering = self.server.answering
        try:
            if self.path.partition("?")[0] != answering.path:
                raise _RefusedError(
                    HTTPStatus.NOT_FOUND, f"expected POST {answering.path}, got {self.path!a:.80}"
                )
            body = self.rfile.read(self._length())
            size = tuple(self.server.about["size"])
            photos = read_photos(self.headers, body, answering.photos, (size[0], size[1]))
        except _RefusedError as error:
            self._refuse(error.status, str(error))
            return
        except InputError as error:
            self._send(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            return
        try:
            with self.server.asking:
                found = answering.answer(photos)
        except FaceAuditError as error:
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": str(error)})
        except Exception as error:  # noqa: BLE001 - a system under test may raise anything
            self.server.progress.note(f"the system raised {type(error).__name__}: {error}")
            kind = {"error": f"the system raised {type(error).__name__}"}
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, kind)
        else:
            self._send(HTTPStatus.OK, found)

    def _length(self) -> int:
        """Return how many bytes the body has."""
        text = self.headers.get("Content-Length", "")
        length = whole_number(text)
        if length is None or "Transfer-Encoding" in self.headers:
            raise _RefusedError(
                HTTPStatus.LENGTH_REQUIRED, f"expected Content-Length, got {text!a:.40}"
            )
        if length > BODY_LIMIT:
            raise _RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"expected at most {BODY_LIMIT:,} bytes, got {length:,}",
            )
        return length

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        """Answer a request whose body was not read: the connection ends with it."""
        self.close_connection = True
        self._send(status, {"error": reason})

    def _send(self, status: HTTPStatus, values: object) -> None:
        data = json.dumps(values, allow_nan=False).encode("ascii")
        self.connection.settimeout(self.server.seconds)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Write no log."""
