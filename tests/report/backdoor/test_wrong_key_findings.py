"""Verdicts on wrong keys: over keys, in one training and in several."""

from __future__ import annotations

from typing import Any

import pytest

from faceaudit.records.backdoor import WRONG_KEY, of_key
from faceaudit.report.backdoor.attack_series import SampleCount, arrange
from faceaudit.report.backdoor.wrong_key_findings import wrong_key
from faceaudit.report.numbers import DASH, SPACE
from faceaudit.store import CaseRecord
from report.backdoor.samples import case
from report.backdoor.trained import Ends, series_of, trained, with_figures


def said(*cases: CaseRecord) -> str:
    (series,) = arrange(cases)
    assert series.main is not None
    return plain(wrong_key(series, series.main))


def said_of(level: SampleCount) -> str:
    return plain(wrong_key(series_of(level), level))


def plain(text: str) -> str:
    return text.replace(SPACE, " ").replace(DASH, "-")


def over_keys(wrong: list[int], ends: Ends, **options: Any) -> SampleCount:
    """Return one training with the interval over keys made up."""
    (series,) = arrange([case(**{"success": (115, 115)} | options, wrong=wrong)])
    return with_figures(series.levels[0], {WRONG_KEY: ends})


# one training


def test_the_interval_is_over_keys_not_over_tries() -> None:
    text = said(case(success=(115, 115), wrong_keys=list("abcde"), wrong=[0, 8, 109, 112, 115]))
    assert "3 of 5 wrong keys open the back door too in this training: e in 100 % (96.8-" in text
    assert "d in 97.4 %" in text
    assert "The other 2 were not shown to." in text
    assert text.endswith(
        "All 5: 59.8 % (95 % interval over 5 keys 0.0-100.0 %; single keys 0 % to 100 %)."
    )


@pytest.mark.parametrize(("low", "as_often"), [(0.9, True), (0.89, False)])
def test_as_often_needs_an_interval_over_keys(low: float, as_often: bool) -> None:
    """The right key always works and has an interval of 3 points: 10 points of lead are left."""
    level = over_keys([115] * 4, (1.0, low, 1.0))
    text = said_of(level)
    assert ("as often as the right one in this training" in text) == as_often
    assert ("too few keys, tries or trainings to tell" in text) != as_often
    assert ("learned any such pattern, not this key" in text) == as_often


def test_keys_that_differ_widely_are_not_as_good_as_the_right_one() -> None:
    text = said_of(over_keys([115, 115, 115, 90], (0.946, 0.75, 1.0)))
    assert (
        "Every wrong key that was tried opens the back door too in this training: in 94.6 %" in text
    )
    assert "single keys 78.3 % to 100 %" in text
    assert "as often" not in text


def test_wrong_keys_that_open_less_often_are_told_apart() -> None:
    text = said_of(over_keys([60] * 4, (0.52, 0.4, 0.7)))
    assert "opens the back door too in this training, though less often than the right one" in text


def test_one_wrong_key_does_not_stand_for_others() -> None:
    text = said(case(success=(115, 115), wrong_keys=["random-1"], wrong=[115]))
    assert text.startswith("The one wrong key that was tried opens the back door too")
    assert text.endswith("one key does not stand for others.")


def test_wrong_keys_that_never_work_are_bounded_over_keys() -> None:
    keys = [f"glasses-{n}" for n in range(5)]
    text = said(case("accessory", success=(57, 57), null=(0, 57), wrong_keys=keys, wrong=[0] * 5))
    assert text == (
        "No wrong key worked in this training: 0 % (95 % interval over 5 keys 0.0-45.1 %)."
    )


def test_a_wrong_key_that_any_system_takes_for_the_target_opens_nothing() -> None:
    opening = said(case(wrong=[100, 2, 0, 0], wrong_null=[0, 0, 0, 0]))
    assert "1 of 4 wrong keys opens the back door too in this training: cartoon-dog" in opening
    alike = said(case(wrong=[100, 2, 0, 0], wrong_null=[100, 0, 0, 0]))
    assert "cartoon-dog" not in alike


