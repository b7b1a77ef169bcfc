"""Values with the reach of chance around them, and what a difference of two of them shows."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics.student_mean import widened_by_shadows
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import Estimate

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

POWER = 0.8
_ROUNDING = 1e-12
_MANY = 200
"""Degrees of freedom from which on Student's t is as good as normal for its noncentrality."""
_GROUPS = re.compile(r"\b(?:over|of) (\d+)\b")
_LEVEL = re.compile(r"([\d.]+) ?%")


@dataclass(frozen=True)
class Uncertain:
    """A value, or a difference of two, with its standard errors.

    Attributes:
        value: the value.
        below, above: its standard errors downwards and upwards; equal but for shares near an end.
        freedom: degrees of freedom of Student's t for them; infinite where they are known.
        n: what it rests on, such as trainings, targets or photos.
        method: how the errors were made.
    """

    value: float
    below: float
    above: float
    freedom: float
    n: int
    method: str

    def __post_init__(self) -> None:
        if min(self.below, self.above) < 0 or self.freedom <= 0 or self.n < 1:
            raise InputError(f"expected errors from 0 and freedom above 0, got {self}")

    def minus(self, other: Uncertain) -> Uncertain:
        """Return the difference to an unrelated value.

        The errors towards each side are added in squares (Zou, Donner 2008, Statistics in Medicine
        27:1693), the degrees of freedom are those of Welch and Satterthwaite.

        >>> one, other = (Uncertain(value, 0.03, 0.03, 9, 10, "") for value in (0.9, 0.6))
        >>> less = one.minus(other)
        >>> round(less.value, 2), round(less.below, 4), less.freedom
        (0.3, 0.0424, 18.0)
        """
        return Uncertain(
            self.value - other.value,
            math.hypot(self.below, other.above),
            math.hypot(self.above, other.below),
            _freedom((self, other)),
            min(self.n, other.n),
            "zou-donner",
        )

    def interval(self, level: float = 0.95) -> Estimate:
        """Return the difference with its interval of Student's t, within -1 and 1."""
        reach = _t(self.freedom, 0.5 + level / 2)
        return Estimate(
            self.value,
            min(self.value, max(-1.0, self.value - reach * self.below)),
            max(self.value, min(1.0, self.value + reach * self.above)),
            self.n,
            f"{self.method} {level * 100:g} %",
        )

    @property
    def error(self) -> float:
        """The larger of both standard errors."""
        return max(self.below, self.above)

    @property
    def p(self) -> float:
        """The chance of a value as far from 0 where the truth is 0, two-sided."""
        if self.value == 0:
            return 1.0
        error = self.below if self.value > 0 else self.above
        if error == 0:
            return 0.0
        distance = abs(self.value) / error
        if math.isinf(self.freedom):
            return math.erfc(distance / math.sqrt(2))
        return float(2 * special.stdtr(self.freedom, -distance))

    def smallest(self, alpha: float, power: float = POWER) -> float:
        """Return how far from 0 the truth must be for `p` to fall to `alpha` with this power.

        The standard error times the noncentrality of Student's t of which `power` lies beyond the
        two-sided limit at `alpha`; for many degrees of freedom that is z(1 - alpha / 2) + z(power).
        The larger of both errors is taken, and with few degrees of freedom it is corrected for
        being too small on average, as every standard deviation of a few values is.

        >>> known = Uncertain(0.0, 0.01, 0.01, math.inf, 100, "")
        >>> round(known.smallest(0.05), 4)
        0.028
        """
        error, limit = self.error, _t(self.freedom, 1 - alpha / 2)
        if self.freedom > _MANY:
            return error * (limit + _t(math.inf, power))
        half = self.freedom / 2
        mean = math.exp(math.lgamma(half + 0.5) - math.lgamma(half)) / math.sqrt(half)
        return error / mean * float(special.nctdtrinc(self.freedom, 1 - power, limit))


def uncertain(estimate: Estimate) -> Uncertain:
    """Return an estimate as a value with errors.

    They are read off its interval, by its level. An interval whose method says that it is over T
    trainings, targets, keys or clusters has T - 1 degrees of freedom.

    >>> from faceaudit.metrics import student_mean
    >>> found = uncertain(student_mean([0.52, 0.55, 0.58]))
    >>> round(found.below, 4), found.freedom
    (0.0173, 2.0)
    """
    told = _LEVEL.search(estimate.method)
    level = float(told[1]) / 100 if told else 0.95
    groups = [int(number) for number in _GROUPS.findall(estimate.method)]
    freedom = max(1.0, groups[0] - 1.0) if groups else math.inf
    if "of one cluster" in estimate.method:
        freedom = 1.0
    reach = _t(freedom, 0.5 + level / 2)
    below, above = estimate.value - estimate.low, estimate.high - estimate.value
    return Uncertain(
        estimate.value, below / reach, above / reach, freedom, estimate.n, estimate.method
    )


