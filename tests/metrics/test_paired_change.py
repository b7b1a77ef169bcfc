"""Changes of shares and areas of the same tries, held against brute force and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from faceaudit.errors import InputError
from faceaudit.metrics.paired_change import Tries, area_change, share_change

RNG = np.random.default_rng(4)
PEOPLE = np.repeat(np.arange(12), 5)
BEFORE, AFTER = RNG.random((2, 60)) < 0.6


def test_photos_of_as_many_people_have_the_error_of_a_paired_t_test() -> None:
    alone = np.arange(60)
    found = share_change(Tries(BEFORE, alone), Tries(AFTER, alone))
    changes = AFTER.astype(float) - BEFORE
    assert found.value == pytest.approx(changes.mean())
    assert found.below**2 == pytest.approx(stats.sem(changes) ** 2 + 1 / 60**2)
    assert found.n == 60


def test_the_variance_is_the_sum_over_pairs_of_one_person() -> None:
    found = share_change(Tries(BEFORE, PEOPLE), Tries(AFTER, PEOPLE))
    changes = AFTER.astype(float) - BEFORE
    rest = (changes - changes.mean()) / 60
    same = PEOPLE[:, None] == PEOPLE
    known = (rest[:, None] * rest * same).sum() * 12 / 11 + 1 / 60**2
    assert found.below**2 == pytest.approx(known)
    assert found.freedom <= 11


def test_what_people_have_in_common_goes_out_of_the_difference_on_other_photos_too() -> None:
    hard = np.repeat(np.linspace(0.1, 0.9, 40), 25)
    people = np.repeat(np.arange(40), 25)
    draws = np.random.default_rng(0).random((2, 1000)) < hard
    shared = share_change(*(Tries(hit, people) for hit in draws))
    apart = share_change(Tries(draws[0], people), Tries(draws[1], people + 40))
    assert shared.below < 0.5 * apart.below


def test_several_trainings_count_alike_whatever_their_tries() -> None:
    hit = np.array([True, True, True, False, False, True])
    training, people = np.array([0, 0, 0, 0, 1, 1]), np.arange(6)
    found = share_change(Tries(~hit, people, training), Tries(hit, people, training))
    assert found.value == pytest.approx((0.75 + 0.5) / 2 - (0.25 + 0.5) / 2)


def test_pairs_that_share_a_person_go_together() -> None:
    pairs = np.random.default_rng(1).integers(0, 8, (60, 2))
    found = share_change(Tries(BEFORE, pairs), Tries(AFTER, pairs))
    changes = AFTER.astype(float) - BEFORE
    rest = (changes - changes.mean()) / 60
    share = np.array([[bool({*one} & {*two}) for two in pairs.tolist()] for one in pairs.tolist()])
    known = max((rest[:, None] * rest * share).sum(), (rest**2).sum())
    assert found.below**2 == pytest.approx(known + 1 / 60**2, rel=1e-6)


def test_nothing_that_differs_is_a_change_of_at_most_one_person() -> None:
    same = share_change(Tries(BEFORE, PEOPLE), Tries(BEFORE, PEOPLE))
    assert (same.value, same.below, same.p) == (0, 1 / 12, 1)
    every = share_change(Tries(BEFORE * 0 > 0, PEOPLE), Tries(BEFORE * 0 == 0, PEOPLE))
    assert every.value == 1
    assert 0 < every.p < 1e-6


def test_the_order_of_tries_does_not_matter() -> None:
    order = RNG.permutation(60)
    one = share_change(Tries(BEFORE, PEOPLE), Tries(AFTER, PEOPLE))
    other = share_change(
        Tries(BEFORE[order], PEOPLE[order]), Tries(AFTER[order[::-1]], PEOPLE[order[::-1]])
    )
    assert (one.value, one.below) == pytest.approx((other.value, other.below))


def test_no_try_and_two_kinds_of_people_are_refused() -> None:
    with pytest.raises(InputError, match="expected tries with their people, got 0"):
        Tries(BEFORE[:0], PEOPLE[:0])
    with pytest.raises(InputError, match="on both sides"):
        share_change(Tries(BEFORE, PEOPLE), Tries(AFTER, np.stack([PEOPLE, PEOPLE], axis=1)))


def test_an_area_rises_by_what_scikit_learn_says() -> None:
    member = RNG.random(60) < 0.5
    scores = RNG.normal(size=(2, 60)) + member
    found = area_change(scores[0], scores[1], member, np.arange(60))
    known = [roc_auc_score(member, one) for one in scores]
    assert found.value == pytest.approx(known[1] - known[0])


def test_the_error_of_an_area_is_how_far_it_varies() -> None:
    rng, member = np.random.default_rng(2), np.arange(200) < 100
    people = np.repeat(np.arange(40), 5)
    found = []
    for _ in range(400):
        shared = rng.normal(size=40)[people]
        scores = [shared * part + rng.normal(size=200) + member for part in (0.4, 0.8)]
        found.append(area_change(*scores, member, people))
    spread = np.std([one.value for one in found], ddof=1)
    assert np.mean([one.below for one in found]) == pytest.approx(spread, rel=0.1)


def test_an_area_of_one_kind_is_refused() -> None:
    with pytest.raises(InputError, match="members and non-members"):
        area_change(np.ones(3), np.ones(3), np.ones(3, dtype=bool), np.arange(3))
