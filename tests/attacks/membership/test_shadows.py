from __future__ import annotations

import numpy as np
import pytest

from attacks.membership.planted import bank
from faceaudit.attacks.membership import Observation
from faceaudit.attacks.membership.base import correct_logits
from faceaudit.attacks.membership.common.shadows import split_in_out


def test_of_uneven_sides_the_larger_loses_one() -> None:
    rng = np.random.default_rng(0)
    in_mask = rng.random((7, 200)) < 0.5
    in_mask[:, (~in_mask).all(axis=0) | in_mask.all(axis=0)] = np.arange(7)[:, None] < 3
    shadows = rng.random((7, 200, 1), dtype=np.float32)
    seen = Observation(np.ones(200, dtype=bool), shadows[0], np.arange(200), shadows, in_mask)
    split = split_in_out(shadows.astype(float), seen, rng, online=True)
    assert not (split.in_mask & ~in_mask).any()
    assert not (split.out_mask & in_mask).any()
    for pair in range(200):
        learned = int(in_mask[:, pair].sum())
        counts = (learned - 1, 7 - learned) if learned > 3 else (learned, 7 - learned - 1)
        assert (split.in_mask[:, pair].sum(), split.out_mask[:, pair].sum()) == counts


def test_each_shadow_is_left_out_as_often() -> None:
    rng = np.random.default_rng(1)
    in_mask = np.repeat([True, True, True, False, False], 4000).reshape(5, 4000)
    shadows = np.zeros((5, 4000, 1), dtype=np.float32)
    seen = Observation(np.ones(4000, dtype=bool), shadows[0], np.arange(4000), shadows, in_mask)
    left = (~split_in_out(shadows.astype(float), seen, rng, online=True).in_mask).sum(axis=1)
    assert abs(left[:3] - 4000 / 3).max() < 4 * np.sqrt(4000 * 2 / 9)


@pytest.mark.parametrize("verifiers", [4, 10])
def test_counts_of_a_balanced_bank_do_not_tell_members(verifiers: int) -> None:
    rng = np.random.default_rng(2)
    drawn = bank(rng, verifiers=verifiers)
    for target in range(verifiers):
        seen = drawn.seen(target)
        assert seen.shadows is not None
        split = split_in_out(correct_logits(seen.shadows, seen.same), seen, rng, online=True)
        assert (split.in_mask.sum(axis=0) == verifiers // 2 - 1).all()
        assert (split.out_mask.sum(axis=0) == verifiers // 2 - 1).all()


def test_moments_are_those_of_the_shadows_used() -> None:
    rng = np.random.default_rng(3)
    drawn = bank(rng, verifiers=9, blocks=6, pairs=3, channels=2)
    seen = drawn.seen(0)
    assert seen.shadows is not None
    values = correct_logits(seen.shadows, seen.same)
    split = split_in_out(values, seen, rng, online=False)
    mean = split.mean(split.out_mask)
    squares = split.squares(split.out_mask, mean)
    for pair in range(18):
        used = values[split.out_mask[:, pair], pair]
        np.testing.assert_allclose(mean[pair], used.mean(axis=0))
        np.testing.assert_allclose(squares[pair], used.var(axis=0) * len(used), atol=1e-12)


def test_a_pair_that_a_shadow_learned_otherwise_is_on_no_side() -> None:
    rng = np.random.default_rng(4)
    in_mask = rng.random((9, 300)) < 0.4
    neither = rng.random((9, 300)) < 0.2
    shadows = rng.random((9, 300, 1), dtype=np.float32)
    seen = Observation(
        np.ones(300, dtype=bool),
        shadows[0],
        np.arange(300),
        shadows,
        in_mask & ~neither,
        ~in_mask & ~neither,
    )
    whole = (seen.in_mask.sum(axis=0) > 1) & (seen.out_mask.sum(axis=0) > 1)  # type: ignore[union-attr]
    seen = seen.take(np.flatnonzero(whole))
    split = split_in_out(seen.shadows.astype(float), seen, rng, online=True)  # type: ignore[union-attr]
    assert not ((split.in_mask | split.out_mask) & neither[:, whole]).any()
    left = seen.in_mask.sum(axis=0) + seen.out_mask.sum(axis=0)  # type: ignore[union-attr]
    uneven = seen.in_mask.sum(axis=0) != seen.out_mask.sum(axis=0)  # type: ignore[union-attr]
    assert (split.in_mask.sum(axis=0) + split.out_mask.sum(axis=0) == left - uneven).all()
