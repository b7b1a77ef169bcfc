from __future__ import annotations

from dataclasses import replace

import pytest

from faceaudit.report.membership.cases import Case
from faceaudit.types import Figure
from report.membership.made_figures import student
from report.membership.samples import (
    IN_SAMPLE,
    OVERLAP,
    PASSED,
    UNKNOWN,
    flawed_case,
    membership_case,
)
from report.membership.spoken import base, said

# people first


def test_people_are_spoken_of_first() -> None:
    found = said(membership_case(at={"identity": 0.75, "pair": 0.62}), base())
    assert next(iter(found)) == "People"
    assert found["People"].startswith(
        "Of two people, one learned from and one not, the strongest attack tells which in 75.0 %: "
        "AUC 0.750 (95 % interval 0.740-0.760), above chance (LiRA, added up, with all backbones "
        "together)."
    )


def test_lists_are_about_pairs() -> None:
    found = said(membership_case(levels=["pair"]), base(levels=["pair"]))
    assert found["Pairs"].startswith("Of two pairs, one learned from and one not")
    assert "People" not in found


def test_a_leak_that_was_not_shown_of_people_is_not_passed_over() -> None:
    found = said(base(at={"identity": 0.505, "photo": 0.505, "block": 0.87}))
    assert next(iter(found)) == "Blocks of people"
    assert "AUC 0.870" in found["Blocks of people"]


def test_people_that_a_mitigation_gives_away_are_spoken_of_though_others_lead() -> None:
    none = base(at={"identity": 0.505})
    assert next(iter(said(none))) == "Photos"
    found = said(membership_case("selena", adaptive=0.6), none)
    assert list(found)[:2] == ["People", "Photos"]
    assert "makes it worse" in found["People"]


def test_the_highest_attack_is_named_where_it_lies_above_the_strongest() -> None:
    record = base()
    figures = tuple(
        Figure(each.metric, student(0.61, 0.01))
        if each.metric == "strongest_auc:identity"
        else each
        for each in record.figures
    )
    found = said(replace(record, figures=figures))["People"]
    assert "AUC 0.610 (95 % interval 0.600-0.620), above chance (chosen for each target" in found
    assert (
        "In hindsight the highest of 3 attacks is LiRA, added up, as users ask, with AUC 0.660 "
        "(95 % interval 0.650-0.670)."
    ) in found
    assert "Whoever knows" not in found
    assert "hindsight" not in said(record)["People"]


@pytest.mark.parametrize(
    ("area", "words"),
    [
        (0.55, "AUC 0.550 (95 % interval 0.540-0.560), above chance"),
        (0.505, "which cannot be told apart from chance"),
        (0.44, "below chance by the luck of the draw: it finds nothing"),
    ],
)
def test_beside_chance(area: float, words: str) -> None:
    assert words in said(membership_case(served=0.4, adaptive=area), base())["People"]


@pytest.mark.parametrize(
    ("area", "words"),
    [
        (0.60, "The mitigation helps: 0.660 without mitigation, -0.060"),
        (0.66, "Not told apart from 0.660 without mitigation"),
        (0.70, "The mitigation makes it worse: 0.660 without mitigation, +0.040"),
    ],
)
def test_against_no_mitigation(area: float, words: str) -> None:
    assert words in said(membership_case("selena", adaptive=area, jitter=0.003), base())["People"]


def test_a_difference_whose_interval_holds_zero_is_no_help() -> None:
    case = membership_case("selena", adaptive=0.655, jitter=0.02)
    assert "helps" not in said(case, base())["People"]
    assert "Not told apart" in said(case, base())["People"]


# exact leaks


def test_named_pairs_come_before_all_averages() -> None:
    found = said(membership_case("distance_threshold", adaptive=0.5, named=32), base())
    assert next(iter(found)) == "Named for certain"
    assert found["Named for certain"].startswith(
        "32 training pairs are named for certain by released scores, over 8 targets."
    )
    assert "helps on average" in found["People"]
    assert said(base(named=1))["Named for certain"].startswith("1 training pair is named")
    assert "Named for certain" not in said(base())


# post-processing


def test_changed_answers_leak_no_more_than_the_answers() -> None:
    rounding = membership_case("rounding", adaptive=0.70, post_processing=True)
    found = said(rounding, base())["People"]
    assert "worse" not in found
    assert "Measured higher than 0.660 without mitigation, +0.040" in found
    assert "the figure without mitigation is a lower bound" in found
    unmitigated = said(base(), rounding)["People"]
    assert unmitigated.endswith(
        "AUC 0.700 was measured with Rounding, so as much can be found without: that only "
        "changes the same verifiers\N{RIGHT SINGLE QUOTATION MARK} answers."
    )


