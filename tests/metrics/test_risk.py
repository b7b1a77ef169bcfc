"""What a measured rate means for people: against exact counts and simulated attackers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.errors import InputError
from faceaudit.metrics import expected_count, lift, precision_at_prior
from faceaudit.types import Estimate


def rate(value: float, low: float = 0.0, high: float = 1.0) -> Estimate:
    return Estimate(value, min(low, value), max(high, value), 115, "wilson 95 %")


def exact(share: float) -> float:
    return pytest.approx(share, rel=1e-12, abs=0)


@given(
    members=st.integers(1, 60),
    others=st.integers(1, 60),
    data=st.data(),
)
def test_precision_and_lift_are_those_of_counted_people(
    members: int, others: int, data: st.DataObject
) -> None:
    """People are counted one by one: an independent oracle in whole numbers."""
    named_members = data.draw(st.integers(0, members))
    named_others = data.draw(st.integers(1, others))
    people = [(True, n < named_members) for n in range(members)]
    people += [(False, n < named_others) for n in range(others)]
    named = [member for member, called in people if called]
    tpr, fpr = named_members / members, named_others / others
    prior = members / (members + others)
    found = precision_at_prior(rate(tpr), fpr, prior)
    assert found.value == pytest.approx(float(Fraction(sum(named), len(named))), abs=1e-12)
    times = Fraction(named_members, members) / Fraction(named_others, others)
    assert lift(rate(tpr), fpr).value == pytest.approx(float(times), abs=1e-12)


def test_expected_count_is_what_a_simulated_year_gives_on_average() -> None:
    days = np.random.default_rng(0).binomial(400, 0.137, 20_000)
    error = days.std() / np.sqrt(len(days))
    assert abs(expected_count(rate(0.137), 400).value - days.mean()) < 4 * error


def test_guessing_has_a_lift_of_one_and_the_precision_of_the_prior() -> None:
    assert lift(rate(0.01), 0.01).value == 1
    assert precision_at_prior(rate(0.01), 0.01, 0.2).value == exact(0.2)


def test_an_attack_that_finds_nobody_has_neither() -> None:
    assert lift(rate(0.0), 0.01).value == 0
    assert precision_at_prior(rate(0.0), 0.01, 0.2).value == 0
    assert expected_count(rate(0.0), 10_000).value == 0


@given(
    low=st.floats(0, 1),
    more=st.floats(0, 1),
    most=st.floats(0, 1),
    fpr=st.floats(1e-6, 1),
    prior=st.floats(1e-6, 1 - 1e-6),
)
def test_the_ends_are_those_of_the_ends(
    low: float, more: float, most: float, fpr: float, prior: float
) -> None:
    low, value, high = sorted((low, more, most))
    measured = Estimate(value, low, high, 30, "student over 30 trainings 95 %")
    for combined, of in (
        (lift(measured, fpr), lambda share: lift(rate(share), fpr)),
        (
            precision_at_prior(measured, fpr, prior),
            lambda share: precision_at_prior(rate(share), fpr, prior),
        ),
        (expected_count(measured, 10_000), lambda share: expected_count(rate(share), 10_000)),
    ):
        assert (combined.low, combined.value, combined.high) == (
            of(low).value,
            of(value).value,
            of(high).value,
        )
        assert combined.n == 30
        assert combined.method == "student over 30 trainings 95 %, carried over"


def test_a_higher_rate_or_prior_is_worse_and_more_false_alarms_are_better() -> None:
    base = precision_at_prior(rate(0.3), 0.01, 0.1).value
    assert precision_at_prior(rate(0.4), 0.01, 0.1).value > base
    assert precision_at_prior(rate(0.3), 0.01, 0.2).value > base
    assert precision_at_prior(rate(0.3), 0.02, 0.1).value < base
    assert lift(rate(0.3), 0.02).value < lift(rate(0.3), 0.01).value


@pytest.mark.parametrize("fpr", [0.0, -0.1, 1.01, float("nan")])
def test_no_false_positive_rate(fpr: float) -> None:
    with pytest.raises(InputError, match="expected a false positive rate above 0 and up to 1"):
        lift(rate(0.3), fpr)
    with pytest.raises(InputError, match="expected a false positive rate"):
        precision_at_prior(rate(0.3), fpr, 0.5)


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.1, float("nan")])
def test_no_prior(prior: float) -> None:
    with pytest.raises(InputError, match="expected a prior above 0 and below 1"):
        precision_at_prior(rate(0.3), 0.01, prior)


def test_no_try_and_no_rate() -> None:
    with pytest.raises(InputError, match="expected at least one try, got 0"):
        expected_count(rate(0.3), 0)
    for wrong in (rate(0.5, -0.1, 1.0), rate(0.5, 0.0, 1.1)):
        with pytest.raises(InputError, match="expected a rate with an interval within 0 to 1"):
            expected_count(wrong, 10)
