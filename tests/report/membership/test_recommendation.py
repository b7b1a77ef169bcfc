from __future__ import annotations

import pytest

from faceaudit.report.membership.recommendation import affordable
from faceaudit.store import CaseRecord
from report.membership.samples import OVERLAP, flawed_case, membership_case
from report.membership.spoken import advice, base, setting


def test_the_lowest_leak_that_costs_little_is_taken() -> None:
    found = advice(
        base(),
        membership_case(adaptive=0.60),
        membership_case("selena", adaptive=0.56),
        membership_case("dp_sgd", adaptive=0.51, accuracy=0.80),
    )
    assert found.startswith(
        "Take SELENA. Of the mitigations that cost at most 1 point of accuracy, SELENA has the "
        "lowest measured leak of people: AUC 0.560 (95 % interval 0.550-0.570), less than 0.660 "
        "without mitigation, -0.100 (95 % interval"
    )
    assert ", over 8 targets." in found
    assert "What is left is above chance" in found
    assert "It helps for photos, blocks of people and pairs, too." in found
    assert "Its accuracy differs by 0.0 points (95 % interval" in found
    assert "It is the lowest of those after seeing all 3: a little too low" in found
    assert (
        "Shown to lower the leak of people, but not shown to cost at most 1 point of accuracy: DP"
        in found
    )


def test_it_goes_by_people_and_other_levels_are_said() -> None:
    found = advice(
        base(at={"identity": 0.75}),
        membership_case("selena", at={"identity": 0.60, "block": 0.66, "pair": 0.70}),
        membership_case("hinge", at={"identity": 0.65, "pair": 0.50}),
    )
    assert found.startswith("Take SELENA.")
    assert "less than 0.750 without mitigation" in found
    assert "It helps for photos, too. For blocks of people it was not shown to help." in found
    assert "For pairs it leaks more." in found


def test_what_is_left_at_another_level_is_left() -> None:
    case = membership_case("selena", adaptive=0.505, at={"pair": 0.6})
    found = advice(base(), case)
    assert "cannot be told apart from chance for people, and is above chance for pairs." in found
    assert "cannot be told apart from chance." in advice(
        base(), membership_case("selena", adaptive=0.505)
    )


def test_the_best_of_a_sweep_is_shown_as_such() -> None:
    sweep = [
        membership_case("early_stopping", title=f"early_stopping (epochs {n})", adaptive=area)
        for n, area in ((4, 0.56), (8, 0.60))
    ]
    found = advice(base(), *sweep, membership_case("selena", adaptive=0.60))
    assert "after seeing all 3, 2 of them settings of one mitigation" in found
    assert "after seeing" not in advice(base(), membership_case("selena", adaptive=0.6))


@pytest.mark.parametrize(
    ("accuracy", "jitter", "kept"),
    [(0.865, 0.002, True), (0.865, 0.02, False), (0.8585, 0.002, False)],
)
def test_affordable_goes_by_the_interval(accuracy: float, jitter: float, kept: bool) -> None:
    cases = [base(), membership_case("selena", accuracy=accuracy, jitter=jitter)]
    assert bool(affordable(setting(*cases))) is kept


def test_a_cost_in_doubt_is_no_recommendation() -> None:
    found = advice(base(), membership_case("selena", adaptive=0.56, accuracy=0.865, jitter=0.02))
    assert found.startswith("None can be recommended: every mitigation may cost more than 1 point")
    assert (
        "but not shown to cost at most 1 point of accuracy: SELENA, -0.5 points (95 % interval"
        in found
    )


def test_what_names_pairs_for_certain_is_not_recommended() -> None:
    naming = membership_case("distance_threshold", adaptive=0.50, named=32)
    found = advice(base(), naming, membership_case("selena", adaptive=0.60))
    assert found.startswith("Take SELENA.")
    assert "name training pairs for certain (Distance threshold: 32 pairs of 8 targets)." in found
    alone = advice(base(), naming)
    assert "or names training pairs for certain" in alone
    assert "Take" not in alone


