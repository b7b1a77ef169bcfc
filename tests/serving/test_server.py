"""`faceaudit.serving`: the same answers as the system itself, and everything bounded."""

from __future__ import annotations

import base64
import io
import json
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from faceaudit.errors import InputError, OptionError
from faceaudit.serving import Server
from faceaudit.serving import server as serving
from faceaudit.systems.under_test import Access, systems_under_test
from faceaudit.types import FaceSet, ImageArray
from helpers.faces import blocks
from helpers.stub_systems import SIZE, StubEmbedder, StubIdentifier, StubVerifier


@pytest.fixture
def few() -> FaceSet:
    """Six photos of three people, one of them too dark for a stub."""
    faces = blocks(people=3, photos=2, size=SIZE)
    images = faces.images.copy()
    images[2] //= 16
    return FaceSet(images, faces.identity, faces.names, faces.ids, faces.group)


def through_the_door(server: Server, cache: Path, **options: Any) -> Any:
    values = {"system": "http", "path": "faceaudit", "url": server.address, **options}
    return systems_under_test.build(values).open(cache=cache)


def same_bits(one: np.ndarray, two: np.ndarray) -> None:
    assert one.dtype == two.dtype
    np.testing.assert_array_equal(one, two)


def test_an_identifier_through_the_door(few: FaceSet, tmp_path: Path) -> None:
    direct = StubIdentifier()
    with Server(direct, port=0) as server:
        system = through_the_door(server, tmp_path)
        assert (system.role, system.names, system.size) == ("identifier", direct.names, SIZE)
        assert (system.access, system.title) == (direct.access, "Stub")
        same_bits(system.labels(few), direct.labels(few))
        same_bits(system.scores(few), direct.scores(few))
        same_bits(system.embed(few), direct.embed(few))
    assert (direct.labels(few) == -1).sum() == 1


def test_a_verifier_through_the_door(few: FaceSet, tmp_path: Path) -> None:
    direct = StubVerifier()
    first, second = np.array([0, 0, 2, 4]), np.array([0, 4, 0, 5])
    with Server(direct, port=0) as server:
        system = through_the_door(server, tmp_path)
        same_bits(system.decide(few, first, second), direct.decide(few, first, second))
        same_bits(system.scores(few, first, second), direct.scores(few, first, second))
    assert set(direct.decide(few, first, second)) == {-1, 0, 1}


def test_an_embedder_through_the_door(few: FaceSet, tmp_path: Path) -> None:
    direct = StubEmbedder()
    with Server(direct, port=0) as server:
        system = through_the_door(server, tmp_path)
        same_bits(system.embed(few), direct.embed(few))


def test_what_a_system_does_not_show_is_not_sent(few: FaceSet, tmp_path: Path) -> None:
    class LabelsOnly(StubIdentifier):
        access = frozenset({Access.LABELS})

    class ScoresOnly(StubVerifier):
        access = frozenset({Access.SCORES})

    with Server(LabelsOnly(), port=0) as server:
        system = through_the_door(server, tmp_path)
        assert system.access == {Access.LABELS}
        same_bits(system.labels(few), StubIdentifier().labels(few))
        assert ask(server, few.images[0])[1]["scores"] is None
    with Server(ScoresOnly(), port=0) as server:
        system = through_the_door(server, tmp_path)
        assert system.access == {Access.SCORES}
        rows = np.array([0])
        same_bits(system.scores(few, rows, rows), StubVerifier().scores(few, rows, rows))

    class Closed(StubEmbedder):
        access = frozenset({Access.SCORES})

    with pytest.raises(InputError, match="expected an embedder that gives embeddings"):
        Server(Closed(), port=0)


def test_answers_are_kept_when_it_moves_to_another_port(few: FaceSet, tmp_path: Path) -> None:
    with Server(StubEmbedder(), port=0) as server:
        found = through_the_door(server, tmp_path).embed(few)
    with Server(StubEmbedder(), port=0) as server:
        system = through_the_door(server, tmp_path, max_queries=0)
        same_bits(system.embed(few), found)


