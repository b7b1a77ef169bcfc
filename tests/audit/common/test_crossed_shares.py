"""Shares of tries of which those on a target, and those of a stranger, go alike."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.common.crossed_shares import crossed_share, share_of_keys
from faceaudit.metrics import clustered_share, wilson


def test_tries_that_all_pass_count_as_many_as_there_are_targets() -> None:
    found = crossed_share(np.ones((20, 200), dtype=bool))
    assert (found.value, found.n) == (1.0, 4000)
    assert found.low == pytest.approx(
        1 - np.hypot(1 - wilson(20, 20).low, 1 - wilson(200, 200).low)
    )


def test_each_end_is_as_far_as_both_sides_are_together() -> None:
    rng = np.random.default_rng(0)
    hits = rng.random((10, 50)) < rng.uniform(0, 1, (10, 1))
    found = crossed_share(hits)
    by_target = clustered_share(hits.ravel(), np.repeat(np.arange(10), 50))
    by_stranger = clustered_share(hits.ravel(), np.tile(np.arange(50), 10))
    for end in ("low", "high"):
        away = [(getattr(one, end) - found.value) ** 2 for one in (by_target, by_stranger)]
        expected = np.clip(found.value + (-1 if end == "low" else 1) * sum(away) ** 0.5, 0, 1)
        assert getattr(found, end) == pytest.approx(expected)
    assert found.low < min(by_target.low, by_stranger.low)
    assert found.high > max(by_target.high, by_stranger.high)


def test_nineteen_intervals_of_twenty_hold_the_share_of_all_people() -> None:
    # Logistic tries with an effect of each target and of each stranger, as strong either way.
    rng = np.random.default_rng(0)

    def tries(targets: int, strangers: int) -> np.ndarray:
        logit = 1.5 * (rng.normal(size=(targets, 1)) + rng.normal(size=(1, strangers)))
        return np.asarray(rng.random((targets, strangers)) < 1 / (1 + np.exp(-logit)))

    found = [crossed_share(tries(20, 20)) for _ in range(200)]
    assert np.mean([one.low <= 0.5 <= one.high for one in found]) > 0.94


def test_strangers_who_go_alike_widen_it_too() -> None:
    hits = np.tile(np.arange(8) < 4, (200, 1))
    found = crossed_share(hits)
    assert found.high - found.low > 0.5
    assert found.value == 0.5


def test_wrong_keys_are_as_many_as_there_are_keys() -> None:
    hits = np.stack([np.zeros((5, 20), dtype=bool), np.ones((5, 20), dtype=bool)])
    found = share_of_keys(hits)
    assert (found.value, found.n) == (0.5, 2)
    assert found.high - found.low > 0.7
