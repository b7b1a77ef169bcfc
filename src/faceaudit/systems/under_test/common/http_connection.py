"""A connection to a server that is done with each request in a set time, whatever the server does.

The standard library's client is used: it costs a tenth of the processor time of the larger ones,
follows no redirect, keeps no cookie and unpacks nothing. What it lacks is a limit for the whole of
an exchange; here everything that is sent or comes in has until one moment.
"""

from __future__ import annotations

import http.client
import io
import json
import math
import secrets
import select
import socket
import ssl
import time
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from faceaudit.systems.under_test.common.http_reply import Reply, WrongAnswerError
from faceaudit.systems.under_test.common.http_request import Content, Template, spelled
from faceaudit.systems.under_test.common.pace import retry_after

BODY_LIMIT = 8 * 1024 * 1024
"""Bytes of the largest answer that is read."""

_CHUNK = 64 * 1024
_SAFE = "/%:@!$&'()*+,;=~"


class BrokenError(Exception):
    """An exchange broke off; another attempt may do better."""


class Connection:
    """A connection that is opened when it is needed, and kept.

    Args:
        template: of all requests.
        seconds: until an exchange must be through.
    """

    def __init__(self, template: Template, seconds: float) -> None:
        parts = urlsplit(template.url)
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._connection = kind(parts.hostname or "", parts.port)
        query = urlencode({name: spelled(value) for name, value in template.query.items()})
        self._target = quote(parts.path or "/", safe=_SAFE) + (f"?{query}" if query else "")
        self._template = template
        self._seconds = seconds
        self._whole = False

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def send(self, content: Content) -> tuple[Reply, float]:
        """Return the reply to a request, and for how many seconds it asks not to be asked again.

        Raises:
            BrokenError: there is no whole reply, or none in time.
            WrongAnswerError: it is too long, or packed.
        """
        try:
            return self._exchange(content)
        except ssl.SSLCertVerificationError as error:
            raise WrongAnswerError(
                f"expected a certificate that this machine trusts, got {error.verify_message}; "
                "have its issuer trusted (SSL_CERT_FILE)"
            ) from None
        except TimeoutError:
            raise BrokenError(f"no whole answer in {self._seconds:g} s") from None
        except http.client.IncompleteRead:
            raise BrokenError("half an answer") from None
        except (OSError, http.client.HTTPException) as error:
            raise BrokenError(f"{type(error).__name__} {error}".strip()) from None
        finally:
            if not self._whole:
                self._connection.close()

    def _connect(self) -> None:
        connection: Any = self._connection  # its socket is replaced by one that keeps time
        connection.timeout = self._seconds
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sock = _TimedSocket(connection.sock)

    def _exchange(self, content: Content) -> tuple[Reply, float]:
        self._whole = False
        until = time.monotonic() + self._seconds
        connection: Any = self._connection
        if connection.sock is not None and connection.sock.ended():
            connection.close()
        if connection.sock is None:
            self._connect()
        connection.sock.clock.until = until
        kind, body = _encoded(content)
        headers = {"Accept": "application/json", "User-Agent": "faceaudit", **kind}
        method = self._template.method
        connection.request(method, self._target, body, {**headers, **self._template.headers})
        with connection.getresponse() as response:
            body = _read(response)
            head = response.headers
            reply = Reply(
                response.status, head.get("Content-Type", ""), head.get("Location", ""), body
            )
            self._whole = True
            return reply, retry_after(head.get("Retry-After", ""))


def _read(response: http.client.HTTPResponse) -> bytes:
    packed = response.headers.get("Content-Encoding", "identity")
    if packed != "identity":
        raise WrongAnswerError(f"expected a plain body, got one packed as {packed[:40]!a}")
    body = bytearray()
    while chunk := response.read(_CHUNK):
        body += chunk
        if len(body) > BODY_LIMIT:
            raise WrongAnswerError(f"expected at most {BODY_LIMIT:,} bytes, got more")
    if response.length:
        raise http.client.IncompleteRead(bytes(body), response.length)
    return bytes(body)


def _encoded(content: Content) -> tuple[dict[str, str], bytes | None]:
    """Return a request's media type and body."""
    if content.files:
        return _form(content)
    if content.body is None:
        return {}, None
    return {"Content-Type": "application/json"}, json.dumps(content.body).encode("ascii")


def _form(content: Content) -> tuple[dict[str, str], bytes]:
    """Return a form with files (RFC 7578)."""
    boundary = secrets.token_hex(16)
    body = bytearray()
    for name, text in content.fields.items():
        body += _part(boundary, f'name="{name}"', "") + text.encode("utf-8") + b"\r\n"
    for name, (file, data, kind) in content.files:
        about = f'name="{name}"; filename="{file}"'
        body += _part(boundary, about, f"Content-Type: {kind}\r\n") + data + b"\r\n"
    body += f"--{boundary}--\r\n".encode("ascii")
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, bytes(body)


def _part(boundary: str, about: str, more: str) -> bytes:
    about = about.replace("\r", " ").replace("\n", " ")
    return f"--{boundary}\r\nContent-Disposition: form-data; {about}\r\n{more}\r\n".encode()


class _Clock:
    """The moment until which everything must be through."""

    until = math.inf

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: there are none.
        """
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class _TimedSocket:
    """What `http.client` needs of a socket, until a moment."""

    def __init__(self, inner: socket.socket) -> None:
        self.clock = _Clock()
        self._inner = inner

    def sendall(self, data: bytes) -> None:
        """Send all."""
        left = memoryview(data)
        while left:
            self._inner.settimeout(self.clock.left())
            left = left[self._inner.send(left) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return what is read from."""
        assert mode == "rb"
        return io.BufferedReader(_TimedReader(self._inner, self.clock))

    def close(self) -> None:
        """Close it, once what is read from is closed, too."""
        self._inner.close()

    def ended(self) -> bool:
        """Return whether the other side has closed it, or sent what nobody asked for."""
        if isinstance(self._inner, ssl.SSLSocket):  # what comes in may be about the session alone
            return False
        poll = select.poll()
        poll.register(self._inner, select.POLLIN)
        return bool(poll.poll(0))


class _TimedReader(io.RawIOBase):
    def __init__(self, inner: socket.socket, clock: _Clock) -> None:
        self._inner = inner
        self._raw = inner.makefile("rb", buffering=0)
        self._clock = clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._inner.settimeout(self._clock.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
