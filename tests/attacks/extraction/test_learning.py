"""A copy learns what it was told: scores, templates or cosines; the same seed gives the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from faceaudit.attacks.extraction.common import learning
from faceaudit.attacks.extraction.common.learning import (
    CopyTraining,
    Lesson,
    _endless,
    learn_copy,
    untrained_copy,
)
from faceaudit.errors import CaseError, InputError
from faceaudit.networks import networks
from faceaudit.systems.identifiers.identifier import Identifier
from faceaudit.training.classifier import Classifier
from faceaudit.types import FaceSet, FloatArray
from helpers.faces import blocks

NETWORK = networks.build({"network": "deepid", "width": 0.3})
QUICK = CopyTraining(steps=80, batch=16, threads=1)
FACES: FaceSet = blocks(photos=20)
ROWS = np.arange(len(FACES))
LABELS = np.eye(4, dtype=np.float32)[FACES.identity]


def copy(lesson: Lesson, seed: int = 0, options: CopyTraining = QUICK) -> Identifier:
    state, _ = learn_copy(NETWORK, lesson, options, seed=seed)
    return Identifier(NETWORK, tuple(map(str, range(lesson.width))), state)


def test_a_copy_of_scores_decides_as_they_say_and_not_as_names_do() -> None:
    moved = (FACES.identity + 1) % 4
    lesson = Lesson(FACES.images, ROWS, np.eye(4, dtype=np.float32)[moved], "scores", 4)
    tested = blocks(photos=24)
    said = copy(lesson).logits(tested.images).argmax(axis=1)
    assert np.mean(said == (tested.identity + 1) % 4) > 0.9


def test_answers_in_another_order_teach_nothing() -> None:
    shuffled = np.random.default_rng(1).permutation(LABELS)
    lesson = Lesson(FACES.images, ROWS, shuffled, "scores", 4)
    tested = blocks(photos=24)
    said = copy(lesson).logits(tested.images).argmax(axis=1)
    assert np.mean(said == tested.identity) < 0.6


def test_scores_of_one_half_are_learned_as_such() -> None:
    halves = np.tile(np.array([0.5, 0.5, 0, 0], dtype=np.float32), (len(FACES), 1))
    logits = copy(Lesson(FACES.images, ROWS, halves, "scores", 4)).logits(FACES.images)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares.mean(axis=0), [0.5, 0.5, 0, 0], atol=0.05)


def cosine(first: FloatArray, second: FloatArray) -> FloatArray:
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.asarray((first * second).sum(axis=1) / norms)


def test_a_student_of_templates_gives_templates_like_those_it_saw() -> None:
    directions = np.random.default_rng(2).standard_normal((4, 8)).astype(np.float32)
    templates = directions[FACES.identity]
    lesson = Lesson(FACES.images, ROWS, templates, "templates", 8)
    tested = blocks(photos=24)
    found = copy(lesson).logits(tested.images)
    assert found.shape == (len(tested), 8)
    assert cosine(found, directions[tested.identity]).mean() > 0.9


def test_a_student_of_cosines_finds_pairs_as_much_alike_as_it_was_told() -> None:
    rng = np.random.default_rng(3)
    pairs = rng.integers(0, len(FACES), (200, 2))
    same = FACES.identity[pairs[:, 0]] == FACES.identity[pairs[:, 1]]
    told = np.where(same, 0.9, -0.2).astype(np.float32)[:, None]
    student = copy(Lesson(FACES.images, pairs, told, "cosines", 8))
    found = student.logits(FACES.images)
    alike = cosine(found[pairs[:, 0]], found[pairs[:, 1]])
    assert abs(alike[same].mean() - 0.9) < 0.15
    assert abs(alike[~same].mean() + 0.2) < 0.15


def test_the_same_seed_gives_the_same_bits_and_another_one_others() -> None:
    lesson = Lesson(FACES.images, ROWS, LABELS, "scores", 4)
    few = CopyTraining(steps=3, batch=8, threads=1)
    before = torch.random.get_rng_state()
    one, again, other = (
        learn_copy(NETWORK, lesson, few, seed=seed)[0]["head.weight"] for seed in (0, 0, 1)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_copy_starts_from_the_weights_that_the_null_keeps() -> None:
    untrained = untrained_copy(NETWORK, 4, 5)
    lesson = Lesson(FACES.images, ROWS, LABELS, "scores", 4)
    slow = CopyTraining(steps=1, batch=2, learning_rate=1e-12, threads=1)
    state, curve = learn_copy(NETWORK, lesson, slow, seed=5)
    torch.testing.assert_close(state["head.weight"], untrained["head.weight"])
    assert len(curve) == 1
    assert set(curve[0]) == {"epoch", "train_loss"}


def test_every_answer_is_shown_as_often_as_another() -> None:
    order = _endless(10, 25, np.random.default_rng(0))
    assert sorted(order[:10].tolist()) == sorted(order[10:20].tolist()) == list(range(10))
    assert len(order) == 25


def test_a_training_that_diverges_is_named() -> None:
    lesson = Lesson(FACES.images, ROWS, np.full_like(LABELS, np.inf), "scores", 4)
    with pytest.raises(CaseError, match="smaller learning_rate"):
        learn_copy(NETWORK, lesson, CopyTraining(steps=2, threads=1), seed=0)


@pytest.mark.parametrize(
    ("dead", "rates"), [(0, [0.09]), (1, [0.09, 0.03]), (9, [0.09, 0.03, 0.01])]
)
def test_a_copy_whose_units_died_is_trained_again_at_a_third_of_the_step(
    monkeypatch: pytest.MonkeyPatch, dead: int, rates: list[float]
) -> None:
    train, tried = learning._train, []

    def watched(*given: Any, **options: Any) -> Any:
        tried.append(given[3])
        return train(*given, **options)

    monkeypatch.setattr(learning, "_train", watched)
    monkeypatch.setattr(learning, "_is_dead", lambda *_: len(tried) <= dead)
    lesson = Lesson(FACES.images, ROWS, LABELS, "scores", 4)
    learn_copy(NETWORK, lesson, CopyTraining(steps=1, learning_rate=0.09, threads=1), seed=0)
    assert tried == pytest.approx(rates)


def test_units_that_answer_nothing_are_seen() -> None:
    lesson = Lesson(FACES.images, ROWS, LABELS, "scores", 4)
    model = Classifier(NETWORK.build(), 4)
    assert not learning._is_dead(model, lesson, torch.device("cpu"))
    with torch.no_grad():
        for name, tensor in model.network.named_parameters():
            tensor.fill_(-1e6 if name.endswith("bias") else 0)
    assert learning._is_dead(model, lesson, torch.device("cpu"))


def test_answers_fit_what_they_are_about() -> None:
    with pytest.raises(InputError, match=r"pairs \(Q, 2\)"):
        Lesson(FACES.images, ROWS, LABELS, "cosines", 8)
    with pytest.raises(InputError, match=r"photos \(Q,\)"):
        Lesson(FACES.images, ROWS, LABELS[:3], "scores", 4)
