"""Answers a second of a server that waits 20 ms: the door `http`, and a plain loop of httpx."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

from faceaudit.systems.under_test import systems_under_test
from faceaudit.types import FaceSet

Row = tuple[str, str, float | None, float, str]

PHOTOS = 300
SIZE = (112, 112)
WORK = f"{PHOTOS} photos to a server that waits 20 ms"

_SERVER = """
import asyncio
BODY = b'{"answered": true, "embedding": [%s]}' % b", ".join([b"0.125"] * 512)
HEAD = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n"
async def answer(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\\r\\n\\r\\n")).lower()
            length = head.split(b"content-length:")[1].split(b"\\r\\n")[0]
            await reader.readexactly(int(length))
            await asyncio.sleep(0.02)
            writer.write(HEAD % len(BODY) + BODY)
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()
async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
DESCRIPTION = {
    "size": list(SIZE),
    "embedder": {
        "request": {"path": "/embed", "body": {"photo": "{photo}"}},
        "answer": {"embedding": "embedding"},
    },
}


def http_door_rows() -> list[Row]:
    """Return the answers a second with 1, 8 and 32 requests under way, beside httpx in a loop.

    Both encode the photos as PNG; ours also keeps each answer on the disk.
    """
    rng = np.random.default_rng(0)
    ids = tuple(map(str, range(PHOTOS)))
    rows = np.arange(PHOTOS)
    images = rng.integers(0, 256, (PHOTOS, *SIZE, 3), dtype=np.uint8)
    faces = FaceSet(images, rows, ids, ids, rows)
    with _server() as url:
        plain = max(_plain(url, faces) for _ in range(2))
        return [
            (
                f"{WORK}, {most} under way",
                "httpx, one by one",
                plain,
                _door(url, faces, most),
                "answers/s",
            )
            for most in (1, 8, 32)
        ]


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.kill()


def _plain(url: str, faces: FaceSet) -> float:
    """Return the rate of the loop that one would write."""
    start = time.perf_counter()
    with httpx.Client(trust_env=False) as client:
        for image in faces.images:
            file = io.BytesIO()
            Image.fromarray(image).save(file, "PNG", compress_level=1)
            text = base64.b64encode(file.getvalue()).decode("ascii")
            client.post(f"{url}/embed", json={"photo": text}).json()
    return len(faces) / (time.perf_counter() - start)


def _door(url: str, faces: FaceSet, most: int) -> float:
    """Return our rate, the best of two, each with an empty cache."""
    rates = []
    for _ in range(2):
        door = systems_under_test.build(
            {"system": "http", "path": DESCRIPTION, "url": url, "concurrency": most}
        )
        with tempfile.TemporaryDirectory() as folder:
            system = door.open(cache=Path(folder))
            start = time.perf_counter()
            found = system.embed(faces)  # type: ignore[union-attr]
            rates.append(len(faces) / (time.perf_counter() - start))
            assert found.shape == (len(faces), 512)
    return max(rates)


if __name__ == "__main__":
    for work, peer, theirs, ours, unit in http_door_rows():
        print(json.dumps([work, peer, theirs, ours, unit]))
