"""An S3 server in a process of its own, and a line to it that fails on purpose."""

from __future__ import annotations

import http.client
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

import boto3
from botocore.config import Config

BUCKET = "bucket"
URL = f"s3://{BUCKET}/audit"
FAULTS = ("slow down", "cut before", "cut the upload", "cut the answer")
HANGS = ("hang", "hang in the answer")
"""What holds a client until it loses its patience."""
SLOW_DOWN = (
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
)
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"

Fault = Callable[[int, str], str | None]
"""What goes wrong at a request, by its number and its method."""


def environment(port: int, *, patience: float | None = None) -> dict[str, str]:
    """Return the variables that lead a client to a server of this machine.

    Args:
        port: of the server.
        patience: seconds that it waits for an answer to begin, or to go on; those of s3fs if left
            out.
    """
    waits = {"config_kwargs": {"connect_timeout": patience, "read_timeout": patience}}
    return ({} if patience is None else {"FSSPEC_S3": json.dumps(waits)}) | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def server() -> Iterator[int]:
    """Start a server with an empty bucket; give its port."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while True:
                assert process.poll() is None, "the server did not start"
                with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port))):
                    break
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()


class Bucket:
    """What is in the bucket, seen over a line that does not fail."""

    def __init__(self, port: int) -> None:
        self._client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            aws_access_key_id="nobody",
            aws_secret_access_key="nothing",
            region_name="us-east-1",
            config=Config(retries={"max_attempts": 5}),
        )

    def empty(self) -> None:
        """Make the bucket, with nothing in it."""
        self._client.create_bucket(Bucket=BUCKET)
        for name in self.names():
            self._client.delete_object(Bucket=BUCKET, Key=f"audit/{name}")

    def names(self) -> list[str]:
        """Return the paths of all files of the store."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        found = [one["Key"] for page in pages for one in page.get("Contents", ())]
        return [key.removeprefix("audit/") for key in found]

    def get(self, name: str) -> bytes:
        """Return what is in a file of the store."""
        got: bytes = self._client.get_object(Bucket=BUCKET, Key=f"audit/{name}")["Body"].read()
        return got

    def put(self, name: str, content: bytes) -> None:
        """Write a file of the store."""
        self._client.put_object(Bucket=BUCKET, Key=f"audit/{name}", Body=content)

    def remove(self, name: str) -> None:
        """Remove a file of the store."""
        self._client.delete_object(Bucket=BUCKET, Key=f"audit/{name}")

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


def seeded(seed: int, share: float) -> Fault:
    """Return a line on which a share of requests goes wrong, each in one of `FAULTS`."""
    rng = random.Random(seed)

    def fault(number: int, method: str) -> str | None:
        del number, method
        return rng.choice(FAULTS) if rng.random() < share else None

    return fault


def broken_from(first: int, kind: str) -> Fault:
    """Return a line on which each request from one on goes wrong."""
    return lambda number, _method: kind if number >= first else None


def every(few: int, kind: str) -> Fault:
    """Return a line on which one of so many requests goes wrong, and goes well when made again."""
    return lambda number, _method: None if number % few else kind


def read_only(number: int, method: str) -> str | None:
    """Refuse whatever would change something, as a policy of a bucket does."""
    del number
    return None if method in ("GET", "HEAD") else "denied"


class Line:
    """A line to the server, of one's own port.

    Attributes:
        port: where to reach it.
        requests: how many came.
        failed: how many went wrong.
        fault: what goes wrong; to be changed at will.
    """

    def __init__(self, port: int, fault: Fault) -> None:
        self.requests = self.failed = 0
        self.fault = fault
        self._lock, self._over = Lock(), Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(port))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Line:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()  # for requests that hang
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, method: str) -> str | None:
        with self._lock:
            self.requests += 1
            kind = self.fault(self.requests, method)
            self.failed += kind is not None
            return kind

    def _handler(self, port: int) -> type[BaseHTTPRequestHandler]:
        line = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                with suppress(ConnectionError):
                    super().handle()

            def log_message(self, *_: object) -> None:
                pass

            def _pass_on(self) -> None:
                kind = line._next(self.command)
                length = int(self.headers.get("Content-Length") or 0)
                if kind == "cut before":
                    self._cut()
                    return
                if kind == "cut the upload":
                    self.rfile.read(length // 2)
                    self._cut()
                    return
                body = self.rfile.read(length) if length else self._chunks()
                if kind == "hang":
                    line._over.wait()
                    self._cut()
                    return
                if kind == "slow down":
                    self._answer(503, [("Content-Type", "application/xml")], SLOW_DOWN)
                    return
                if kind == "denied":
                    self._answer(403, [("Content-Type", "application/xml")], DENIED)
                    return
                with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as there:
                    headers = {
                        name: value
                        for name, value in self.headers.items()
                        if name.lower() not in {"transfer-encoding", "content-length", "expect"}
                    }
                    headers["Content-Length"] = str(len(body))
                    there.request(self.command, self.path, body, headers)
                    with there.getresponse() as got:
                        content = got.read()
                        told = [
                            (name, value)
                            for name, value in got.getheaders()
                            if name.lower() not in {"transfer-encoding", "connection"}
                        ]
                        self._answer(got.status, told, content, fault=kind)

            def _chunks(self) -> bytes:
                """Return a body that comes in chunks."""
                if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                    return b""
                found = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    found.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(found)

            def _answer(
                self,
                status: int,
                headers: list[tuple[str, str]],
                content: bytes,
                *,
                fault: str | None = None,
            ) -> None:
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() != "content-length" or self.command == "HEAD":
                        self.send_header(name, value)
                if self.command != "HEAD" and status not in {204, 304}:
                    self.send_header("Content-Length", str(len(content)))
                if fault in ("cut the answer", "hang in the answer"):
                    self.wfile.write(b"".join(self._headers_buffer))
                    self.wfile.write(b"\r\n" + content[: len(content) // 2])
                    self._headers_buffer = []
                    if fault == "hang in the answer":
                        line._over.wait()
                    self._cut()
                    return
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def _cut(self) -> None:
                self.wfile.flush()
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on

        return Handler
