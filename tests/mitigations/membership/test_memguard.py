"""Guarded answers: what an attack trained on them still learns, and what they cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import KBinsDiscretizer

from faceaudit.errors import InputError
from faceaudit.mitigations.membership import membership_mitigations
from faceaudit.mitigations.membership.base import MembershipMitigation, Task
from faceaudit.mitigations.membership.memguard import Posterior, Table
from faceaudit.systems.predictors import predictors
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.types import FloatArray
from mitigations.membership.planted import planted_task

MODELS, PAIRS, VALIDATION = 3, 6000, 1500


@pytest.fixture(scope="module")
def task() -> Task:
    """Three verifiers, surer about the half of the pairs that each learned from; no more right."""
    rng = np.random.default_rng(5)
    same = rng.random(PAIRS) < 0.5
    decided = np.where(same ^ (rng.random(PAIRS) < 0.1), 1, -1)
    rows = np.stack(
        [
            np.sort(VALIDATION + rng.permutation(PAIRS - VALIDATION)[: (PAIRS - VALIDATION) // 2])
            for _ in range(MODELS)
        ]
    )
    sure = rng.gamma(2.0, 1.5, size=(MODELS, PAIRS))
    np.put_along_axis(sure, rows, 2 * np.take_along_axis(sure, rows, axis=1) + 0.5, axis=1)
    return planted_task(decided * sure, same, rows, np.arange(VALIDATION))


def built(**options: float) -> MembershipMitigation:
    return membership_mitigations.build({"mitigation": "memguard", **options})


def answers_of(mitigation: MembershipMitigation, task: Task) -> FloatArray:
    verifiers = mitigation.verifiers(task, mitigation.train(task))
    return verifiers.answers(*task.pairs.sides(verifiers.user_backbones))


def attack(
    answers: FloatArray, same: npt.NDArray[np.bool_], member: npt.NDArray[np.bool_]
) -> float:
    """Return the AUC of boosted trees on the half of the pairs that they did not learn from."""
    clipped = np.clip(answers.astype(np.float64), 1e-6, 1 - 1e-6)
    features = np.column_stack((np.log(clipped / (1 - clipped)), same))
    learned = np.arange(len(member)) % 2 == 0
    trees = HistGradientBoostingClassifier(max_iter=40, max_depth=4, min_samples_leaf=40)
    trees.fit(features[learned], member[learned])
    return float(roc_auc_score(member[~learned], trees.predict_proba(features[~learned])[:, 1]))


def audited(task: Task, answers: FloatArray) -> list[float]:
    """Return the AUC of that attack on each verifier; validation pairs are left out."""
    rest = np.setdiff1d(np.arange(len(task.pairs)), task.validation)
    return [
        attack(mine[rest], task.pairs.same[rest], np.isin(rest, rows))
        for mine, rows in zip(answers, task.rows, strict=True)
    ]


def test_an_attack_trained_on_guarded_answers_is_near_chance(task: Task) -> None:
    assert min(audited(task, answers_of(membership_mitigations.build("none"), task))) > 0.65
    assert max(audited(task, answers_of(built(), task))) < 0.54


def test_a_network_that_remembers_its_pairs_is_guarded() -> None:
    rng = np.random.default_rng(1)
    count = 900
    embeddings = rng.normal(size=(1, 2 * count, 24)).astype(np.float32)
    first = np.arange(count) * 2
    same = rng.random(count) < 0.5
    offset = np.where(same, 0.8, -0.8).astype(np.float32)[:, None]
    embeddings[0, first, :4] = (
        embeddings[0, first + 1, :4] + offset + 0.5 * embeddings[0, first, :4]
    )
    pairs = EmbeddedPairs(embeddings, first, first + 1, same, ("drawn",))
    rows = np.stack([300 + rng.permutation(600)[:300] for _ in range(2)])
    network = predictors.build(
        {"predictor": "difference_network", "widths": (64, 16), "normalised": None}
    )
    task = Task(pairs, rows, np.arange(300), network, [1, 2])
    mitigation = built()
    bank = mitigation.train(task)
    plain, guarded = (
        each.verifiers(task, bank).answers(*pairs.sides(np.zeros((count, 1), np.int64)))
        for each in (membership_mitigations.build("none"), mitigation)
    )

    def by_loss(answers: FloatArray) -> float:
        right = np.where(same, answers, 1 - answers)[:, 300:]
        member = np.stack([np.isin(np.arange(300, count), mine) for mine in rows])
        return float(np.mean([roc_auc_score(*one) for one in zip(member, right, strict=True)]))

    decided = (plain >= 0.5) == same
    gap = by_loss(np.where(decided, np.where(same, 1, 0), np.where(same, 0, 1)))
    assert by_loss(plain) > gap + 0.05
    assert by_loss(guarded) < gap + 0.02
    np.testing.assert_array_equal(guarded >= 0.5, plain >= 0.5)


@pytest.mark.parametrize("distortion", [0.0, 0.05, 0.2, 0.5])
def test_changes_stay_within_the_budget_and_decisions_stay(task: Task, distortion: float) -> None:
    plain = answers_of(membership_mitigations.build("none"), task)
    guarded = answers_of(built(distortion=distortion), task)
    change = np.abs(guarded.astype(np.float64) - plain)
    assert change.max() <= distortion + 1e-7
    assert (change.max() > 0) == (distortion > 0)
    np.testing.assert_array_equal(guarded >= 0.5, plain >= 0.5)
    assert guarded.min() >= 0
    assert guarded.max() <= 1


def test_a_larger_budget_hides_more(task: Task) -> None:
    little, more = (
        float(np.mean(audited(task, answers_of(built(distortion=each), task))))
        for each in (0.002, 0.1)
    )
    assert more < little - 0.05


def test_the_same_question_gets_the_same_answer(task: Task) -> None:
    mitigation = built()
    bank = mitigation.train(task)
    verifiers = mitigation.verifiers(task, bank)
    sides = task.pairs.sides(verifiers.user_backbones)
    answers = verifiers.answers(*sides)
    np.testing.assert_array_equal(verifiers.answers(*sides), answers)
    np.testing.assert_array_equal(mitigation.verifiers(task, bank).answers(*sides), answers)
    order = np.random.default_rng(0).permutation(len(task.pairs))[:100]
    alone = verifiers.only(1).answers(*(side[order] for side in sides))[0]
    np.testing.assert_array_equal(alone, answers[1, order])


def test_each_verifier_has_a_table_of_its_own(task: Task) -> None:
    verifiers = built().verifiers(task, built().train(task))
    asked = np.linspace(0, 1, 999, dtype=np.float32)
    assert not np.array_equal(verifiers.answer(asked, 0), verifiers.answer(asked, 1))


def test_what_is_asked_in_the_audit_is_not_learned_from(task: Task) -> None:
    nonmembers = np.setdiff1d(np.arange(VALIDATION, PAIRS), task.rows[0])
    changed = task.pairs.embeddings.copy()
    changed[0, task.pairs.first[nonmembers], 0] *= -3
    pairs = replace(task.pairs, embeddings=changed)
    asked = np.linspace(0, 1, 999, dtype=np.float32)
    one, two = (
        built().verifiers(each, built().train(each)).answer(asked, 0)
        for each in (task, replace(task, pairs=pairs))
    )
    np.testing.assert_array_equal(one, two)


def test_no_validation_pairs_are_refused(task: Task) -> None:
    empty = replace(task, validation=np.array([], dtype=np.int64))
    with pytest.raises(InputError, match="expected validation pairs"):
        built().verifiers(empty, built().train(empty))


def test_the_posterior_is_that_of_a_regression_on_bins() -> None:
    rng = np.random.default_rng(2)
    members = rng.beta(5, 1.5, 20_000).astype(np.float32)
    nonmembers = rng.beta(2, 2, 5000).astype(np.float32)
    both = np.concatenate((members, nonmembers))[:, None].astype(np.float64)
    target = np.repeat([1, 0], [len(members), len(nonmembers)])
    bins = KBinsDiscretizer(25, encode="onehot", strategy="uniform")
    oracle = LogisticRegression(C=1e3, class_weight="balanced", max_iter=500)
    oracle.fit(bins.fit_transform(both), target)
    asked = np.linspace(0.1, 0.9, 50)
    expected = oracle.predict_proba(bins.transform(asked[:, None]))[:, 1]
    found = Posterior.fit(members, nonmembers)(asked)
    assert np.abs(found - expected).mean() < 0.03


def test_the_posterior_is_at_chance_where_both_kinds_answer_alike() -> None:
    rng = np.random.default_rng(3)
    asked = np.linspace(0, 1, 101)
    found = Posterior.fit(rng.random(3000, np.float32), rng.random(1000, np.float32))(asked)
    assert np.abs(found - 0.5).max() < 0.12


@pytest.mark.parametrize(
    ("members", "nonmembers"), [([1.0], [0.0]), ([0.5], [0.5]), ([1.0] * 50, [1.0] * 50 + [0.0])]
)
def test_few_or_equal_answers_give_a_table(members: list[float], nonmembers: list[float]) -> None:
    attacked = Posterior.fit(np.array(members, np.float32), np.array(nonmembers, np.float32))
    table = Table.of(attacked, 0.5, 0.02)
    asked = np.array([0, 1e-30, 0.25, 0.5, 0.75, 1], dtype=np.float32)
    said = table(asked)
    assert np.isfinite(said).all()
    assert said.dtype == np.float32
    np.testing.assert_array_equal(said >= 0.5, asked >= 0.5)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40),
    st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40),
    st.lists(st.floats(0, 1, width=32) | st.floats(0.499755859375, 0.5, width=32), min_size=1),
    st.sampled_from([0.0, 1e-6, 0.01, 0.3, 0.5]),
    st.sampled_from([0.0, 0.02, 0.3]),
)
def test_no_decision_changes_and_no_answer_leaves_the_budget(
    members: list[float],
    nonmembers: list[float],
    asked: list[float],
    distortion: float,
    tolerance: float,
) -> None:
    attacked = Posterior.fit(np.array(members, np.float32), np.array(nonmembers, np.float32))
    table = Table.of(attacked, distortion, tolerance)
    plain = np.array(asked, dtype=np.float32)
    said = table(plain)
    np.testing.assert_array_equal(said >= 0.5, plain >= 0.5)
    assert (np.abs(said.astype(np.float64) - plain) <= distortion + 6e-8).all()


def test_answers_at_chance_are_left_alone_and_others_go_to_the_nearest_to_chance() -> None:
    rng = np.random.default_rng(4)
    members = rng.beta(6, 2, 4000).astype(np.float32)
    nonmembers = rng.beta(3, 2, 4000).astype(np.float32)
    attacked = Posterior.fit(members, nonmembers)
    asked = np.linspace(0.5, 0.999, 700, dtype=np.float32)
    fine = np.linspace(0.5, 1, 20_001)
    apart = np.abs(attacked(fine) - 0.5)
    for distortion in (0.1, 0.5):
        said = Table.of(attacked, distortion, 0.05)(asked)
        before = np.abs(attacked(asked.astype(np.float64)) - 0.5)
        clear = np.abs(before - 0.05) > 0.01  # not where a cell's middle decides
        np.testing.assert_array_equal((said == asked)[clear & (before < 0.05)], True)
        moved = clear & (before > 0.05)
        after = np.abs(attacked(said[moved].astype(np.float64)) - 0.5)
        reach = np.abs(fine - asked[moved, None]) <= distortion
        best = np.where(reach, apart, np.inf).min(axis=1)
        assert np.abs(after - best).max() < 0.015
