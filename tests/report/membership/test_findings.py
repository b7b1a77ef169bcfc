from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from faceaudit.report.elements import Headline
from faceaudit.report.membership.cases import Case, ComparableCases, comparable_cases
from faceaudit.report.membership.differences import difference
from faceaudit.report.membership.findings import membership_findings
from faceaudit.report.membership.headline import membership_headline
from faceaudit.report.membership.recommendation import affordable, recommendation
from faceaudit.report.numbers import DASH, MINUS, SPACE
from faceaudit.store import CaseRecord
from faceaudit.types import Figure
from report.membership.samples import (
    IN_SAMPLE,
    OVERLAP,
    PASSED,
    UNKNOWN,
    flawed_case,
    membership_audit,
    membership_case,
    student,
)


def plain(text: str) -> str:
    return text.replace(SPACE, " ").replace(DASH, "-").replace(MINUS, "-")


def base(**options: Any) -> CaseRecord:
    return membership_case("none", **{"served": 0.66, "adaptive": 0.66, **options})


def setting(*records: CaseRecord) -> ComparableCases:
    (one,) = comparable_cases(records)
    return one


def said(record: CaseRecord, *others: CaseRecord) -> dict[str, str]:
    one = setting(*others, record)
    return {each.about: plain(each.text) for each in membership_findings(one.cases[-1], one)}


def advice(*records: CaseRecord) -> str:
    return plain(" ".join(recommendation(setting(*records))))


def head(*records: CaseRecord) -> Headline:
    found = membership_headline(comparable_cases(records))
    return Headline(*(plain(text) for text in vars(found).values()))


# differences


def two(first: CaseRecord, second: CaseRecord) -> tuple[Case, Case]:
    return Case(first, "first"), Case(second, "second")


def test_seeds_are_paired_as_scipy_pairs_them() -> None:
    one, other = two(membership_case(adaptive=0.61), base())
    found = difference(one, "auc:pair:lira:all", other, "auc:pair:lira:served")
    mine, theirs = one.by_target("auc:pair:lira:all"), other.by_target("auc:pair:lira:served")
    test = stats.ttest_rel([mine[n] for n in range(8)], [theirs[n] for n in range(8)])
    expected = test.confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.n == 8


def test_without_common_seeds_the_ends_are_added_in_squares() -> None:
    one, other = two(
        membership_case(accuracy=0.80, reach=0.06, by_target=False),
        base(accuracy=0.87, reach=0.08, by_target=False),
    )
    found = difference(one, "accuracy", other, "accuracy")
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((-0.07, -0.12, -0.02))


def test_an_unknown_figure_has_no_difference() -> None:
    one, other = two(membership_case(accuracy=None), base())
    assert difference(one, "accuracy", other, "accuracy") is None


# findings


@pytest.mark.parametrize(
    ("accuracy", "reach", "words"),
    [
        (0.89, 0.01, "Rises: 89.0 % against 87.0 % without mitigation"),
        (0.868, 0.002, "Falls by no more than 1 point: 86.8 %"),
        (0.80, 0.01, "Falls by more than 1 point: 80.0 % against 87.0 %"),
        (0.862, 0.006, "Measured within 1 point, but the interval allows for more"),
        (0.865, 0.03, "Measured within 1 point, but the interval allows for more"),
        (0.855, 0.03, "Measured more than 1 point below, though it may be within it"),
    ],
)
def test_what_accuracy_costs(accuracy: float, reach: float, words: str) -> None:
    case = membership_case(accuracy=accuracy, reach=reach, by_target=False)
    assert said(case, base(reach=reach, by_target=False))["Accuracy"].startswith(words)


@pytest.mark.parametrize(
    ("area", "words"),
    [
        (0.55, "AUC 0.550 (95 % interval 0.540-0.560), above chance"),
        (0.505, "which cannot be told apart from chance"),
        (0.44, "below chance by the luck of the draw: it finds nothing"),
    ],
)
def test_beside_chance(area: float, words: str) -> None:
    assert words in said(membership_case(served=area), base())["Asked as users do"]


