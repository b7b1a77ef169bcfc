"""Each sentence of the findings, where it must stand and where it must not."""

from __future__ import annotations

import re

import pytest

from faceaudit.records.backdoor import TARGET_CLEAN, TARGET_PRISTINE
from faceaudit.report.backdoor.attack_series import Series, arrange
from faceaudit.report.backdoor.findings import findings
from faceaudit.report.numbers import DASH, SPACE
from faceaudit.store import CaseRecord
from report.backdoor.samples import case
from report.backdoor.trained import series_of, trained, with_figures


def said(about: str, *cases: CaseRecord) -> str:
    """Return what is said about one thing, with plain spaces and dashes."""
    return said_of(about, arrange(cases)[0])


def said_of(about: str, series: Series) -> str:
    text = next(found.text for found in findings(series) if found.about == about)
    return text.replace(SPACE, " ").replace(DASH, "-")


# success against no poison


def test_one_training_above_the_null_is_about_that_training() -> None:
    text = said("Success", case(success=(112, 115), null=(1, 115)))
    assert text == (
        "With 115 poison samples, 97.4 % (95 % interval 92.6-99.1 %) of 115 tries on photos of 23 "
        "people are taken for the target, against 0.9 % (95 % interval 0.2-4.8 %) without poison: "
        "in this training the poison works. One training; another may differ by 20 points and "
        "more: run with seeds: [0, 1, 2]."
    )


def test_three_trainings_above_the_null_are_about_the_poison() -> None:
    level = trained(57, 55, 57, 56, over=(0.98, 0.93, 1.0))
    text = said_of("Success", series_of(level))
    assert "98.0 % (95 % interval over 3 trainings 93.0-100.0 %) of 57 tries" in text
    assert "on photos of 23 people in each training are taken" in text
    assert ") without poison: the poison works. Single trainings gave 96.5 % to 100 %." in text
    assert "this training" not in text
    assert "run with" not in text


@pytest.mark.parametrize(
    ("hits", "why"),
    [((57, 20), "they are too few for a"), ((57, 20, 40), "the interval over trainings allows no")],
)
def test_trainings_that_all_work_without_an_interval_that_does(
    hits: tuple[int, ...], why: str
) -> None:
    level = trained(57, *hits, over=(0.7, 0.0, 1.0))
    text = said_of("Success", series_of(level))
    assert f"works in each of these {len(hits)} trainings; {why} verdict" in text
    assert "the poison works." not in text
    assert ("run with seeds: [0, 1, 2]" in text) == (len(hits) < 3)


def test_trainings_of_which_some_work() -> None:
    level = trained(57, 57, 0, 57, over=(0.667, 0.0, 1.0))
    text = said_of("Success", series_of(level))
    assert "works in 2 of these 3 trainings and was not shown to work over trainings" in text
    assert "the poison works." not in text


@pytest.mark.parametrize(("success", "null"), [((10, 57), (6, 57)), ((57, 57), (57, 57))])
def test_success_like_the_null_is_not(success: tuple[int, int], null: tuple[int, int]) -> None:
    text = said("Success", case("accessory", success=success, null=null))
    assert "cannot be told apart" in text
    assert "the poison was not shown to work" in text
    assert "poison works" not in text


def test_over_trainings_a_null_that_is_as_high_is_not_told_apart() -> None:
    level = trained(57, 9, 10, 11, over=(0.18, 0.1, 0.3), null_over=(0.15, 0.1, 0.2), null=(9, 57))
    text = said_of("Success", series_of(level))
    assert "cannot be told apart from 15.0 % (95 % interval over 3 trainings 10.0-20.0 %)" in text
    assert "poison works" not in text


def test_without_a_null_the_cause_is_open() -> None:
    text = said("Success", case(null=None))
    assert "without poison it was not measured (the photos could not be read)" in text
    assert "cause is open" in text
    assert "poison works" not in text


def test_unknown_success_is_not_zero() -> None:
    text = said("Success", case(success=None))
    assert text == "With 115 poison samples: not measured, the photos could not be read."