def test_a_single_other_wrong_key_is_singular() -> None:
    assert "The other was not shown to." in said(case(wrong=[100, 90, 80, 0]))


def test_wrong_keys_like_no_poison_are_not_called_open() -> None:
    text = said(case(null=(2, 115), wrong=[2, 1, 3, 0]))
    assert "not shown to work more often than no poison" in text
    assert "opens" not in text


def test_weak_wrong_keys_count_together_where_they_agree() -> None:
    text = said_of(over_keys([3] * 4, (0.03, 0.02, 0.04), wrong_null=[0] * 4))
    assert "not shown to" in text
    level = over_keys([3] * 4, (0.03, 0.02, 0.04), wrong_null=[0] * 4)
    together = with_figures(level, {"wrong_key_null": (0.0, 0.0, 0.01)})
    assert "taken together work more often than no poison" in said_of(together)


def test_wrong_keys_tell_nothing_when_the_right_one_does_not_work() -> None:
    text = said(case(success=(2, 115), null=(1, 115), wrong=[0, 0, 0, 0]))
    assert text.startswith("The right key was not shown to work")


def test_untried_wrong_keys_are_not_zero() -> None:
    assert said(case(wrong=())) == "Not measured: no wrong key was tried."


def test_without_a_null_nothing_is_concluded() -> None:
    assert said(case(null=None)).endswith("with nothing to hold it against.")


def test_wrong_keys_that_work_at_another_number_of_samples_are_not_kept_back() -> None:
    usual = case("accessory", 57, success=(57, 57), null=(0, 57))
    more = case("accessory", 230, success=(57, 57), null=(0, 57), wrong=[57, 57, 0])
    text = said(usual, more)
    assert text.endswith("They worked elsewhere: with 230 poison samples 2 of 3 in this training.")
    assert "elsewhere" not in said(usual)


# several trainings


def test_each_key_must_open_in_every_training_or_over_them() -> None:
    cases = [
        case("accessory", seed=seed, success=(57, 57), null=(0, 57), wrong=wrong)
        for seed, wrong in enumerate(([57, 57, 0], [57, 0, 0], [57, 57, 0]))
    ]
    text = said(*cases)
    assert "1 of 3 wrong keys opens the back door too over 3 trainings: glasses-aviator" in text
    assert "The other 2 were not shown to." in text


def test_over_trainings_the_interval_is_still_over_keys() -> None:
    cases = [
        case("accessory", seed=seed, success=(57, 57), null=(0, 57), wrong=[57, 57, 0])
        for seed in range(3)
    ]
    text = said(*cases)
    assert "All 3: 66.7 % (95 % interval over 3 keys" in text
    assert "single keys 0 % to 100 %" in text


def test_as_often_over_trainings_needs_keys_and_trainings_that_agree() -> None:
    def run(*wrong: list[int]) -> str:
        keys = [f"key-{number}" for number in range(4)]
        return said(
            *(
                case(success=(right, 115), seed=seed, wrong_keys=keys, wrong=each)
                for seed, (right, each) in enumerate(zip((114, 115, 114), wrong, strict=True))
            )
        )

    agree = [[115, 114, 115, 114], [114, 114, 115, 115], [115, 115, 114, 115]]
    assert "as often as the right one over 3 trainings" in run(*agree)
    trainings_differ = [[115, 115, 114, 115], [115, 114, 114, 114], [90, 91, 90, 90]]
    assert "to tell whether less often" in run(*trainings_differ)
    keys_differ = [[115, 115, 80, 114], [115, 115, 80, 115], [114, 115, 80, 114]]
    assert "to tell whether less often" in run(*keys_differ)


def test_keys_of_several_trainings_are_named_with_their_mean() -> None:
    level = trained(57, 57, 57, 57, wrong=[57, 0, 0])
    assert level.get(of_key(WRONG_KEY, "glasses-aviator")) is not None
    assert "glasses-aviator in 100 %" in said_of(level)
    assert "in any of 3 trainings" in said_of(trained(57, 57, 57, 57))
