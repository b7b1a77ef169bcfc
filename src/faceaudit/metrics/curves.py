"""Figures of a whole ROC curve: equal error rate and area."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.metrics.roc import Roc
from faceaudit.metrics.wilson_bands import wilson_band, z_of
from faceaudit.types import Estimate, Float64Array

if TYPE_CHECKING:
    from scipy import optimize
else:
    optimize = deferred("scipy.optimize")

ROOT_GAP = 1e-12
PEOPLE = ", people as clusters"


def eer_of(
    curve: Roc, *, parts: tuple[float, float] | None = None, level: float = 0.95
) -> tuple[Estimate, int]:
    """Return the equal error rate of a curve, and which of its points is nearest to it.

    See `verification.eer` for the formula and the interval. `parts` are the shares of genuine and
    of impostor comparisons that would vary as much if they were independent; None takes all as
    such.
    """
    fmr, fnmr = curve.fmr, curve.fnmr
    genuine, impostor = parts or (1.0, 1.0)
    fmr_low, fmr_high = wilson_band(fmr, curve.impostors * impostor, level)
    fnmr_low, fnmr_high = wilson_band(fnmr, curve.genuines * genuine, level)
    rate = _crossing(fmr, fnmr)
    below = math.hypot(rate - _crossing(fmr_low, fnmr), rate - _crossing(fmr, fnmr_low))
    above = math.hypot(_crossing(fmr_high, fnmr) - rate, _crossing(fmr, fnmr_high) - rate)
    estimate = Estimate(
        rate,
        max(0.0, rate - below),
        min(1.0, rate + above),
        min(curve.impostors, curve.genuines),
        f"wilson bands, added in squares{'' if parts is None else PEOPLE} {level * 100:g} %",
    )
    return estimate, int(np.argmin(np.abs(fmr - fnmr)))


def eer_weight(curve: Roc, *, level: float = 0.95) -> float:
    """Return by how much the equal error rate moves with FMR; with FNMR it moves by the rest.

    From how far the ends of each one's Wilson band move the crossing.
    """
    fmr, fnmr = curve.fmr, curve.fnmr
    at = int(np.argmin(np.abs(fmr - fnmr)))
    fmr_low, fmr_high = wilson_band(fmr, curve.impostors, level)
    fnmr_low, fnmr_high = wilson_band(fnmr, curve.genuines, level)
    by_fmr = _crossing(fmr_high, fnmr) - _crossing(fmr_low, fnmr)
    by_fnmr = _crossing(fmr, fnmr_high) - _crossing(fmr, fnmr_low)
    by_fmr /= float(fmr_high[at] - fmr_low[at])
    by_fnmr /= float(fnmr_high[at] - fnmr_low[at])
    return by_fmr / (by_fmr + by_fnmr) if by_fmr + by_fnmr > 0 else 0.5


def _crossing(rising: Float64Array, falling: Float64Array) -> float:
    """Return the value at which two lines through points at the same thresholds cross."""
    gap = rising - falling
    after = int(np.searchsorted(gap, 0.0, side="left"))
    if gap[after] == 0:
        return float(rising[after])
    part = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(rising[after - 1] + part * (rising[after] - rising[after - 1]))


def auc_of(curve: Roc, *, level: float = 0.95) -> Estimate:
    """Return the area under a curve; see `verification.auc`.

    Of binned scores, those of one bin count as equal: the area can be off by `tied(curve) / 2`.
    """
    impostors = np.diff(curve.false_accepts)
    genuines = np.diff(curve.true_accepts)
    # Of each impostor the share of genuine scores above it, of each genuine the share below it.
    beaten = (curve.true_accepts[:-1] + genuines / 2) / curve.genuines
    beats = 1 - (curve.false_accepts[:-1] + impostors / 2) / curve.impostors
    twice = int(np.sum(impostors * (2 * curve.true_accepts[:-1] + genuines)))
    value = twice / (2 * curve.genuines * curve.impostors)
    variance = 0.0
    if min(curve.genuines, curve.impostors) > 1:
        for weights, shares, count in (
            (impostors, beaten, curve.impostors),
            (genuines, beats, curve.genuines),
        ):
            spread = float(np.sum(weights * (shares - value) ** 2))
            variance += spread / (count - 1) / count
    n = min(curve.genuines, curve.impostors)
    if variance > 0 and 0 < value < 1:
        low, high = logit_interval(value, math.sqrt(variance), z_of(level))
        return Estimate(value, low, high, n, f"delong, log odds {level * 100:g} %")
    low, high = score_interval(value, curve.genuines, curve.impostors, z_of(level))
    return Estimate(value, low, high, n, f"newcombe area {level * 100:g} %")


def tied(curve: Roc) -> float:
    """Return the share of genuine and impostor scores, each with each, that count as equal.

    >>> from faceaudit.metrics.roc import roc
    >>> tied(roc([0.9, 0.4], [0.4, 0.1]))
    0.25
    """
    equal = int(np.sum(np.diff(curve.false_accepts) * np.diff(curve.true_accepts)))
    return equal / (curve.genuines * curve.impostors)


def logit_interval(value: float, error: float, z: float) -> tuple[float, float]:
    """Return an interval of a share in (0, 1), z standard errors wide on the log odds' scale."""
    centre = math.log(value) - math.log1p(-value)
    reach = z * error / (value * (1 - value))
    low, high = (0.5 * (1 + math.tanh((centre + side) / 2)) for side in (-reach, reach))
    return min(value, low), max(value, high)


def score_interval(value: float, genuines: int, impostors: int, z: float) -> tuple[float, float]:
    """Return the interval of an area in [0, 1] by method 5 of Newcombe 2006; see `auc`."""
    extra = (genuines + impostors) / 2 - 1

    def beyond(area: float) -> float:
        variance = 1 + extra * ((1 - area) / (2 - area) + area / (1 + area))
        variance *= area * (1 - area) / (genuines * impostors)
        return (area - value) ** 2 - z * z * variance

    if 0 < value < 1:
        low, high = optimize.brentq(beyond, 0.0, value), optimize.brentq(beyond, value, 1.0)
        return float(low), float(high)
    # At an end that end itself is a root; the other one is what is sought.
    ends = (ROOT_GAP, 1.0) if value == 0 else (0.0, 1 - ROOT_GAP)
    other = float(optimize.brentq(beyond, *ends))
    return (0.0, other) if value == 0 else (other, 1.0)
