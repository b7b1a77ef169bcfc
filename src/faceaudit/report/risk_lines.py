"""Lines of risk statements: what is declared, and what follows from it and a measured rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from faceaudit.audit.declared import Declared
from faceaudit.metrics import expected_count, lift, precision_at_prior
from faceaudit.report.elements import reason_of
from faceaudit.report.numbers import (
    DASH,
    SPACE,
    count,
    counted,
    interval_name,
    percent_in_text,
    percent_interval,
    percent_with_interval,
)
from faceaudit.report.threats import RiskLine
from faceaudit.types import Estimate, Figure

TRIES = 10_000
"""Of how many tries wrong openings are said, whatever is declared."""
NO_RATE = "there is no measured rate"
NAMES = {
    "use": ("Use", "verification or identification"),
    "people": ("People whom the system knows in use", "a number, such as 500"),
    "prior": (
        "Share of trained people among those whom an attacker would ask about",
        "a share, such as 0.01",
    ),
    "attempts": ("Tries a day to get in as somebody else", "a number, such as 20"),
    "protects": ("What somebody who gets in as another person can reach", "in words"),
    "sensitivity": ("What being known as a member would mean for a person", "in words"),
}
"""Of each key of the plan's `declared`, what it says and how it is written."""


def declared_lines(declared: Declared, keys: Sequence[str]) -> tuple[RiskLine, ...]:
    """Return what is declared, key by key; what is not names the key to write."""
    return tuple(_line(declared, key) for key in keys)


def _line(declared: Declared, key: str) -> RiskLine:
    name, how = NAMES[key]
    value = getattr(declared, key)
    if value in (None, ""):
        return RiskLine(name, f"{_not_declared(key)}, {how}", known=False)
    if key == "prior":
        return RiskLine(name, percent_in_text(value))
    return RiskLine(name, count(value) if isinstance(value, int) else str(value))


def missing(name: str, why: str) -> RiskLine:
    """Return a line without a figure, which says why there is none."""
    return RiskLine(name, f"none: {why.rstrip('.')}", known=False)


def count_line(name: str, expected: Estimate) -> RiskLine:
    """Return an expected count with the interval that it has from the measured rate."""
    ends = f"{_rounded(expected.low)}{DASH}{_rounded(expected.high)}"
    text = f"{_rounded(expected.value)} on average ({interval_name(expected)} {ends})"
    return RiskLine(name, text, expected)


def _rounded(number: float) -> str:
    r"""Write a count that is a mean: whole from 10 on, with one decimal below.

    >>> _rounded(1234.5), _rounded(2.25), _rounded(0.01), _rounded(0)
    ('1,235', '2.3', '<\xa00.1', '0')
    """
    if number == 0:
        return "0"
    digits = Decimal("1") if number >= 10 else Decimal("0.1")
    exact = Decimal(repr(round(number, 9))).quantize(digits, ROUND_HALF_UP)
    return f"{exact:,}" if exact else "<\N{NO-BREAK SPACE}0.1"


def openings(what: str, rate: Estimate, declared: Declared) -> Iterator[RiskLine]:
    """Yield how many tries open wrongly: of 10,000, and a day where that is declared."""
    yield count_line(
        f"{what}: wrong openings in {counted(TRIES, 'try', 'tries')}", expected_count(rate, TRIES)
    )
    if declared.attempts is not None:
        tries = counted(declared.attempts, "try", "tries")
        yield count_line(
            f"{what}: wrong openings a day, of {tries}", expected_count(rate, declared.attempts)
        )


def openings_a_day_missing(declared: Declared) -> Iterator[RiskLine]:
    """Say that wrong openings a day are not known where no number of tries is declared."""
    if declared.attempts is None:
        yield missing("Wrong openings a day", _not_declared("attempts"))


def lowest_rate(rates: Iterable[tuple[float, Figure]]) -> tuple[float, Figure] | None:
    """Return the lowest false positive rate that could be resolved, and what was found there.

    Where none could, it is the lowest that was asked for, and its figure says why; None where none
    was asked for.
    """
    return min(rates, key=lambda one: (one[1].estimate is None, one[0]), default=None)


def people_found(fpr: float, figure: Figure) -> Iterator[RiskLine]:
    """Yield how many trained people are found at a false positive rate: measured."""
    alarms = f"with {fpr * 100:g}{SPACE}% of others wrongly named"
    rate = figure.estimate
    if rate is None:
        yield missing(f"Trained people found, {alarms}", reason_of(figure))
        yield missing("Lift over guessing", NO_RATE)
        yield missing("Of 100 trained people, found", NO_RATE)
        return
    times = lift(rate, fpr)
    text = (
        f"{times.value:.1f} times as many as by guessing ({interval_name(times)} {times.low:.1f} "
        f"to {times.high:.1f})"
    )
    yield RiskLine(f"Trained people found, {alarms}", percent_with_interval(rate), rate)
    yield RiskLine(f"Lift over guessing, {alarms}", text, times)
    yield count_line("Of 100 trained people, found", expected_count(rate, 100))


def people_exposed(fpr: float, figure: Figure, declared: Declared) -> Iterator[RiskLine]:
    """Yield how sure an attacker can be, and how many people are exposed: combined."""
    alarms = f"with {fpr * 100:g}{SPACE}% of others wrongly named"
    sure = f"Precision: the share of trained people among those named, {alarms}"
    exposed = "People expected to be exposed"
    rate = figure.estimate
    if rate is None:
        why = f"the rate was not measured: {reason_of(figure)}"
        yield missing(sure, why)
        yield missing(exposed, why)
        return
    if declared.prior is None:
        yield missing(sure, _not_declared("prior"))
    else:
        precision = precision_at_prior(rate, fpr, declared.prior)
        text = (
            f"{percent_in_text(precision.value)} ({interval_name(precision)} "
            f"{percent_interval(precision)}); guessing: {declared.prior * 100:g}{SPACE}%"
        )
        yield RiskLine(sure, text, precision)
    if declared.people is None:
        yield missing(exposed, _not_declared("people"))
    else:
        people = counted(declared.people, "person", "people")
        yield count_line(
            f"{exposed}, of {people} if it learned from all of them",
            expected_count(rate, declared.people),
        )


def _not_declared(key: str) -> str:
    return f"not declared; write declared: {{{key}: ...}}"
