"""Rounded answers."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.errors import OptionError
from faceaudit.mitigations.membership import membership_mitigations
from faceaudit.mitigations.membership.rounding import rounded
from mitigations.membership.planted import planted_task

ANSWERS = st.lists(
    st.floats(0, 1, width=32) | st.floats(0.4375, 0.5625, width=32), min_size=1, max_size=30
)


@given(ANSWERS, st.integers(0, 6))
def test_no_decision_changes(answers: list[float], digits: int) -> None:
    plain = np.array(answers, dtype=np.float32)
    assert ((rounded(plain, digits) >= 0.5) == (plain >= 0.5)).all()


@given(ANSWERS, st.integers(0, 3))
def test_is_the_nearest_decimal_with_the_same_decision(answers: list[float], digits: int) -> None:
    decimals = [Decimal(k).scaleb(-digits) for k in range(10**digits + 1)]
    for plain, said in zip(answers, rounded(np.array(answers, np.float32), digits), strict=True):
        allowed = [d for d in decimals if (d >= Decimal("0.5")) == (plain >= 0.5)]
        best = min(abs(d - Decimal(plain)) for d in allowed)
        nearest = [d for d in allowed if abs(d - Decimal(plain)) <= best + Decimal("1e-15")]
        assert float(said) in {float(np.float32(float(d))) for d in nearest}


@given(ANSWERS, st.integers(0, 6))
def test_rounding_twice_changes_nothing_more(answers: list[float], digits: int) -> None:
    once = rounded(np.array(answers, dtype=np.float32), digits)
    np.testing.assert_array_equal(rounded(once, digits), once)


def test_an_answer_just_below_the_threshold_does_not_reach_it() -> None:
    below = np.nextafter(np.float32(0.5), np.float32(0))
    at = np.array([0.46, below, 0.5], dtype=np.float32)
    assert rounded(at, 1).tolist() == [np.float32(0.4), np.float32(0.4), 0.5]
    assert rounded(at, 0).tolist() == [0, 0, 1]


@pytest.mark.parametrize(("digits", "values"), [(0, 2), (1, 11), (2, 101)])
def test_verifiers_answer_with_few_values(digits: int, values: int) -> None:
    logits = np.linspace(-9, 9, 5000)[None].repeat(2, axis=0)
    task = planted_task(logits, logits[0] > 0, np.array([[0], [1]]), np.array([2]))
    mitigation = membership_mitigations.build({"mitigation": "rounding", "digits": digits})
    verifiers = mitigation.verifiers(task, mitigation.train(task))
    answers = verifiers.answers(*task.pairs.sides(verifiers.user_backbones))
    assert answers.shape == (2, 5000)
    assert answers.dtype == np.float32
    assert len(np.unique(answers)) == values


@pytest.mark.parametrize("digits", [-1, 7])
def test_digits_out_of_range_are_refused(digits: int) -> None:
    with pytest.raises(OptionError, match="digits"):
        membership_mitigations.build({"mitigation": "rounding", "digits": digits})
