"""Downloads from a real server on this machine, which can be told to misbehave."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from faceaudit.errors import WeightsError
from faceaudit.progress import Advance, silent
from faceaudit.weights import KnownWeights, default_folder, fetch, known

CONTENT = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Gives CONTENT at any path.

    Attributes:
        requests: headers of every request, in order.
        sent: bytes of body sent for each.
        drops: after how many bytes the connection breaks, one value a request; None: never.
        ranges: whether Range is understood.
        statuses: given instead of the file, one a request.
        location: where every request is sent on to.
        lengths: whether Content-Length is said.
        delay: seconds before an answer.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.tag: str | None = '"one"'
        self.requests: list[dict[str, str]] = []
        self.sent: list[int] = []
        self.drops: list[int | None] = []
        self.statuses: list[int] = []
        self.ranges = True
        self.location: str | None = None
        self.lengths = True
        self.delay = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/weights.onnx"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        server = self.server
        server.requests.append(dict(self.headers))
        server.sent.append(0)
        time.sleep(server.delay)
        if server.statuses and (status := server.statuses.pop(0)) != 200:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if server.location is not None:
            self.send_response(302)
            self.send_header("Location", server.location)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.give(server, self.start(server))

    def start(self, server: Server) -> int:
        asked = self.headers.get("Range")
        if not (asked and server.ranges and self.headers.get("If-Range", server.tag) == server.tag):
            return 0
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    def give(self, server: Server, start: int) -> None:
        total, body = len(server.content), server.content[start:]
        if start >= total:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{total}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        if server.tag:
            self.send_header("ETag", server.tag)
        if server.lengths:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        drop = server.drops.pop(0) if server.drops else None
        self.wfile.write(body[:drop])
        self.wfile.flush()
        server.sent[-1] = len(body[:drop])
        if drop is not None:
            self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def running() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=5, trust_env=False) as client:
        yield client


def entry(url: str | None, **changes: Any) -> KnownWeights:
    values = known("yunet").model_dump() | {
        "file": "weights.onnx",
        "url": url,
        "sha256": SHA256,
        "size": len(CONTENT),
    }
    return KnownWeights(**{**values, **changes})


class Watch:
    """Progress that adds up."""

    def __init__(self) -> None:
        self.seen = 0

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        assert (title, total) == ("downloading weights.onnx", len(CONTENT))

        def advance(steps: int) -> None:
            self.seen += steps

        yield advance

    def note(self, text: str) -> None:
        raise AssertionError(text)


def get(server: Server, folder: Path, client: httpx.Client, **options: Any) -> Path:
    changes = options.pop("changes", {})
    options = {"progress": silent, "pause": lambda _: None, **options}
    return fetch(entry(server.url, **changes), folder, client=client, **options)


def assert_only(folder: Path, *names: str) -> None:
    found = {path.name for path in folder.iterdir() if path.suffix != ".lock"}
    assert found == set(names)


def test_whole(server: Server, client: httpx.Client, tmp_path: Path) -> None:
    watch, folder = Watch(), tmp_path / "a" / "b"
    path = get(server, folder, client, progress=watch)
    assert path == folder / "weights.onnx"
    assert path.read_bytes() == CONTENT
    assert watch.seen == len(CONTENT)
    assert_only(folder, "weights.onnx")
    assert get(server, folder, client) == path
    assert len(server.requests) == 1, "what is there is not asked for again"


def test_interrupted_and_resumed_at_once(
    server: Server, client: httpx.Client, tmp_path: Path
) -> None:
    server.drops = [100_000]
    watch, pauses = Watch(), []
    path = get(server, tmp_path, client, progress=watch, pause=pauses.append)
    assert path.read_bytes() == CONTENT
    first, second = server.requests
    assert "Range" not in first
    assert second["Range"] == "bytes=100000-"
    assert second["If-Range"] == '"one"'
    assert server.sent == [100_000, 200_000], "only the rest is sent again"
    assert watch.seen == len(CONTENT)
    assert pauses == [1.0]
    assert_only(tmp_path, "weights.onnx")


def test_interrupted_and_resumed_later(
    server: Server, client: httpx.Client, tmp_path: Path
) -> None:
    server.drops = [60_000, 60_000]
    with pytest.raises(WeightsError, match=r"last of 2 attempts; the same command goes on"):
        get(server, tmp_path, client, attempts=2)
    assert_only(tmp_path, "weights.onnx.part", "weights.onnx.part.json")
    watch = Watch()
    assert get(server, tmp_path, client, progress=watch).read_bytes() == CONTENT
    assert server.requests[-1]["Range"] == "bytes=120000-"
    assert server.sent == [60_000, 60_000, 180_000]
    assert watch.seen == len(CONTENT)


def test_a_server_that_ignores_ranges(server: Server, client: httpx.Client, tmp_path: Path) -> None:
    server.drops, server.ranges = [100_000], False
    watch = Watch()
    assert get(server, tmp_path, client, progress=watch).read_bytes() == CONTENT
    assert server.sent == [100_000, 300_000]
    assert watch.seen == len(CONTENT)


def test_a_file_that_changed_meanwhile_is_begun_anew(
    server: Server, client: httpx.Client, tmp_path: Path
) -> None:
    server.content, server.drops = bytes(300_000), [100_000]
    with pytest.raises(WeightsError, match="goes on from here"):
        get(server, tmp_path, client, attempts=1)
    server.content, server.tag = CONTENT, '"two"'
    assert get(server, tmp_path, client, attempts=1).read_bytes() == CONTENT
    assert server.sent == [100_000, 300_000]


def test_a_file_that_changed_unseen_is_begun_anew(
    server: Server, client: httpx.Client, tmp_path: Path
) -> None:
    server.content, server.drops, server.tag = bytes(300_000), [100_000], None
    with pytest.raises(WeightsError, match="goes on from here"):
        get(server, tmp_path, client, attempts=1)
    server.content = CONTENT
    watch = Watch()
    assert get(server, tmp_path, client, progress=watch).read_bytes() == CONTENT
    assert server.sent == [100_000, 200_000, 300_000]
    assert watch.seen == len(CONTENT)


def test_a_part_that_is_whole_or_too_long(
    server: Server, client: httpx.Client, tmp_path: Path
) -> None:
    part = tmp_path / "weights.onnx.part"
    part.write_bytes(CONTENT)
    get(server, tmp_path, client)
    assert not server.requests
    (tmp_path / "weights.onnx").unlink()
    part.write_bytes(CONTENT + b"more")
    assert get(server, tmp_path, client).read_bytes() == CONTENT
    assert_only(tmp_path, "weights.onnx")


def test_a_wrong_digest(server: Server, client: httpx.Client, tmp_path: Path) -> None:
    server.content = bytes(300_000)
    wrong = hashlib.sha256(server.content).hexdigest()
    with pytest.raises(WeightsError, match=f"with sha256 {SHA256}, got {wrong}"):
        get(server, tmp_path, client)
    assert_only(tmp_path)
    assert len(server.requests) == 1


def test_more_than_is_known(server: Server, client: httpx.Client, tmp_path: Path) -> None:
    server.content, server.lengths = CONTENT + b"more", False
    with pytest.raises(WeightsError, match=r"expected 300,000 bytes from .*, got more"):
        get(server, tmp_path, client)
    assert_only(tmp_path)


def test_a_short_file_is_not_taken_for_whole(
    server: Server, client: httpx.Client, tmp_path: Path
) -> None:
    server.drops, server.lengths = [1000], False
    assert get(server, tmp_path, client).read_bytes() == CONTENT
    assert server.sent == [1000, 299_000]


def test_an_unknown_size(server: Server, client: httpx.Client, tmp_path: Path) -> None:
    path = get(server, tmp_path, client, changes={"size": None})
    assert path.read_bytes() == CONTENT


def test_what_lies_there_already_is_checked_and_left(
    server: Server, client: httpx.Client, tmp_path: Path
) -> None:
    path = tmp_path / "weights.onnx"
    path.write_bytes(b"mine")
    with pytest.raises(WeightsError, match="remove it, or give another folder"):
        get(server, tmp_path, client)
    assert path.read_bytes() == b"mine"
    assert not server.requests


def test_not_found(server: Server, client: httpx.Client, tmp_path: Path) -> None:
    server.statuses = [404]
    with pytest.raises(WeightsError, match="got status 404; check the source's page"):
        get(server, tmp_path, client)
    assert len(server.requests) == 1, "asking again does not help"


def test_a_passing_fault(server: Server, client: httpx.Client, tmp_path: Path) -> None:
    server.statuses = [503, 429]
    assert get(server, tmp_path, client).read_bytes() == CONTENT
    assert len(server.requests) == 3


def test_no_connection(client: httpx.Client, tmp_path: Path) -> None:
    with running() as server:
        url = server.url
    pauses: list[float] = []
    with pytest.raises(WeightsError, match=r"got ConnectError: .* at the last of 4 attempts"):
        fetch(entry(url), tmp_path, progress=silent, client=client, pause=pauses.append)
    assert pauses == [1.0, 2.0, 4.0]


def test_redirects(server: Server, client: httpx.Client, tmp_path: Path) -> None:
    with running() as other:
        server.location = other.url
        assert get(server, tmp_path / "a", client).read_bytes() == CONTENT
    server.location = server.url
    with pytest.raises(WeightsError, match="more than 5 redirects"):
        get(server, tmp_path / "b", client)
    server.location = "http://example.org/weights.onnx"
    with pytest.raises(WeightsError, match=r"by https, got http://example.org/weights.onnx"):
        get(server, tmp_path / "c", client)


def test_https_is_not_sent_on_to_this_machine(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "http://127.0.0.1:80/admin"})

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as client,
        pytest.raises(WeightsError, match=r"by https, got http://127.0.0.1"),
    ):
        fetch(entry("https://example.org/a"), tmp_path, progress=silent, client=client)


@pytest.mark.parametrize(("missing", "what"), [("url", "URL"), ("sha256", "sha256")])
def test_what_is_not_known_is_not_downloaded(missing: str, what: str, tmp_path: Path) -> None:
    changes = {"url": "https://example.org/a", missing: None}
    with pytest.raises(WeightsError, match=f"no {what} is known; get the file yourself from https"):
        fetch(entry(**changes), tmp_path / "new", progress=silent)
    assert not (tmp_path / "new").exists()


def test_two_at_once_download_once(server: Server, client: httpx.Client, tmp_path: Path) -> None:
    server.delay = 0.3  # long enough for the second to find the lock held
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(get, server, tmp_path, client) for _ in range(2)]
        assert [one.result().read_bytes() for one in both] == [CONTENT] * 2
    assert len(server.requests) == 1


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path))
    assert default_folder() == tmp_path / "weights"
    monkeypatch.delenv("FACEAUDIT_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".cache" / "faceaudit" / "weights"
