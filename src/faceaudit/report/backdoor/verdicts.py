"""Rules for what may be said of an attack: of single trainings, and over at least three."""

from __future__ import annotations

from dataclasses import dataclass

from faceaudit.metrics import wilson
from faceaudit.records.backdoor import NULL, SUCCESS
from faceaudit.report.backdoor.attack_series import SampleCount
from faceaudit.report.backdoor.trainings import FEWEST
from faceaudit.types import Estimate

CROSSING = 0.9
"""The success rate that an attack is to reach."""


@dataclass(frozen=True)
class Held:
    """A success rate held against its null.

    Attributes:
        trainings: in how many trainings both were measured.
        above: in how many of them the interval of success lies above that of the null.
        over: whether the interval over at least three trainings lies above that of the null.
    """

    trainings: int
    above: int
    over: bool

    @property
    def shown(self) -> bool:
        """Whether success is above its null over trainings, or in every single one."""
        return self.over or 0 < self.trainings == self.above


def beats(success: Estimate | None, null: Estimate | None) -> bool:
    """Return whether a success rate is above its null: the two intervals do not touch."""
    return success is not None and null is not None and success.low > null.high


def hold(level: SampleCount, success: str = SUCCESS, *nulls: str) -> Held:
    """Hold a success rate of a level against its null.

    In a training whose instances are copies of one photo, both are about that photo alone.

    Args:
        level: an attack at one number of poison samples.
        success: the metric.
        nulls: its null; of several, the first that was measured. The right key's without any.
    """
    nulls = nulls or (NULL,)
    own = _of_copies if level.one_photo else _unchanged
    pairs = [
        (own(rate), own(null))
        for case in level.cases
        if (rate := case.figure(success)) is not None
        and (null := next(filter(None, map(case.figure, nulls)), None)) is not None
    ]
    null = next(filter(None, map(level.get, nulls)), None)
    return Held(
        trainings=len(pairs),
        above=sum(beats(*pair) for pair in pairs),
        over=len(pairs) >= FEWEST and beats(level.get(success), null),
    )


def _of_copies(rate: Estimate) -> Estimate:
    """Return how often copies of one photo succeed: of that photo in that training alone."""
    return wilson(round(rate.value * rate.n), rate.n)


def _unchanged(rate: Estimate) -> Estimate:
    return rate


def reaches(level: SampleCount) -> bool:
    """Return whether the whole interval over three trainings or more is at 90 % or above."""
    rate = _judged(level)
    return rate is not None and rate.low >= CROSSING


def stays_below(level: SampleCount) -> bool:
    """Return whether the whole interval over three trainings or more is below 90 %."""
    rate = _judged(level)
    return rate is not None and rate.high < CROSSING


def _judged(level: SampleCount) -> Estimate | None:
    return level.get(SUCCESS) if level.trainings >= FEWEST else None
