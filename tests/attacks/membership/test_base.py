"""What the family of membership attacks does for its members."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaudit.attacks.membership.base import (
    Learned,
    LearningMembershipAttack,
    Observation,
    correct_logits,
    deal_groups,
)
from faceaudit.attacks.membership.loss import LossThreshold
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array, FloatArray

LEARNED: list[tuple[set[int], BoolArray]] = []
SCORED: list[set[int]] = []


class Memorising(LearningMembershipAttack):
    """Notes which records it learned from and scores; knows those it learned from by heart."""

    name: ClassVar[str] = "memorising"
    paper: ClassVar[str] = "none"

    def learn(self, seen: Observation, member: BoolArray, rng: np.random.Generator) -> Learned:
        heart = dict(zip(names_of(seen), member, strict=True))
        LEARNED.append((set(names_of(seen)), member))

        def score(others: Observation) -> Float64Array:
            SCORED.append(set(names_of(others)))
            return np.array([float(heart.get(name, 0.5)) for name in names_of(others)])

        return score


def names_of(seen: Observation) -> list[int]:
    """Return the number of each record, which `made` hides in its answers."""
    return np.round(seen.answers[:, 0] * 1000).astype(int).tolist()


def made(groups: int = 12, each: int = 5, seed: int = 0) -> tuple[Observation, BoolArray]:
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.repeat(np.arange(groups) * 7, each))
    answers = (np.arange(len(group)) / 1000).astype("f4")[:, None]
    member = np.isin(group, rng.permutation(groups)[: groups // 2] * 7)
    return Observation(rng.random(len(group)) < 0.5, answers, group), member


@pytest.fixture(autouse=True)
def forget() -> None:
    LEARNED.clear()
    SCORED.clear()


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_no_record_is_scored_by_what_learned_from_it_or_from_its_people(folds: int) -> None:
    seen, member = made()
    scores = Memorising(folds=folds).infer(seen, member, np.random.default_rng(1))
    np.testing.assert_array_equal(scores, np.full(len(seen), 0.5))
    assert len(LEARNED) == len(SCORED) == folds
    everything = set(range(len(seen)))
    for (learned, _), scored in zip(LEARNED, SCORED, strict=True):
        assert learned | scored == everything
        assert not learned & scored
        assert not set(seen.group[list(learned)]) & set(seen.group[list(scored)])
    assert sorted(name for scored in SCORED for name in scored) == sorted(everything)


def test_it_learns_the_truth_of_the_records_it_gets() -> None:
    seen, member = made()
    Memorising().infer(seen, member, np.random.default_rng(1))
    for learned, told in LEARNED:
        assert told.sum() == member[sorted(learned)].sum()


def test_a_score_does_not_depend_on_its_own_entry() -> None:
    """Turn the entries of one group over: only others' scores may change."""

    class Mean(Memorising):
        def learn(self, seen: Observation, member: BoolArray, rng: np.random.Generator) -> Learned:
            return lambda others: np.full(len(others), member.mean())

    seen, member = made(groups=40)
    rng = np.random.default_rng(2)
    fold = deal_groups(seen.group, member, 5, np.random.default_rng(3))
    before = Mean().infer(seen, member, np.random.default_rng(3))
    for number in range(5):
        np.testing.assert_allclose(before[fold == number], member[fold != number].mean())
    assert rng is not None


def test_in_sample_is_worth_nothing_and_shows_it() -> None:
    seen, member = made()
    scores = Memorising(in_sample=True).infer(seen, member, np.random.default_rng(1))
    np.testing.assert_array_equal(scores, member)


def test_same_random_state_same_folds() -> None:
    seen, member = made()
    one, same, other = (
        deal_groups(seen.group, member, 4, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@settings(deadline=None)
@given(st.integers(2, 6), st.integers(0, 30), st.integers(0, 30), st.integers(0, 99))
def test_groups_are_dealt_whole_and_evenly(
    folds: int, members: int, others: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    names = rng.permutation(members + others)
    group = np.repeat(names, rng.integers(1, 5, len(names)))
    member = group < members
    if members < 2 or others < 2 or members + others < folds:
        with pytest.raises(InputError, match="try fewer folds or more, smaller groups"):
            deal_groups(group, member, folds, rng)
        return
    fold = deal_groups(group, member, folds, rng)
    assert set(fold) == set(range(folds))
    for kind in (member, ~member):
        held = [len(np.unique(group[kind & (fold == number)])) for number in range(folds)]
        assert max(held) - min(held) <= 1
    assert sum(len(np.unique(group[fold == number])) for number in range(folds)) == len(names)


def test_groups_that_hold_both_kinds_are_dealt_whole() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(10), 6)
    fold = deal_groups(group, rng.random(60) < 0.5, 5, rng)
    assert all(len(set(fold[group == one])) == 1 for one in range(10))
    assert np.bincount(fold).tolist() == [12] * 5


def test_what_is_taken_of_seen_is_taken_of_all_of_it() -> None:
    rng = np.random.default_rng(0)
    whole = Observation(
        rng.random(6) < 0.5,
        rng.random((6, 2)).astype("f4"),
        np.arange(6),
        shadows=rng.random((3, 6, 2)).astype("f4"),
        in_mask=rng.random((3, 6)) < 0.5,
        first=rng.random((6, 1, 4)).astype("f4"),
        second=rng.random((6, 1, 4)).astype("f4"),
    )
    rows = np.array([4, 0])
    some = whole.take(rows)
    assert len(some) == 2
    for name in ("same", "answers", "group", "first", "second"):
        np.testing.assert_array_equal(getattr(some, name), getattr(whole, name)[rows])
    for name in ("shadows", "in_mask"):
        np.testing.assert_array_equal(getattr(some, name), getattr(whole, name)[:, rows])
    bare = Observation(whole.same, whole.answers, whole.group).take(rows)
    assert bare.shadows is bare.in_mask is bare.first is bare.second is bare.oracle is None


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=1, max_size=9))
def test_margins_are_the_log_odds_of_the_right_answer(rows: list[tuple[float, bool]]) -> None:
    answers, same = (np.array(column) for column in zip(*rows, strict=True))
    for each, right, answer in zip(margins(answers, same), same, answers, strict=True):
        chance = min(max(float(answer if right else 1 - answer), 1e-6), 1 - 1e-6)
        assert each == pytest.approx(np.log(chance / (1 - chance)), abs=1e-5)


def margins(answers: FloatArray, same: BoolArray) -> npt.NDArray[np.float64]:
    return correct_logits(answers.astype("f4")[:, None], same)[:, 0]


def test_the_loss_attack_ranks_by_loss() -> None:
    rng = np.random.default_rng(0)
    same, answers = rng.random(50) < 0.5, rng.random((50, 1)).astype("f4")
    seen = Observation(same, answers, np.arange(50))
    loss = -np.where(same, np.log(answers[:, 0]), np.log1p(-answers[:, 0]))
    scores = LossThreshold().infer(seen, np.zeros(50, dtype=bool), rng)
    np.testing.assert_array_equal(np.argsort(-scores), np.argsort(loss))
    twice = Observation(same, np.hstack([answers, 1 - answers]), np.arange(50))
    np.testing.assert_allclose(LossThreshold().score(twice, rng), 0, atol=1e-6)
