"""Answers that are labels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.mitigations.membership import membership_mitigations
from mitigations.membership.planted import planted_task


@given(st.lists(st.floats(-40, 40, width=32), min_size=1, max_size=30))
def test_says_the_decision_and_nothing_else(logits: list[float]) -> None:
    planted = np.array([logits, logits[::-1]])
    task = planted_task(planted, planted[0] > 0, np.array([[0], [0]]), np.array([0]))
    guarded, plain = (
        membership_mitigations.build("hard_labels"),
        membership_mitigations.build("none"),
    )
    bank = guarded.train(task)
    verifiers = guarded.verifiers(task, bank)
    sides = task.pairs.sides(verifiers.user_backbones)
    answers = verifiers.answers(*sides)
    assert answers.dtype == np.float32
    assert set(answers.ravel().tolist()) <= {0.0, 1.0}
    before = plain.verifiers(task, bank).answers(*sides)
    np.testing.assert_array_equal(answers >= 0.5, before >= 0.5)


def test_one_verifier_of_several_answers_as_among_them() -> None:
    logits = np.random.default_rng(0).normal(size=(3, 50))
    task = planted_task(logits, logits[0] > 0, np.zeros((3, 1), dtype=np.int64), np.array([0]))
    mitigation = membership_mitigations.build("hard_labels")
    verifiers = mitigation.verifiers(task, mitigation.train(task))
    sides = task.pairs.sides(verifiers.user_backbones)
    np.testing.assert_array_equal(verifiers.only(2).answers(*sides)[0], logits[2] >= 0)
