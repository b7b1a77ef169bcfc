"""Shares of tries of strangers on targets, of which those of either tend to go alike."""

from __future__ import annotations

import numpy as np

from faceaudit.metrics import clustered_share, share_over_keys
from faceaudit.types import BoolArray, Estimate


def crossed_share(hits: BoolArray) -> Estimate:
    """Estimate a share of tries (T, S) of S strangers on T targets.

    Tries on one target tend to go alike, and so do those of one stranger. Each end is as far from
    the value as the root of the sum of squares of how far those of targets as clusters and of
    strangers as clusters are, see `clustered_share`: variances of the two add up (Cameron, Gelbach,
    Miller 2011, Robust inference with multiway clustering; what both have in common is not taken
    off, so that it errs to the wide side). `n` counts tries.

    >>> found = crossed_share(np.ones((20, 200), dtype=bool))
    >>> round(found.low, 3), found.high, found.n
    (0.838, 1.0, 4000)
    """
    targets, strangers = hits.shape
    flat = hits.reshape(-1)
    by_target = clustered_share(flat, np.repeat(np.arange(targets), strangers))
    by_stranger = clustered_share(flat, np.tile(np.arange(strangers), targets))
    value = by_target.value
    below = float(np.hypot(value - by_target.low, value - by_stranger.low))
    above = float(np.hypot(by_target.high - value, by_stranger.high - value))
    return Estimate(
        value,
        max(0.0, value - below),
        min(1.0, value + above),
        by_target.n,
        f"{by_target.method} (targets) and {by_stranger.method} (strangers), in squares",
    )


def share_of_keys(hits: BoolArray) -> Estimate:
    """Estimate the mean share over wrong keys of tries (k, T, S); `n` counts the keys."""
    return share_over_keys([crossed_share(one) for one in hits])
