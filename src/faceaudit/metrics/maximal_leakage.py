"""Maximal leakage: how much a score tells of whether two templates are of one person."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from faceaudit.metrics.binned_scores import BINS, Leak, leak_of
from faceaudit.metrics.comparison_share import People
from faceaudit.types import Float64Array


def leakage_of(mated: Float64Array, other: Float64Array) -> Float64Array:
    """Return the maximal leakage in bits, (...), from shares of scores in (..., B) bins.

    log2 of the sum over bins of the larger share: 0 where both histograms are the same, 1 where no
    bin has scores of both.

    >>> round(float(leakage_of(np.array([0.25, 0.75]), np.array([0.75, 0.25]))), 4)
    0.585
    """
    return np.asarray(np.log2(np.sum(np.maximum(mated, other), axis=-1)))


def maximal_leakage(
    mated: npt.ArrayLike,
    non_mated: npt.ArrayLike,
    *,
    bins: int = BINS,
    limits: tuple[float, float] | None = None,
    people: People | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Leak:
    """Estimate the maximal leakage from "one person or two" to the score, in bits.

    The logarithm of how many times better the best guess of anything about the pair becomes by its
    score, whatever the prior (Issa, Wagner, Kamath 2020, "An Operational Approach to Information
    Leakage", arXiv 1807.07878), as Otroshi Shahreza, Shkel, Marcel 2023 ("Measuring Linkability of
    Protected Biometric Templates Using Maximal Leakage", IEEE TIFS) apply it: 0 is unlinkable, 1
    fully linkable. Its 2 to the power, less 1, is the advantage of the best threshold rule on the
    bins. Densities are histograms of 30 bins there and here; `leak_of` says how interval and floor
    are made; `n` counts mated comparisons.

    Args:
        mated: (N,) scores of two templates of one person each, of two databases.
        non_mated: (M,) scores of two people's.
        bins: bins of the histograms.
        limits: lowest and highest score that bins reach to; none means those that there are.
        people: who is compared, (N, 2) and (M, 2); None takes comparisons as independent.
        seed: of the draws for interval and floor.
        level: coverage, in (0, 1).

    Raises:
        InputError: no scores, some that are not finite, or columns that do not fit.

    >>> rng = np.random.default_rng(0)
    >>> round(maximal_leakage(rng.normal(5, 1, 500), rng.normal(0, 1, 5000)).estimate.value, 2)
    0.99
    """
    return leak_of(
        mated,
        non_mated,
        leakage_of,
        bins=bins,
        limits=limits,
        people=people,
        seed=seed,
        level=level,
    )
