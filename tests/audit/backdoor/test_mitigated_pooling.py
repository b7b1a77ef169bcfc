"""Figures under a mitigation over trainings."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.backdoor.mitigated_pooling import change_over_trainings, pool_mitigated
from faceaudit.metrics import (
    accuracy_over_trainings,
    newcombe_paired,
    share_over_trainings,
    student_mean,
    wilson,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure


def case(seed: int, **figures: Estimate | None) -> CaseRecord:
    return CaseRecord(
        f"case-{seed}",
        {"seed": seed},
        figures=tuple(
            Figure(metric.replace("__", "@frr="), one, "" if one else "no photo was left out")
            for metric, one in figures.items()
        ),
    )


def test_success_is_pooled_as_all_or_nothing_and_accuracy_is_not() -> None:
    each = [wilson(hits, 100) for hits in (2, 40, 90)]
    cases = [
        case(seed, attack_success=one, clean_accuracy=one, target_named_first=one, poison_auc=one)
        for seed, one in enumerate(each)
    ]
    found = pool_mitigated(cases)
    for metric in ("attack_success", "target_named_first"):
        assert found[metric].estimate == share_over_trainings(each)
    for metric in ("clean_accuracy", "poison_auc"):
        assert found[metric].estimate == accuracy_over_trainings(each)


def test_an_allowance_changes_no_rule() -> None:
    each = [wilson(hits, 100) for hits in (2, 5, 9)]
    cases = [case(seed, clean_photos_refused__0=one) for seed, one in enumerate(each)]
    (found,) = pool_mitigated(cases).values()
    assert found.metric == "clean_photos_refused@frr=0"
    assert found.estimate == accuracy_over_trainings(each)


def test_what_some_trainings_lack_is_said() -> None:
    one, other = wilson(3, 9), wilson(4, 9)
    cases = [case(place, poison_precision=rate) for place, rate in enumerate((one, None, other))]
    (found,) = pool_mitigated(cases).values()
    assert found.estimate == share_over_trainings([one, other])
    assert found.why_none == "measured for 2 of 3 trainings"
    (nothing,) = pool_mitigated(
        [case(0, poison_precision=None), case(1, poison_precision=None)]
    ).values()
    assert (nothing.estimate, nothing.why_none) == (None, "no photo was left out")
    alone = pool_mitigated([cases[0]])
    assert alone["poison_precision"].estimate is one


def test_changes_are_averaged_and_no_interval_is_narrower_than_either_rule_makes_it() -> None:
    each = [newcombe_paired(*cells) for cells in ((90, 2, 6, 2), (91, 1, 5, 3), (85, 9, 2, 4))]
    over = change_over_trainings(each)
    values = [one.value for one in each]
    assert over.value == pytest.approx(np.mean(values))
    student = student_mean(values, bounds=(-1.0, 1.0))
    assert over.low <= min(student.low, over.value - np.mean([one.value - one.low for one in each]))
    assert over.high >= student.high
    alike = change_over_trainings([each[0]] * 3)
    assert (alike.low, alike.high) == (pytest.approx(each[0].low), pytest.approx(each[0].high))


def test_three_trainings_without_any_change_say_as_much_as_one() -> None:
    """Not that a change by 63 points were possible, as of figures that are all or nothing."""
    one = newcombe_paired(540, 0, 0, 0)
    over = change_over_trainings([one] * 3)
    assert (over.value, over.n) == (0, 3)
    assert (over.low, over.high) == (one.low, one.high)
    assert over.low > -0.01


def test_each_end_is_as_far_away_as_that_end_of_single_trainings() -> None:
    one, other = (Estimate(-0.02, low, 0.4, 50, "any") for low in (-0.1, -0.2))
    over = change_over_trainings([one, other] * 200)  # so many alike that Student's is narrow
    assert over.low == pytest.approx(-0.02 - (0.08 + 0.18) / 2)
    assert over.high == pytest.approx(0.4)