def png(photo: ImageArray, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(photo).save(file, kind)
    return file.getvalue()


def ask(server: Server, photo: ImageArray, path: str = "/identify") -> tuple[int, Any]:
    text = base64.b64encode(png(photo)).decode()
    reply = httpx.post(server.address + path, json={"photo": text}, trust_env=False)
    return reply.status_code, reply.json()


def test_its_endpoints_are_as_documented(few: FaceSet) -> None:
    with Server(StubIdentifier(), port=0) as server:
        about = httpx.get(server.address, trust_env=False).json()
        assert about == {
            "role": "identifier",
            "title": "Stub",
            "id": "stub-identifier",
            "size": [24, 20],
            "names": ["Ann", "Bob", "Cid"],
            "access": ["embeddings", "scores", "labels"],
            "ask": {"method": "POST", "path": "/identify", "photos": ["photo"]},
        }
        status, found = ask(server, few.images[0])
        assert status == 200
        label = int(StubIdentifier().labels(few)[0])
        assert (found["answered"], found["label"], found["name"]) == (
            True,
            label,
            StubIdentifier.names[label],
        )
        status, none = ask(server, few.images[2])
        assert (status, none["answered"], none["label"], none["scores"]) == (200, False, None, None)
        files = {"photo": ("a.png", png(few.images[0]), "image/png")}
        form = httpx.post(server.address + "/identify", files=files, trust_env=False)
        assert form.json() == found


def test_forms_keep_every_byte() -> None:
    rng = np.random.default_rng(0)
    with Server(StubVerifier(), port=0) as server:
        for _ in range(20):  # PNGs of noise hold all bytes, line ends and dashes among them
            photo = rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8)
            files = {"photo1": ("a", png(photo)), "photo2": ("b", png(photo))}
            reply = httpx.post(server.address + "/verify", files=files, trust_env=False)
            assert reply.json()["same"] is True


@pytest.mark.parametrize(
    ("request_", "status", "error"),
    [
        ({"url": "/embed", "json": {}}, 404, "expected POST /identify, got '/embed'"),
        ({"method": "GET", "url": "/identify"}, 404, "expected GET /, got '/identify'"),
        ({"json": {}}, 400, "expected photo in the body, got nothing"),
        ({"json": {"photo": "", "photo2": ""}}, 400, "got 'photo', 'photo2'"),
        ({"json": {"photo": "%%%"}}, 400, "expected a photo in base64 as 'photo'"),
        ({"json": {"photo": 3}}, 400, "expected a photo in base64"),
        ({"json": {"photo": "aGVsbG8="}}, 400, "photo: expected a photo (BMP, GIF"),
        ({"json": [1]}, 400, "expected a mapping of JSON"),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "of JSON, got"),
        ({"content": b"x" * 9}, 400, "expected Content-Type application/json or multipart"),
        (
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
            400,
            "expected a boundary",
        ),
        (
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
            400,
            "expected a whole form",
        ),
        (
            {
                "content": b"--b\r\nX: y\r\n\r\nz\r\n--b--",
                "headers": {"Content-Type": "multipart/form-data; boundary=b"},
            },
            400,
            "expected a name for each part",
        ),
        ({"content": iter([b"x"])}, 411, "expected Content-Length"),
        ({"content": b"x" * (16 * 2**20 + 1)}, 413, "expected at most 16,777,216 bytes"),
    ],
)
def test_wrong_requests_are_told_what_is_expected(
    request_: dict[str, Any], status: int, error: str
) -> None:
    with Server(StubIdentifier(), port=0) as server:
        url = server.address + request_.pop("url", "/identify")
        with httpx.Client(trust_env=False) as client:
            reply = client.request(request_.pop("method", "POST"), url, **request_)
    assert reply.status_code == status
    assert error in reply.json()["error"]


@pytest.mark.parametrize("size", [(20, 24), (24, 21), (24, 19), (23, 20), (2000, 2000)])
def test_photos_of_another_size_are_refused(size: tuple[int, int]) -> None:
    with Server(StubIdentifier(), port=0) as server:
        status, found = ask(server, np.zeros((*size, 3), dtype=np.uint8))
    assert status == 400
    assert "24" in found["error"]


def test_a_system_that_breaks_does_not_break_the_server(few: FaceSet) -> None:
    class Broken(StubIdentifier):
        def labels(self, *_: Any) -> Any:
            raise KeyError("secret path")

    with Server(Broken(), port=0) as server:
        for _ in range(2):
            status, found = ask(server, few.images[0])
            assert (status, found) == (500, {"error": "the system raised KeyError"})


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"POST /identify HTTP/1.1\r\nX-A: ",
        b"POST /identify HTTP/1.1\r\nContent-Length: 99\r\n\r\n{",
    ],
)
def test_a_client_that_dawdles_is_dropped(start: bytes) -> None:
    with (
        Server(StubIdentifier(), port=0, seconds=0.3) as server,
        socket.create_connection((server.host, server.port)) as client,
    ):
        client.settimeout(5)
        begin = time.monotonic()
        client.sendall(start)
        dropped = False
        while not dropped and time.monotonic() - begin < 3:
            time.sleep(0.05)
            try:  # a byte now and then would keep a timeout of single reads from ever passing
                client.sendall(b"x")
            except OSError:
                dropped = True
        assert dropped
        assert 0.2 < time.monotonic() - begin < 2


