"""Made tries and comparisons of people in groups."""

from __future__ import annotations

import numpy as np

from faceaudit.metrics.differentials import Tries


def people_of(
    sizes: list[int], rates: list[float], *, tries: int = 8, alike: float = 0.2, seed: int = 0
) -> Tries:
    """Return tries of people who each have a rate of their own around that of their group."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    rate = np.array(rates)[group]
    own = rng.beta(rate * (1 / alike - 1), (1 - rate) * (1 / alike - 1))
    hits = rng.random((len(group), tries)) < own[:, None]
    names = tuple(f"group {number}" for number in range(len(sizes)))
    return Tries(hits.ravel(), np.repeat(np.arange(len(group)), tries), names, group=group)


def pairs_of(
    sizes: list[int],
    rates: list[float],
    seed: int,
    *,
    across: float | None = None,
    odd: float = 0.3,
) -> Tries:
    """Return all pairs of people; a share of the spread of pairs comes from either person."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    first, second = np.triu_indices(len(group), 1)
    own = rng.normal(0, odd, len(group))
    within = np.log(np.array(rates))[group[first]]
    strange = np.log(across or min(rates))
    base = np.where(group[first] == group[second], within, strange)
    chance = np.minimum(1, np.exp(base + own[first] + own[second]))
    hits = rng.random(len(first)) < chance
    names = tuple(f"group {number}" for number in range(len(sizes)))
    return Tries(hits, np.column_stack([first, second]), names, group=group)
