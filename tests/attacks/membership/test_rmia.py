from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.stats import rankdata

from attacks.membership.planted import auc, bank, from_chance
from faceaudit.attacks.membership import Observation
from faceaudit.attacks.membership.rmia import PairwiseRatio, share_dominated
from faceaudit.errors import InputError


def balanced(rng: np.random.Generator, *, pairs: int, channels: int) -> Observation:
    """Pairs that just half of six shadows learned; some are alike in all that is seen of them."""
    half = np.repeat([True, False], 3)
    answers = rng.random((pairs, channels), dtype=np.float32)
    shadows = rng.random((6, pairs, channels), dtype=np.float32)
    in_mask = np.stack([rng.permutation(half) for _ in range(pairs)], axis=1)
    same = rng.random(pairs) < 0.5
    for one, other in ((0, 1), (2, 3), (2, 4)):
        answers[other], shadows[:, other], in_mask[:, other], same[other] = (
            answers[one],
            shadows[:, one],
            in_mask[:, one],
            same[one],
        )
    return Observation(same, answers, np.arange(pairs), shadows, in_mask)


def by_hand(seen: Observation, *, gamma: float, online: bool, a: float) -> list[float]:
    """The paper's pairwise test in plain Python, for every pair against every other."""
    assert seen.shadows is not None
    assert seen.in_mask is not None
    ratios = []
    for pair in range(len(seen)):
        ratio = 1.0
        for channel in range(seen.answers.shape[1]):

            def right(answer: float, same: bool = bool(seen.same[pair])) -> float:
                return answer if same else 1 - answer

            said = {True: [], False: []}
            for number, answers in enumerate(seen.shadows):
                said[bool(seen.in_mask[number, pair])].append(right(float(answers[pair, channel])))
            without, within = (math.fsum(said[side]) / len(said[side]) for side in (False, True))
            if not online:
                within = a * without + 1 - a
            ratio *= right(float(seen.answers[pair, channel])) / ((within + without) / 2)
        ratios.append(ratio ** (1 / seen.answers.shape[1]))
    return [
        sum(ratios[one] / ratios[z] >= gamma for z in range(len(seen)) if z != one)
        / (len(seen) - 1)
        for one in range(len(seen))
    ]


@pytest.mark.parametrize("gamma", [1.0, 1.3, 2.0])
@pytest.mark.parametrize(("online", "a"), [(True, 0.0), (False, 0.0), (False, 0.3), (False, 1.0)])
@pytest.mark.parametrize("channels", [1, 3])
def test_is_the_pairwise_test_of_the_paper(
    gamma: float, online: bool, a: float, channels: int
) -> None:
    rng = np.random.default_rng(0)
    seen = balanced(rng, pairs=40, channels=channels)
    attack = PairwiseRatio(gamma=gamma, online=online, a=a)
    found = attack.infer(seen, np.zeros(40, dtype=bool), rng)
    np.testing.assert_allclose(found, by_hand(seen, gamma=gamma, online=online, a=a), rtol=1e-12)
    assert 0 <= found.min() <= found.max() <= 1


def test_a_larger_gamma_only_makes_ties() -> None:
    rng = np.random.default_rng(1)
    ratio = rng.normal(size=300)
    ranked = ratio.argsort()
    for lead in (0.0, 0.3, 2.0):
        assert (np.diff(share_dominated(ratio, lead)[ranked]) >= 0).all()
    np.testing.assert_allclose(share_dominated(ratio, 0.0), (rankdata(ratio) - 1) / 299)
    assert (share_dominated(ratio, 2.0) == 0).sum() == (ratio < ratio.min() + 2).sum()


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize("is_balanced", [True, False])
def test_noise_is_at_chance(online: bool, is_balanced: bool) -> None:
    verifiers, blocks = (6, 8) if is_balanced else (16, 4)
    aucs = []
    for draw in range(40):
        rng = np.random.default_rng(draw)
        drawn = bank(
            rng, verifiers=verifiers, blocks=blocks, pairs=2400 // blocks, balanced=is_balanced
        )
        target = draw % verifiers
        scores = PairwiseRatio(online=online).score(drawn.seen(target), rng)
        aucs.append(auc(drawn.in_mask[target], scores))
    assert abs(from_chance(aucs)) < 4


@pytest.mark.parametrize("online", [True, False])
def test_finds_what_was_planted(online: bool) -> None:
    rng = np.random.default_rng(2)
    drawn = bank(rng, verifiers=16, blocks=30, pairs=40, gap=1.2)
    member = drawn.in_mask[5]
    attack = PairwiseRatio(online=online)
    assert auc(member, attack.infer(drawn.seen(5), member, rng)) > 0.65


def test_needs_others_and_shadows() -> None:
    rng = np.random.default_rng(3)
    seen = balanced(rng, pairs=6, channels=1)
    with pytest.raises(InputError, match="at least two records"):
        PairwiseRatio().score(seen.take(np.array([0])), rng)
    with pytest.raises(InputError, match="more verifiers"):
        PairwiseRatio().score(dataclasses.replace(seen, shadows=None, in_mask=None), rng)
