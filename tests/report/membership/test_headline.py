from __future__ import annotations

from dataclasses import replace

import pytest

from faceaudit.report.membership.cases import comparable_cases
from faceaudit.store import CaseRecord
from faceaudit.types import Figure
from report.membership.made_figures import student
from report.membership.samples import flawed_case, membership_audit, membership_case
from report.membership.spoken import base, head, setting


@pytest.mark.parametrize(
    ("records", "title"),
    [
        ([base(), membership_case("selena", adaptive=0.56)], "SELENA: a smaller leak, but a leak"),
        ([base(), membership_case("selena", adaptive=0.505)], "SELENA: no leak left to be seen"),
        (
            [base(), membership_case("selena", adaptive=0.505, at={"block": 0.6})],
            "SELENA: a smaller leak, but a leak",
        ),
        (
            [base(), membership_case(served=0.55, adaptive=0.66)],
            "FaceBone was shown to help only where the attacker does not know of it",
        ),
        (
            [base(), membership_case("dp_sgd", adaptive=0.51, accuracy=0.8)],
            "Only mitigations that may cost more than 1 point of accuracy lower the leak",
        ),
        (
            [base(), membership_case("x", adaptive=0.66)],
            "No mitigation was shown to lower the leak",
        ),
        ([base()], "The verifier gives away whom it learned from"),
        ([base(levels=["pair"])], "The verifier gives away what it learned from"),
        ([base(adaptive=0.504)], "No leak was shown, even without mitigation"),
        (
            [base(adaptive=0.504, named=2)],
            "On average no leak was shown, but scores name training pairs for certain",
        ),
        (
            [base(adaptive=0.504, at={"pair": 0.6})],
            "The verifier gives away what it learned from",
        ),
        ([membership_case()], "Nothing to compare with"),
        ([flawed_case("none"), flawed_case()], "No figure here is to be relied on"),
        ([], "No leak was measured"),
    ],
)
def test_title(records: list[CaseRecord], title: str) -> None:
    assert head(*records).title == title


def test_the_detail_is_about_people_and_says_what_is_compared() -> None:
    cases = [base(at={"identity": 0.75}), membership_case("selena", adaptive=0.56)]
    found = head(*cases, membership_case("dp_sgd", adaptive=0.5, accuracy=0.8)).detail
    assert found.startswith(
        "Without mitigation, over 8 targets: of two people, one learned from and one not, the "
        "strongest attack tells which in 75.0 %: AUC 0.750 (95 % interval 0.740-0.760), above "
        "chance; 87.0 % (95 % interval 86.5-87.5 %) of pairs are decided rightly."
    )
    assert (
        "Of 2 mitigations tried, 1 costs at most 1 point of accuracy; of these the lowest leak of "
        "people: SELENA, AUC 0.560 (95 % interval 0.550-0.570), difference -0.190 (95 % interval"
    ) in found
    assert "87.0 % decided rightly, 0.0 points (95 % interval" in found


def test_what_was_not_shown_to_be_lower_is_not_called_so() -> None:
    found = head(base(), membership_case("selena", adaptive=0.66)).detail
    assert ", not shown to be lower;" in found
    lower = head(base(), membership_case("selena", adaptive=0.56)).detail
    assert "not shown to be lower" not in lower


def test_exact_leaks_and_lower_bounds_are_in_the_detail() -> None:
    rounding = membership_case("rounding", adaptive=0.70, post_processing=True)
    found = head(base(named=32), rounding).detail
    assert found.startswith("Released scores name training pairs for certain (No mitigation: 32")
    assert "AUC 0.700 was measured with Rounding, so as much can be found without" in found
    assert "worse" not in found


def test_the_highest_attack_in_hindsight_is_in_the_detail() -> None:
    record = base()
    figures = tuple(
        Figure(each.metric, student(0.61, 0.01))
        if each.metric == "strongest_auc:identity"
        else each
        for each in record.figures
    )
    assert (
        "In hindsight the highest of 3 attacks is" in head(replace(record, figures=figures)).detail
    )
    assert "hindsight" not in head(record).detail


def test_that_no_leak_of_people_was_shown_is_said_where_others_leak() -> None:
    found = head(base(adaptive=0.504, at={"pair": 0.6})).detail
    assert found.startswith("Without mitigation no leak of people was shown: AUC 0.504")
    assert "of two pairs, one learned from and one not" in found


def test_failed_checks_are_the_warning() -> None:
    found = head(*membership_audit())
    assert found.warning.startswith(
        "Not to be relied on: 3 of 9 evaluations. No person on both sides: 450 people are in both "
        "lists (Ensemble (models 5))."
    )
    assert "and 1 more (No mitigation, as published; FaceBone" in found.warning
    assert found.title == "SELENA: a smaller leak, but a leak"
    assert head(base(), membership_case()).warning == ""


def test_cases_of_several_seeds_are_warned_of_by_their_seed() -> None:
    found = head(flawed_case("none"), flawed_case("none", seed=1))
    assert "(No mitigation, seed 0, as published; No mitigation, seed 1, as p" in found.warning
    assert "seed" not in head(flawed_case("none"), flawed_case()).warning


def test_evaluations_as_published_are_no_ground_for_the_headline() -> None:
    found = head(flawed_case("none"), flawed_case(), base(), membership_case("x", adaptive=0.66))
    assert found.title == "No mitigation was shown to lower the leak"


def test_only_what_can_be_compared_stands_together() -> None:
    found = comparable_cases([*membership_audit(), base(source="celeba"), base(error="gone")])
    assert [one.title for one in found] == [
        "Rigorous, source lfw",
        "Rigorous, source celeba",
        "As published",
    ]
    assert [len(one.cases) for one in found] == [7, 1, 2]


def test_equal_titles_are_told_apart() -> None:
    first = membership_case(options={"assignment": "pair"})
    second = CaseRecord("another-id", {**first.spec, "mitigation": {}}, first.facts, first.figures)
    titles = [case.title for case in setting(first, second).cases]
    assert len(set(titles)) == 2
    assert titles[1].endswith("case another-")
