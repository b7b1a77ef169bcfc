"""What may be said of one, two and three trainings, and at the boundary of 90 %."""

from __future__ import annotations

from dataclasses import replace

import pytest

from faceaudit.records.backdoor import NULL, SUCCESS
from faceaudit.report.backdoor.attack_series import SampleCount
from faceaudit.report.backdoor.verdicts import beats, hold, reaches, stays_below
from faceaudit.types import Estimate
from report.backdoor.trained import trained, with_figures


def test_beats_needs_both() -> None:
    high, low = Estimate(0.9, 0.8, 1, 20, ""), Estimate(0.1, 0, 0.8, 20, "")
    assert not beats(high, low)
    assert beats(high, Estimate(0.1, 0, 0.79, 20, ""))
    assert not beats(high, None)
    assert not beats(None, low)


@pytest.mark.parametrize(("trainings", "judged"), [(1, False), (2, False), (3, True), (4, True)])
def test_only_three_trainings_or_more_are_judged(trainings: int, judged: bool) -> None:
    level = trained(57, *[57] * trainings, over=(0.99, 0.97, 1.0))
    assert hold(level).over == judged
    assert reaches(level) == judged
    low = trained(57, *[1] * trainings, over=(0.02, 0.0, 0.05))
    assert stays_below(low) == judged


def test_a_training_without_the_figure_does_not_count() -> None:
    level = trained(57, 57, 57, 57, over=(0.99, 0.97, 1.0), null=None)
    assert hold(level).trainings == 0
    assert not hold(level).over


@pytest.mark.parametrize(
    ("low", "high", "above", "below"),
    [
        (0.9, 1.0, True, False),
        (0.8999, 1.0, False, False),
        (0.5, 0.9, False, False),
        (0.5, 0.8999, False, True),
    ],
)
def test_ninety_per_cent_belongs_to_reaching_it(
    low: float, high: float, above: bool, below: bool
) -> None:
    level = trained(57, 50, 51, 52, over=((low + high) / 2, low, high))
    assert reaches(level) == above
    assert stays_below(level) == below


def test_over_trainings_goes_by_the_interval_over_them() -> None:
    level = trained(57, 40, 50, 57, over=(0.86, 0.1, 1.0), null_over=(0.02, 0.0, 0.1))
    held = hold(level)
    assert (held.trainings, held.above, held.over, held.shown) == (3, 3, False, True)
    assert hold(with_figures(level, {NULL: (0.02, 0.0, 0.0999)})).over


def test_working_in_some_trainings_is_not_shown() -> None:
    held = hold(trained(57, 57, 0, 57, over=(0.67, 0.0, 1.0)))
    assert (held.trainings, held.above, held.over, held.shown) == (3, 2, False, False)


def test_each_training_is_held_against_its_own_null() -> None:
    assert hold(trained(57, 20, null=(20, 57))).above == 0
    assert hold(trained(57, 57, null=(20, 57))).above == 1


def test_copies_of_one_photo_are_tries_of_that_photo_in_each_training() -> None:
    """To the audit they are one try, of one person, which tells no rate from another."""
    ends = {SUCCESS: (0.2, 1.0), NULL: (0.0, 0.8)}

    def held_as_one_try(level: SampleCount) -> int:
        (case,) = level.cases
        figures = tuple(
            replace(
                figure,
                estimate=replace(rate, low=ends[figure.metric][0], high=ends[figure.metric][1]),
            )
            for figure in case.figures
            if figure.metric in ends and (rate := figure.estimate)
        )
        return hold(replace(level, cases=(replace(case, figures=figures),))).above

    assert held_as_one_try(trained(5, 21, of=21, copies=True)) == 1
    assert held_as_one_try(trained(5, 21, of=21)) == 0
    assert held_as_one_try(trained(5, 5, of=21, null=(1, 21), copies=True)) == 0


def test_the_first_null_that_was_measured_counts() -> None:
    level = trained(57, 20, null=(0, 57))
    assert hold(level, SUCCESS, "absent", NULL).above == 1
    assert hold(level, SUCCESS, "absent").trainings == 0