def test_too_many_connections_are_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_CONNECTIONS", 2)
    with Server(StubIdentifier(), port=0) as server:
        held = [socket.create_connection((server.host, server.port)) for _ in range(2)]
        with socket.create_connection((server.host, server.port)) as third:
            third.settimeout(5)
            assert third.recv(99).startswith(b"HTTP/1.1 503 ")
        for one in held:
            one.close()
        for _ in range(100):
            if httpx.get(server.address, trust_env=False).status_code == 200:
                break
            time.sleep(0.02)
        else:
            pytest.fail("places were not given back")


def test_a_port_that_is_taken_is_said() -> None:
    with (
        Server(StubIdentifier(), port=0) as server,
        pytest.raises(OptionError, match="expected a host and port to listen on"),
    ):
        Server(StubIdentifier(), port=server.port)
    with pytest.raises(OptionError, match="expected a host and port"):
        Server(StubIdentifier(), host="999.1.1.1", port=0)


def test_many_at_once(few: FaceSet, tmp_path: Path) -> None:
    faces = blocks(people=4, photos=30, size=SIZE)
    with Server(StubEmbedder(), port=0) as server:
        system = through_the_door(server, tmp_path, concurrency=32)
        same_bits(system.embed(faces), StubEmbedder().embed(faces))


def test_answers_are_json_that_anybody_reads(few: FaceSet) -> None:
    with Server(StubEmbedder(), port=0) as server:
        _, found = ask(server, few.images[0], "/embed")
    values = json.loads(json.dumps(found))["embedding"]
    same_bits(np.array(values, dtype=np.float32), StubEmbedder().embed(few)[0])


def test_the_first_person_has_a_label_too(few: FaceSet) -> None:
    class First(StubIdentifier):
        def labels(self, faces: FaceSet, rows: Any = None) -> Any:
            return np.zeros(len(faces), dtype=np.int64)

    with Server(First(), port=0) as server:
        found = ask(server, few.images[0])[1]
    assert (found["label"], found["name"]) == (0, "Ann")
    assert found["label"] is not False


def test_a_system_is_asked_about_one_request_at_a_time(tmp_path: Path) -> None:
    under_way, most = [0], [0]

    class Slow(StubEmbedder):
        def embed(self, faces: FaceSet, rows: Any = None) -> Any:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            time.sleep(0.01)
            under_way[0] -= 1
            return super().embed(faces, rows)

    with Server(Slow(), port=0) as server:
        through_the_door(server, tmp_path, concurrency=8).embed(blocks(2, 8, size=SIZE))
    assert most[0] == 1


def test_there_are_64_connections() -> None:
    with Server(StubIdentifier(), port=0) as server:
        held = [socket.create_connection((server.host, server.port)) for _ in range(64)]
        for one in held:
            one.sendall(b"GET / HTTP/1.1\r\n\r\n")
            one.settimeout(5)
            assert one.recv(15) == b"HTTP/1.1 200 OK"
        with socket.create_connection((server.host, server.port)) as another:
            another.settimeout(5)
            assert another.recv(99).startswith(b"HTTP/1.1 503 ")
        for one in held:
            one.close()


def said_to(server: Server, text: str) -> tuple[str, Any]:
    """Return the first line and the values that come back."""
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.settimeout(5)
        client.sendall(text.encode())
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as file:
            head, _, body = file.read().rpartition(b"\r\n\r\n")
    return head.partition(b"\r\n")[0].decode(), json.loads(body or b"null")


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:8000", True),
        ("LocalHost:99", True),
        ("[::1]:8000", True),
        ("evil.example.org", False),
        ("evil.example.org:8000", False),
        ("127.0.0.1.example.org", False),
        ("localhost@example.org", False),
        ("0.0.0.0", False),
        ("[", False),
        ("", False),
    ],
)
def test_a_page_of_others_does_not_reach_it_by_their_name(host: str, answered: bool) -> None:
    for start in ("GET /", "POST /identify"):
        request = f"{start} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"
        with Server(StubIdentifier(), port=0) as server:
            status, found = said_to(server, request)
        assert ("403" in status) != answered
        assert answered or "expected a Host that is this machine" in found["error"]
    with Server(StubIdentifier(), port=0, host="0.0.0.0") as server:
        assert "200" in said_to(server, f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")[0]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("PUT /identify HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 501 "),
        ("DELETE / HTTP/1.1\r\n\r\n", "HTTP/1.1 501 "),
        ("GET / HTTP/9.9\r\n\r\n", ""),
        ("GET / x HTTP/1.1\r\n\r\n", ""),
        ("\x16\x03\x01\r\n", ""),
    ],
)
def test_what_is_no_request_gets_an_error_too(text: str, status: str) -> None:
    with Server(StubIdentifier(), port=0) as server:
        first, found = said_to(server, text)
        assert found["error"].startswith("expected GET or POST, got (")
        assert first.startswith(status)
        assert said_to(server, "HEAD / HTTP/1.1\r\n\r\n") == ("HTTP/1.1 501 Not Implemented", None)
