"""Names of figures by group, written and read."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.metrics import wilson
from faceaudit.metrics.differentials import Tries, differential
from faceaudit.records.groups import (
    COMPARISONS,
    DIFFERENCE,
    MAX_GEOMEAN,
    Grouped,
    P,
    count_tests,
    figures_of,
    grouped,
    is_comparison,
    is_of_groups,
    is_shown,
    of_group,
    of_groups,
    pool_comparisons,
)
from faceaudit.types import Estimate, Figure


def found(sizes: tuple[int, int] = (12, 12)) -> list[Figure]:
    group = np.repeat([0, 1], sizes)
    hits = np.random.default_rng(0).random(len(group) * 5) < 0.4
    tries = Tries(hits, np.repeat(np.arange(len(group)), 5), ("below 30", "60 and over"), group)
    return list(figures_of("auc:pair:lira", "age_group", differential(tries)))


def test_what_is_written_is_read() -> None:
    figures = found()
    (one,) = grouped([Figure("auc:pair:lira", None, "everybody's"), *figures])
    assert (one.metric, one.attribute) == ("auc:pair:lira", "age_group")
    assert list(one.groups) == ["below 30", "60 and over"]
    assert tuple(one.compared) == COMPARISONS
    assert all(is_of_groups(figure.metric) for figure in figures)
    assert sum(is_comparison(figure.metric) for figure in figures) == len(COMPARISONS)


def test_a_group_may_be_called_what_a_comparison_is() -> None:
    name = "x=y:p"
    figure = Figure(of_group("attack_success", "tone", name), None, "too few")
    (one,) = grouped([figure])
    assert (one.attribute, list(one.groups), one.compared) == ("tone", [name], {})
    assert not is_comparison(figure.metric)
    assert not is_comparison("auc:p")


def test_of_too_few_groups_one_figure_says_why_nothing_is_compared() -> None:
    (one,) = grouped(found((12, 9)))
    assert list(one.compared) == [MAX_GEOMEAN]
    assert one.compared[MAX_GEOMEAN].why_none.endswith("got 1")
    assert one.groups["60 and over"].why_none.endswith("got 9")
    assert count_tests([one]) == 0


def test_a_rate_of_zero_leaves_the_difference_and_its_test() -> None:
    group = np.repeat([0, 1], 12)
    hits = (np.arange(24) >= 12) & (np.arange(24) % 2 == 0)
    tries = Tries(hits, np.arange(24), ("none", "half"), group)
    (one,) = grouped(figures_of("attack_success", "sex", differential(tries)))
    assert one.compared[MAX_GEOMEAN].estimate is None
    assert one.compared[DIFFERENCE].estimate is not None
    assert one.compared[P].estimate is not None
    zero = one.groups["none"].estimate
    assert zero is not None
    assert (zero.low, zero.value) == (0, 0)
    assert zero.high > 0.2  # twelve people without any are no proof that nobody would


def test_comparisons_of_pooled_rates_are_made_anew_and_have_no_test() -> None:
    rates = [
        Figure(of_group("success", "sex", name), wilson(hits, 200))
        for name, hits in (("a", 40), ("b", 10))
    ]
    pooled = pool_comparisons(rates)
    assert of_groups("success", "sex", P) not in pooled
    ratio = pooled[of_groups("success", "sex", MAX_GEOMEAN)].estimate
    assert ratio is not None
    assert ratio.value == pytest.approx(2)  # 4 over the root of 4 times 1


@pytest.mark.parametrize(
    ("p", "tests", "shown"), [(0.01, 4, True), (0.01, 5, False), (0.049, 1, True), (0.5, 1, False)]
)
def test_a_difference_is_shown_over_all_tests(p: float, tests: int, shown: bool) -> None:
    one = Grouped("a", "b", compared={P: Figure("p", Estimate(p, p, p, 999, "permuted"))})
    assert is_shown(one, tests) is shown


def test_a_difference_between_groups_of_photos_is_shown_by_its_interval() -> None:
    for low, shown in ((0.0, False), (0.01, True)):
        apart = Figure("d", Estimate(0.1, low, 0.2, 2, "zou-donner"))
        untested = Grouped("a", "b", compared={DIFFERENCE: apart, P: Figure("p", None, "photos")})
        assert is_shown(untested, 3) is shown
    assert is_shown(Grouped("a", "b"), 1) is None
