"""Ready descriptions before stand-ins that answer in the form that each API documents."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from faceaudit.errors import InputError, OptionError
from faceaudit.systems.under_test import Access, systems_under_test
from faceaudit.systems.under_test.common.http_description import Description, PhotoFormat
from faceaudit.systems.under_test.common.http_request import encode
from faceaudit.types import FaceSet
from helpers.documents import ROOT, blocks_of
from helpers.faces import blocks
from helpers.http_server import Asked, Reply, Server, photo_of


def opened(name: str, server: Server, cache: Path, **options: Any) -> Any:
    door = {"system": "http", "path": name, "url": server.url}
    return systems_under_test.build({**door, **options}).open(cache=cache)


def faces_of(size: tuple[int, int]) -> FaceSet:
    """Return four photos of two people, the third black."""
    faces = blocks(people=2, photos=2, size=size)
    images = faces.images.copy()
    images[2] = 0
    return FaceSet(images, faces.identity, faces.names, faces.ids, faces.group)


NO_FACE = Reply({"message": "No face is found in the given image", "code": 28}, status=400)


def is_black(asked: Asked, faces: FaceSet) -> bool:
    return encode(faces.images[2], PhotoFormat()) in asked.body


@pytest.fixture
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPREFACE_API_KEY", "00000000-0000-0000-0000-000000000002")


@pytest.mark.usefixtures("_key")
def test_compreface_recognition(tmp_path: Path) -> None:
    faces = faces_of((224, 224))
    names = ["Cid", "Ann", "Bob"]

    def behave(asked: Asked) -> Reply:
        assert asked.headers["x-api-key"].endswith("2")
        if asked.path == "/api/v1/recognition/subjects/":
            return Reply({"subjects": names})
        assert asked.path == "/api/v1/recognition/recognize?limit=1&prediction_count=3"
        assert b'name="file"; filename="photo.png"' in asked.body
        if is_black(asked, faces):
            return NO_FACE
        likely = [("Bob", 0.9), ("Cid", 0.2), ("Ann", 0.1)]
        subjects = [{"subject": name, "similarity": value} for name, value in likely]
        box = {"probability": 1.0, "x_max": 9, "y_max": 9, "x_min": 1, "y_min": 1}
        return Reply({"result": [{"box": box, "subjects": subjects}]})

    with Server(behave) as server:
        system = opened("compreface", server, tmp_path, role="identifier", threshold=0.9)
        assert system.names == tuple(names)
        np.testing.assert_array_equal(system.labels(faces), [2, 2, -1, 2])
        np.testing.assert_array_equal(system.scores(faces)[0], np.float32([0.2, 0.1, 0.9]))
        strict = opened("compreface", server, tmp_path, role="identifier", threshold=0.91)
        np.testing.assert_array_equal(strict.labels(faces), [-1] * 4)
        assert strict.id != system.id
        asked = [one for one in server.asked if one.method == "POST"]
        assert len(asked) == 4  # another threshold asks nothing anew


@pytest.mark.usefixtures("_key")
def test_compreface_verification(tmp_path: Path) -> None:
    faces = faces_of((224, 224))

    def behave(asked: Asked) -> Reply:
        assert asked.path == "/api/v1/verification/verify?limit=1"
        assert b'name="source_image"' in asked.body
        assert b'name="target_image"' in asked.body
        if is_black(asked, faces):
            return NO_FACE
        match = {"box": {}, "similarity": 0.97858}
        return Reply({"result": [{"source_image_face": {"box": {}}, "face_matches": [match]}]})

    first, second = np.array([0, 1, 0]), np.array([1, 2, 3])
    with Server(behave) as server:
        system = opened("compreface", server, tmp_path, role="verifier")
        assert system.access == {Access.SCORES}
        np.testing.assert_array_equal(
            system.scores(faces, first, second), np.float32([0.97858, np.nan, 0.97858])
        )
        decided = opened("compreface", server, tmp_path, role="verifier", threshold=0.9)
        np.testing.assert_array_equal(decided.decide(faces, first, second), [1, -1, 1])


def test_compreface_without_a_key_or_a_role(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(lambda _: Reply({})) as server:
        with pytest.raises(
            OptionError, match="expected role=identifier or role=verifier, got none"
        ):
            opened("compreface", server, tmp_path)
        monkeypatch.delenv("COMPREFACE_API_KEY", raising=False)
        with pytest.raises(
            OptionError, match="expected the environment variable COMPREFACE_API_KEY"
        ):
            opened("compreface", server, tmp_path, role="verifier")
    assert not server.asked


def test_insightface_rest(tmp_path: Path) -> None:
    faces = faces_of((112, 112))

    def behave(asked: Asked) -> Reply:
        assert asked.path == "/extract"
        body = asked.json()
        assert (body["embed_only"], body["limit_faces"], body["threshold"]) == (False, 1, 0.6)
        (text,) = body["images"]["data"]
        vec = photo_of(text).mean((0, 1)).tolist()
        found = [{"prob": 0.9, "bbox": [1, 2, 3, 4], "norm": 20.0, "vec": vec, "status": "ok"}]
        data = {"status": "ok", "took_ms": 3.1, "faces": found if max(vec) else []}
        return Reply({"took": {"total_ms": 4.0}, "data": [data]})

    expected = faces.images.mean((1, 2)).astype(np.float32)
    expected[2] = np.nan
    with Server(behave) as server:
        system = opened("insightface-rest", server, tmp_path, values={"embed_only": False})
        np.testing.assert_array_equal(system.embed(faces), expected)


def test_deepface(tmp_path: Path) -> None:
    faces = faces_of((224, 224))

    def behave(asked: Asked) -> Reply:
        body = asked.json()
        assert (body["model_name"], body["align"]) == ("ArcFace", True)
        photos = [photo_of(body[side]) for side in ("img", "img1", "img2") if side in body]
        if not all(photo.any() for photo in photos):
            text = "Exception while representing: Face could not be detected in x.- Traceback"
            return Reply({"error": text}, status=400)
        if asked.path == "/represent":
            return Reply({"results": [{"embedding": [1.0, 2.0], "face_confidence": 0.9}]})
        assert body["distance_metric"] == "euclidean"
        return Reply({"verified": True, "distance": 0.3, "threshold": 0.4, "model": "ArcFace"})

    values = {"model_name": "ArcFace"}
    with Server(behave) as server:
        embedder = opened("deepface", server, tmp_path, role="embedder", values=values)
        assert np.isnan(embedder.embed(faces)).any(1).tolist() == [False, False, True, False]
        values["distance_metric"] = "euclidean"
        verifier = opened("deepface", server, tmp_path, role="verifier", values=values)
        rows = np.array([0, 2])
        np.testing.assert_array_equal(verifier.decide(faces, rows, rows + 1), [1, -1])
        np.testing.assert_array_equal(
            verifier.scores(faces, rows, rows + 1), np.float32([-0.3, np.nan])
        )


@pytest.mark.parametrize(
    ("about", "message"),
    [
        (Reply({"role": "judge"}), "expected one of identifier, verifier, embedder, got 'judge'"),
        (Reply({"hello": 1}), "expected role in the answer, got no 'role'"),
        (Reply(b"hello"), "expected JSON, got a body that starts 'hello'"),
        (Reply({}, status=404), "got status 404"),
        (
            Reply({"role": "verifier", "names": ["a", "a"]}),
            "expected a list of names, each once, got a list of 2",
        ),
        (
            Reply({"role": "verifier", "names": None, "size": [0, 1]}),
            "expected height and width in pixels",
        ),
        (
            Reply({"role": "verifier", "names": None, "size": [1, 1], "title": "a\u0007"}),
            "expected a short text",
        ),
    ],
)
def test_a_server_that_says_nonsense_about_itself(
    tmp_path: Path, about: Reply, message: str
) -> None:
    with Server(lambda _: about) as server, pytest.raises(InputError, match=re.escape(message)):
        opened("faceaudit", server, tmp_path)


def test_no_server_at_all(tmp_path: Path) -> None:
    with Server(lambda _: Reply({})) as server:
        server.die()
        with pytest.raises(
            InputError, match=r"expected a server at http://127.0.0.1:\d+/, got Conn"
        ):
            opened("faceaudit", server, tmp_path)


def test_the_description_in_the_docs_is_sound() -> None:
    (block,) = blocks_of(ROOT / "docs" / "systems.md", "yml")
    description = Description(**yaml.safe_load(block.text))
    assert description.roles == ("identifier", "verifier")
