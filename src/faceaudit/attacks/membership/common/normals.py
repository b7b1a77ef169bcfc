"""Normal distributions of shadows' values, and the likelihood ratio of IN and OUT models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.membership.common.shadows import InOut
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array

FLOOR = 1e-2
"""The least own variance, as a share of the shared one: saturated answers have variance 0."""
TINY = 1e-12
"""The least shared variance."""


@dataclass(frozen=True, eq=False)
class Standardised:
    """(N, C) distances from the mean in standard deviations, and the standard deviations."""

    z: Float64Array
    sigma: Float64Array

    def log_density(self) -> Float64Array:
        """Return (N, C) logarithms of the density, constants left out."""
        return np.asarray(-np.square(self.z) / 2 - np.log(self.sigma))


@dataclass(frozen=True, eq=False)
class Normals:
    """Normals of one side: (N, C) means, their (N, 1) counts, variances (N, C) or (1, C)."""

    mean: Float64Array
    count: Float64Array
    variance: Float64Array

    def standardised(self, values: Float64Array) -> Standardised:
        """Return how far (N, C) values lie from the means, which are uncertain themselves."""
        sigma = np.sqrt(self.variance)
        return Standardised((values - self.mean) / (sigma * np.sqrt(1 + 1 / self.count)), sigma)


def fit_normals(split: InOut, mask: BoolArray, *, own: bool) -> Normals:
    """Fit normal distributions to the values of one side, variances without bias.

    Args:
        split: the shadows.
        mask: (S, N) the side.
        own: whether each pair has its own variance; else one is shared by all.

    Raises:
        InputError: no pair with two shadows on the side.
    """
    count = mask.sum(axis=0).astype(np.float64)[:, None]
    freedom = float((count - 1).sum())
    if not freedom:
        raise InputError(
            f"expected two shadows on a side of at least one pair, got at most one of "
            f"{len(mask)}; try more verifiers"
        )
    mean = split.mean(mask)
    squares = split.squares(mask, mean)
    variance = np.maximum(squares.sum(axis=0, keepdims=True) / freedom, TINY)
    if own:
        variance = np.maximum(squares / (count - 1), FLOOR * variance)
    return Normals(mean, count, variance)


def log_likelihood_ratio(values: Float64Array, split: InOut, *, own: bool) -> Float64Array:
    """Return (N,) log ratios of the densities of IN and of OUT models at (N, C) values.

    Logarithms are summed over the channels, as if these were independent.
    """
    inside, outside = (
        fit_normals(split, mask, own=own).standardised(values).log_density()
        for mask in (split.in_mask, split.out_mask)
    )
    return np.asarray((inside - outside).sum(axis=1))