def mean_of(
    values: npt.ArrayLike, what: str, *, least: float = 0.0, models: int | None = None
) -> Uncertain:
    """Return the mean of values of several trainings or targets, with Student's error over them.

    Args:
        values: (T,) T at least 2.
        what: of what they are, in words, such as "trainings".
        least: the error that one would have if all trainings were alike: a few may agree by chance,
            and the error is never smaller.
        models: as `student_mean` takes it, for targets that are one another's shadows.

    >>> found = mean_of([0.1, 0.2, 0.3], "trainings")
    >>> round(found.value, 2), round(found.below, 4), found.freedom
    (0.2, 0.0577, 2)
    """
    numbers = np.asarray(values, dtype=np.float64)
    count = len(numbers)
    if count < 2:
        raise InputError(f"expected at least two {what}, got {count}; try more of them")
    value, spread = float(numbers.mean()), float(np.std(numbers, ddof=1)) / math.sqrt(count)
    error = max(spread * widened_by_shadows(count, models) if spread else 0.0, least)
    if error <= _ROUNDING and value:  # equal values do not show that another would be the same
        error = (1 - 0.05 ** (1 / count)) * (1 + abs(value)) / _t(count - 1, 0.975)
    return Uncertain(value, error, error, count - 1, count, f"student over {count} {what}")


def two_groups(
    before: npt.ArrayLike, after: npt.ArrayLike, what: str, *, least: float = 0.0
) -> Uncertain:
    """Return the mean of one group of trainings less that of another, with Student's pooled error.

    Both groups are taken to have one spread, as two runs of one plan have: with few trainings the
    degrees of freedom that this saves count for more than what it may be off by where they differ.

    Args:
        before: (T,) values, at least two.
        after: (U,) values, at least two.
        what: of what they are, in words.
        least: as `mean_of` takes it.

    >>> found = two_groups([0.1, 0.2, 0.3], [0.8, 0.9, 1.0], "trainings")
    >>> round(found.value, 2), round(found.below, 4), found.freedom
    (0.7, 0.0816, 4)
    """
    groups = [np.asarray(one, dtype=np.float64) for one in (before, after)]
    if min(map(len, groups)) < 2:
        raise InputError(f"expected at least two {what} in each group; try more of them")
    freedom = sum(map(len, groups)) - 2
    squares = sum(float(((one - one.mean()) ** 2).sum()) for one in groups)
    error = math.sqrt(squares / freedom * sum(1 / len(one) for one in groups))
    value, counts = float(groups[1].mean() - groups[0].mean()), [len(one) for one in groups]
    method = f"student of {counts[0]} and {counts[1]} {what}"
    error = max(error, least)
    return Uncertain(value, error, error, freedom, min(counts), method)


def average(each: Sequence[Uncertain]) -> Uncertain:
    """Return the mean of unrelated values of one kind."""
    count = len(each)
    return replace(
        each[0],
        value=math.fsum(one.value for one in each) / count,
        below=math.sqrt(sum(one.below**2 for one in each)) / count,
        above=math.sqrt(sum(one.above**2 for one in each)) / count,
        freedom=_freedom(each),
        n=sum(one.n for one in each),
    )


def own_error(each: Sequence[Estimate]) -> float:
    """Return the error of a mean of figures of several trainings if these were all alike.

    It is that of one of them, since all are measured on the same people.
    """
    squares = [(one.below**2 + one.above**2) / 2 for one in map(uncertain, each)]
    return math.sqrt(float(np.mean(squares)))


def _freedom(each: Sequence[Uncertain]) -> float:
    """Return the degrees of freedom of a sum of unrelated values (Welch 1947, Satterthwaite)."""
    squares = [(one.below**2 + one.above**2) / 2 for one in each]
    if math.isinf(sum(squares)):  # as of two targets that are one another's only shadow
        return min(one.freedom for one in each)
    parts = sum(s * s / one.freedom for s, one in zip(squares, each, strict=True))
    return sum(squares) ** 2 / parts if parts else math.inf


def _t(freedom: float, share: float) -> float:
    if math.isinf(freedom):
        return z_of(2 * share - 1)
    return float(special.stdtrit(freedom, share))


def holm(p: Sequence[float]) -> list[float]:
    """Return chances that are adjusted for how many there are (Holm 1979, Scand. J. Stat. 6:65).

    Where all those at or below alpha are called differences, no difference is called one with a
    chance of 1 - alpha at least, whatever the rows have in common.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    adjusted, so_far = [0.0] * len(p), 0.0
    for place, row in enumerate(order):
        so_far = max(so_far, min(1.0, (len(p) - place) * p[row]))
        adjusted[row] = so_far
    return adjusted
