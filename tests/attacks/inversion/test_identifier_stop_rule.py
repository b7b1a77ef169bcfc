"""When a descent ends: MI-Face's alpha, beta and gamma on sequences of costs that are told here."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.attacks.inversion.common.stop_rule import StopRule

ONE = np.array([0])


def steps_until_done(costs: list[float], patience: int, goal: float | None = None) -> int | None:
    """Return how many costs were taken in when the rule stopped; None where it did not."""
    rule = StopRule(1, patience, goal)
    for count, cost in enumerate(costs, start=1):
        rule.note(ONE, np.array([cost]))
        if rule.done[0]:
            return count
    return None


@pytest.mark.parametrize(
    ("costs", "patience", "stops"),
    [
        ([5, 4, 3, 2, 1], 1, None),
        ([5, 4, 4, 3], 1, 3),
        ([5, 4, 6, 3, 7, 2], 1, 3),
        ([5, 4, 6, 3, 7, 2], 2, None),
        ([5, 6, 7, 8], 3, 4),
        ([5, 6, 7, 4, 8, 8, 8], 3, 7),
    ],
)
def test_it_stops_after_so_many_costs_that_are_not_the_lowest_yet(
    costs: list[float], patience: int, stops: int | None
) -> None:
    assert steps_until_done(costs, patience) == stops


def test_a_cost_that_swings_below_the_highest_of_a_window_is_no_better() -> None:
    # Against the highest of the last three, as in the paper's listing, this never stops.
    swinging = [1.0, *([3.0, 2.0] * 20)]
    windows = [max(swinging[at - 3 : at]) for at in range(3, len(swinging))]
    assert all(cost <= high for cost, high in zip(swinging[3:], windows, strict=True))
    assert not all(cost >= high for cost, high in zip(swinging[3:], windows, strict=True))
    assert steps_until_done(swinging, patience=3) == 4


def test_a_cost_equal_to_the_lowest_is_no_lower() -> None:
    assert steps_until_done([2, 2, 2], patience=2) == 3


def test_it_stops_at_a_cost_that_reaches_the_goal() -> None:
    assert steps_until_done([5, 3, 1.0, 0.5], patience=9, goal=1.0) == 3
    assert steps_until_done([5, 3, 1.1, 1.01], patience=9, goal=1.0) is None


def test_it_remembers_the_lowest_cost_of_all_and_says_when_it_is_new() -> None:
    rule = StopRule(1, patience=5)
    assert [bool(rule.note(ONE, np.array([cost]))[0]) for cost in (4.0, 6.0, 3.0, 3.5)] == [
        True,
        False,
        True,
        False,
    ]
    assert rule.lowest[0] == 3


def test_people_stop_one_by_one_and_nothing_of_theirs_changes_then() -> None:
    rule = StopRule(2, patience=1)
    both = np.array([0, 1])
    rule.note(both, np.array([5.0, 5.0]))
    rule.note(both, np.array([6.0, 4.0]))
    assert rule.done.tolist() == [True, False]
    assert rule.note(both, np.array([1.0, 3.0])).tolist() == [False, True]
    assert rule.lowest.tolist() == [5.0, 3.0]


def test_a_cost_that_is_no_number_is_never_the_lowest() -> None:
    rule = StopRule(1, patience=2)
    assert not rule.note(ONE, np.array([np.nan]))[0]
    assert rule.note(ONE, np.array([7.0]))[0]
