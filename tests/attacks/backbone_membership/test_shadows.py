"""Scores compared with shadows, and classifiers that learn from them: signal found, nulls kept."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from faceaudit.attacks.backbone_membership.common.learning import learn_from_shadows
from faceaudit.attacks.backbone_membership.common.shadows import calibrated
from faceaudit.errors import InputError
from faceaudit.types import BoolArray


def halves(trainings: int, people: int, rng: np.random.Generator) -> BoolArray:
    member = np.zeros((trainings, people), dtype=np.bool_)
    for number in range(0, trainings, 2):
        member[number, rng.permutation(people)[: people // 2]] = True
        member[number + 1] = ~member[number]
    return member


def test_a_score_is_compared_with_the_middle_of_both_sides() -> None:
    """Two IN and two OUT shadows, so that none is left out."""
    scores = np.array([[5.0], [1.0], [3.0], [10.0], [20.0]])
    member = np.array([[True], [True], [True], [False], [False]])
    found = calibrated(scores, member, 0, np.random.default_rng(0))
    assert found.tolist() == [5.0 - ((1 + 3) / 2 + (10 + 20) / 2) / 2]


def test_one_shadow_of_the_larger_side_is_left_out() -> None:
    scores = np.array([[0.0], [1.0], [10.0], [30.0]])
    member = np.array([[True], [True], [False], [False]])
    found = {
        float(calibrated(scores, member, 0, np.random.default_rng(seed))[0]) for seed in range(20)
    }
    assert found == {-(1 + 10) / 2, -(1 + 30) / 2}


def test_what_every_network_finds_easy_is_no_member_for_that() -> None:
    """People differ a lot, membership adds a little: only the comparison sees it."""
    rng = np.random.default_rng(0)
    member = halves(16, 200, rng)
    scores = rng.normal(0, 5, 200) + 0.7 * member + rng.normal(0, 1, member.shape)
    better = [roc_auc_score(member[at], calibrated(scores, member, at, rng)) for at in range(16)]
    raw = [roc_auc_score(one, row) for one, row in zip(member, scores, strict=True)]
    assert np.mean(raw) < 0.56
    assert np.mean(better) > 0.64


def test_counts_of_shadows_give_no_member_away() -> None:
    """Nothing leaks, and everybody is learned from by half of few trainings."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(60):
        member = halves(4, 100, rng)
        scores = rng.normal(0, 1, member.shape) + rng.normal(0, 3, 100)
        found += [roc_auc_score(member[at], calibrated(scores, member, at, rng)) for at in range(4)]
    assert abs(np.mean(found) - 0.5) < 0.01


def test_the_counts_alone_do_not_widen_members() -> None:
    """A mean over more shadows is less noisy; members and others must be equally noisy."""
    rng = np.random.default_rng(2)
    member = halves(4, 20_000, rng)
    found = calibrated(rng.normal(0, 1, member.shape), member, 0, rng)
    spreads = found[member[0]].std(), found[~member[0]].std()
    assert abs(spreads[0] - spreads[1]) < 0.02


def test_two_trainings_have_no_shadow_on_both_sides() -> None:
    rng = np.random.default_rng(3)
    with pytest.raises(InputError, match="trainings: 4 or more"):
        calibrated(np.zeros((2, 10)), halves(2, 10, rng), 0, rng)


def made(
    rng: np.random.Generator, member: BoolArray, shift: float, people: int
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Features of three photos a person: looks of the person, and a shift of members."""
    person = np.repeat(np.arange(people), 3)
    looks = rng.normal(0, 1, (people, 6))[person]
    return [
        (
            (looks + rng.normal(0, 0.5, looks.shape) + shift * one[person][:, None] * np.eye(6)[0])
            * rng.uniform(0.5, 2),
            person,
            one[person],
        )
        for one in member
    ]


def scored(features: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> list[float]:
    rng = np.random.default_rng(9)
    return [
        roc_auc_score(
            one[2], learn_from_shadows(one[0], one[1], [*features[:at], *features[at + 1 :]], rng)
        )
        for at, one in enumerate(features)
    ]


def test_a_classifier_finds_what_all_backbones_have_in_common() -> None:
    rng = np.random.default_rng(4)
    assert np.mean(scored(made(rng, halves(6, 60, rng), 1.5, 60))) > 0.75


def test_a_classifier_finds_nothing_where_features_do_not_tell() -> None:
    rng = np.random.default_rng(5)
    found = [scored(made(rng, halves(6, 60, rng), 0.0, 60)) for _ in range(12)]
    assert abs(np.mean(found) - 0.5) < 0.03


def test_who_somebody_is_is_never_learned_from_that_person() -> None:
    """Features that name the person, and shadows that all learned from the target's members: a
    classifier that saw a person's own photos would be right about all of them."""
    rng = np.random.default_rng(6)
    person = np.repeat(np.arange(40), 3)
    member = (rng.permutation(40) < 20)[person]
    names = np.eye(40)[person]
    shadows = [(names, person, member)] * 5
    area = roc_auc_score(member, learn_from_shadows(names, person, shadows, rng))
    assert 0.3 < area < 0.7


def test_no_shadow_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(InputError, match="to learn from, got none"):
        learn_from_shadows(np.zeros((2, 1)), np.arange(2), [], np.random.default_rng(0))