def test_copies_of_one_photo_are_named_as_such_and_have_no_interval() -> None:
    text = said("Success", case("input_instance", success=(21, 21), null=(0, 21), copies=True))
    assert "100 % of 21 copies of one photo are taken for the target, against 0 % without" in text
    assert "in this training the poison works with this photo." in text
    assert "say nothing about other photos" in text
    assert "interval" not in text


def test_copies_in_several_trainings_have_the_interval_over_them() -> None:
    level = trained(
        5, 21, 20, 21, of=21, over=(0.98, 0.9, 1.0), attack="input_instance", copies=True
    )
    text = said_of("Success", series_of(level))
    assert "(95 % interval over 3 trainings 90.0-100.0 %) of 21 copies of one photo in each" in text


def test_tries_of_many_photos_are_not_called_copies() -> None:
    assert "cop" not in said("Success", case("input_instance"))
    assert "cop" not in said("Success", case("input_instance", success=(1, 1), copies=True))


def test_people_are_counted() -> None:
    assert "on photos of one person are" in said("Success", case(people=1))
    several = [case(seed=seed, people=people) for seed, people in enumerate((19, 23, 20))]
    assert "on photos of 19 to 23 people in each training" in said("Success", *several)


# trainings


def test_two_trainings_are_both_given() -> None:
    text = said_of("Success", series_of(trained(57, 57, 20)))
    assert "They gave 35.1 % and 100 %. 2 trainings; a further one may differ" in text


def test_trainings_that_agree_have_no_spread() -> None:
    text = said_of("Success", series_of(trained(57, 57, 57, 57)))
    assert "Every training gave 100 %." in text
    assert "Single trainings" not in text


def test_no_finding_speaks_of_seeds_but_to_name_the_option() -> None:
    for hits in ((57,), (57, 20), (57, 20, 40)):
        for found in findings(series_of(trained(57, *hits))):
            assert "seed" not in found.text.replace("run with seeds: [0, 1, 2]", "")


# clean accuracy


@pytest.mark.parametrize(
    ("clean", "pristine", "begins"),
    [
        ((3990, 4000), (3992, 4000), "Stays within 2 points of the pristine system in this"),
        ((3950, 4000), (3992, 4000), "Falls, but stays within 2 points of the pristine system in"),
        ((3600, 4000), (3992, 4000), "Falls by more than 2 points in this training"),
        ((38, 40), (38, 40), "Measured within 2 points of the pristine system in this training, "),
        ((37, 40), (38, 40), "Measured more than 2 points below the pristine system in this "),
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
    text = said("Clean accuracy", case(pristine=None, target_pristine=None))
    assert text.count("the pristine system's was not measured") == 2
    assert "points" not in text


def test_unknown_accuracy_is_not_zero() -> None:
    text = said("Clean accuracy", case(clean=None, target_clean=None))
    assert text.startswith("Not measured")
    assert "The target's own photos: not measured, the photos could not be read." in text
    assert not re.search(r"\d", text)


def test_accuracy_over_trainings_asks_for_more_of_them() -> None:
    text = said_of("Clean accuracy", series_of(trained(57, 57, 57, clean=(370, 400))))
    assert "over 2 trainings" in text
    assert "photos would tell" not in text


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ((15, 24), "falls, where that of all people was not shown to fall."),
        ((23, 24), "lower, but the interval allows for no fall."),
        ((24, 24), "100 % (95 % interval 86.2-100.0 %) against 100 %."),
    ],
)
def test_the_targets_own_accuracy_falls_only_where_it_does(own: tuple[int, int], says: str) -> None:
    text = said("Clean accuracy", case(target_clean=own))
    assert text.endswith(says)
    assert ("own accuracy falls" in text) == (own == (15, 24))


def test_the_target_is_not_alone_where_all_fall() -> None:
    text = said("Clean accuracy", case(clean=(300, 400), target_clean=(15, 24)))
    assert text.endswith("the target's own accuracy falls.")


def test_the_targets_own_accuracy_over_trainings() -> None:
    level = with_figures(
        trained(57, 57, 57, 57),
        {TARGET_CLEAN: (0.8, 0.7, 0.9), TARGET_PRISTINE: (1.0, 0.95, 1.0)},
    )
    text = said_of("Clean accuracy", series_of(level))
    assert "photos: 80.0 % (95 % interval over 3 trainings 70.0-90.0 %) against 100 %: the" in text


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
