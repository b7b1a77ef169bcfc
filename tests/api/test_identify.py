"""Whom an identifier takes people on photos for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import faceaudit
from faceaudit.errors import InputError
from faceaudit.types import FaceSet, FloatArray, ImageArray

NAMES = ("Ann", "Bob", "Cay")
PHOTOS: ImageArray = np.random.default_rng(1).integers(0, 256, (4, 6, 5, 3), dtype=np.uint8)


def faces(photos: ImageArray) -> FaceSet:
    rows = np.zeros(len(photos), dtype=np.int64)
    return FaceSet(photos, rows, ("x",), tuple(map(str, range(len(photos)))), rows)


def softmax(logits: FloatArray) -> FloatArray:
    """By plain arithmetic."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: FloatArray = raised / raised.sum(axis=1, keepdims=True)
    return shares


def test_a_trained_system_says_what_its_scores_say_and_keeps_nothing(tmp_path: Path) -> None:
    plan = {
        "backdoor": {
            "faces": {"source": "synthetic", "people": 3, "photos": 6, "sessions": 2},
            "split": {"train": 3, "validation": 1, "test": 2},
            "systems": [{"network": "deepid", "training": {"epochs": 1, "threads": 1}}],
            "seeds": [0],
        }
    }
    faceaudit.run(plan, store=tmp_path / "store", report=False)
    (folder,) = (tmp_path / "store" / "systems").iterdir()
    cache = tmp_path / "cache"
    opened = faceaudit.system_under_test(f"file:{folder}").open(cache=cache)
    photos = np.random.default_rng(2).integers(0, 256, (5, 55, 47, 3), dtype=np.uint8)
    before = [path for path in cache.rglob("*") if path.is_file()]
    said = faceaudit.identify(photos, opened, most=2)
    assert [path for path in cache.rglob("*") if path.is_file()] == before
    shares = softmax(opened.scores(faces(photos)))
    for answer, row in zip(said, shares, strict=True):
        order = np.argsort(-row)[:2]
        assert answer.names == tuple(opened.names[place] for place in order)
        assert answer.shares == pytest.approx(row[order], abs=1e-5)


def test_probabilities_stay_as_they_are_and_an_answer_may_be_missing() -> None:
    given = np.array([[0.2, 0.7, 0.1], [np.nan] * 3, [1, 0, 0], [0.3, 0.3, 0.4]], np.float32)
    photos = np.stack([np.full((6, 5, 3), row, dtype=np.uint8) for row in range(4)])
    # The photos that a door is tried with are of any brightness.
    door = faceaudit.system_under_test(
        lambda asked: given[asked[:, 0, 0, 0] % 4], names=NAMES, size=(6, 5), unanswered=True
    )
    said = faceaudit.identify(photos, door)
    assert said[0].names == ("Bob", "Ann", "Cay")
    assert said[0].shares == pytest.approx((0.7, 0.2, 0.1))
    assert said[1].names == said[1].shares == ()
    assert said[3].names == ("Cay", "Ann", "Bob")


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    scores = faceaudit.system_under_test(
        lambda photos: np.full((len(photos), 3), 1 / 3, np.float32), names=NAMES, size=(6, 5)
    ).open(cache=tmp_path)
    with pytest.raises(InputError, match="photos of 6 x 5 pixels"):
        faceaudit.identify(PHOTOS[:, :5], scores)
    with pytest.raises(InputError, match="photos"):
        faceaudit.identify(PHOTOS[0], scores)
    with pytest.raises(InputError, match="number of names"):
        faceaudit.identify(PHOTOS, scores, most=0)
    labels = faceaudit.system_under_test(
        lambda photos: np.zeros(len(photos), dtype=int), names=NAMES, size=(6, 5)
    )
    with pytest.raises(InputError, match="scores"):
        faceaudit.identify(PHOTOS, labels)
    embedder = faceaudit.system_under_test(
        lambda photos: photos.mean(axis=(1, 2)).astype(np.float32), role="embedder", size=(6, 5)
    )
    with pytest.raises(InputError, match="an embedder"):
        faceaudit.identify(PHOTOS, embedder)
