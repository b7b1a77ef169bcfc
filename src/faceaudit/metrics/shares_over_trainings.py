"""A share that was measured on several trainings, or with several keys, as a mean over them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.errors import InputError
from faceaudit.metrics.beta_binomial import beta_binomial_ends
from faceaudit.metrics.intervals import wilson_trials
from faceaudit.metrics.student_mean import student_mean
from faceaudit.types import Estimate

TRAININGS_SPREAD = 0.4
"""The largest standard deviation of a success rate over trainings that is thought possible.

Between 17 and 25 points have been seen.
"""


def share_over_trainings(each: Sequence[Estimate], *, level: float = 0.95) -> Estimate:
    """Estimate the mean share over trainings that differ in nothing but chance.

    The interval holds what another training would give on average: how far the T trainings lie
    apart, and how well each is known from its tries. The shares of trainings are taken to come from
    a beta distribution with a standard deviation of up to 40 points; see `beta_binomial_ends`. A
    training counts for as many tries as would
    give its own interval by `wilson`; so clusters are held where that interval holds them. It holds
    trainings only: the same photos and the same poison are in all.

    Args:
        each: (T,) the share in each training, T at least 2, with an interval of its own.
        level: coverage, in (0, 1), of the intervals given and of that returned.

    Returns:
        The mean of the T values; `n` counts the trainings. The direction is that of the share.

    Raises:
        InputError: fewer than two trainings, or values that are no shares.

    >>> from faceaudit.metrics.intervals import wilson
    >>> alike = share_over_trainings([wilson(115, 115)] * 3)
    >>> round(alike.low, 2), alike.high, alike.n, alike.method
    (0.81, 1.0, 3, 'beta-binomial over 3 trainings 95 %')
    >>> apart = share_over_trainings([wilson(hits, 100) for hits in (33, 60, 95)])
    >>> round(apart.low, 2), round(apart.value, 2), round(apart.high, 2)
    (0.3, 0.63, 0.86)
    """
    return _share_over(each, "trainings", TRAININGS_SPREAD, level)


def accuracy_over_trainings(each: Sequence[Estimate]) -> Estimate:
    """Estimate the mean of an accuracy over trainings that differ in nothing but chance.

    An accuracy is a mean over many photos, and trainings move it a little, either way: unlike an
    attack's success it is not all or nothing. So its interval is Student's over trainings, or as
    far as those of single trainings reach on average where that is farther, since a few trainings
    may agree by chance; at 95 %, as the single ones.

    Args:
        each: (T,) the accuracy in each training, T at least 2, with an interval of its own.

    Returns:
        The mean of the T values; `n` counts the trainings. Higher is better.

    Raises:
        InputError: fewer than two trainings, or values that are no shares.

    >>> from faceaudit.metrics.intervals import wilson
    >>> found = accuracy_over_trainings([wilson(hits, 720) for hits in (713, 714, 712)])
    >>> round(found.low, 3), round(found.value, 3), round(found.high, 3), found.n
    (0.98, 0.99, 0.995, 3)
    """
    over = student_mean([one.value for one in each])
    below = float(np.mean([one.value - one.low for one in each]))
    above = float(np.mean([one.high - one.value for one in each]))
    if np.ptp([one.value for one in each]) > 0:
        below, above = max(below, over.value - over.low), max(above, over.high - over.value)
    method = f"student over {len(each)} trainings, or as one where wider 95 %"
    low, high = max(0.0, over.value - below), min(1.0, over.value + above)
    return Estimate(over.value, low, high, len(each), method)


def share_over_keys(each: Sequence[Estimate], *, level: float = 0.95) -> Estimate:
    """Estimate the mean share over keys that were drawn alike, such as wrong keys.

    As `share_over_trainings`, but keys may differ as far as can be: some open for everybody, others
    for nobody. `n` counts the keys.

    >>> from faceaudit.metrics.intervals import wilson
    >>> found = share_over_keys([wilson(hits, 115) for hits in (0, 8, 109, 112, 115)])
    >>> round(found.low, 2), round(found.value, 2), round(found.high, 2), found.n
    (0.23, 0.6, 0.82, 5)
    """
    return _share_over(each, "keys", None, level)


def _share_over(each: Sequence[Estimate], what: str, most: float | None, level: float) -> Estimate:
    if len(each) < 2:
        raise InputError(f"expected at least two {what}, got {len(each)}; try more of them")
    values = np.array([one.value for one in each])
    if values.min() < 0 or values.max() > 1:
        raise InputError(f"expected shares in [0, 1], got {values.min():g} to {values.max():g}")
    tries = np.array([wilson_trials(one, level) for one in each])
    value = float(values.mean())
    low, high = beta_binomial_ends(values * tries, tries, value, most=most, level=level)
    return Estimate(
        value, low, high, len(each), f"beta-binomial over {len(each)} {what} {level * 100:g} %"
    )
