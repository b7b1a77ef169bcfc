"""Numbers in the words of the report: shares in per cent, with intervals, counts and times."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from faceaudit.types import Estimate

SPACE = "\N{NO-BREAK SPACE}"
DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


def _rounded(share: float) -> str:
    """Return a share in hundreds with one decimal, halves upwards: 0.9525 is 95.3."""
    # A share such as 0.9525 is a little off in binary; that must not decide how it is rounded.
    exact = Decimal(repr(round(share * 100, 9)))
    return str(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))


def percent(share: float) -> str:
    r"""Write a share in per cent with one decimal.

    A share below 1 is never rounded to 100 %, nor one above 0 to 0 %.

    >>> percent(0.9237), percent(0.99999), percent(0.0001)
    ('92.4\xa0%', '>\xa099.9\xa0%', '<\xa00.1\xa0%')
    """
    number = _rounded(share)
    if number == "100.0" and share < 1:
        number = f">{SPACE}99.9"
    elif number == "0.0" and share > 0:
        number = f"<{SPACE}0.1"
    return f"{number}{SPACE}%"


def percent_in_text(share: float) -> str:
    r"""Write a share in per cent for a sentence: 100 % and 0 % without a decimal.

    >>> percent_in_text(1.0), percent_in_text(0.953)
    ('100\xa0%', '95.3\xa0%')
    """
    return f"{share:.0%}".replace("%", f"{SPACE}%") if share in {0, 1} else percent(share)


def percent_interval(estimate: Estimate) -> str:
    """Write the ends of a share's interval in per cent: `92.6-99.1 %`."""
    return f"{_rounded(estimate.low)}{DASH}{_rounded(estimate.high)}{SPACE}%"


def interval_name(estimate: Estimate) -> str:
    """Return the name of an estimate's interval, by its level: `95 % interval`."""
    level = re.search(r"([\d.]+) ?%", estimate.method)
    return f"{level[1]}{SPACE}% interval" if level else "interval"


def percent_with_interval(estimate: Estimate) -> str:
    """Write a share in per cent for a sentence, its interval in brackets."""
    share = percent_in_text(estimate.value)
    return f"{share} ({interval_name(estimate)} {percent_interval(estimate)})"


def signed_points(difference: float) -> str:
    """Write a difference of two shares in percentage points, signed."""
    number = _rounded(abs(difference))
    sign = "" if float(number) == 0 else MINUS if difference < 0 else "+"
    return f"{sign}{number}"


def points_with_interval(difference: Estimate) -> str:
    """Write a difference for a sentence, in signed points, its interval in brackets."""
    ends = f"{signed_points(difference.low)} to {signed_points(difference.high)}"
    return f"{signed_points(difference.value)}{SPACE}points ({interval_name(difference)} {ends})"


def count(number: int) -> str:
    """Write a count with commas between thousands."""
    return f"{number:,}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun: `1 photo`, `2,405 photos`."""
    return f"{count(number)}{SPACE}{noun if number == 1 else plural or f'{noun}s'}"


def listed(words: list[str], *, most: int = 4) -> str:
    """Join words as a sentence does; beyond `most` of them, count the rest.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], most=2)
    ('a, b and c', 'a, b and 1 more')
    """
    if len(words) > most:
        words = [*words[:most], f"{len(words) - most} more"]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def duration(seconds: float) -> str:
    """Write a length of time: `42 s`, `3 min 33 s`, `2 h 5 min`."""
    whole = int(seconds + 0.5)
    if whole < 60:
        return f"{whole}{SPACE}s"
    minutes, seconds = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}{SPACE}min {seconds}{SPACE}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}{SPACE}h {minutes}{SPACE}min"


def date_and_time(stamp: str) -> str:
    """Write an ISO time as a date and a time of day; any other text is returned unchanged."""
    try:
        time = datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    zone = f" {time.tzname()}" if time.tzinfo else ""
    return f"{time.day} {time:%B %Y, %H:%M}{zone}"


def decimal(value: float) -> str:
    r"""Write a figure that is no share, such as an AUC, with three decimals.

    One below 1 is never rounded to 1.

    >>> decimal(0.6125), decimal(0.99999)
    ('0.613', '>\xa00.999')
    """
    exact = Decimal(repr(round(abs(value), 9))).quantize(Decimal("0.001"), ROUND_HALF_UP)
    number = f">{SPACE}0.999" if value < 1 and exact == 1 else str(exact)
    return f"{MINUS}{number}" if value < 0 and exact else number


def decimal_interval(estimate: Estimate) -> str:
    """Write the ends of an interval with three decimals: `0.540-0.560`."""
    return f"{decimal(estimate.low)}{DASH}{decimal(estimate.high)}"


def decimal_with_interval(estimate: Estimate) -> str:
    """Write an estimate with three decimals for a sentence, its interval in brackets."""
    return f"{decimal(estimate.value)} ({interval_name(estimate)} {decimal_interval(estimate)})"


def signed_decimal(difference: float) -> str:
    r"""Write a difference with three decimals and its sign; zero has none.

    >>> signed_decimal(0.02), signed_decimal(-0.0001)
    ('+0.020', '0.000')
    """
    number = decimal(abs(difference))
    sign = "" if number == "0.000" else MINUS if difference < 0 else "+"
    return f"{sign}{number}"


def difference_with_interval(difference: Estimate) -> str:
    """Write a difference with three decimals, signed, its interval in brackets."""
    ends = f"{signed_decimal(difference.low)} to {signed_decimal(difference.high)}"
    return f"{signed_decimal(difference.value)} ({interval_name(difference)} {ends})"
