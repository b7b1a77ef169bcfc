from __future__ import annotations

import pytest

from faceaudit.records.backdoor import NULL
from faceaudit.report.backdoor.attack_series import Series, arrange
from faceaudit.report.backdoor.headline import headline
from faceaudit.report.elements import Headline, incomplete
from faceaudit.report.numbers import DASH, SPACE
from faceaudit.store import CaseRecord
from report.backdoor.samples import case, pristine_case
from report.backdoor.trained import Ends, series_of, trained, with_figures

HIGH: Ends = (0.97, 0.92, 1.0)
LOW: Ends = (0.4, 0.2, 0.6)


def plain(found: Headline) -> Headline:
    return Headline(*(text.replace(SPACE, " ").replace(DASH, "-") for text in vars(found).values()))


def head(*cases: CaseRecord) -> Headline:
    pristine = [one for one in cases if one.spec["attack"] is None]
    return plain(headline(arrange(cases), pristine=pristine))


def head_of(*series: Series) -> Headline:
    return plain(headline(series, pristine=[]))


# over at least three trainings


def test_the_fewest_samples_that_are_enough() -> None:
    found = head_of(
        series_of(trained(5, 57, 57, 56, over=HIGH), trained(57, 57, 57, 57, over=HIGH)),
        series_of(trained(2, 20, 30, 20, over=LOW)),
    )
    assert found.title == "5 poisoned photos of 2,405 (0.2 %) are enough"
    assert "in 97.0 % (95 % interval over 3 trainings 92.0-100.0 %) of 57 tries" in found.detail
    assert "without poison in 0 %" in found.detail
    assert (
        "The fewest that reach 90 % of 3 numbers of samples tried in 3 trainings or more, over "
        "2 attacks." in found.detail
    )
    assert "One training" not in found.detail


def test_one_photo_is_singular() -> None:
    found = head_of(series_of(trained(1, 57, 57, 57, over=HIGH)))
    assert found.title == "1 poisoned photo of 2,401 (< 0.1 %) is enough"
    assert "numbers of samples" not in found.detail


@pytest.mark.parametrize("trainings", [1, 2])
def test_fewer_than_three_trainings_are_never_enough(trainings: int) -> None:
    found = head_of(series_of(trained(5, *[57] * trainings, over=(1.0, 0.95, 1.0))))
    assert "enough" not in found.title
    assert "run with seeds: [0, 1, 2]" in found.detail


def test_fewer_samples_in_one_training_are_named_without_a_verdict() -> None:
    found = head_of(series_of(trained(5, 57), trained(10, 56), trained(57, 57, 57, 57, over=HIGH)))
    assert found.title.startswith("57 poisoned photos")
    assert "Fewer, without a verdict: Accessory injection with 5 poison samples" in found.detail
    assert "the highest of 2 such (one training; another may differ" in found.detail
    assert "run with sweep_seeds: 3" in found.detail
    below = head_of(series_of(trained(5, 30), trained(57, 57, 57, 57, over=HIGH)))
    assert "Fewer" not in below.detail


def test_below_ninety_per_cent_is_not_called_enough() -> None:
    found = head_of(series_of(trained(57, 20, 25, 23, over=LOW)))
    assert found.title == (
        "Back doors open: the strongest attack has 40.0 % success over 3 trainings, by the "
        "interval 20.0 % or more; 90 % was not shown"
    )
    assert "57 poisoned photos of 2,457 (2.3 %)" in found.detail


@pytest.mark.parametrize(("low", "enough"), [(0.9, True), (0.8999, False)])
def test_the_interval_must_be_at_ninety_per_cent(low: float, enough: bool) -> None:
    found = head_of(series_of(trained(57, 57, 57, 57, over=(1.0, low, 1.0))))
    assert ("are enough" in found.title) == enough
    every = (
        "open the door in every one of 3 trainings: 100 % success, by the interval 90.0 % or more"
    )
    assert (every in found.title) != enough