def test_neither_trained_otherwise_nor_flawed_nor_lower_is_a_lower_bound() -> None:
    lower = {"adaptive": 0.64, "post_processing": True}
    higher = {"adaptive": 0.70}
    for case in (
        membership_case("rounding", **lower),
        membership_case("selena", **higher),
        membership_case("rounding", **higher, post_processing=True, gate=[OVERLAP]),
    ):
        assert "at least" not in said(base(), case)["People"]
    assert "helps: 0.660" in said(membership_case("rounding", **lower), base())["People"]


# few false alarms


@pytest.mark.parametrize(
    ("tpr", "words"),
    [(0.03, "more than guessing finds (1 %)"), (0.012, "not told apart from guessing (1 %)")],
)
def test_few_false_alarms(tpr: float, words: str) -> None:
    assert words in said(membership_case(tpr=tpr), base())["With few false alarms"]


def test_a_rate_that_cannot_be_resolved_says_why() -> None:
    why = "Of people not measured: expected at least 1,000 non-members for a rate of 0.01, got 250."
    found = said(base(unresolved=["identity", "photo", "block"]))["With few false alarms"]
    assert found.startswith(f"{why} Where 1 % of pairs not learned from are taken for members, 3.0")
    alone = said(base(unresolved=["identity"], levels=["identity"]))["With few false alarms"]
    assert alone.startswith("Not measured: expected at least 1,000 non-members")


def test_a_rate_that_was_not_asked_for_is_not_missed() -> None:
    record = base()
    bare = replace(record, figures=tuple(f for f in record.figures if "tpr" not in f.metric))
    assert "With few false alarms" not in said(bare)


# accuracy


@pytest.mark.parametrize(
    ("accuracy", "reach", "words"),
    [
        (0.89, 0.01, "Rises: 89.0 % against 87.0 % without mitigation"),
        (0.865, 0.004, "Falls by no more than 1 point: 86.5 %"),
        (0.868, 0.01, "Within 1 point: 86.8 %"),
        (0.862, 0.006, "Falls, and may cost more than 1 point"),
        (0.865, 0.03, "Not shown to fall, and may cost more than 1 point"),
        (0.80, 0.01, "Falls by more than 1 point: 80.0 % against 87.0 %"),
    ],
)
def test_what_accuracy_costs(accuracy: float, reach: float, words: str) -> None:
    case = membership_case(accuracy=accuracy, reach=reach, by_target=False)
    assert said(case, base(reach=reach, by_target=False))["Accuracy"].startswith(words)


# what is missing


def test_without_a_baseline_nothing_is_compared() -> None:
    assert "against" not in said(membership_case())["Accuracy"]
    flawed = base(gate=[OVERLAP])
    assert "no figure to hold it against" in said(membership_case(), flawed)["Accuracy"]
    assert "helps" not in said(membership_case(), flawed)["People"]


def test_unknown_figures_say_why() -> None:
    found = said(membership_case(accuracy=None, served=None, adaptive=None), base())
    for about in ("Accuracy", "Asked as users do", "People"):
        assert found[about] == "Not measured: the verifier could not be asked."


def test_a_failed_check_comes_first_and_nothing_follows_from_figures() -> None:
    found = said(flawed_case(named=2))
    assert list(found) == ["Not to be relied on", "Measured all the same"]
    assert "450 people are in both lists" in found["Not to be relied on"]
    assert found["Not to be relied on"].startswith("Checks failed. Attack scored")
    assert found["Measured all the same"].startswith("2 training pairs named for certain; acc")
    assert "attack accuracy 83.0 %" in found["Measured all the same"]
    assert not any("helps" in text for text in found.values())


def test_checks_are_ordered_and_counted() -> None:
    case = Case(membership_case(gate=[UNKNOWN, OVERLAP]), "t")
    assert [check.passed for check in case.checks] == [False, None]
    assert said(membership_case())["Checks"] == "All 3 passed."
    found = said(membership_case(gate=[UNKNOWN, PASSED[0]]))["Checks"]
    assert found.startswith("1 of 2 passed. Could not be made: Enough records")
    assert said(membership_case(gate=[]))["Checks"].startswith("None was recorded")


def test_scored_on_what_it_learned_from_is_known() -> None:
    asks = Case(flawed_case(gate=[IN_SAMPLE]), "t").attack_runs
    assert {ask.attack for ask in asks if ask.in_sample} == {"black_box"}