@pytest.mark.parametrize(
    ("area", "words"),
    [
        (0.60, "The mitigation helps: 0.660 without mitigation, -0.060"),
        (0.66, "Not told apart from 0.660 without mitigation"),
        (0.70, "The mitigation makes it worse: 0.660 without mitigation, +0.040"),
    ],
)
def test_against_no_mitigation(area: float, words: str) -> None:
    found = said(membership_case(served=area, adaptive=area), base())
    assert words in found["Asked as users do"]
    assert words in found["Attacker who knows of it"]


def test_who_asks_and_how_is_said() -> None:
    found = said(membership_case(), base())
    assert found["Asked as users do"].startswith("LiRA, as users ask, tells")
    assert found["Attacker who knows of it"].startswith("LiRA, with all backbones together, tells")
    assert "Photos it learned from" in found["Photos and people"]
    assert "People it learned from" in found["Photos and people"]
    assert "Photos and people" not in said(membership_case(levels=["pair"]), base())


@pytest.mark.parametrize(
    ("tpr", "words"),
    [(0.03, "more than guessing finds (1 %)"), (0.012, "not told apart from guessing (1 %)")],
)
def test_few_false_alarms(tpr: float, words: str) -> None:
    assert words in said(membership_case(tpr=tpr), base())["With few false alarms"]


def test_without_a_baseline_nothing_is_compared() -> None:
    assert "against" not in said(membership_case())["Accuracy"]
    flawed = base(gate=[OVERLAP])
    assert "no figure to hold it against" in said(membership_case(), flawed)["Accuracy"]
    assert "helps" not in said(membership_case(), flawed)["Attacker who knows of it"]


def test_unknown_figures_say_why() -> None:
    found = said(membership_case(accuracy=None, served=None, adaptive=None), base())
    for about in ("Accuracy", "Asked as users do", "Attacker who knows of it"):
        assert found[about] == "Not measured: the verifier could not be asked."


def test_a_failed_check_comes_first_and_nothing_follows_from_figures() -> None:
    found = said(flawed_case())
    assert list(found) == ["Not to be relied on", "Measured all the same"]
    assert "450 people are in both lists" in found["Not to be relied on"]
    assert found["Not to be relied on"].startswith("Checks failed. Attack scored")
    assert "attack accuracy 83.0 %" in found["Measured all the same"]
    assert not any("helps" in text for text in found.values())


def test_checks_are_ordered_and_counted() -> None:
    case = Case(membership_case(gate=[UNKNOWN, OVERLAP]), "t")
    assert [check.passed for check in case.checks] == [False, None]
    assert said(membership_case())["Checks"] == "All 3 passed."
    found = said(membership_case(gate=[UNKNOWN, PASSED[0]]))["Checks"]
    assert found.startswith("1 of 2 passed. Could not be made: Enough records")
    assert said(membership_case(gate=[]))["Checks"].startswith("None was recorded")


# recommendation


def test_the_lowest_leak_that_costs_little_is_taken() -> None:
    found = advice(
        base(),
        membership_case(adaptive=0.60),
        membership_case("selena", adaptive=0.56),
        membership_case("dp_sgd", adaptive=0.51, accuracy=0.80),
    )
    assert found.startswith("Take SELENA.")
    assert "AUC 0.560 (95 % interval 0.550-0.570) against 0.660 without mitigation" in found
    assert "What is left is above chance" in found
    assert "it costs no more than 1 point" in found


def test_chance_and_doubt_about_the_cost_are_said() -> None:
    cases = [
        base(reach=0.02, by_target=False),
        membership_case("selena", adaptive=0.51, accuracy=0.865, reach=0.02, by_target=False),
    ]
    found = advice(*cases)
    assert "What is left cannot be told apart from chance." in found
    assert "so that it may cost more than 1 point" in found


def test_rivals_are_named_when_they_cannot_be_told_apart() -> None:
    near = [
        base(),
        membership_case("selena", adaptive=0.56),
        membership_case("hinge", adaptive=0.5605),
    ]
    assert "Not told apart from it: Hinge." in advice(*near)
    far = [
        base(),
        membership_case("selena", adaptive=0.56),
        membership_case("hinge", adaptive=0.60),
    ]
    assert "Not told apart from it" not in advice(*far)