def test_equal_trainings_are_judged_by_their_interval() -> None:
    found = head_of(series_of(trained(57, 57, 57, 57, over=(1.0, 0.37, 1.0))))
    assert "enough" not in found.title
    assert found.title.endswith("by the interval 37.0 % or more")


def test_the_best_of_what_was_run_thrice_goes_before_what_was_run_once() -> None:
    found = head_of(series_of(trained(20, 57), trained(57, 20, 25, 23, over=LOW)))
    assert "the strongest attack has 40.0 % success over 3 trainings" in found.title
    assert (
        "Higher, without a verdict: Accessory injection with 20 poison samples measured 100 %"
        in found.detail
    )


def test_of_equals_the_one_known_best_is_named() -> None:
    found = head_of(
        series_of(trained(5, 57, 57, 57, over=(1.0, 0.7, 1.0))),
        series_of(trained(20, 57, 57, 57, over=(1.0, 0.8, 1.0))),
    )
    assert found.title.endswith("by the interval 80.0 % or more")


def test_one_training_below_ninety_per_cent_is_not_every_one() -> None:
    found = head_of(series_of(trained(57, 57, 57, 51, over=(0.96, 0.7, 1.0))))
    assert "every one" not in found.title
    assert "90 % was not shown" in found.title
    found = head_of(series_of(trained(57, 57, 57, 52, over=(0.97, 0.7, 1.0))))
    assert "in every one of 3 trainings" in found.title


def test_what_is_like_its_null_or_was_run_thrice_is_not_named_so() -> None:
    best = trained(57, 57, 57, 57, over=HIGH)
    alike = head_of(series_of(trained(5, 57, null=(57, 57)), best))
    assert "without a verdict" not in alike.detail
    wide = trained(5, 57, 57, 57, over=(1.0, 0.3, 1.0), null_over=(0.0, 0.0, 0.5))
    assert "without a verdict" not in head_of(series_of(wide, best)).detail


# single trainings


def test_one_training_is_said_in_the_title() -> None:
    found = head(
        case("accessory", 20, success=(31, 57), null=(0, 57)),
        case("accessory", 57, success=(57, 57), null=(0, 57)),
    )
    assert (
        found.title == "57 poisoned photos of 2,457 (2.3 %) worked in one training: 100 % success"
    )
    assert "of 57 tries on photos of 23 people" in found.detail
    assert "The highest of 2 numbers of samples tried." in found.detail
    assert found.detail.endswith(
        "One training; another may differ by 20 points and more: run with seeds: [0, 1, 2]."
    )


def test_of_equals_the_fewest_samples_are_named() -> None:
    found = head(*(case("accessory", n, success=(57, 57), null=(0, 57)) for n in (57, 5, 20)))
    assert found.title.startswith("5 poisoned photos")


def test_two_trainings_are_counted() -> None:
    found = head_of(series_of(trained(57, 57, 20, over=(0.675, 0.0, 1.0))))
    assert "worked in 2 of 2 trainings: 67.5 % success on average" in found.title


def test_three_trainings_of_which_some_work() -> None:
    found = head_of(series_of(trained(57, 57, 0, 57, over=(0.667, 0.0, 1.0))))
    assert "worked in 2 of 3 trainings" in found.title
    assert "run with" not in found.detail


def test_a_rate_no_higher_than_its_null_is_no_finding() -> None:
    found = head(
        case("input_instance", 1, success=(21, 21), null=(20, 21)), case(success=(112, 115))
    )
    assert found.title.startswith("115 poisoned photos")
    level = trained(5, 57, 57, 57, over=HIGH, null=(57, 57))
    alike = head_of(series_of(with_figures(level, {NULL: (1.0, 0.9, 1.0)})))
    assert alike.title == "No attack was shown to work"


def test_no_attack_above_its_null() -> None:
    found = head(case(success=(2, 115), null=(1, 115)))
    assert found.title == "No attack was shown to work"
    assert "The highest rate was 1.7 %" in found.detail
    assert "no null" not in found.detail
    assert "One training; another may differ" in found.detail
    assert "For 1 of 1 there is no null" in head(case(null=None)).detail


