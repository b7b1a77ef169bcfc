from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from faceaudit.report.membership.cases import Case
from faceaudit.report.membership.differences import difference, harms, leak_change
from faceaudit.store import CaseRecord
from report.membership.made_figures import TARGETS
from report.membership.samples import membership_case
from report.membership.spoken import base

SHADOWS = math.sqrt((1 + (TARGETS - 1) / 15) / (1 - 1 / 15))
"""How much wider 8 targets of 16 verifiers are, each other's shadows: by hand."""


def two(first: CaseRecord, second: CaseRecord) -> tuple[Case, Case]:
    return Case(first, "first"), Case(second, "second")


def paired(one: Case, metric: str, other: Case, other_metric: str) -> tuple[float, float]:
    """Return SciPy's interval of a paired t test over targets."""
    mine, theirs = one.by_target(metric), other.by_target(other_metric)
    test = stats.ttest_rel(*([each[n] for n in range(TARGETS)] for each in (mine, theirs)))
    interval = test.confidence_interval(0.95)
    return float(interval.low), float(interval.high)


def test_attacks_are_paired_as_scipy_pairs_them_and_widened_for_shadows() -> None:
    one, other = two(membership_case(adaptive=0.61), base())
    metrics = "auc:pair:lira:all", "auc:pair:lira:served"
    found = difference(one, metrics[0], other, metrics[1])
    low, high = paired(one, metrics[0], other, metrics[1])
    assert found is not None
    assert found.value == pytest.approx((low + high) / 2)
    assert found.high - found.low == pytest.approx((high - low) * SHADOWS)
    assert found.n == TARGETS


@pytest.mark.parametrize(
    ("metric", "protocol"), [("accuracy", "rigorous"), ("strongest_auc:identity", "lists")]
)
def test_what_no_shadow_has_a_part_in_is_not_widened(metric: str, protocol: str) -> None:
    options = {"protocol": protocol, "blocks": None if protocol == "lists" else 40}
    one, other = two(membership_case("selena", **options), base(**options))
    found = difference(one, metric, other, metric)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(paired(one, metric, other, metric))


def test_targets_that_all_agree_have_no_difference() -> None:
    case = Case(base(), "t")
    found = difference(case, "auc:pair:lira:served", case, "auc:pair:lira:served")
    assert found is not None
    assert (found.low, found.value, found.high) == (0, 0, 0)


def test_without_common_targets_the_ends_are_added_in_squares() -> None:
    one, other = two(
        membership_case(accuracy=0.80, reach=0.06, by_target=False),
        base(accuracy=0.87, reach=0.08, by_target=False),
    )
    found = difference(one, "accuracy", other, "accuracy")
    assert found is not None
    assert np.allclose((found.value, found.low, found.high), (-0.07, -0.12, -0.02))


def test_an_unknown_figure_has_no_difference() -> None:
    one, other = two(membership_case(accuracy=None), base())
    assert difference(one, "accuracy", other, "accuracy") is None


def test_changed_answers_do_no_harm() -> None:
    for post_processing in (False, True):
        case = membership_case("rounding", adaptive=0.7, post_processing=post_processing)
        one, other = two(case, base())
        assert harms(leak_change(one, other, "identity"), one) is not post_processing
