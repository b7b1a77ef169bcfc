"""Pairs with a system's scores: errors at thresholds, the worst pairs, and files of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

import faceaudit
from faceaudit import Embedder, FaceSet, InputError, PairsError
from faceaudit.api.scored_pairs import ScoredPairs
from faceaudit.protocols.comparisons import NO_FOLD, Comparisons


def scored(same: list[bool], score: list[float], names: list[list[str]]) -> ScoredPairs:
    count = len(same)
    ids = [tuple(f"{side}{number}" for number in range(count)) for side in "ab"]
    fold = np.full(count, NO_FOLD, dtype=np.int64)
    return ScoredPairs(
        Comparisons(ids[0], ids[1], np.array(same), fold, np.array(score), np.array(names))
    )


@pytest.fixture(scope="module")
def drawn() -> ScoredPairs:
    rng = np.random.default_rng(0)
    same = rng.random(400) < 0.5
    names = [
        [f"p{one}", f"p{one if alike else 40 + one}"]
        for one, alike in zip(rng.integers(0, 40, 400), same, strict=True)
    ]
    return scored(same.tolist(), (rng.normal(size=400) + 1.5 * same).tolist(), names)


def test_the_figures_are_those_of_others(drawn: ScoredPairs) -> None:
    same, score = drawn.compared.same, drawn.compared.score
    assert len(drawn) == 400
    assert drawn.auc().value == pytest.approx(roc_auc_score(same, score))
    counts, rates = drawn.confusion(0.7), drawn.errors(0.7)
    assert (counts.tp, counts.fp) == (np.sum(same & (score >= 0.7)), np.sum(~same & (score >= 0.7)))
    assert rates.fmr.value == pytest.approx(counts.fp / np.sum(~same))
    assert rates.fnmr.value == pytest.approx(counts.fn / np.sum(same))
    assert "people as clusters" in rates.fmr.method
    assert rates.fnmr.low < drawn.eer().value < 0.5


def test_a_curve_is_drawn_on_normal_deviates(drawn: ScoredPairs) -> None:
    curve = drawn.det()
    np.testing.assert_allclose(norm.cdf(curve.x), curve.fmr, atol=1e-9)
    np.testing.assert_allclose(norm.cdf(curve.y), curve.fnmr, atol=1e-9)
    assert (np.diff(curve.fmr) >= 0).all()


def test_the_worst_pairs_come_once_for_each_people() -> None:
    of = scored(
        [False, False, False, True, True, True],
        [0.9, 0.8, 0.7, 0.1, 0.2, 0.3],
        [["x", "y"], ["y", "x"], ["x", "z"], ["x", "x"], ["x", "x"], ["z", "z"]],
    )
    assert of.most_alike_strangers(5) == [0, 2]
    assert of.least_alike_selves(1) == [3]
    assert of.least_alike_selves(5) == [3, 5]


def test_how_many_are_answered_as_surely_is_counted_among_pairs_of_the_kind() -> None:
    of = scored(
        [True, True, True, False, False],
        [0.9, 0.8, 0.2, 0.1, 0.6],
        [["a", "a"], ["b", "b"], ["c", "c"], ["a", "b"], ["c", "d"]],
    )
    assert of.as_sure(0.8, same=True).value == pytest.approx(2 / 3)
    assert of.as_sure(0.8, same=True).n == 3
    assert of.as_sure(0.1, same=False).value == pytest.approx(1 / 2)


def test_a_file_gives_the_same_again(drawn: ScoredPairs, tmp_path: Path) -> None:
    path = drawn.save(tmp_path / "new" / "scores.csv")
    again = faceaudit.load_scored_pairs(path)
    assert sorted(again.compared.score) == sorted(drawn.compared.score)
    assert again.auc() == faceaudit.load_scored_pairs(path).auc()
    assert again.auc().value == pytest.approx(drawn.auc().value)
    with pytest.raises(PairsError):
        faceaudit.load_scored_pairs(tmp_path / "nowhere.csv")


def test_a_network_and_a_verifier_score_pairs(
    embedder: Embedder, faces: FaceSet, tmp_path: Path
) -> None:
    found = faceaudit.score_pairs(embedder, faces, per_person=3)
    embedded = faceaudit.embed(embedder, faces)
    embedded /= np.linalg.norm(embedded, axis=1, keepdims=True)
    row = {id_: number for number, id_ in enumerate(faces.ids)}
    of = found.compared
    cosine = [
        embedded[row[one]] @ embedded[row[two]]
        for one, two in zip(of.first, of.second, strict=True)
    ]
    np.testing.assert_allclose(of.score + 1, cosine, atol=1e-5)

    trained = faceaudit.train_verifier(faces, embedder, predictor="cosine", held_out=0.4)
    mine = faceaudit.score_pairs(trained, trained.faces, trained.pairs.pairs)
    ids = {id_: number for number, id_ in enumerate(faces.ids)}
    rows = [
        np.array([ids[one] for one in side]) for side in (mine.compared.first, mine.compared.second)
    ]
    np.testing.assert_allclose(
        mine.compared.score,
        trained.verifier.score([faces.images[rows[0]]], [faces.images[rows[1]]]),
        atol=1e-5,
    )
    assert mine.confusion(0.5).accuracy.value > 0.7


def test_only_systems_score(faces: FaceSet) -> None:
    with pytest.raises(InputError, match="expected an Embedder"):
        faceaudit.score_pairs("a verifier", faces)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        faceaudit.load_scored_pairs(3)  # type: ignore[arg-type]


def test_what_is_no_count_or_score_is_refused(drawn: ScoredPairs) -> None:
    for wrong in (0, -1, 1.5, True, None):
        with pytest.raises(InputError, match="number of pairs as a whole number"):
            drawn.most_alike_strangers(wrong)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="number of pairs as a whole number"):
            drawn.least_alike_selves(wrong)  # type: ignore[arg-type]
    for score in (float("nan"), "0.5", None):
        with pytest.raises(InputError, match="expected a score as a number"):
            drawn.as_sure(score, same=True)  # type: ignore[arg-type]