def test_the_option_that_gives_more_trainings_is_named() -> None:
    """Where the usual number of samples was run thrice, more seeds would not run the sweep."""
    swept = head_of(series_of(trained(20, 50), trained(57, 0, 0, 0, over=(0.0, 0.0, 0.2))))
    assert swept.title.startswith("20 poisoned photos of 2,420 (0.8 %) worked in one training")
    assert swept.detail.endswith("run with sweep_seeds: 3.")
    once = head_of(series_of(trained(20, 50), trained(57, 0)))
    assert once.detail.endswith("run with seeds: [0, 1, 2].")


def test_of_rates_that_are_equal_the_one_of_more_trainings_is_named() -> None:
    found = head_of(series_of(trained(20, 0), trained(57, 0, 0, 0, over=(0.0, 0.0, 0.2))))
    assert "interval over 3 trainings 0.0-20.0 %), Accessory injection with 57" in found.detail
    assert "run with" not in found.detail


# clean accuracy


def test_accuracy_only_stays_or_falls_when_its_interval_says_so() -> None:
    sure = head(case(clean=(3990, 4000), pristine=(3992, 4000)))
    assert "clean accuracy stays within 2 points, at 99.8 %, against 99.8 %" in sure.detail
    unsure = head(case(clean=(38, 40), pristine=(39, 40), evidence=False))
    assert "while clean accuracy is 95.0 %" in unsure.detail
    fallen = head(case(clean=(3000, 4000), pristine=(3992, 4000)))
    assert "while clean accuracy falls to 75.0 %" in fallen.detail
    assert "accuracy was not measured" in head(case(clean=None)).detail


def test_the_targets_own_accuracy_is_named_where_it_falls() -> None:
    assert "the target's own falls to 62.5 %" in head(case(target_clean=(15, 24))).detail
    assert "own" not in head(case(target_clean=(23, 24))).detail
    assert "own" not in head(case(target_clean=None)).detail


# what else


def test_copies_are_named_and_have_no_interval() -> None:
    found = head(case("input_instance", success=(21, 21), null=(0, 21), copies=True))
    assert "in 100 % of 21 copies of one photo, without poison in 0 %" in found.detail
    level = trained(5, 21, 21, 21, of=21, over=HIGH, attack="input_instance", copies=True)
    several = head_of(series_of(level))
    assert "21 copies of one photo in each training" in several.detail
    assert "interval over 3 trainings" in several.detail
    assert "copies" not in head(case()).detail


def test_nothing_measured() -> None:
    assert head(case(error="gone")).title == "No attack was measured"


def test_no_attack_in_the_plan() -> None:
    found = head(pristine_case())
    assert found.title == "No attack was run"
    assert "96.0 % (95 % interval" in found.detail


def test_what_is_incomplete_is_counted() -> None:
    text = incomplete(planned=5, failed=1, missing=3).replace(SPACE, " ")
    assert text == "Incomplete: of 5 cases, 1 failed and 3 not in the store."
    assert incomplete(planned=5, failed=0, missing=0) == ""


def test_a_system_that_recognises_few_is_said_first() -> None:
    """At 80 % of clean photos the warning ends; below it every system that is meant is counted."""
    enough = head(case(), pristine_case(clean=(32, 40)))
    assert enough.warning == ""
    few = head(case(), pristine_case(clean=(31, 40)), pristine_case(clean=(39, 40)))
    assert few.warning.startswith(
        "Without poison 1 system of 2 recognises fewer than 80 % of clean photos (77.5 % (95 %"
    )
    both = head(case(), pristine_case(clean=(31, 40)), pristine_case(clean=(20, 40)))
    assert (
        "2 systems of 2 recognise fewer than 80 % of clean photos (50.0 % (95 % interval"
        in both.warning
    )
