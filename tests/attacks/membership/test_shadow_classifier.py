from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import norm

from attacks.membership.planted import auc, bank, from_chance
from faceaudit.attacks.membership import Observation
from faceaudit.attacks.membership.base import correct_logits
from faceaudit.attacks.membership.lira import LikelihoodRatio
from faceaudit.attacks.membership.shadow_classifier import ShadowClassifier, _features
from faceaudit.errors import InputError


def score(seen: Observation, **more: object) -> np.ndarray:
    return ShadowClassifier().score(dataclasses.replace(seen, **more), np.random.default_rng(0))


def test_noise_is_at_chance() -> None:
    areas = []
    for draw in range(40):
        rng = np.random.default_rng(draw)
        drawn = bank(rng, verifiers=16, blocks=20, pairs=120, balanced=False)
        areas.append(auc(drawn.in_mask[draw % 16], score(drawn.seen(draw % 16))))
    assert abs(from_chance(areas)) < 4


def test_finds_at_least_what_the_ratio_alone_finds() -> None:
    rng = np.random.default_rng(1)
    drawn = bank(rng, verifiers=16, blocks=30, pairs=40, gap=1.0, hardness=2.0)
    seen, member = drawn.seen(3), drawn.in_mask[3]
    ratio = auc(member, LikelihoodRatio().infer(seen, member, rng))
    assert auc(member, score(seen)) > max(ratio - 0.01, 0.68)


def test_another_order_adds_to_it() -> None:
    rng = np.random.default_rng(2)
    drawn = bank(rng, verifiers=16, blocks=30, pairs=40, gap=0.7, channels=2)
    seen, member = drawn.seen(0), drawn.in_mask[0]
    assert seen.shadows is not None
    one = {"answers": seen.answers[:, :1], "shadows": seen.shadows[..., :1]}
    both = {**one, "swapped": seen.answers[:, 1:], "swapped_shadows": seen.shadows[..., 1:]}
    assert auc(member, score(seen, **both)) > auc(member, score(seen, **one)) + 0.03


def test_what_the_photos_tell_is_used() -> None:
    """A member's answers rise with the cosine here: neither tells it alone."""
    rng = np.random.default_rng(3)
    drawn = bank(rng, verifiers=12, blocks=40, pairs=30, gap=1.0)
    cosine = np.where(drawn.same, 1.0, -1.0)[:, None].astype(np.float32)
    with_it, without = score(drawn.seen(0), cosine=cosine), score(drawn.seen(0))
    assert not np.allclose(with_it, without)
    assert np.isfinite(with_it).all()


def test_features_of_a_shadow_are_those_against_all_others() -> None:
    rng = np.random.default_rng(4)
    drawn = bank(rng, verifiers=9, blocks=6, pairs=3, channels=2, balanced=False)
    seen = drawn.seen(8)
    assert seen.shadows is not None
    assert seen.in_mask is not None
    values, inside = correct_logits(seen.shadows, seen.same), seen.in_mask
    known = rng.random((len(seen), 1))
    features, target = _features(values, seen.margins(), inside, ~inside, known)
    assert features.shape == (8, 18, 2 * 4 + 2)
    variances = []
    for channel in range(2):
        for mask in (inside, ~inside):
            one = [values[mask[:, pair], pair, channel] for pair in range(18)]
            squares = sum(float(np.square(each - each.mean()).sum()) for each in one if len(each))
            variances.append(squares / sum(max(len(each) - 1, 0) for each in one))
    for shadow, pair in ((0, 0), (3, 7), (7, 17)):
        others = np.arange(8) != shadow
        expected, total = [], 0.0
        for channel in range(2):
            x = values[shadow, pair, channel]
            ins, outs = (
                values[others & mask[:, pair], pair, channel] for mask in (inside, ~inside)
            )
            assert len(ins)
            assert len(outs)
            densities = []
            for side, each in enumerate((ins, outs)):
                variance = variances[2 * channel + side]
                spread = np.sqrt(variance * (1 + 1 / len(each)))
                density = norm(each.mean(), spread).logpdf(x) + np.log(spread / np.sqrt(variance))
                densities.append(density)
            expected += [x, x - ins.mean(), x - outs.mean(), densities[0] - densities[1]]
            total += densities[0] - densities[1]
        np.testing.assert_allclose(features[shadow, pair], [*expected, total, known[pair, 0]])
    assert target.shape == (18, 10)


def test_pairs_that_a_shadow_learned_otherwise_count_for_nothing() -> None:
    rng = np.random.default_rng(5)
    drawn = bank(rng, verifiers=12, blocks=30, pairs=30, gap=1.0)
    seen = drawn.seen(0)
    assert seen.in_mask is not None
    assert seen.shadows is not None
    neither = (rng.random(seen.in_mask.shape) < 0.3) & seen.in_mask
    masks = {"in_mask": seen.in_mask & ~neither, "out_mask": ~seen.in_mask}
    other = seen.shadows.copy()
    other[neither] = 0.5
    np.testing.assert_allclose(score(seen, **masks), score(seen, **masks, shadows=other))


def test_a_pair_that_none_or_all_learned_is_scored_all_the_same() -> None:
    rng = np.random.default_rng(6)
    drawn = bank(rng, verifiers=8, blocks=10, pairs=10, balanced=False)
    in_mask = np.asarray(drawn.seen(0).in_mask).copy()
    in_mask[:, :10], in_mask[:, 10:20] = True, False
    assert np.isfinite(score(drawn.seen(0), in_mask=in_mask)).all()


def test_needs_three_shadows() -> None:
    rng = np.random.default_rng(7)
    drawn = bank(rng, verifiers=4, blocks=10, pairs=10)
    assert len(score(drawn.seen(0))) == 100
    seen = drawn.seen(0)
    assert seen.shadows is not None
    assert seen.in_mask is not None
    with pytest.raises(InputError, match=r"at least three shadows, .* got 2; try more verifiers"):
        score(seen, shadows=seen.shadows[:2], in_mask=seen.in_mask[:2])
    with pytest.raises(InputError, match="more verifiers"):
        score(seen, shadows=None, in_mask=None)
