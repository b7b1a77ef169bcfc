"""AUC of pairs of photos, with a bootstrap over people."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from faceaudit.types import Estimate


def auc(genuine: np.ndarray, impostor: np.ndarray) -> float:
    """Return the share of (genuine, impostor) scores in the right order; a tie is half a one."""
    rank = rankdata(np.concatenate([genuine, impostor]))[: len(genuine)]
    return float((rank.mean() - (len(genuine) + 1) / 2) / len(impostor))


def draw_pairs(
    identity: np.ndarray, group: np.ndarray, count: int, *, across: bool, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw `count` pairs (row, row), half of one person, and whether each is of one person.

    With `across`, the two photos of a genuine pair are of two sessions.
    """
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, len(identity), (2, 400 * count))
    one = identity[first] == identity[second]
    genuine = one & (first != second)
    if across:
        genuine &= group[first] != group[second]
    rows = np.concatenate(
        [np.flatnonzero(genuine)[: count // 2], np.flatnonzero(~one)[: count // 2]]
    )
    assert len(rows) == count
    return np.stack([first[rows], second[rows]], axis=1), genuine[rows]


def estimate(score: np.ndarray, same: np.ndarray, people: np.ndarray, seed: int = 0) -> Estimate:
    """Estimate the AUC; the bootstrap draws people, as pairs that share one are not independent.

    Args:
        score: (N,) similarity of each pair.
        same: (N,) whether it is of one person.
        people: (N, 2) who is on it.
    """
    rng = np.random.default_rng(seed)
    count = int(people.max()) + 1
    value, order = auc(score[same], score[~same]), np.argsort(score)
    found = []
    for _ in range(1000):
        times = np.bincount(rng.integers(0, count, count), minlength=count)
        # A genuine pair is there as often as its person, an impostor pair as often as both are.
        weight = np.where(same, times[people[:, 0]], times[people[:, 0]] * times[people[:, 1]])
        weight, genuine = weight[order], same[order]
        below = np.cumsum(weight * ~genuine)
        found.append((weight * genuine * below).sum() / ((weight * genuine).sum() * below[-1]))
    low, high = np.quantile(found, [0.025, 0.975])
    method = "bootstrap of people 95 %"
    return Estimate(value, float(min(low, value)), float(max(high, value)), len(score), method)
