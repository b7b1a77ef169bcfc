from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import norm

from attacks.membership.planted import auc, bank, from_chance
from faceaudit.attacks.membership import Observation
from faceaudit.attacks.membership.base import correct_logits
from faceaudit.attacks.membership.lira import LikelihoodRatio
from faceaudit.attacks.membership.loss import LossThreshold
from faceaudit.errors import InputError

FLOOR = 0.01


def even(rng: np.random.Generator, *, pairs: int, shadows: int, channels: int) -> Observation:
    """Pairs that half of an even number of shadows learned, so that no shadow is left out."""
    half = np.repeat([True, False], shadows // 2)
    return Observation(
        rng.random(pairs) < 0.5,
        rng.random((pairs, channels), dtype=np.float32),
        np.arange(pairs),
        rng.random((shadows, pairs, channels), dtype=np.float32),
        np.stack([rng.permutation(half) for _ in range(pairs)], axis=1),
    )


def logit(answer: float, *, same: bool) -> float:
    right = min(max(answer if same else 1 - answer, 1e-6), 1 - 1e-6)
    return math.log(right / (1 - right))


def by_hand(seen: Observation, *, online: bool, own: bool) -> list[float]:
    """The score in plain Python, a pair at a time."""
    assert seen.shadows is not None
    assert seen.in_mask is not None
    totals = [0.0] * len(seen)
    for channel in range(seen.answers.shape[1]):
        sides: dict[bool, list[list[float]]] = {True: [], False: []}
        for pair in range(len(seen)):
            for side, values in sides.items():
                values.append(
                    [
                        logit(float(answers[pair, channel]), same=bool(seen.same[pair]))
                        for answers, learned in zip(seen.shadows, seen.in_mask, strict=True)
                        if learned[pair] == side
                    ]
                )
        shared = {
            side: sum(np.var(one, ddof=1) * (len(one) - 1) for one in values)
            / sum(len(one) - 1 for one in values)
            for side, values in sides.items()
        }
        for pair in range(len(seen)):
            x = logit(float(seen.answers[pair, channel]), same=bool(seen.same[pair]))
            normal = {}
            for side, values in sides.items():
                one = values[pair]
                variance = shared[side]
                if own:
                    variance = max(float(np.var(one, ddof=1)), FLOOR * variance)
                spread = math.sqrt(variance * (1 + 1 / len(one)))
                normal[side] = norm(np.mean(one), spread)
            if online:
                totals[pair] += normal[True].logpdf(x) - normal[False].logpdf(x)
            else:
                totals[pair] -= normal[False].logsf(x)
    return totals


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("channels", [1, 3])
def test_is_the_ratio_of_the_paper(online: bool, own: bool, channels: int) -> None:
    rng = np.random.default_rng(0)
    seen = even(rng, pairs=25, shadows=6, channels=channels)
    attack = LikelihoodRatio(online=online, own_variance=3 if own else 4)
    found = attack.infer(seen, np.zeros(25, dtype=bool), rng)
    np.testing.assert_allclose(found, by_hand(seen, online=online, own=own), rtol=1e-5)


def naive(seen: Observation) -> np.ndarray:
    """The paper's ratio with a known variance, counts of shadows not minded."""
    assert seen.shadows is not None
    in_mask = np.asarray(seen.in_mask)[..., None]
    margins = correct_logits(seen.shadows, seen.same)
    within = (margins * in_mask).sum(axis=0) / in_mask.sum(axis=0)
    without = (margins * ~in_mask).sum(axis=0) / (~in_mask).sum(axis=0)
    x = seen.margins()
    return np.asarray((np.square(x - without) - np.square(x - within)).sum(axis=1))


def null_aucs(score: Callable[..., np.ndarray], *, balanced: bool) -> list[float]:
    # Banks that are not balanced are larger, so that no block goes unlearned or always learned.
    verifiers, blocks = (6, 8) if balanced else (16, 4)
    out = []
    for draw in range(40):
        rng = np.random.default_rng(draw)
        drawn = bank(
            rng, verifiers=verifiers, blocks=blocks, pairs=2400 // blocks, balanced=balanced
        )
        target = draw % verifiers
        out.append(auc(drawn.in_mask[target], score(drawn.seen(target), rng)))
    return out


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize("balanced", [True, False])
@pytest.mark.parametrize("own_variance", [2, 64])
def test_noise_is_at_chance(online: bool, balanced: bool, own_variance: int) -> None:
    attack = LikelihoodRatio(online=online, own_variance=own_variance)
    assert abs(from_chance(null_aucs(attack.score, balanced=balanced))) < 4


def test_the_ratio_that_ignores_counts_is_not() -> None:
    assert from_chance(null_aucs(lambda seen, rng: naive(seen), balanced=True)) < -10


@pytest.mark.parametrize("online", [True, False])
def test_finds_what_was_planted(online: bool) -> None:
    rng = np.random.default_rng(1)
    drawn = bank(rng, verifiers=16, blocks=30, pairs=40, gap=1.0, hardness=2.0)
    seen, member = drawn.seen(3), drawn.in_mask[3]
    found = auc(member, LikelihoodRatio(online=online).infer(seen, member, rng))
    loss = auc(member, LossThreshold().infer(seen, member, rng))
    assert found > 0.68
    assert found > loss + 0.05


def test_ways_of_asking_add_up() -> None:
    rng = np.random.default_rng(2)
    drawn = bank(rng, verifiers=16, blocks=30, pairs=40, gap=0.7, channels=4)
    seen, member = drawn.seen(0), drawn.in_mask[0]
    assert seen.shadows is not None
    first = dataclasses.replace(seen, answers=seen.answers[:, :1], shadows=seen.shadows[..., :1])
    one, four = (auc(member, LikelihoodRatio().infer(what, member, rng)) for what in (first, seen))
    assert four > one + 0.08


def test_certain_answers_give_finite_scores() -> None:
    rng = np.random.default_rng(3)
    seen = even(rng, pairs=12, shadows=8, channels=2)
    assert seen.shadows is not None
    certain = dataclasses.replace(
        seen, answers=np.round(seen.answers), shadows=np.ones_like(seen.shadows)
    )
    for online in (True, False):
        for own in (2, 64):
            attack = LikelihoodRatio(online=online, own_variance=own)
            assert np.isfinite(attack.score(certain, rng)).all()


def test_offline_tells_the_surest_answers_apart() -> None:
    rng = np.random.default_rng(4)
    same = np.ones(8, dtype=bool)
    answers = np.linspace(0.9999, 0.99999, 8, dtype=np.float32)[:, None]
    shadows = (0.05 + 0.001 * rng.random((10, 8, 1))).astype(np.float32)
    in_mask = np.repeat([True, False], 5)[:, None].repeat(8, axis=1)
    scores = LikelihoodRatio(online=False).score(
        Observation(same, answers, np.arange(8), shadows, in_mask), rng
    )
    assert np.isfinite(scores).all()
    assert len(np.unique(scores)) == 8


def test_needs_a_shadow_on_each_side() -> None:
    rng = np.random.default_rng(5)
    seen = even(rng, pairs=20, shadows=4, channels=1)
    in_mask = np.asarray(seen.in_mask).copy()
    in_mask[:, :3] = False
    lacking = dataclasses.replace(seen, in_mask=in_mask)
    with pytest.raises(InputError, match=r"was trained on it, got none for 3 of 20 .* more verif"):
        LikelihoodRatio().score(lacking, rng)
    assert len(LikelihoodRatio(online=False).score(lacking, rng)) == 20
    in_mask[:, :3] = True
    with pytest.raises(InputError, match=r"was not trained on it, got none for 3 of 20"):
        LikelihoodRatio(online=False).score(dataclasses.replace(seen, in_mask=in_mask), rng)
    with pytest.raises(InputError, match="more verifiers"):
        LikelihoodRatio().score(dataclasses.replace(seen, shadows=None, in_mask=None), rng)


def test_needs_two_shadows_somewhere() -> None:
    rng = np.random.default_rng(6)
    with pytest.raises(InputError, match=r"two shadows .* try more verifiers"):
        LikelihoodRatio().score(even(rng, pairs=20, shadows=2, channels=1), rng)
