"""The area of pairs that share people, against brute force and DeLong's own interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import t
from sklearn.metrics import roc_auc_score

from faceaudit.metrics import auc
from faceaudit.metrics.clustered_auc import clustered_auc


@pytest.mark.parametrize("by_person", [False, True])
def test_it_is_what_brute_force_gives(by_person: bool) -> None:
    rng = np.random.default_rng(2)
    people = rng.integers(0, 12, (120, 2)) + np.arange(120)[:, None] % 2 * 13
    member = np.arange(120) % 2 == 1 if by_person else rng.random(120) < 0.5
    scores = np.round(rng.normal(size=120) + rng.normal(size=25)[people].sum(axis=1), 1)
    found = clustered_auc(scores, member, people)
    assert found.value == pytest.approx(roc_auc_score(member, scores))
    wins = (scores[member][:, None] > scores[~member]) + 0.5 * (
        scores[member][:, None] == scores[~member]
    )
    added = np.empty(120)
    added[member] = (wins.mean(axis=1) - wins.mean()) / member.sum()
    added[~member] = (wins.mean(axis=0) - wins.mean()) / (~member).sum()
    sets = [{*pair} for pair in people.tolist()]
    variance = sum(added[i] * added[j] for i in range(120) for j in range(120) if sets[i] & sets[j])
    assert (variance > (added**2).sum()) == by_person
    variance = max(variance, (added**2).sum())
    per_person = np.array([sum(added[i] for i in range(120) if p in sets[i]) for p in range(25)])
    freedom = min(24, 2 * (per_person**2).sum() ** 2 / (per_person**4).sum())
    reach = t.ppf(0.975, freedom) * variance**0.5 / (found.value * (1 - found.value))
    assert logit(found.high) - logit(found.value) == pytest.approx(reach)
    wider = clustered_auc(scores, member, people, times=2.0)
    assert logit(wider.high) - logit(wider.value) == pytest.approx(reach * 2**0.5)


def test_all_told_apart_still_has_a_width_by_people() -> None:
    member = np.arange(200) < 100
    few = clustered_auc(member * 1.0, member, np.arange(200)[:, None] % 4 * np.ones(2, int))
    many = clustered_auc(member * 1.0, member, np.arange(400).reshape(200, 2))
    assert few.low < 0.6 < many.low < many.high == 1


def test_of_pairs_that_share_nobody_it_is_delongs() -> None:
    rng = np.random.default_rng(3)
    member = np.arange(4000) < 2000
    scores = rng.normal(size=4000) + 0.3 * member
    found = clustered_auc(scores, member, np.arange(8000).reshape(4000, 2))
    expected = auc(scores[member], scores[~member])
    assert found.value == pytest.approx(expected.value)
    assert found.low == pytest.approx(expected.low, abs=2e-4)
    assert found.high == pytest.approx(expected.high, abs=2e-4)
