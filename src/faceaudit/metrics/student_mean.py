"""The mean of a figure over several targets, or seeds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics.scores import checked
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import Estimate

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

_ROUNDING = 1e-12


def student_mean(
    values: npt.ArrayLike,
    level: float = 0.95,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    models: int | None = None,
) -> Estimate:
    """Estimate the mean of a figure over T targets, or seeds, with Student's interval.

    mean +- t(T - 1) * standard deviation / sqrt(T), cut off at the bounds; `n` counts the values.
    The direction is the figure's own.

    Targets that are one another's shadows are not independent. A likelihood ratio from M - 1
    shadows adds, for each of them, whether it learned a record; what the figures of two targets
    have in common is the other one's share, so that they correlate by r = 1 / (M - 1) where
    nothing leaks. The mean then varies by 1 + (T - 1) r times what independent values would, and
    the values' own variance is too small by 1 - r: with `models` the interval is wider by
    sqrt((1 + (T - 1) r) / (1 - r)).

    T equal values do not show that another target would give the same. A share of targets up to
    q = 1 - (1 - level)^(1 / T) could have given anything else and still none of T have come up (the
    bound that Clopper and Pearson 1934 give for no success in T trials). So the interval then goes
    from value - q * (value - lowest) to value + q * (highest - value), within the bounds.

    Args:
        values: (T,) the figure of each target, or with each seed.
        level: coverage, in (0, 1).
        bounds: between which the figure always lies.
        models: M, where the targets are T of M models of which each is attacked with all others as
            shadows; None for seeds, and other values that share nothing.

    Raises:
        InputError: fewer than two values, some not finite or out of bounds, or more values than
            models.

    >>> mean = student_mean([0.52, 0.55, 0.58])
    >>> f"{mean.value:.3f} {mean.low:.3f} {mean.high:.3f}", mean.n
    ('0.550 0.475 0.625', 3)
    >>> same = student_mean([1.0, 1.0, 1.0, 1.0, 1.0])
    >>> round(same.low, 3), same.high
    (0.549, 1.0)
    """
    figures = checked(values, "values").astype(np.float64)
    count, (lowest, highest) = len(figures), bounds
    if count < 2:
        raise InputError(
            f"expected values of at least two targets or seeds, got {count}; try more of them"
        )
    if figures.min() < lowest or figures.max() > highest:
        raise InputError(
            f"expected values in [{lowest:g}, {highest:g}], got {figures.min():g} to"
            f" {figures.max():g}; try other bounds"
        )
    z_of(level)  # refuses what is no level
    if models is not None and not count <= models:
        raise InputError(f"expected at least as many models as values, got {models} for {count}")
    value = float(np.clip(np.mean(figures), lowest, highest))
    what = f"{count} seeds" if models is None else f"{count} targets of {models} models"
    if np.ptp(figures) <= _ROUNDING * (highest - lowest):
        unseen = 1 - (1 - level) ** (1 / count)
        low, high = value - unseen * (value - lowest), value + unseen * (highest - value)
        return Estimate(value, low, high, count, f"no spread over {what} {level * 100:g} %")
    error = float(np.std(figures, ddof=1)) / math.sqrt(count)
    error *= widened_by_shadows(count, models)
    reach = float(special.stdtrit(count - 1, 0.5 + level / 2)) * error
    low, high = max(lowest, value - reach), min(highest, value + reach)
    return Estimate(value, low, high, count, f"student over {what} {level * 100:g} %")


def widened_by_shadows(targets: int, models: int | None) -> float:
    """Return by how much targets that are one another's shadows widen an interval.

    >>> some = (5, 16), (16, 16), (5, 5), (5, None)
    >>> [round(widened_by_shadows(*counts), 2) for counts in some]
    [1.16, 1.46, 1.63, 1.0]
    """
    if models is None:
        return 1.0
    alike = 1 / (models - 1)
    return math.sqrt((1 + (targets - 1) * alike) / (1 - alike)) if models > 2 else math.inf
