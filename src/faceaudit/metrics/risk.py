"""What a measured rate means for people: combined with what the owner of a system declares.

Each function is monotone in the measured rate, so that the ends of the rate's interval become the
ends of the result's; what is declared is taken as it is and adds no width.
"""

from __future__ import annotations

from collections.abc import Callable

from faceaudit.errors import InputError
from faceaudit.types import Estimate


def lift(rate: Estimate, false_positive_rate: float) -> Estimate:
    """Return how many times as often members are found as others are taken for members.

    lift = TPR / FPR. 1 is guessing, higher is a stronger attack; `n` is that of the TPR.

    Args:
        rate: the true positive rate at `false_positive_rate`.
        false_positive_rate: the share of non-members wrongly called members, in (0, 1].

    Raises:
        InputError: a value out of range.

    >>> lift(Estimate(0.12, 0.10, 0.14, 16, "student over 16 targets 95 %"), 0.01).value
    12.0
    """
    _check_share("a false positive rate", false_positive_rate, open_at_one=False)
    return _carry(rate, lambda share: share / false_positive_rate)


def precision_at_prior(rate: Estimate, false_positive_rate: float, prior: float) -> Estimate:
    """Return the share of those whom an attacker calls members who are members.

    precision = prior TPR / (prior TPR + (1 - prior) FPR), Bayes' rule. Higher is a stronger attack;
    the prior itself is guessing; `n` is that of the TPR. A rate of 0 calls no member one: then it
    is 0.

    Args:
        rate: the true positive rate at `false_positive_rate`.
        false_positive_rate: the share of non-members wrongly called members, in (0, 1].
        prior: the share of members among the people whom an attacker asks about, in (0, 1).

    Raises:
        InputError: a value out of range.

    >>> found = Estimate(0.30, 0.20, 0.40, 16, "student over 16 targets 95 %")
    >>> round(precision_at_prior(found, 0.01, 0.01).value, 4)
    0.2326
    """
    _check_share("a false positive rate", false_positive_rate, open_at_one=False)
    _check_share("a prior", prior, open_at_one=True)
    false = (1 - prior) * false_positive_rate
    return _carry(rate, lambda share: prior * share / (prior * share + false))


def expected_count(rate: Estimate, tries: int) -> Estimate:
    """Return how many of so many tries succeed on average.

    count = rate x tries. The interval is that of the average: a single day may lie outside it.
    Higher is worse for who is attacked; `n` is that of the rate.

    Args:
        rate: a share of tries, or of people, in [0, 1].
        tries: how many there are, at least 1.

    Raises:
        InputError: a value out of range.

    >>> opened = expected_count(Estimate(0.25, 0.20, 0.30, 115, "wilson 95 %"), 10_000)
    >>> opened.low, opened.value, opened.high
    (2000.0, 2500.0, 3000.0)
    """
    if tries < 1:
        raise InputError(f"expected at least one try, got {tries}")
    return _carry(rate, lambda share: share * tries)


def _carry(rate: Estimate, change: Callable[[float], float]) -> Estimate:
    """Put a rate and the ends of its interval through a function that does not fall."""
    if not (rate.low >= 0 and rate.high <= 1):
        raise InputError(f"expected a rate with an interval within 0 to 1, got {rate}")
    value, low, high = (change(share) for share in (rate.value, rate.low, rate.high))
    return Estimate(value, low, high, rate.n, f"{rate.method}, carried over")


def _check_share(what: str, share: float, *, open_at_one: bool) -> None:
    """Raise `InputError` for what is no share above 0; NaN is none."""
    if not 0 < share <= 1 or (open_at_one and share == 1):
        end = "below" if open_at_one else "up to"
        raise InputError(f"expected {what} above 0 and {end} 1, got {share}")