def test_when_nothing_helps_nothing_is_recommended() -> None:
    found = advice(base(), membership_case(adaptive=0.66))
    assert found.startswith("None can be recommended: no mitigation that costs at most 1 point")
    assert "was not shown to leak less than no mitigation" in found
    worse = advice(base(), membership_case(adaptive=0.70))
    assert "leaks more than no mitigation" in worse
    dear = advice(base(), membership_case("dp_sgd", accuracy=0.8, adaptive=0.51))
    assert dear == "None can be recommended: every mitigation costs more than 1 point of accuracy."


def test_the_lowest_without_proof_gives_way_to_what_was_shown() -> None:
    unsure = membership_case("selena", adaptive=0.60, reach=0.2, by_target=False)
    found = advice(base(), unsure, membership_case("hinge", adaptive=0.61))
    assert found.startswith("None stands out; shown to help: Hinge.")


def test_no_leak_needs_no_mitigation() -> None:
    found = advice(base(served=0.504, adaptive=0.504), membership_case(adaptive=0.50))
    assert found.startswith("Nothing to recommend: even without mitigation")


@pytest.mark.parametrize(
    ("served", "adaptive", "words"),
    [
        (
            0.55,
            0.60,
            "it helps against an attacker who asks as users do (AUC -0.110, 95 % interval",
        ),
        (0.55, 0.60, "and that holds against one who knows of it (AUC -0.060"),
        (0.55, 0.66, "but that was not shown to hold against one who knows of it"),
        (0.55, 0.70, "but makes things worse against one who knows of it"),
        (0.66, 0.60, "it was not shown to help against an attacker who asks as users do"),
        (0.66, 0.60, "yet helps against one who knows of it"),
        (0.66, 0.66, "nor against one who knows of it"),
        (0.66, 0.70, "and makes things worse against one who knows of it"),
        (0.70, 0.60, "it makes things worse against an attacker who asks as users do"),
        (0.70, 0.66, "against one who knows of it (AUC 0.000"),
        (0.70, 0.70, ", and against one who knows of it"),
    ],
)
def test_facebone_against_either_attacker(served: float, adaptive: float, words: str) -> None:
    assert words in advice(base(), membership_case(served=served, adaptive=adaptive))


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
        ([base()], "no mitigation was tried"),
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


def test_affordable_goes_by_the_value() -> None:
    cases = [
        base(accuracy=0.87),
        membership_case(accuracy=0.861),
        membership_case("x", accuracy=0.858),
    ]
    assert [case.mitigation for case in affordable(setting(*cases))] == ["facebone"]


# headline


@pytest.mark.parametrize(
    ("records", "title"),
    [
        ([base(), membership_case("selena", adaptive=0.56)], "SELENA: a smaller leak, but a leak"),
        ([base(), membership_case("selena", adaptive=0.505)], "SELENA: no leak left to be seen"),
        (
            [base(), membership_case(served=0.55, adaptive=0.66)],
            "FaceBone was shown to help only where the attacker does not know of it",
        ),
        (
            [base(), membership_case("dp_sgd", adaptive=0.51, accuracy=0.8)],
            "Only mitigations that cost more than 1 point of accuracy lower the leak",
        ),
        (
            [base(), membership_case("x", adaptive=0.66)],
            "No mitigation was shown to lower the leak",
        ),
        ([base()], "The verifier gives away what it learned from"),
        ([base(adaptive=0.504)], "No leak was shown, even without mitigation"),
        ([membership_case()], "Nothing to compare with"),
        ([flawed_case("none"), flawed_case()], "No figure here is to be relied on"),
        ([], "No leak was measured"),
    ],
)
def test_title(records: list[CaseRecord], title: str) -> None:
    assert head(*records).title == title


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


# arranging


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


def test_the_strongest_of_those_who_ask_as_users_do() -> None:
    record = membership_case()
    figures = tuple(
        Figure(each.metric, student(0.59, 0.01)) if each.metric == "auc:pair:loss:served" else each
        for each in record.figures
    )
    case = Case(CaseRecord(record.id, record.spec, record.facts, figures), "t")
    assert case.strongest_non_adaptive is not None
    assert case.strongest_non_adaptive.key == "pair:loss:served"
    assert np.isclose(case.get("auc:pair:loss:served").value, 0.59)  # type: ignore[union-attr]


def test_scored_on_what_it_learned_from_is_known() -> None:
    asks = Case(flawed_case(gate=[IN_SAMPLE]), "t").attack_runs
    assert {ask.attack for ask in asks if ask.in_sample} == {"black_box"}
