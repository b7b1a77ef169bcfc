from __future__ import annotations

from faceaudit.audit.limits import parse_limit
from faceaudit.metrics import wilson
from faceaudit.report.judging import judge
from faceaudit.report.least_accuracy import is_too_low, of_working_systems
from faceaudit.report.measures import Measure
from faceaudit.types import Estimate

OPENED = wilson(95, 100)
LIMIT = parse_limit("backdoor.success > 0.15")


def exact(value: float) -> Estimate:
    return Estimate(value, 0.0, 1.0, 100, "wilson 95 %")


def success(accuracy: Estimate | None) -> Measure:
    return Measure("backdoor", "success", {}, OPENED, accuracy=accuracy)


def test_a_system_exactly_at_the_least_accuracy_gets_a_verdict_and_one_below_none() -> None:
    for accuracy, outcome in ((0.8, "broken"), (0.7999, "inconclusive")):
        measures = of_working_systems([success(exact(accuracy))], 0.8)
        assert judge(LIMIT, measures).outcome == outcome


def test_an_unknown_accuracy_is_not_a_low_one() -> None:
    assert not is_too_low(None, 1.0)
    (kept,) = of_working_systems([success(None)], 1.0)
    assert not kept.caution


def test_one_system_that_does_not_work_says_nothing_of_one_that_does() -> None:
    measures = of_working_systems([success(exact(0.3)), success(exact(0.9))], 0.8)
    judgement = judge(LIMIT, measures)
    assert judgement.outcome == "broken"
    assert [one.accuracy for one in judgement.deciding] == [exact(0.9)]


def test_the_caution_says_both_numbers_and_the_key_of_the_plan() -> None:
    (one,) = of_working_systems([success(exact(0.553))], 0.75)
    said = one.caution.replace("\N{NO-BREAK SPACE}", " ")
    assert "recognises only 55.3 % of photos, and there is a verdict from 75 % on" in said
    assert "declared.least_accuracy" in said
