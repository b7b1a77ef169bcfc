"""One copy of an identifier of one's own, in one call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import faceaudit
from faceaudit.api.extraction import ExtractedCopy
from faceaudit.errors import InputError, OptionError
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray
from helpers.faces import blocks

NAMES = [f"person-{one}" for one in range(4)]
FACES = blocks(photos=44)
ASKED, HELD_OUT = (
    FACES.take((np.arange(len(FACES)) % 44 < 20) == asked) for asked in (True, False)
)
COARSE = np.stack([HELD_OUT.images[HELD_OUT.identity == one].mean(axis=0) for one in range(4)])
TRAINING = {"steps": 80, "batch": 16, "threads": 1, "learning_rate": 0.005}
SMALL = {"network": "deepid", "width": 0.3}


def nearest(photos: ImageArray) -> FloatArray:
    """Return how near photos are to the mean photo of each person."""
    flat = photos.reshape(len(photos), 1, -1).astype(np.float64) - COARSE.reshape(4, -1)
    return np.asarray(-np.sqrt((flat**2).mean(axis=2)), dtype=np.float32)


def labels(photos: ImageArray) -> IntArray:
    return np.asarray(nearest(photos).argmax(axis=1), dtype=np.int64)


def some_answers(photos: ImageArray) -> FloatArray:
    answers = nearest(photos)
    answers[labels(photos) == 0] = np.nan
    return answers


def copied(victim: object, tmp_path: Path, **options: object) -> ExtractedCopy:
    more = {"unanswered": True} if victim is some_answers else {}
    door = faceaudit.system_under_test(
        victim, names=NAMES, size=(55, 47), role="identifier", **more
    )
    given = {"network": SMALL, "training": TRAINING, "cache": tmp_path, **options}
    return faceaudit.extract_copy(door, ASKED, HELD_OUT, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("attack", "victim"), [("knockoff", nearest), ("copycat", labels)])
def test_a_copy_decides_as_the_system_does_beyond_its_most_frequent_answer(
    attack: str, victim: object, tmp_path: Path
) -> None:
    found = copied(victim, tmp_path, attack=attack, budget=60)
    assert found.queries == 60
    assert found.unanswered == 0
    assert found.prior.value == pytest.approx(0.25)
    assert found.agreement.value > 0.7
    assert found.over_prior.value == pytest.approx(found.agreement.value - found.prior.value)
    assert found.over_prior.value > 0.5  # of four people, whose interval is wide
    said = found.copy.logits(HELD_OUT.images).argmax(axis=1)
    assert np.mean(said == labels(HELD_OUT.images)) == pytest.approx(found.agreement.value)


def some_labels(photos: ImageArray) -> IntArray:
    found = labels(photos)
    return np.where(found == 0, -1, found)


@pytest.mark.parametrize(
    ("attack", "victim"),
    [
        ("knockoff", some_answers),
        ({"attack": "knockoff", "policy": "adaptive"}, some_answers),
        ("copycat", some_labels),
    ],
    ids=["knockoff", "adaptive", "copycat"],
)
def test_what_is_not_answered_is_counted_and_not_learned_from(
    attack: object, victim: object, tmp_path: Path
) -> None:
    found = copied(victim, tmp_path, attack=attack, budget=60)
    assert found.queries == 60
    assert 5 <= found.unanswered <= 25
    assert found.copy.logits(HELD_OUT.images).argmax(axis=1).min() > 0


def test_no_answer_is_not_the_most_frequent_answer(tmp_path: Path) -> None:
    def seldom(photos: ImageArray) -> IntArray:
        found = labels(photos)
        return np.where(found < 3, -1, found)

    found = copied(seldom, tmp_path, attack="copycat", budget=60, training={"steps": 1})
    assert found.prior.value == pytest.approx(0.25)  # and not the 0.75 that get none

    def never(photos: ImageArray) -> IntArray:
        return np.full(len(photos), -1)

    with pytest.raises(InputError, match="96 held-out photos, got none"):
        copied(never, tmp_path, attack="copycat")


def test_photos_that_are_asked_about_are_not_judged_on(tmp_path: Path) -> None:
    door = faceaudit.system_under_test(labels, names=NAMES, size=(55, 47), role="identifier")
    both = FACES.take(np.arange(len(FACES)) % 44 < 21)
    with pytest.raises(InputError, match="got 84, 80 of them in both lists"):
        faceaudit.extract_copy(door, ASKED, both, attack="copycat", cache=tmp_path)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"attack": "student"}, OptionError, "attack on identifiers"),
        ({"budget": 81}, InputError, "at least 81 photos"),
        ({"network": {"network": "iresnet18", "width": 0.1}}, InputError, "system's size"),
        ({"network": {"network": "onnx", "path": "/a.onnx"}}, OptionError, "can learn"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said(
    options: dict[str, object], error: type[Exception], said: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=said):
        copied(nearest, tmp_path, **options)


def test_scores_are_needed_for_an_attack_by_scores(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gives scores"):
        copied(labels, tmp_path, attack="knockoff")


def test_of_verifiers_the_call_says_what_to_do(tmp_path: Path) -> None:
    def alike(first: ImageArray, second: ImageArray) -> FloatArray:
        return np.zeros(len(first), dtype=np.float32)

    door = faceaudit.system_under_test(alike, size=(55, 47), role="verifier")
    with pytest.raises(InputError, match="section extraction"):
        faceaudit.extract_copy(door, ASKED, HELD_OUT, cache=tmp_path)


def test_faces_stay_as_they_are() -> None:
    fresh: FaceSet = blocks(photos=44)
    np.testing.assert_array_equal(FACES.images, fresh.images)
