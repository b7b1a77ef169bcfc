"""Verification of people whom a system never saw, against scikit-learn and plain counting."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from faceaudit.errors import SplitError
from faceaudit.faces.pairs.read import photo_rows
from faceaudit.protocols.unseen import (
    ScoredPairs,
    cosines,
    false_rates,
    unseen_pairs,
    verify_unseen,
)
from faceaudit.types import FaceSet
from helpers.faces import blocks


def scored(people: int = 40, seed: int = 0) -> ScoredPairs:
    faces = blocks(people, 6, (8, 8), seed)
    pairs = unseen_pairs(faces, seed=seed)
    first, second = photo_rows(pairs, faces)
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=len(pairs)) + 1.5 * pairs.same
    both = np.column_stack([faces.identity[first], faces.identity[second]])
    return ScoredPairs(scores, pairs.same, pairs.fold, both)


def by_name(pairs: ScoredPairs) -> dict[str, float | None]:
    return {
        figure.metric: figure.estimate and figure.estimate.value
        for figure in verify_unseen(pairs, [0.1])
    }


def test_five_genuine_pairs_a_person_and_as_many_impostors() -> None:
    faces = blocks(10, 6, (8, 8))
    pairs = unseen_pairs(faces, seed=3)
    first, second = photo_rows(pairs, faces)
    people = np.column_stack([faces.identity[first], faces.identity[second]])
    assert np.bincount(people[pairs.same, 0]).tolist() == [5] * 10
    assert int((~pairs.same).sum()) == 50
    assert ((people[:, 0] == people[:, 1]) == pairs.same).all()
    folds = [set(people[pairs.fold == fold].ravel().tolist()) for fold in (0, 1)]
    assert not folds[0] & folds[1], "people are in one fold only"


def test_few_photos_give_all_pairs_that_there_are() -> None:
    pairs = unseen_pairs(blocks(6, 3, (8, 8)), seed=0)
    assert int(pairs.same.sum()) == 6 * 3


def test_too_few_people_are_refused() -> None:
    with pytest.raises(SplitError, match="expected at least 2 people a fold"):
        unseen_pairs(blocks(3, 6, (8, 8)), seed=0)


def test_cosines_are_those_of_unit_vectors() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(9, 7)).astype(np.float32)
    vectors[8] = np.nan
    first, second = np.array([0, 3, 8, 5]), np.array([1, 3, 2, 6])
    expected = [
        float(vectors[i] @ vectors[j] / np.linalg.norm(vectors[i]) / np.linalg.norm(vectors[j]))
        for i, j in zip(first, second, strict=True)
    ]
    np.testing.assert_allclose(cosines(vectors, first, second), expected, rtol=1e-5)


def test_areas_and_rates_are_those_of_an_independent_count() -> None:
    pairs = scored()
    found = by_name(pairs)
    assert found["auc"] == pytest.approx(roc_auc_score(pairs.same, pairs.scores))
    accepted = np.empty(len(pairs.same), dtype=bool)
    for fold in (0, 1):  # the best threshold of the other fold, by trying all
        other = pairs.fold != fold
        scores, same = pairs.scores[other], pairs.same[other]
        rising = np.sort(scores)
        middles = (rising[:-1] + rising[1:]) / 2
        right = [np.mean((scores >= limit) == same) for limit in middles]
        best = np.flatnonzero(np.isclose(right, max(right)))
        widest = best[np.argmax((rising[1:] - rising[:-1])[best])]
        accepted[~other] = pairs.scores[~other] >= middles[widest]
    assert found["chosen_fmr"] == pytest.approx(accepted[~pairs.same].mean())
    assert found["chosen_fnmr"] == pytest.approx((~accepted[pairs.same]).mean())
    assert found["accuracy"] == pytest.approx((accepted == pairs.same).mean())


def test_pairs_without_a_score_are_left_out_and_counted() -> None:
    pairs = scored()
    scores = pairs.scores.copy()
    lost = np.arange(len(scores)) % 4 == 0
    scores[lost] = np.nan
    found = by_name(ScoredPairs(scores, pairs.same, pairs.fold, pairs.people))
    rest = by_name(pairs.take(~lost))
    assert found.pop("pairs_without_answer") == pytest.approx(lost.mean())
    assert rest.pop("pairs_without_answer") == 0
    assert found == rest


def test_what_cannot_be_had_says_why() -> None:
    pairs = scored()
    genuine = pairs.take(pairs.same)
    figures = {figure.metric: figure for figure in verify_unseen(genuine)}
    assert figures["auc"].estimate is None
    assert figures["auc"].why_none.startswith("expected genuine and impostor pairs with a score")
    one_fold = ScoredPairs(pairs.scores, pairs.same, np.zeros_like(pairs.fold), pairs.people)
    figures = {figure.metric: figure for figure in verify_unseen(one_fold)}
    assert figures["auc"].estimate is not None
    assert "outside each fold" in figures["chosen_fmr"].why_none
    assert "1,000 impostor comparisons" in figures["tar@far=0.001"].why_none


def test_people_make_intervals_wider_than_pairs_alone() -> None:
    """A person whose pairs all fail is one failure, not five."""
    pairs = scored(people=30)
    hard = np.isin(pairs.people[:, 0], np.arange(6))
    accepted = np.where(pairs.same, ~hard, False)
    _, fnmr = false_rates(accepted, pairs.same, pairs.people)
    alone = false_rates(accepted, pairs.same, np.arange(2 * len(hard)).reshape(-1, 2) // 2 * 2)[1]
    assert fnmr is not None
    assert alone is not None
    assert fnmr.value == alone.value == pytest.approx(0.2)
    assert fnmr.high - fnmr.low > 1.5 * (alone.high - alone.low)


def test_the_same_seed_gives_the_same_pairs_in_any_order() -> None:
    faces = blocks(8, 6, (8, 8))
    turned: FaceSet = faces.take(np.arange(len(faces))[::-1])
    one, two = unseen_pairs(faces, seed=5), unseen_pairs(turned, seed=5)
    assert set(zip(one.first, one.second, strict=True)) == set(
        zip(two.first, two.second, strict=True)
    )


def test_a_score_at_the_chosen_threshold_is_accepted() -> None:
    """Fold 0 chooses half-way between 0 and 1 for fold 1, whose genuine pair lies right there."""
    scores, same = np.array([1.0, 0.0, 0.5, 0.0]), np.array([True, False, True, False])
    people = np.array([[0, 0], [1, 2], [3, 3], [4, 5]])
    found = by_name(ScoredPairs(scores, same, np.array([0, 0, 1, 1]), people))
    assert (found["chosen_fnmr"], found["chosen_fmr"], found["accuracy"]) == (0, 0, 1)
