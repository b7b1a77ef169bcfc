"""Data with known figures, drawn anew for each replication: tries, records, comparisons, probes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from faceaudit.metrics import SearchResults
from faceaudit.types import BoolArray, Float64Array, IntArray

Rng = np.random.Generator


def tries_in_clusters(
    rng: Rng, sizes: npt.ArrayLike, share: float, alike: float
) -> tuple[BoolArray, IntArray]:
    """Draw tries of clusters whose shares are beta distributed; `alike` is the correlation."""
    each = np.asarray(sizes)
    shares = np.full(len(each), share)
    if alike:
        precision = 1 / alike - 1
        shares = rng.beta(share * precision, (1 - share) * precision, len(each))
    cluster = np.repeat(np.arange(len(each)), each)
    return rng.random(len(cluster)) < shares[cluster], cluster


def shares_with_spread(rng: Rng, count: int, mean: float, spread: float) -> Float64Array:
    """Draw shares from a beta distribution with a mean and a standard deviation."""
    if not spread:
        return np.full(count, mean)
    precision = mean * (1 - mean) / spread**2 - 1
    return rng.beta(mean * precision, (1 - mean) * precision, count)


def records_in_blocks(
    rng: Rng, blocks: int, size: int, gap: float, alike: float
) -> tuple[Float64Array, BoolArray, IntArray]:
    """Draw scores of members and non-members in blocks; normal, `gap` deviations apart."""
    block = np.repeat(np.arange(2 * blocks), size)
    member = block < blocks
    scores = np.sqrt(alike) * rng.standard_normal(2 * blocks)[block]
    scores += np.sqrt(1 - alike) * rng.standard_normal(len(block)) + gap * member
    return scores, member, block


@dataclass(frozen=True)
class Comparisons:
    """Scored pairs in ten folds that share nobody.

    Attributes:
        scores: (P,) normal, with deviation 1.
        same: (P,) whether a pair is genuine: then `gap` higher on average.
        people: (P, 2) who is on it.
        fold: (P,) folds.
    """

    scores: Float64Array
    same: BoolArray
    people: IntArray
    fold: IntArray

    @property
    def sides(self) -> tuple[Float64Array, Float64Array]:
        return self.scores[self.same], self.scores[~self.same]

    @property
    def compared(self) -> tuple[IntArray, IntArray]:
        return self.people[self.same], self.people[~self.same]


Kind = Literal["alike", "quality"]
"""What people add: to all of their scores, or to genuine ones what they take from impostors'."""


def comparisons(
    rng: Rng, people: int, pairs: int, gap: float, alike: float, kind: Kind
) -> Comparisons:
    """Draw as many genuine as impostor pairs; pairs of one person correlate by up to `alike`."""
    fold = np.repeat(np.arange(10), pairs // 10)
    each = people // 10
    first = rng.integers(0, each, (2, len(fold)))
    other = (first[1] + rng.integers(1, each, len(fold))) % each
    who = np.concatenate(
        [np.column_stack([first[0], first[0]]), np.column_stack([first[1], other])]
    )
    who += each * np.concatenate([fold, fold])[:, None]
    same = np.arange(2 * len(fold)) < len(fold)
    own = rng.standard_normal(people)[who]
    sign = -1.0 if kind == "quality" else 1.0
    added = np.where(same, own[:, 0], sign * own.sum(axis=1) / np.sqrt(2))
    scores = np.sqrt(alike) * added + np.sqrt(1 - alike) * rng.standard_normal(len(same))
    return Comparisons(scores + gap * same, same, who, np.concatenate([fold, fold]))


def searches(
    rng: Rng, people: int, each: int, alike: float, *, found: float = 0.9
) -> tuple[SearchResults, IntArray]:
    """Draw searches by `each` probes of enrolled people and of as many strangers."""
    who = np.repeat(np.arange(2 * people), each)
    mated = who < people
    own, lost = (
        np.sqrt(alike) * rng.standard_normal(2 * people)[who]
        + np.sqrt(1 - alike) * rng.standard_normal(len(who))
        for _ in range(2)
    )
    ahead = (lost[mated] > np.sqrt(2) * _erfinv(2 * found - 1)).astype(np.int64)
    results = SearchResults(
        mated=np.flatnonzero(mated),
        score=own[mated] + 3.0,
        ahead=ahead,
        tied=np.zeros_like(ahead),
        nonmated=np.flatnonzero(~mated),
        top=own[~mated],
        people=people,
    )
    return results, who


def likelihood_ratios(
    rng: Rng, models: int, targets: int, records: int, gap: float
) -> tuple[Float64Array, BoolArray]:
    """Draw the scores of LiRA on `targets` of `models` that are one another's shadows, (T, N) each.

    A model learned half of the records, drawn for it; each record half of the models, as nearly as
    their number lets. What it says of one that it learned is `gap` deviations higher.
    """
    order = np.argsort(rng.random((records, models)), axis=1).T
    learned = order < models // 2 + (rng.random(records) < 0.5 if models % 2 else 0)
    said = rng.standard_normal((models, records)) + gap * learned
    inside, outside = learned.sum(axis=0), (~learned).sum(axis=0)
    mine, wins = said[:targets], learned[:targets]
    # The means of all models but the target, with and without the record.
    into = ((said * learned).sum(axis=0) - mine * wins) / (inside - wins)
    out = ((said * ~learned).sum(axis=0) - mine * ~wins) / (outside - ~wins)
    return (mine - out) ** 2 - (mine - into) ** 2, wins


def _erfinv(value: float) -> float:
    from scipy.special import erfinv  # noqa: PLC0415

    return float(erfinv(value))
