"""Whether templates of two databases can be told to be of one person, by their scores alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy.typing as npt

from faceaudit.metrics.binned_scores import BINS, Leak
from faceaudit.metrics.comparison_share import People
from faceaudit.metrics.maximal_leakage import maximal_leakage
from faceaudit.metrics.unlinkability import d_sys


@dataclass(frozen=True)
class Unlinkability:
    """How much scores tell of whether two templates are of one person; 0 is nothing, 1 is all.

    Attributes:
        d_sys: D_sys of Gomez-Barrero et al. 2018, with its interval and its floor.
        maximal_leakage: in bits, with the same.
    """

    d_sys: Leak
    maximal_leakage: Leak

    @property
    def linkable(self) -> bool:
        """Whether D_sys lies above 97.5 % of what labels dealt at random give."""
        return self.d_sys.shown


def unlinkability(
    mated: npt.ArrayLike,
    non_mated: npt.ArrayLike,
    *,
    people: People | None = None,
    bins: int = BINS,
    limits: tuple[float, float] | None = None,
    seed: int = 0,
) -> Unlinkability:
    """Measure how well scores between two databases tell one person's templates from two people's.

    Both figures compare histograms of the scores, and are above 0 by chance alone: each comes with
    that floor. Take scores of templates that are protected with different keys, one of each
    database; with keys that differ in nothing they say how well faces are recognised.

    Args:
        mated: (N,) scores of two templates of one person.
        non_mated: (M,) scores of templates of two people; ten times as many are usual.
        people: numbers of the two people of each comparison, (N, 2) and (M, 2), over whom intervals
            are; None takes comparisons as independent.
        bins: of the histograms; the floor grows with them.
        limits: lowest and highest score that bins reach to; none means those that there are.
        seed: of the draws for intervals and floors.

    Returns:
        D_sys and maximal leakage, each with its interval and its floor.

    Raises:
        InputError: no scores, some that are not finite or outside of `limits`, or people that do
            not fit.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> held = unlinkability(rng.normal(0, 1, 500), rng.normal(0, 1, 5000))
    >>> held.linkable, held.d_sys.estimate.low
    (False, 0.0)
    >>> broken = unlinkability(rng.normal(3, 1, 500), rng.normal(0, 1, 5000))
    >>> broken.linkable, round(broken.d_sys.estimate.value, 2)
    (True, 0.85)
    """
    return Unlinkability(
        *(
            measure(mated, non_mated, bins=bins, limits=limits, people=people, seed=seed)
            for measure in (d_sys, maximal_leakage)
        )
    )
