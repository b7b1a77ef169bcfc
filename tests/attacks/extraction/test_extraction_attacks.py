"""What every extraction promises: its budget kept, each photo once, the same seed the same ones."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.attacks.extraction import (
    Answers,
    ExtractionAttack,
    Photos,
    VictimOracle,
    extraction_attacks,
)
from faceaudit.attacks.extraction.base import decided
from faceaudit.attacks.extraction.knockoff import Knockoff, rewards
from faceaudit.errors import InputError
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray, IntArray

PEOPLE, EACH = 6, 20
PHOTOS = Photos(np.repeat(np.arange(PEOPLE), EACH))
SCORES = np.random.default_rng(0).dirichlet(np.ones(4), len(PHOTOS)).astype(np.float32)
ALL = [
    *(extraction_attacks.build(name) for name in extraction_attacks.names()),
    Knockoff(policy="adaptive", at_once=7),
]


def asked(attack: ExtractionAttack, budget: int, seed: int = 0) -> tuple[VictimOracle, Answers]:
    oracle = VictimOracle(lambda rows: SCORES[rows], attack.access, budget)
    return oracle, attack.steal(oracle, PHOTOS, np.random.default_rng(seed))


@pytest.mark.parametrize("attack", ALL, ids=str)
@pytest.mark.parametrize("budget", [2, 33, PEOPLE * EACH])
def test_asks_as_often_as_the_budget_says_and_about_no_photo_twice(
    attack: ExtractionAttack, budget: int
) -> None:
    oracle, told = asked(attack, budget)
    assert oracle.queries == budget
    assert oracle.left == 0
    assert len(set(told.rows.tolist())) == len(told.rows) == budget
    wanted = decided(SCORES) if attack.access == Access.LABELS else SCORES
    np.testing.assert_array_equal(told.answers, wanted[told.rows])


@pytest.mark.parametrize("attack", ALL, ids=str)
def test_the_same_seed_asks_about_the_same_photos(attack: ExtractionAttack) -> None:
    same = [asked(attack, 40, seed)[1].rows.tolist() for seed in (1, 1, 2)]
    assert same[0] == same[1] != same[2]


@pytest.mark.parametrize("attack", [one for one in ALL if one.name != "knockoff"], ids=str)
def test_a_smaller_budget_asks_about_the_first_photos_of_a_larger_one(
    attack: ExtractionAttack,
) -> None:
    few, many = (asked(attack, budget)[1].rows for budget in (20, 60))
    np.testing.assert_array_equal(few, many[:20])


def test_an_oracle_refuses_more_than_its_budget_and_counts_photos_again() -> None:
    oracle = VictimOracle(lambda rows: SCORES[rows], Access.SCORES, 5)
    oracle.ask(np.array([0, 0, 1]))
    assert oracle.queries == 3
    with pytest.raises(InputError, match="at most 2 more queries of 5, got 3"):
        oracle.ask(np.array([2, 3, 4]))
    assert oracle.queries == 3


def test_of_labels_only_the_decision_comes_back() -> None:
    pairs = np.array([[0.4999], [0.5], [0.9]], dtype=np.float32)
    assert decided(pairs).ravel().tolist() == [0, 1, 1]
    assert decided(SCORES).sum(axis=1).tolist() == [1.0] * len(SCORES)
    assert decided(SCORES).argmax(axis=1).tolist() == SCORES.argmax(axis=1).tolist()


def test_rewards_are_certainty_and_variety_by_hand() -> None:
    answers = np.array([[0.9, 0.1, 0.0], [0.4, 0.3, 0.3], [0.0, 0.1, 0.9]], dtype=np.float32)
    # margins 0.8, 0.1, 0.8 scale to 1, 0, 1; means are 13/30, 1/6, 0.4:
    # above them 0.9 - 13/30, 0.3 - 1/6 and 0.9 - 0.4.
    above = np.array([0.9 - 13 / 30, 0.3 - 1 / 6, 0.5])
    variety = (above - above.min()) / np.ptp(above)
    np.testing.assert_allclose(
        rewards(answers, answers), (np.array([1, 0, 1]) + variety) / 2, atol=1e-6
    )
    same = np.full((3, 2), 0.5, dtype=np.float32)
    assert rewards(same, same).tolist() == [0, 0, 0]


def test_the_adaptive_policy_prefers_people_whose_photos_are_answered_with_certainty() -> None:
    person = np.repeat(np.arange(10), 200)
    told = np.eye(10, dtype=np.float32)[np.arange(2000) % 10]
    told[person >= 3] = 0.1  # of seven people of ten nothing is to be had

    def answer(rows: IntArray) -> FloatArray:
        return np.asarray(told[rows])

    shares = []
    for seed in range(10):
        oracle = VictimOracle(answer, Access.SCORES, 300)
        rng = np.random.default_rng(seed)
        found = Knockoff(policy="adaptive").steal(oracle, Photos(person), rng)
        shares.append(np.mean(person[found.rows] < 3))
    assert np.mean(shares) > 0.4  # 0.3 at random


def test_answers_come_with_their_questions() -> None:
    with pytest.raises(InputError, match="as many answers as questions"):
        Answers(np.arange(3), SCORES[:2])
    with pytest.raises(InputError, match="one at least"):
        Answers(np.arange(0), SCORES[:0])
