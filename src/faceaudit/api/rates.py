"""Rates as people write and say them: 0.1 %, one in so many."""

from __future__ import annotations

import math
from collections.abc import Sequence

from faceaudit.api.arguments import shown
from faceaudit.errors import OptionError
from faceaudit.types import Estimate

RateLike = float | str
"""A rate above 0 and below 1: 0.001, or text, "0.1%" or "0.001"."""


def find_rate(value: RateLike, what: str = "fmr") -> float:
    """Return the rate that a number or a text spells.

    Raises:
        OptionError: it is none, or not above 0 and below 1.

    >>> find_rate("0.1%"), find_rate("0.001"), find_rate(0.01)
    (0.001, 0.001, 0.01)
    """
    text = value.strip() if isinstance(value, str) else value
    percent = isinstance(text, str) and text.endswith("%")
    try:
        if isinstance(text, bool) or not isinstance(text, str | int | float):
            raise ValueError
        rate = float(text.removesuffix("%")) if isinstance(text, str) else float(text)
    except ValueError:
        rate = math.nan
    if percent:
        rate = float(f"{rate / 100:.12g}")  # 0.1 / 100 is not the nearest number to 0.001
    if not 0 < rate < 1:
        raise OptionError(
            f"expected {what} as a rate above 0 and below 1, got {shown(value)}; try 0.1% or 0.001"
        )
    return rate


def find_rates(values: Sequence[RateLike], what: str = "fmrs") -> tuple[float, ...]:
    """Return several rates, each once, highest first.

    Raises:
        OptionError: they are none.

    >>> find_rates(["0.1%", 0.01, 0.001])
    (0.01, 0.001)
    """
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise OptionError(f"expected {what} as a list of rates, got {shown(values)}; try [0.001]")
    return tuple(sorted({find_rate(one, what) for one in values}, reverse=True))


def percent(rate: float) -> str:
    """Return a rate as a percentage.

    >>> percent(0.001), percent(0.01)
    ('0.1 %', '1 %')
    """
    return f"{rate * 100:.6g} %"


def one_in(rate: float) -> str:
    """Return a rate above 0 as one in so many, to two digits.

    >>> one_in(0.001), one_in(1 / 1618), one_in(0.3)
    ('1 in 1,000', '1 in 1,600', '1 in 3.3')
    """
    count = 1 / rate
    if count < 10:
        return f"1 in {count:.2g}"
    digits = 10 ** (math.floor(math.log10(count)) - 1)
    return f"1 in {round(count / digits) * digits:,.0f}"


def strangers_accepted(fmr: Estimate) -> str:
    """Say how many strangers a threshold accepts, with the interval.

    >>> strangers_accepted(Estimate(0.001, 1 / 1600, 1 / 700, 9000, ""))
    'about 1 in 1,000 strangers would be (between 1 in 700 and 1 in 1,600)'
    >>> strangers_accepted(Estimate(0.001, 0, 1 / 140, 900, ""))
    'about 1 in 1,000 strangers would be (between none and 1 in 140)'
    """
    about = f"about {one_in(fmr.value)} strangers" if fmr.value else "about none of the strangers"
    ends = one_in(fmr.high), one_in(fmr.low) if fmr.low else "none"
    between = f"{ends[0]} and {ends[1]}" if fmr.low else f"none and {ends[0]}"
    return f"{about} would be (between {between})"