def test_changed_answers_are_never_said_to_leak_more() -> None:
    rounding = membership_case("rounding", adaptive=0.70, post_processing=True)
    found = advice(base(), rounding)
    assert "more than 0.660" not in found
    assert "not shown to be less than 0.660 without mitigation" in found
    assert "AUC 0.700 was measured with Rounding, so as much can be found without" in found
    assert "worse" not in found
    assert "leaks more" not in found
    taken = advice(base(), rounding, membership_case("selena", adaptive=0.6))
    assert taken.startswith("Take SELENA.")


def test_rivals_are_named_when_they_cannot_be_told_apart() -> None:
    best = membership_case("selena", adaptive=0.56)
    near = [base(), best, membership_case("hinge", adaptive=0.5605)]
    assert "Not told apart from it: Hinge." in advice(*near)
    far = [base(), best, membership_case("hinge", adaptive=0.60)]
    assert "Not told apart from it" not in advice(*far)


def test_when_nothing_helps_nothing_is_recommended() -> None:
    found = advice(base(), membership_case("selena", adaptive=0.66))
    assert found.startswith(
        "None can be recommended: no mitigation that costs at most 1 point of accuracy was shown "
        "to lower the leak of people."
    )
    assert "not shown to be less than 0.660 without mitigation" in found
    worse = advice(base(), membership_case("selena", adaptive=0.70))
    assert "more than 0.660 without mitigation" in worse


def test_the_lowest_without_proof_gives_way_to_what_was_shown() -> None:
    unsure = membership_case("selena", adaptive=0.60, jitter=0.2)
    unsure_of_leak = CaseRecord(
        unsure.id,
        unsure.spec,
        unsure.facts,
        tuple(each for each in unsure.figures if not each.metric.startswith("accuracy:target")),
    )
    found = advice(base(), unsure_of_leak, membership_case("hinge", adaptive=0.61))
    assert found.startswith("None stands out; shown to help: Hinge.")


def test_no_leak_needs_no_mitigation() -> None:
    found = advice(base(adaptive=0.504), membership_case("selena", adaptive=0.50))
    assert found.startswith("Nothing to recommend: without mitigation, of two people")


def test_a_leak_found_through_changed_answers_is_one_without_mitigation() -> None:
    rounding = membership_case("rounding", adaptive=0.60, post_processing=True)
    assert "Nothing to recommend" not in advice(base(adaptive=0.504), rounding)


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([membership_case()], "no verifier without mitigation was measured"),
        (
            [base(gate=[OVERLAP]), membership_case()],
            "the evaluation without mitigation is not valid",
        ),
        (
            [base(), membership_case(gate=[OVERLAP])],
            "no evaluation of a mitigation is valid. FaceBone",
        ),
        ([base(named=2)], "no mitigation was tried. Released scores name training pairs for"),
        ([flawed_case("none"), flawed_case()], "no evaluation is valid. No mitigation: Checks"),
        ([base(adaptive=None), membership_case()], "not measured without mitigation"),
        ([base(), membership_case(adaptive=None)], "no mitigation has both"),
    ],
)
def test_no_recommendation_says_why(records: list[CaseRecord], words: str) -> None:
    found = advice(*records)
    assert found.startswith("No recommendation: ")
    assert words in found


def test_a_mitigation_whose_check_failed_is_left_out() -> None:
    flawed = membership_case("selena", adaptive=0.51, gate=[OVERLAP])
    found = advice(base(), membership_case(adaptive=0.6), flawed)
    assert found.startswith("Take FaceBone")
    assert "Left out, because a check failed: SELENA." in found


def test_given_lists_hold_for_themselves() -> None:
    cases = [base(protocol="lists"), membership_case("selena", protocol="lists")]
    assert "The lists are given" in advice(*cases)
    assert "The lists are given" not in advice(base(), membership_case("selena"))
