"""Numbers as the app writes them: shares with intervals and n, in the session's language."""

from __future__ import annotations

import math

from faceaudit.app.language import say, written
from faceaudit.report.numbers import SPACE, percent, percent_interval
from faceaudit.types import Estimate


def share(value: float) -> str:
    """Write a share in per cent with one decimal."""
    return written(percent(value))


def interval(estimate: Estimate) -> str:
    """Write the ends of a share's interval in per cent."""
    return written(percent_interval(estimate))


def number(value: int) -> str:
    """Write a whole number, thousands set apart."""
    return written(f"{value:,}")


def score(value: float) -> str:
    """Write a score of 0 to 1; one that is next to an end is never rounded to it."""
    if 0 < value < _LEAST:
        return written(f"<{SPACE}{_LEAST}")
    if 1 - _LEAST < value < 1:
        return written(f">{SPACE}{1 - _LEAST}")
    text = f"{value:.4f}".rstrip("0")
    whole, _, after = text.partition(".")
    return written(f"{whole}.{after.ljust(2, '0')}")


_LEAST = 0.0001


def times(value: float) -> str:
    """Write how many times as much, with one decimal."""
    return written(f"{value:.1f}")


def one_in(rate: Estimate) -> str:
    """Say a rate of strangers as one in so many, with what its interval allows.

    That none was seen is not never.
    """
    ends = _one_in(rate.high), _one_in(rate.low)
    if rate.value <= 0:
        return say("numbers.one_in_none", n=number(rate.n), at_most=ends[0])
    return say("numbers.one_in", many=_one_in(rate.value), low=ends[0], high=ends[1])


def _one_in(rate: float) -> str:
    if rate <= 0:
        return say("numbers.any_number")
    many = 1 / rate
    if many < 9.95:
        return written(f"{many:.1f}".removesuffix(".0"))
    digits = 10 ** max(0, math.floor(math.log10(many)) - 1)
    return number(round(many / digits) * digits)
