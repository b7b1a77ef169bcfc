"""The ready description `deepface` before DeepFace's own API; only its networks are a stand-in.

Set FACEAUDIT_DEEPFACE to a Python in whose environment `deepface`, `flask`, `flask-cors`,
`python-dotenv` and an OpenCV are installed.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceaudit.errors import InputError
from faceaudit.systems.under_test import Access, systems_under_test
from faceaudit.types import FaceSet
from helpers.faces import blocks

PYTHON = "FACEAUDIT_DEEPFACE"
pytestmark = pytest.mark.skipif(
    PYTHON not in os.environ,
    reason=f"{PYTHON} is not set to a Python with DeepFace: its own API was not asked",
)

SERVER = """
import sys, types
import deepface
from deepface.commons import image_utils
from deepface.modules.exceptions import FaceNotDetected

def vector(image):
    pixels, _ = image_utils.load_image(image)
    if pixels.mean() < 20:
        raise FaceNotDetected("Face could not be detected in base64 encoded string.")
    return [float(value) for value in pixels.mean((0, 1))[::-1]]

def represent(img_path, model_name, max_faces=None, **_):
    assert model_name == "Facenet" and max_faces == 1
    return [{"embedding": vector(img_path), "facial_area": {}, "face_confidence": 0.9}]

def verify(img1_path, img2_path, **_):
    distance = abs(vector(img1_path)[0] - vector(img2_path)[0])
    return {"verified": distance <= 3, "distance": distance, "threshold": 3.0}

fake = types.ModuleType("deepface.DeepFace")
fake.represent, fake.verify = represent, verify
sys.modules["deepface.DeepFace"] = deepface.DeepFace = fake
from deepface.api.src.app import create_app
from werkzeug.serving import make_server
server = make_server("127.0.0.1", 0, create_app(), threaded=True)
print("port", server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    environment = {**os.environ, "DEEPFACE_HOME": str(tmp_path_factory.mktemp("home"))}
    with subprocess.Popen(
        [os.environ[PYTHON], "-c", SERVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**environment, "DEEPFACE_AUTH_TOKEN": "s3cret"},
    ) as server:
        assert server.stdout is not None
        lines = iter(server.stdout.readline, "")
        port = next(line.split()[1] for line in lines if line.startswith("port"))
        yield f"http://127.0.0.1:{port}"
        server.kill()


@pytest.fixture
def few() -> FaceSet:
    """Six photos of three people at DeepFace's size, one of them too dark for a face."""
    faces = blocks(people=3, photos=2, size=(224, 224))
    images = faces.images.copy()
    images[2] //= 16
    return FaceSet(images, faces.identity, faces.names, faces.ids, faces.group)


def opened(url: str, cache: Path, role: str, **options: Any) -> Any:
    values = {"model_name": "Facenet"}
    door = {"system": "http", "path": "deepface", "url": url, "role": role, "values": values}
    return systems_under_test.build({**door, **options}).open(cache=cache)


KEY = {"Authorization": "Bearer ${DEEPFACE_TOKEN}"}


def test_its_verifier(
    url: str, few: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPFACE_TOKEN", "s3cret")
    system = opened(url, tmp_path, "verifier", headers=KEY)
    assert system.access == {Access.LABELS, Access.SCORES}
    first, second = np.array([0, 0, 2]), np.array([1, 4, 3])
    red = few.images[..., 0].astype(np.float64).mean((1, 2))
    expected = np.abs(red[first] - red[second]).astype(np.float32)
    expected[2] = np.nan
    np.testing.assert_allclose(system.scores(few, first, second), -expected, rtol=1e-6)
    decided = np.where(np.isnan(expected), -1, expected <= 3)
    np.testing.assert_array_equal(system.decide(few, first, second), decided)


def test_its_embedder(
    url: str, few: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPFACE_TOKEN", "s3cret")
    expected = few.images.astype(np.float64).mean((1, 2)).astype(np.float32)
    expected[2] = np.nan
    found = opened(url, tmp_path, "embedder", headers=KEY).embed(few)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_missing_or_wrong_key_is_said(
    url: str, few: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPFACE_TOKEN", "wr0ng")
    start = time.monotonic()
    for options in ({}, {"headers": KEY}):
        with pytest.raises(InputError, match=r"got status 401 .*; check the key") as told:
            opened(url, tmp_path, "embedder", **options).embed(few)
        assert "wr0ng" not in str(told.value)
    assert time.monotonic() - start < 20
