"""The door `http` over TLS: certificates are checked, and deadlines hold there, too."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceaudit.errors import InputError
from faceaudit.systems.under_test import systems_under_test
from helpers.faces import blocks
from helpers.http_server import Asked, Reply, Server, photo_of

DESCRIPTION: dict[str, Any] = {
    "size": [24, 20],
    "embedder": {
        "request": {"path": "/embed", "body": {"photo": "{photo}"}},
        "answer": {"embedding": "vec"},
    },
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that it signed itself, and its key, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: nothing is tested over TLS")
    folder = tmp_path_factory.mktemp("tls")
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-keyout", "key", "-out", "cert", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    both = folder / "both"
    both.write_bytes((folder / "key").read_bytes() + (folder / "cert").read_bytes())
    return both


def mean(asked: Asked) -> Reply:
    return Reply({"vec": photo_of(asked.json()["photo"]).mean((0, 1)).tolist()})


def opened(server: Server, cache: Path, **options: Any) -> Any:
    url = server.url.replace("http:", "https:")
    door = {"system": "http", "path": DESCRIPTION, "url": url, **options}
    return systems_under_test.build(door).open(cache=cache)


def context(certificate: Path) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(certificate)
    return found


def test_a_trusted_certificate(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    faces = blocks(people=2, photos=8, size=(24, 20))
    with Server(mean, tls=context(certificate)) as server:
        found = opened(server, tmp_path, concurrency=3).embed(faces)
    np.testing.assert_array_equal(found, faces.images.mean((1, 2)).astype(np.float32))
    assert len(server.asked) == 16


def test_one_that_nobody_vouches_for_is_refused_at_once(certificate: Path, tmp_path: Path) -> None:
    faces = blocks(people=1, photos=1, size=(24, 20))
    with Server(mean, tls=context(certificate)) as server:
        start = time.monotonic()
        with pytest.raises(InputError, match="expected a certificate that this machine trusts"):
            opened(server, tmp_path).embed(faces)
        assert time.monotonic() - start < 5
    assert not server.asked


def test_a_server_that_dawdles(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    faces = blocks(people=1, photos=1, size=(24, 20))
    raw = (b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n"] * 20)
    with Server(lambda _: Reply(raw=raw, every=0.1), tls=context(certificate)) as server:
        start = time.monotonic()
        with pytest.raises(InputError, match=r"got no whole answer in 0.5 s"):
            opened(server, tmp_path, timeout=0.5, patience=0).embed(faces)
        assert time.monotonic() - start < 1.5
