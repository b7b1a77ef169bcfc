from __future__ import annotations

import pytest

from faceaudit.report.backdoor.attack_series import ATTACKS, arrange
from faceaudit.report.backdoor.published import REPORTED, reported
from faceaudit.report.backdoor.tables import levels, main_rows, wrong_keys
from faceaudit.report.names import NETWORKS
from faceaudit.report.numbers import (
    date_and_time,
    duration,
    listed,
    percent,
    percent_in_text,
    signed_points,
)
from faceaudit.store import CaseRecord
from report.backdoor.samples import case
from report.backdoor.trained import series_of, trained


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_reported_beside_measured() -> None:
    (row,) = main_rows(arrange([case(success=(111, 115))]))
    assert plain(row.reported_success.value) == "92.2 %"
    assert plain(row.reported_accuracy.value) == "97.7 %"
    assert plain(row.success.value) == "96.5 %"
    assert plain(row.success.interval) == "91.4\N{EN DASH}98.6 %"
    assert plain(row.success.trials) == "n = 115, 23 people"
    assert row.success.estimate is not None
    assert row.success.estimate.n == 115
    assert row.samples.value == "115"
    assert row.trainings == "one training"


def test_other_number_of_samples_is_said() -> None:
    (row,) = main_rows(arrange([case(samples=40)]))
    assert (row.samples.value, row.samples.note) == ("40", "reported with 115")


def test_nothing_reported() -> None:
    (row,) = main_rows(arrange([case(network="resnet")]))
    assert row.reported_success.value == ""
    assert row.reported_success.note == "none reported"


def test_unknown_is_not_zero() -> None:
    (row,) = main_rows(arrange([case(success=None, wrong=()), case(key="x", error="gone")]))
    assert row.success.value == ""
    assert row.success.note == "not measured: the photos could not be read"
    assert row.success.estimate is None
    assert row.wrong.note == "not measured: no wrong key was tried"


def test_the_number_of_trainings_is_said_once() -> None:
    (row,) = main_rows([series_of(trained(57, 57, 55, 56, over=(0.98, 0.93, 1.0)))])
    assert plain(row.trainings) == "3 trainings"
    assert row.success.trials == row.null.trials == ""
    assert plain(row.wrong.trials) == "n = 3 keys"
    (row,) = main_rows([series_of(trained(57, 57))])
    assert plain(row.success.trials) == "n = 57, 23 people"


def test_a_figure_that_the_case_lacks() -> None:
    whole = case()
    (row,) = main_rows(arrange([CaseRecord(whole.id, whole.spec, whole.facts)]))
    assert row.success.note == "not measured: the case does not hold it"


def test_levels_and_wrong_keys() -> None:
    (series,) = arrange([case(samples=n, wrong=[5, 0, 0, 0]) for n in (40, 115)])
    assert [row.samples for row in levels(series)] == ["40", "115"]
    assert [(row.name, plain(row.success.value)) for row in wrong_keys(series)][:2] == [
        ("cartoon-dog", "4.3 %"),
        ("cartoon-owl", "0.0 %"),
    ]


def test_each_row_says_over_how_many_trainings() -> None:
    series = series_of(
        trained(10, 5), trained(20, 57, 30), trained(57, 57, 55, 56, over=(0.98, 0.93, 1.0))
    )
    rows = levels(series)
    assert [plain(row.trainings) for row in rows] == ["one training", "2 trainings", "3 trainings"]
    assert [plain(row.success.trials) for row in rows] == [
        "n = 57, 23 people",
        "n = 2 trainings",
        "n = 3 trainings",
    ]
    assert [plain(row.null.trials) for row in rows] == [plain(row.success.trials) for row in rows]
    assert [plain(row.wrong.trials) for row in rows] == ["n = 3 keys"] * 3
    assert plain(rows[2].success.interval) == "93.0\N{EN DASH}100.0 %"
    assert plain(rows[0].people.trials) == "n = 23 people"
    assert plain(rows[2].people.trials) == "n = 3 trainings"
    (row,) = main_rows([series])
    assert plain(row.trainings) == "3 trainings"


def test_the_targets_own_accuracy_has_cells() -> None:
    (series,) = arrange([case(target_clean=(20, 24), target_pristine=None)])
    (level,) = levels(series)
    assert plain(level.target.value) == "83.3 %"
    assert level.target.trials == "n = 24"
    assert level.target_pristine.note == "not measured: the photos could not be read"
    (row,) = main_rows([series])
    assert row.target == level.target


def test_copies_of_one_photo_have_no_interval_in_one_training() -> None:
    one, two = (
        levels(arrange([case("input_instance", copies=True, seed=seed) for seed in range(n)])[0])[0]
        for n in (1, 2)
    )
    assert (one.success.interval, one.success.trials) == ("", "115 copies of one photo")
    assert (one.people.value, one.people.note) == ("", "one person")
    assert two.people.note == "one person in each training"
    assert (one.null.interval, one.null.trials) == ("", "115 copies of one photo")
    assert two.success.interval
    assert plain(two.success.trials) == "n = 2 trainings"


def test_wrong_keys_have_the_range_of_single_keys_beside() -> None:
    (level,) = levels(arrange([case(wrong=[115, 0, 23, 23])])[0])
    assert plain(level.wrong.value) == "35.0 %"
    assert plain(level.wrong.trials) == "n = 4 keys"
    assert plain(level.wrong.note) == "single keys 0 % to 100 %"
    (level,) = levels(arrange([case(wrong=[23] * 4)])[0])
    assert level.wrong.note == ""


def test_what_the_original_reported() -> None:
    # Spot checks against the table of the original: one figure of each network.
    assert reported("input_instance", "vggface").accuracy == 0.9973
    assert reported("blended_accessory", "deepface").success == 0.879
    assert reported("accessory", "deepid").samples == 57
    assert reported("blended", "resnet") is None
    studied = ("input_instance", "blended", "accessory", "blended_accessory")
    assert set(REPORTED) == {(attack, network) for attack in studied for network in NETWORKS}
    assert set(studied) <= set(ATTACKS)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0.0 %"),
        (0.0001, "< 0.1 %"),
        (0.9525, "95.3 %"),
        (0.9999, "> 99.9 %"),
        (1.0, "100.0 %"),
    ],
)
def test_percent(share: float, said: str) -> None:
    assert plain(percent(share)) == said


def test_words_for_numbers() -> None:
    assert plain(percent_in_text(1.0)) == "100 %"
    assert plain(percent_in_text(0.0)) == "0 %"
    assert signed_points(-0.0075) == "\N{MINUS SIGN}0.8"
    assert signed_points(0.0001) == "0.0"
    assert signed_points(0.02) == "+2.0"
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"], most=2) == "a, b and 1 more"
    assert [plain(duration(seconds)) for seconds in (41.6, 212.6, 7500)] == [
        "42 s",
        "3 min 33 s",
        "2 h 5 min",
    ]
    assert date_and_time("2026-11-22T04:00:00Z") == "22 November 2026, 04:00 UTC"
    assert date_and_time("some day") == "some day"
