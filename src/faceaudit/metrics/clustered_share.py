"""A share of tries that come in clusters, such as several tries of each person."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.metrics.beta_binomial import beta_binomial_ends
from faceaudit.metrics.intervals import wilson_ends
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import Estimate


def clustered_share(hits: npt.ArrayLike, cluster: npt.ArrayLike, level: float = 0.95) -> Estimate:
    """Estimate a share of tries of which those of one cluster tend to go alike.

    The value is hits / tries, whatever the clusters' sizes; `n` counts tries. The interval takes
    clusters as independent of one another and each to have a share of its own; see
    `beta_binomial_ends`. Where all tries hit, or none does, nothing tells how much alike the tries
    of a cluster are: it is then Wilson's of as many trials as there are clusters. One cluster is
    one trial.

    Args:
        hits: (N,) bool.
        cluster: (N,) the cluster of each, such as the person on a photo.
        level: coverage, in (0, 1).

    Raises:
        InputError: no try (a share of nothing is unknown, not zero), or columns that do not fit.

    >>> found = clustered_share([True] * 5 + [False] * 5 + [True] * 2, [0] * 5 + [1] * 5 + [2] * 2)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3), found.n, found.method
    (0.583, 0.188, 0.957, 12, 'beta-binomial of 3 clusters 95 %')
    """
    success, names = np.asarray(hits), np.asarray(cluster)
    if success.ndim != 1 or success.dtype != np.bool_ or not len(success):
        raise InputError(
            f"expected hits (N,) as bool, N at least 1, got {success.shape} {success.dtype}; a"
            " share of nothing is unknown"
        )
    if names.shape != success.shape:
        raise InputError(f"expected clusters {success.shape}, got {names.shape}")
    z = z_of(level)
    index = np.unique(names, return_inverse=True)[1]
    tries = np.bincount(index).astype(np.float64)
    counts = np.bincount(index, success).astype(np.float64)
    value = float(np.mean(success))
    percent = f"{level * 100:g} %"
    if len(tries) == 1:
        low, high = wilson_ends(value, 1, z)
        method = f"wilson of one cluster as one trial {percent}"
    elif value in (0, 1):
        low, high = wilson_ends(value, len(tries), z)
        method = f"wilson of {len(tries)} clusters {percent}"
    elif len(tries) == len(success):
        low, high = wilson_ends(value, len(tries), z)
        method = f"wilson {percent}"
    else:
        low, high = beta_binomial_ends(counts, tries, value, level=level)
        method = f"beta-binomial of {len(tries)} clusters {percent}"
    return Estimate(value, low, high, len(success), method)
