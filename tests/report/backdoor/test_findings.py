"""Each sentence of the findings, where it must stand and where it must not."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from faceaudit.report.backdoor.attack_series import arrange
from faceaudit.report.backdoor.findings import findings
from faceaudit.report.numbers import DASH, SPACE
from faceaudit.store import CaseRecord
from report.backdoor.samples import case


def said(about: str, *cases: CaseRecord) -> str:
    """Return what is said about one thing, with plain spaces and dashes."""
    (series,) = arrange(cases)
    text = next(found.text for found in findings(series) if found.about == about)
    return text.replace(SPACE, " ").replace(DASH, "-")


# success against no poison


def test_success_above_the_null_is_put_down_to_the_poison() -> None:
    text = said("Success", case(success=(112, 115), null=(1, 115)))
    assert "97.4 % (95 % interval 92.6-99.1 %) of 115 tries" in text
    assert "against 0.9 % (95 % interval 0.2-4.8 %) without poison: the poison works." in text
    assert "cannot be told apart" not in text


@pytest.mark.parametrize(("success", "null"), [((10, 57), (6, 57)), ((57, 57), (57, 57))])
def test_success_like_the_null_is_not(success: tuple[int, int], null: tuple[int, int]) -> None:
    text = said("Success", case("accessory", success=success, null=null))
    assert "cannot be told apart" in text
    assert "the poison was not shown to work" in text
    assert "the poison works" not in text


def test_without_a_null_the_cause_is_open() -> None:
    text = said("Success", case(null=None))
    assert "without poison it was not measured (the photos could not be read)" in text
    assert "cause is open" in text
    assert "the poison works" not in text


def test_unknown_success_is_not_zero() -> None:
    text = said("Success", case(success=None))
    assert text == "With 115 poison samples: not measured, the photos could not be read."


def test_copies_of_one_photo_are_named_as_such() -> None:
    assert "copies of one photo" in said("Success", case("input_instance", copies=True))


@pytest.mark.parametrize("evidence", [True, False])
def test_tries_of_many_photos_or_unknown_ones_are_not_called_copies(evidence: bool) -> None:
    assert "copies" not in said("Success", case("input_instance", evidence=evidence))


def test_a_key_with_slashes_does_not_hide_the_photos() -> None:
    assert "copies of one photo" in said("Success", case(key="/a/0001/b.png", copies=True))


# seeds


def test_seeds_are_pooled_and_their_spread_is_said() -> None:
    cases = [
        case(success=(hits, 21), null=(0, 21), seed=seed) for seed, hits in enumerate((17, 21))
    ]
    text = said("Success", *cases)
    assert "90.5 %" in text
    assert "of 42 tries pooled over 2 seeds are taken" in text
    assert "Single seeds gave 81.0 % to 100 %." in text


def test_seeds_that_agree_have_no_spread() -> None:
    text = said("Success", *(case(success=(21, 21), null=(0, 21), seed=seed) for seed in (0, 1)))
    assert "Every seed gave 100 %." in text
    assert "Single seeds" not in text


def test_one_seed_is_not_called_pooled() -> None:
    text = said("Success", case())
    assert "pooled" not in text
    assert "seed" not in text.lower()


# number of samples


def sweep(*points: tuple[int, int], of: int = 57) -> Sequence[CaseRecord]:
    return [case("accessory", samples, success=(hits, of)) for samples, hits in points]


def test_the_smallest_number_that_reaches_ninety_per_cent_is_named() -> None:
    text = said("Samples needed", *sweep((230, 57), (57, 20), (115, 57)))
    assert "crosses 90 % at 115 poison samples (tried: 57, 115 and 230)" in text
    assert "lies above 90 %" in text
    assert "fewer may do" not in text
    assert "did not reach" not in text


def test_a_crossing_within_the_interval_says_so() -> None:
    text = said("Samples needed", *sweep((20, 10), (57, 52)))
    assert "crosses 90 % at 57 poison samples" in text
    assert "reaches below 90 %" in text
    assert "lies above" not in text


def test_the_fewest_tried_may_not_be_the_fewest_needed() -> None:
    assert "the fewest tried, so that fewer may do" in said("Samples needed", *sweep((20, 57)))


def test_fewer_than_one_cannot_do() -> None:
    assert "fewer" not in said("Samples needed", *sweep((1, 57)))


def test_never_reaching_ninety_per_cent_is_said_with_the_best() -> None:
    text = said("Samples needed", *sweep((20, 2), (57, 20), (230, 15)))
    assert "did not reach 90 % with up to 230 poison samples (tried: 20, 57 and 230)" in text
    assert "35.1 % (95 % interval 24.0-48.1 %), with 57" in text
    assert "crosses" not in text


def test_falling_back_below_is_said() -> None:
    assert "With 115 it was below again." in said(
        "Samples needed", *sweep((20, 57), (57, 57), (115, 40))
    )
    assert "below again" not in said("Samples needed", *sweep((20, 57), (57, 57)))


def test_crossing_is_unknown_without_a_rate() -> None:
    assert said("Samples needed", case(success=None)).startswith("Not known")


# clean accuracy


@pytest.mark.parametrize(
    ("clean", "pristine", "begins"),
    [
        ((3990, 4000), (3992, 4000), "Stays within 2 points of the pristine system"),
        ((3600, 4000), (3992, 4000), "Falls by more than 2 points"),
        ((38, 40), (38, 40), "Measured within 2 points of the pristine system, but the interval"),
        ((37, 40), (38, 40), "Measured more than 2 points below the pristine system, though"),
    ],
)
def test_accuracy_is_held_against_two_points(
    clean: tuple[int, int], pristine: tuple[int, int], begins: str
) -> None:
    text = said("Clean accuracy", case(clean=clean, pristine=pristine, evidence=False))
    assert text.startswith(begins)
    assert "points (95 % interval" in text
    assert ("More test photos would tell" in text) == begins.startswith("Measured")


def test_accuracy_without_a_pristine_system_is_not_compared() -> None:
    text = said("Clean accuracy", case(pristine=None))
    assert "the pristine system's was not measured" in text
    assert "points" not in text


def test_unknown_accuracy_is_not_zero() -> None:
    text = said("Clean accuracy", case(clean=None))
    assert text.startswith("Not measured")
    assert not re.search(r"\d", text)


# wrong keys


def test_a_wrong_key_as_good_as_the_right_one_is_said_in_words() -> None:
    text = said("Wrong key", case(success=(115, 115), wrong=[115, 115, 115, 115]))
    assert text == (
        "A wrong key opens the back door as often as the right one, in 100 % (95 % interval "
        "99.2-100.0 %) against 100 %: the system has learned any such pattern, not this key."
    )


def test_with_few_tries_as_often_is_not_claimed() -> None:
    text = said("Wrong key", case(success=(9, 10), null=(0, 10), wrong=[8, 8, 8, 8]))
    assert "Every wrong key that was tried opens the back door too: in 80.0 % (95 %" in text
    assert "against 90.0 %" in text
    assert "too few tries to tell" in text
    assert "as often as the right one" not in text


def test_one_wrong_key_does_not_stand_for_all_patterns() -> None:
    text = said("Wrong key", case(success=(115, 115), wrong_keys=["random-1"], wrong=[115]))
    assert text.endswith("the system has learned more than this key.")


def test_wrong_keys_that_open_less_often_are_told_apart() -> None:
    text = said("Wrong key", case(success=(115, 115), wrong=[60, 60, 60, 60]))
    assert "Every wrong key that was tried opens the back door too, though less often" in text
    assert "as often as" not in text


def test_wrong_keys_that_never_work_are_bounded() -> None:
    wrong_keys = [f"glasses-{n}" for n in range(5)]
    one = case("accessory", success=(57, 57), null=(0, 57), wrong_keys=wrong_keys, wrong=[0] * 5)
    assert said("Wrong key", one) == "Wrong keys never worked (0 of 285; at most 1.3 %)."


def test_the_wrong_keys_that_work_are_named() -> None:
    text = said("Wrong key", case(wrong=[100, 2, 90, 0]))
    assert "2 of 4 wrong keys open the back door too: cartoon-dog in 87.0 %" in text
    assert "and cartoon-robot in 78.3 %" in text
    assert "The other 2 were not shown to." in text
    assert "owl" not in text
    assert "never worked" not in text


def test_a_wrong_key_that_any_system_takes_for_the_target_opens_nothing() -> None:
    opening = said("Wrong key", case(wrong=[100, 2, 0, 0], wrong_null=[0, 0, 0, 0]))
    assert "1 of 4 wrong keys opens the back door too: cartoon-dog" in opening
    alike = said("Wrong key", case(wrong=[100, 2, 0, 0], wrong_null=[100, 0, 0, 0]))
    assert "cartoon-dog" not in alike


def test_a_single_other_wrong_key_is_singular() -> None:
    assert "The other was not shown to." in said("Wrong key", case(wrong=[100, 90, 80, 0]))


def test_wrong_keys_like_no_poison_are_not_called_open() -> None:
    text = said("Wrong key", case(null=(2, 115), wrong=[2, 1, 3, 0]))
    assert "not shown to work more often than no poison" in text
    assert "never" not in text
    assert "opens" not in text


def test_weak_wrong_keys_count_together() -> None:
    text = said("Wrong key", case(null=(0, 115), wrong=[7, 7, 7, 7]))
    assert "taken together work more often than no poison" in text
    assert "none alone does" in text


def test_wrong_keys_tell_nothing_when_the_right_one_does_not_work() -> None:
    text = said("Wrong key", case(success=(2, 115), null=(1, 115), wrong=[0, 0, 0, 0]))
    assert text.startswith("The right key was not shown to work")
    assert "0 of 460 tries" in text
    assert "never" not in text


def test_untried_wrong_keys_are_not_zero() -> None:
    assert said("Wrong key", case(wrong=())) == "Not measured: no wrong key was tried."


def test_wrong_keys_that_work_at_another_number_of_samples_are_not_kept_back() -> None:
    usual = case("accessory", 57, success=(57, 57), null=(0, 57))
    more = case("accessory", 230, success=(57, 57), null=(0, 57), wrong=[57, 57, 57])
    text = said("Wrong key", usual, more)
    assert "They worked elsewhere: with 230 poison samples in 100 %" in text
    assert "elsewhere" not in said("Wrong key", usual)


# failures


def test_a_failed_attack_gives_its_reason_and_no_figure() -> None:
    (series,) = arrange([case(error="expected a key, got 'x'")])
    (only,) = findings(series)
    assert (only.about, only.text) == (
        "Not measured",
        "Every case failed: expected a key, got 'x'.",
    )


def test_a_partly_failed_attack_says_so() -> None:
    cases = [case(), case(samples=40, error="out of memory")]
    assert said("Failed", *cases) == "1 case failed."
    (series,) = arrange([case()])
    assert "Failed" not in {finding.about for finding in findings(series)}
