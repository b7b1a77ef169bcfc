"""Figures of a copy, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.extraction.figures import Decided, evidence, figures, of_what_is_left
from faceaudit.audit.extraction.victims import HeldOut, Victim
from faceaudit.records.extraction import (
    AGREEMENT,
    COPIED,
    COPY_RIGHT,
    NULL,
    OVER_PRIOR,
    OVER_TRUTH,
    PRIOR,
    TRUTH,
    VICTIM_RIGHT,
)
from faceaudit.types import Estimate, Figure


class Stub:
    """What figures ask of a victim."""

    role = "identifier"
    why_no_truth = "nobody knows"

    def __init__(self, people: np.ndarray, truth: list[int]) -> None:  # type: ignore[type-arg]
        ids = tuple(f"photo-{row}" for row in range(len(truth)))
        self.held_out = HeldOut(ids, people, np.array(truth))


def found(decided: Decided, victim: Stub) -> dict[str, Figure]:
    return {one.metric: one for one in figures(victim, decided)}  # type: ignore[arg-type]


def value(figure: Figure) -> float:
    assert figure.estimate is not None
    return figure.estimate.value


TRUE = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
PEOPLE = np.array(TRUE)
VICTIM = np.array([0, 0, 1, 1, 2, 0, 3, 0, 4, 4])  # its most frequent answer is 0, four times
COPY = np.array([0, 0, 1, 2, 2, 0, 3, 3, 4, 1])  # agrees on 7
OTHER = np.array([0, 0, 1, 1, 2, 2, 3, 3, 0, 0])  # agrees on 6
NOTHING = np.zeros(10, dtype=np.int64)
SCORE = np.linspace(0, 1, 10, dtype=np.float32)


def test_agreement_and_its_baselines_by_hand() -> None:
    one = found(Decided(VICTIM, COPY, SCORE, NOTHING, OTHER), Stub(PEOPLE, TRUE))
    assert value(one[AGREEMENT]) == pytest.approx(0.7)
    assert value(one[PRIOR]) == value(one[NULL]) == pytest.approx(0.4)
    assert value(one[OVER_PRIOR]) == pytest.approx(0.3)
    assert value(one[COPIED]) == pytest.approx(0.5)  # 0.3 of 0.6
    assert value(one[TRUTH]) == pytest.approx(0.6)
    assert value(one[OVER_TRUTH]) == pytest.approx(0.1)
    assert value(one[COPY_RIGHT]) == pytest.approx(0.7)
    assert value(one[VICTIM_RIGHT]) == pytest.approx(0.8)
    for figure in one.values():
        assert figure.estimate is not None
        assert figure.estimate.n == 10


def test_what_has_no_true_labels_says_why_and_is_not_zero() -> None:
    one = found(Decided(VICTIM, COPY, SCORE, NOTHING, None), Stub(PEOPLE, TRUE))
    for metric in (TRUTH, OVER_TRUTH):
        assert one[metric].estimate is None
        assert one[metric].why_none == "nobody knows"


def test_a_victim_that_says_the_same_of_all_cannot_be_copied_beyond_that() -> None:
    same = np.zeros(10, dtype=np.int64)
    one = found(Decided(same, same, SCORE, NOTHING, None), Stub(PEOPLE, TRUE))
    assert value(one[AGREEMENT]) == value(one[PRIOR]) == 1
    assert one[COPIED].estimate is None
    assert "the same of everything" in one[COPIED].why_none


def test_a_copy_below_the_prior_has_copied_less_than_nothing() -> None:
    above = Estimate(-0.2, -0.3, -0.1, 50, "paired 95 %")
    copied = of_what_is_left(above, 0.6).estimate
    assert copied is not None
    assert (copied.low, copied.value, copied.high) == pytest.approx((-0.75, -0.5, -0.25))
    most = of_what_is_left(Estimate(0.4, 0.3, 0.5, 50, "paired 95 %"), 0.6).estimate
    assert most is not None
    assert most.high == 1


def test_photos_of_one_person_are_one_cluster() -> None:
    """A person on whom copy and victim always agree says less than as many people."""
    truth = [0] * 20 + [1] * 20
    agreeing = np.array([0] * 20 + [5] * 20)
    victim = np.array(truth)
    alike = Stub(np.array(truth), truth)
    apart = Stub(np.arange(40), truth)
    widths = []
    for stub in (alike, apart):
        figure = found(Decided(victim, agreeing, np.zeros(40, np.float32), victim, None), stub)
        estimate = figure[AGREEMENT].estimate
        assert estimate is not None
        widths.append(estimate.high - estimate.low)
    assert widths[0] > 1.5 * widths[1]


def test_pairs_are_counted_with_the_people_they_share() -> None:
    people = np.array([[0, 0], [0, 1], [1, 1], [1, 2], [2, 2], [0, 2]])
    truth = [1, 0, 1, 0, 1, 0]
    stub = Stub(people, truth)
    victim, copy = np.array(truth), np.array([1, 0, 0, 0, 1, 1])
    one = found(Decided(victim, copy, np.zeros(6, np.float32), victim, None), stub)
    assert one[AGREEMENT].estimate is not None
    assert "people as clusters" in one[AGREEMENT].estimate.method
    assert value(one[PRIOR]) == 0.5


def test_evidence_has_a_row_a_photo_with_everybodys_decision() -> None:
    stub: Victim = Stub(PEOPLE, TRUE)  # type: ignore[assignment]
    rows = evidence(stub, Decided(VICTIM, COPY, SCORE, NOTHING, OTHER))
    assert len(rows) == 10
    assert set(rows.columns) == {"truth", "victim", "copy", "score", "null", "true_labels"}
    np.testing.assert_array_equal(rows.columns["copy"], COPY)
    without = evidence(stub, Decided(VICTIM, COPY, SCORE, NOTHING, None))
    assert "true_labels" not in without.columns
