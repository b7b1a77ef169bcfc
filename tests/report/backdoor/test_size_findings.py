"""Verdicts about numbers of samples, where they must stand and where they must not."""

from __future__ import annotations

from faceaudit.report.backdoor.attack_series import SampleCount
from faceaudit.report.backdoor.size_findings import samples_needed
from faceaudit.report.numbers import DASH, SPACE
from report.backdoor.trained import Ends, series_of, trained

HIGH: Ends = (0.97, 0.92, 1.0)
OPEN: Ends = (0.93, 0.7, 1.0)
LOW: Ends = (0.4, 0.2, 0.6)


def said(*levels: SampleCount) -> str:
    return samples_needed(series_of(*levels)).replace(SPACE, " ").replace(DASH, "-")


def thrice(samples: int, over: Ends) -> SampleCount:
    return trained(samples, *[round(over[0] * 57)] * 3, over=over)


def test_one_training_has_figures_and_no_verdict() -> None:
    text = said(trained(20, 20), trained(57, 57))
    assert text == (
        "No verdict. Measured 35.1 % with 20 and 100 % with 57 poison samples (one training; "
        "another may differ by 20 points and more: run with seeds: [0, 1, 2])."
    )


def test_two_trainings_have_no_verdict_either() -> None:
    text = said(trained(57, 57, 57))
    assert text.startswith("No verdict. Measured 100 % with 57 poison samples (2 trainings; ")
    assert "run with seeds: [0, 1, 2]" in text


def test_one_sample_is_singular() -> None:
    assert "with 1 poison sample (" in said(trained(1, 57))


def test_the_smallest_number_that_reaches_ninety_per_cent_is_named() -> None:
    text = said(thrice(57, LOW), thrice(115, HIGH), thrice(230, HIGH))
    assert text == (
        "Success reaches 90 % with 115 poison samples (judged: 57, 115 and 230): 97.0 % (95 % "
        "interval over 3 trainings 92.0-100.0 %)."
    )


def test_a_value_above_ninety_is_not_enough() -> None:
    text = said(thrice(20, LOW), thrice(57, OPEN))
    assert text.startswith("Not decided (judged: 20 and 57)")
    assert text.endswith("More trainings would tell.")
    assert "every training gave 90 % or more" in text
    assert "to both sides of 90 % with 57, 93.0 % (95 % interval over 3 trainings 70.0-" in text
    assert "reaches 90 %" not in text
    assert "20, " not in text.replace("judged: 20", "")


def test_every_training_is_every_training() -> None:
    text = said(trained(57, 57, 57, 51, over=OPEN))
    assert "every training gave" not in text
    assert "every training gave" in said(trained(10, 10, 10, 9, of=10, over=OPEN))


def test_trainings_that_agree_have_the_interval_of_the_audit() -> None:
    """Three equal trainings are no certainty: the interval decides, not the spread."""
    assert said(trained(57, 57, 57, 57, over=(1.0, 0.37, 1.0))).startswith("Not decided")
    assert "Success reaches 90 %" in said(trained(57, 57, 57, 57, over=(1.0, 0.93, 1.0)))


def test_the_fewest_tried_may_not_be_the_fewest_needed() -> None:
    assert "the fewest tried, so that fewer may do" in said(thrice(20, HIGH), thrice(57, HIGH))
    assert "fewer may do" not in said(thrice(1, HIGH))
    assert "fewer may do" not in said(trained(5, 57), thrice(20, HIGH))


def test_smaller_numbers_that_are_open_are_said() -> None:
    text = said(thrice(20, OPEN), thrice(57, HIGH))
    assert "Success reaches 90 % with 57" in text
    assert "With 20 it is not decided." in text


def test_numbers_run_once_beside_one_run_thrice_get_no_verdict() -> None:
    text = said(trained(10, 57), trained(40, 20), thrice(57, HIGH))
    assert "Success reaches 90 % with 57 poison samples (judged: 57)" in text
    assert "Measured 100 % with 10 and 35.1 % with 40 poison samples (one training; " in text
    assert "run with sweep_seeds: 3)" in text


def test_trainings_are_told_apart_by_number() -> None:
    text = said(trained(10, 5), trained(20, 57, 57), thrice(57, LOW))
    assert "8.8 % with 10 poison samples (one training" in text
    assert "100 % with 20 poison samples (2 trainings" in text


def test_staying_below_is_said_with_the_highest_of_those_judged() -> None:
    text = said(thrice(20, (0.1, 0.0, 0.3)), thrice(57, LOW), thrice(230, (0.3, 0.1, 0.5)))
    assert text == (
        "Success stays below 90 % with up to 230 poison samples (judged: 20, 57 and 230); the "
        "highest of 3 numbers judged was 40.0 % (95 % interval over 3 trainings 20.0-60.0 %), "
        "with 57."
    )
    assert "highest" not in said(thrice(57, LOW))


def test_falling_back_below_needs_an_interval_below() -> None:
    assert "With 115 it is below again." in said(thrice(57, HIGH), thrice(115, LOW))
    text = said(thrice(57, HIGH), thrice(115, OPEN))
    assert "below again" not in text
    assert "With 115 it is not decided." in text


def test_ninety_per_cent_without_poison_is_no_finding() -> None:
    level = trained(57, 57, 57, 57, over=HIGH, null_over=(0.95, 0.9, 1.0))
    text = said(level)
    assert "was not shown to be more than without poison" in text
    assert "Success reaches" not in text


def test_unknown_without_a_rate() -> None:
    nothing = trained(57, 57)
    text = said(SampleCount(57, nothing.cases[:0], {}, None))
    assert text.startswith("Not known")
