"""Unlinkability of protected templates: D(s) and D_sys."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from faceaudit.metrics.binned_scores import BINS, Leak, leak_of
from faceaudit.metrics.comparison_share import People
from faceaudit.types import Float64Array


def local_linkability(mated: Float64Array, other: Float64Array) -> Float64Array:
    """Return D(s), (..., B), from shares of mated and of non-mated scores in B bins.

    With the likelihood ratio LR = p(s | mated) / p(s | non-mated) and omega = 1, mated and
    non-mated taken to be equally likely: D(s) = 2 LR / (1 + LR) - 1 where LR > 1, else 0. It is
    0 where a score tells nothing, and 1 where only templates of one person have it.

    >>> local_linkability(np.array([0.25, 0.75]), np.array([0.75, 0.25])).tolist()
    [0.0, 0.5]
    """
    both = mated + other
    away = np.divide(mated - other, both, out=np.zeros_like(both), where=both > 0)
    return np.maximum(away, 0.0)


def d_sys_of(mated: Float64Array, other: Float64Array) -> Float64Array:
    """Return D_sys, (...), from shares of mated and of non-mated scores in (..., B) bins.

    The mean of D(s) over mated scores. Densities are histograms, so that it is a sum over bins; the
    reference implementation takes the trapezoidal rule between their middles.

    >>> float(d_sys_of(np.array([0.25, 0.75]), np.array([0.75, 0.25])))
    0.375
    """
    return np.asarray(np.sum(mated * local_linkability(mated, other), axis=-1))


def d_sys(
    mated: npt.ArrayLike,
    non_mated: npt.ArrayLike,
    *,
    bins: int = BINS,
    limits: tuple[float, float] | None = None,
    people: People | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Leak:
    """Estimate D_sys, how well scores tell templates of one person from those of two.

    0 is fully unlinkable, 1 fully linkable; lower is better for the people. After Gomez-Barrero,
    Galbally, Rathgeb, Busch 2018, "General Framework to Evaluate Unlinkability in Biometric
    Template Protection Systems", IEEE TIFS 13:1406, with omega = 1. It does not depend on how many
    comparisons of either kind there are, but on range and number of bins: the method says both.
    `leak_of` says how interval and floor are made; `n` counts mated comparisons.

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
    >>> apart = d_sys(rng.normal(5, 1, 500), rng.normal(0, 1, 5000))
    >>> alike = d_sys(rng.normal(0, 1, 500), rng.normal(0, 1, 5000))
    >>> round(apart.estimate.value, 2), apart.shown, alike.shown, alike.estimate.low
    (0.98, True, False, 0.0)
    """
    return leak_of(
        mated,
        non_mated,
        d_sys_of,
        bins=bins,
        limits=limits,
        people=people,
        seed=seed,
        level=level,
    )
