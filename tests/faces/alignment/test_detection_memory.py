"""Faces that were found once are not looked for again, whatever happens to the file."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import faceaudit
from faceaudit.faces import detections as detection_memory
from faceaudit.faces.alignment.common import detecting
from faceaudit.faces.alignment.common.detector import DetectorFile
from faceaudit.faces.alignment.common.similarity import template
from faceaudit.faces.detections import FILE, DetectionMemory, Detections

PHOTO = b"p" * 32


def faces(count: int, seed: int = 0) -> Detections:
    rng = np.random.default_rng(seed)
    return Detections(
        rng.normal(size=(count, 4)).astype(np.float32),
        rng.normal(size=(count, 5, 2)).astype(np.float32),
        rng.random(count).astype(np.float32),
    )


def assert_same(found: Detections | None, expected: Detections) -> None:
    assert found is not None
    for name in ("boxes", "landmarks", "score"):
        one, other = getattr(found, name), getattr(expected, name)
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
        assert one.shape == other.shape


@pytest.mark.parametrize("count", [0, 1, 3])
def test_what_was_found_is_known_before_and_after_it_is_written(tmp_path, count):
    memory = DetectionMemory(tmp_path, decoding=1)
    assert memory.recall("d", PHOTO) is None
    memory.keep("d", PHOTO, faces(count))
    assert_same(memory.recall("d", PHOTO), faces(count))
    memory.close()
    again = DetectionMemory(tmp_path, decoding=1)
    assert_same(again.recall("d", PHOTO), faces(count))
    assert again.recall("other", PHOTO) is None
    assert again.recall("d", b"q" * 32) is None
    again.close()


def test_nothing_is_written_where_nothing_is_kept(tmp_path):
    memory = DetectionMemory(tmp_path, decoding=1)
    memory.recall("d", PHOTO)
    memory.close()
    assert list(tmp_path.iterdir()) == []


def test_many_are_written_before_the_end(tmp_path):
    """A process that is killed loses fewer than a batch."""
    memory, other = DetectionMemory(tmp_path, decoding=1), DetectionMemory(tmp_path, decoding=1)
    for number in range(detection_memory._AT_ONCE):
        memory.keep("d", bytes([number % 256, number // 256]), faces(1, number))
    assert_same(other.recall("d", bytes([5, 0])), faces(1, 5))
    memory.close()
    other.close()


def test_the_file_stays_within_its_limit_and_the_oldest_go(tmp_path):
    limit = 400_000
    memory = DetectionMemory(tmp_path, decoding=1, limit=limit)
    for number in range(6000):
        memory.keep("d", number.to_bytes(4), faces(1, number))
    memory.close()
    assert (tmp_path / FILE).stat().st_size < 1.3 * limit
    memory = DetectionMemory(tmp_path, decoding=1)
    known = [memory.recall("d", number.to_bytes(4)) is not None for number in range(6000)]
    memory.close()
    assert known[-1]
    assert not known[0]
    assert known == sorted(known)


def test_a_file_that_is_none_is_done_without_and_made_anew(tmp_path):
    (tmp_path / FILE).write_bytes(b"not a database" * 100)
    memory = DetectionMemory(tmp_path, decoding=1)
    assert memory.recall("d", PHOTO) is None
    memory.keep("d", PHOTO, faces(1))
    memory.close()
    memory = DetectionMemory(tmp_path, decoding=1)
    memory.keep("d", PHOTO, faces(1))
    memory.close()
    memory = DetectionMemory(tmp_path, decoding=1)
    assert_same(memory.recall("d", PHOTO), faces(1))
    memory.close()


def test_a_row_that_is_damaged_is_not_believed(tmp_path):
    memory = DetectionMemory(tmp_path, decoding=1)
    memory.keep("d", PHOTO, faces(2))
    memory.close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        stored = bytearray(connection.execute("SELECT faces FROM found").fetchone()[0])
        stored[20] ^= 1
        connection.execute("UPDATE found SET faces = ?", (bytes(stored),))
    connection.close()
    memory = DetectionMemory(tmp_path, decoding=1)
    assert memory.recall("d", PHOTO) is None
    memory.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_changes_nothing(tmp_path):
    tmp_path.chmod(0o500)
    memory = DetectionMemory(tmp_path, decoding=1)
    memory.keep("d", PHOTO, faces(1))
    memory.close()
    tmp_path.chmod(0o700)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_another_process_holds_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(detection_memory, "_WAIT", 0.05)
    memory = DetectionMemory(tmp_path, decoding=1)
    memory.keep("d", PHOTO, faces(1))
    memory.close()
    holder = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    memory = DetectionMemory(tmp_path, decoding=1)
    assert memory.recall("d", PHOTO) is None
    memory.close()
    holder.execute("ROLLBACK")
    holder.close()
    memory = DetectionMemory(tmp_path, decoding=1)
    assert memory.recall("d", PHOTO) is not None
    memory.close()


def test_many_threads_may_ask_and_tell(tmp_path):
    memory = DetectionMemory(tmp_path, decoding=1)

    def work(number: int) -> bool:
        memory.keep("d", number.to_bytes(4), faces(1, number))
        found = memory.recall("d", (number // 2).to_bytes(4))
        return found is None or len(found) == 1

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(2000)))
    memory.close()


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let a detector without a network find a face in every photo, and count its looks."""
    seen: list[int] = []

    class Stub:
        def __init__(self, weights: DetectorFile, threshold: float) -> None:
            self.threshold = threshold

        def key(self) -> object:
            return ["stub", self.threshold]

        def find(self, image: np.ndarray) -> Detections:
            seen.append(int(image[0, 0, 0]))
            points = template((112, 112)).astype(np.float32)[None]
            return Detections(
                np.array([[20, 20, 70, 80]], np.float32), points, np.ones(1, np.float32)
            )

    monkeypatch.setattr(detecting, "Detector", Stub)
    monkeypatch.setattr(detecting.DetectorFile, "read", lambda path: DetectorFile(path, b"", "0"))
    return seen


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(12):
        path = tmp_path / "photos" / f"p{number % 3}" / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (130, 120, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return tmp_path / "photos"


def test_photos_of_every_size_and_template_are_looked_at_once(photos, tmp_path, looked):
    cache = tmp_path / "cache"
    for size in ((112, 112), (160, 160), (224, 224)):
        for name in ("arcface", "facenet"):
            align = {"align": "yunet", "weights": "x.onnx", "template": name}
            loaded = faceaudit.load_faces(photos, size, align=align, cache=cache)
            assert loaded.faces.size == size
            assert loaded.faces.landmarks is not None
    assert len(looked) == 12
    faceaudit.load_faces(photos, align="yunet:x.onnx", cache=tmp_path / "elsewhere")
    assert len(looked) == 24


def test_faces_from_memory_are_those_that_were_found(photos, tmp_path, looked):
    align = {"align": "yunet", "weights": "x.onnx", "template": "vggface2"}
    faceaudit.load_faces(photos, (96, 96), align=align, cache=tmp_path / "a")
    again = faceaudit.load_faces(photos, (64, 64), align=align, cache=tmp_path / "a")
    fresh = faceaudit.load_faces(photos, (64, 64), align=align, cache=tmp_path / "b")
    assert again.faces.fingerprint == fresh.faces.fingerprint


def test_another_threshold_or_another_photo_is_looked_at(photos, tmp_path, looked):
    cache = tmp_path / "cache"
    faceaudit.load_faces(photos, align="yunet:x.onnx", cache=cache)
    stricter = {"align": "yunet", "weights": "x.onnx", "threshold": 0.7}
    faceaudit.load_faces(photos, align=stricter, cache=cache)
    assert len(looked) == 24
    (photos / "p9").mkdir()
    Image.new("RGB", (130, 130), "grey").save(photos / "p9/new.png")
    faceaudit.load_faces(photos, align="yunet:x.onnx", cache=cache)
    assert len(looked) == 25


def test_a_list_and_then_all_look_at_no_photo_twice(photos, tmp_path, looked):
    cache = tmp_path / "cache"
    faceaudit.load_faces(photos, align="yunet:x.onnx", only=["p0/00", "p1/01"], cache=cache)
    assert len(looked) == 2
    faceaudit.load_faces(photos, align="yunet:x.onnx", cache=cache)
    assert len(looked) == 12


@pytest.mark.parametrize("stored", ["text", 7, 1.5])
def test_a_row_of_another_type_is_not_believed(tmp_path, stored):
    memory = DetectionMemory(tmp_path, decoding=1)
    memory.keep("d", PHOTO, faces(2))
    memory.close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE found SET faces = ?", (stored,))
    connection.close()
    memory = DetectionMemory(tmp_path, decoding=1)
    assert memory.recall("d", PHOTO) is None
    memory.close()


def test_what_was_found_in_a_photo_that_was_decoded_otherwise_is_not_recalled(tmp_path):
    for decoding in (1, 2):
        memory = DetectionMemory(tmp_path, decoding=decoding)
        assert memory.recall("d", PHOTO) is None
        memory.keep("d", PHOTO, faces(decoding))
        memory.close()
    memory = DetectionMemory(tmp_path, decoding=1)
    assert_same(memory.recall("d", PHOTO), faces(1))
    memory.close()
