from __future__ import annotations

import dataclasses
import sys
import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from attacks.membership.planted import auc, bank, from_chance
from faceaudit.attacks.membership import Observation
from faceaudit.attacks.membership.black_box import BlackBox, features_of
from faceaudit.attacks.membership.common.classifier import at_even_odds, fit_classifier
from faceaudit.errors import InputError, OptionError


def halves(
    rng: np.random.Generator, *, channels: int
) -> tuple[Observation, np.ndarray, Observation]:
    """Pairs to learn from, half of them members, and others to score."""
    drawn = bank(rng, blocks=16, pairs=30, channels=channels, gap=1.0)
    seen, member = drawn.seen(0), drawn.in_mask[0]
    names = {kind: np.unique(seen.group[member == kind]) for kind in (True, False)}
    fit = np.isin(seen.group, [*names[True][::2], *names[False][::2]])
    return (
        seen.take(np.flatnonzero(fit)),
        member[fit],
        seen.take(np.flatnonzero(~fit)),
    )


def by_art(
    fit: Observation,
    member: np.ndarray,
    score: Observation,
    model: str,
    predictions: np.ndarray,
    seed: int,
) -> np.ndarray:
    """ART's own attack on (N, F) predictions of `fit` and then of `score`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inference = pytest.importorskip("art.attacks.inference.membership_inference")
        estimators = pytest.importorskip("art.estimators.classification")
    attack = inference.MembershipInferenceBlackBox(
        estimators.BlackBoxClassifier(lambda x: x, input_shape=(2,), nb_classes=2),
        input_type="prediction",
        attack_model_type=model,
    )
    attack.attack_model.set_params(random_state=seed)
    ours, theirs = predictions[: len(fit)], predictions[len(fit) :]
    attack.fit(
        y=fit.same[member].astype(int),
        test_y=fit.same[~member].astype(int),
        pred=ours[member],
        test_pred=ours[~member],
    )
    found = attack.infer(None, score.same.astype(int), pred=theirs, probabilities=True)
    return np.asarray(found)[:, 0]


def both(fit: Observation, score: Observation) -> np.ndarray:
    return np.concatenate([fit.answers, score.answers])


@pytest.mark.parametrize("model", ["gb", "lr"])
def test_same_features_give_the_scores_of_art(model: str) -> None:
    fit, member, score = halves(np.random.default_rng(0), channels=2)
    seed = int(np.random.default_rng(7).integers(2**31))
    expected = by_art(fit, member, score, model, both(fit, score), seed)
    found = BlackBox(model=model).learn(fit, member, np.random.default_rng(7))(score)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert len(np.unique(expected.round(6))) > 20


@pytest.mark.parametrize("model", ["gb", "lr"])
def test_engine_art_is_art_on_both_chances(model: str) -> None:
    fit, member, score = halves(np.random.default_rng(1), channels=1)
    answers = both(fit, score)
    seed = int(np.random.default_rng(8).integers(2**31))
    expected = by_art(fit, member, score, model, np.hstack([1 - answers, answers]), seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        attack = BlackBox(model=model, engine="art").learn(fit, member, np.random.default_rng(8))
    np.testing.assert_allclose(attack(score), expected, rtol=1e-12)
    # The column 1 - p tells a tree nothing that p does not: the engines all but agree.
    own = BlackBox(model=model).learn(fit, member, np.random.default_rng(8))(score)
    assert np.corrcoef(own, expected)[0, 1] > 0.97


def test_says_how_to_get_art(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("art", "art.attacks.inference.membership_inference"):
        monkeypatch.setitem(sys.modules, name, None)
    fit, member, _ = halves(np.random.default_rng(2), channels=1)
    with pytest.raises(OptionError, match=r"pip install faceaudit\[art\]"):
        BlackBox(engine="art").learn(fit, member, np.random.default_rng(0))


def test_features_are_answers_then_label() -> None:
    seen = Observation(
        np.array([True, False]), np.array([[0.9, 0.8], [0.1, 0.3]], np.float32), np.arange(2)
    )
    np.testing.assert_array_equal(
        features_of(seen), np.array([[0.9, 0.8, 0, 1], [0.1, 0.3, 1, 0]], np.float32)
    )


@pytest.mark.parametrize(("model", "rows"), [("gb", [70]), ("lr", [0, 70, 149])])
def test_no_score_depends_on_its_own_entry(model: str, rows: list[int]) -> None:
    drawn = bank(np.random.default_rng(3), blocks=10, pairs=15, gap=1.0)
    seen, member = drawn.seen(0), drawn.in_mask[0]

    def changed(row: int, *, in_sample: bool) -> np.ndarray:
        attack = BlackBox(model=model, in_sample=in_sample)
        other = member.copy()
        other[row] = not other[row]
        before = attack.infer(seen, member, np.random.default_rng(0))
        return np.asarray(before != attack.infer(seen, other, np.random.default_rng(0)))

    for row in rows:
        assert not changed(row, in_sample=False)[seen.group == seen.group[row]].any()
        assert changed(row, in_sample=False).any(), "others learn from it"
        assert changed(row, in_sample=True)[row], "in sample, its own entry is learned"


def test_noise_is_at_chance_but_not_in_sample() -> None:
    outside, inside = [], []
    for draw in range(6):
        rng = np.random.default_rng(draw)
        drawn = bank(rng, blocks=20, pairs=60, hardness=0.0)
        seen, member = drawn.seen(0), drawn.in_mask[0]
        outside.append(auc(member, BlackBox(folds=2).infer(seen, member, rng)))
        inside.append(auc(member, BlackBox(in_sample=True).infer(seen, member, rng)))
    error = np.std(outside, ddof=1) / np.sqrt(len(outside))
    assert error < 0.015
    assert abs(np.mean(outside) - 0.5) < 4 * error
    assert min(inside) > 0.6


def test_folds_of_unlike_shares_are_at_chance() -> None:
    """Five folds of 14 blocks cannot all hold as many members: the shares must not be ranked."""
    aucs = []
    for draw in range(40):
        rng = np.random.default_rng(draw)
        drawn = bank(rng, blocks=14, pairs=120, hardness=0.0)
        seen, member = drawn.seen(0), drawn.in_mask[0]
        aucs.append(auc(member, BlackBox(model="lr").infer(seen, member, rng)))
    assert abs(from_chance(aucs)) < 4


def test_scores_from_nothing_are_all_alike() -> None:
    drawn = bank(np.random.default_rng(4), blocks=14, pairs=40)
    seen, member = drawn.seen(0), drawn.in_mask[0]
    blank = dataclasses.replace(
        seen, answers=np.full_like(seen.answers, 0.5), same=np.ones_like(seen.same)
    )
    for model in ("gb", "lr"):
        found = BlackBox(model=model).infer(blank, member, np.random.default_rng(0))
        np.testing.assert_allclose(found, 0.5, atol=1e-3)


def test_even_odds_take_the_share_out() -> None:
    """Logistic regression learns the share as its intercept alone: there the oracle is exact."""
    rng = np.random.default_rng(5)
    features = rng.normal(size=(4000, 2)).astype(np.float32)
    member = rng.random(4000) < 0.8
    scores = fit_classifier(features, member, "lr", rng)(features)
    assert abs(scores.mean() - 0.5) < 0.01
    plain = LogisticRegression().fit(features, member).predict_proba(features)[:, 1]
    odds = plain / (1 - plain) / (member.mean() / (1 - member.mean()))
    np.testing.assert_allclose(at_even_odds(plain, member.mean()), odds / (1 + odds))
    assert scores.argmax() == plain.argmax()


@pytest.mark.parametrize("model", ["gb", "lr"])
def test_finds_what_was_planted(model: str) -> None:
    rng = np.random.default_rng(6)
    drawn = bank(rng, blocks=20, pairs=40, gap=1.2)
    seen, member = drawn.seen(0), drawn.in_mask[0]
    # Logistic regression weighs answer and label apart: it is shown pairs of one person alone.
    rows = np.flatnonzero(seen.same) if model == "lr" else np.arange(len(seen))
    found = BlackBox(model=model).infer(seen.take(rows), member[rows], rng)
    assert auc(member[rows], found) > 0.65


def test_is_seeded() -> None:
    drawn = bank(np.random.default_rng(7), gap=1.0)
    seen, member = drawn.seen(0), drawn.in_mask[0]
    one, two = (BlackBox().infer(seen, member, np.random.default_rng(0)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_needs_both_kinds() -> None:
    fit, member, _ = halves(np.random.default_rng(8), channels=1)
    for engine in ("own", "art"):
        if engine == "art":
            pytest.importorskip("art")
        with pytest.raises(InputError, match="members and non-members"):
            BlackBox(engine=engine).learn(fit, np.ones_like(member), np.random.default_rng(0))
