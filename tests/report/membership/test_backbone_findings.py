"""Users' attackers, those who know more, and the backbone that a pair was learned with."""

from __future__ import annotations

import pytest

from faceaudit.report.membership.cases import Case
from faceaudit.store import CaseRecord
from faceaudit.types import Figure
from report.membership.made_figures import student
from report.membership.samples import flawed_case, membership_case
from report.membership.spoken import advice, base, said


def changed(record: CaseRecord, **areas: float) -> CaseRecord:
    """Return a case with other figures; `__` stands for a colon."""
    new = {name.replace("__", ":"): area for name, area in areas.items()}
    figures = tuple(
        Figure(each.metric, student(new[each.metric], 0.01)) if each.metric in new else each
        for each in record.figures
    )
    return CaseRecord(record.id, record.spec, record.facts, figures)


def test_who_asks_and_how_is_said() -> None:
    found = said(membership_case(served=0.55), base())["Asked as users do"]
    assert found.startswith("Of two people, one learned from and one not, the best attack that")
    assert "AUC 0.550 (95 % interval 0.540-0.560), above chance (LiRA, added up; the" in found
    assert "the highest of 3, in hindsight" in found
    assert "Lower than 0.660 without mitigation, -0.110" in found
    assert "Higher than 0.660" in said(membership_case(served=0.7), base())["Asked as users do"]
    same = said(membership_case(served=0.66), base())["Asked as users do"]
    assert "Not told apart from 0.660" in same


def test_with_one_way_to_ask_users_are_no_finding_of_their_own() -> None:
    assert "Asked as users do" not in said(membership_case("selena"), base())


def test_the_average_over_backbones_is_taken_apart() -> None:
    found = said(membership_case(groups=(0.65, 0.505)), base(at={"pair": 0.66}))
    assert "This average hides two groups of pairs" in found["Asked as users do"]
    assert found["By backbone"].startswith(
        "Pairs learned with the backbone that users ask with: AUC 0.650 (95 % interval "
        "0.640-0.660), less than 0.660 without mitigation; with another: 0.505 (95 % interval "
        "0.495-0.515). Difference +0.145 (95 % interval"
    )


@pytest.mark.parametrize(
    ("matched", "words"), [(0.66, "not told apart from 0.660"), (0.70, "more than 0.660")]
)
def test_the_exposed_half_is_held_against_no_mitigation(matched: float, words: str) -> None:
    assert words in said(membership_case(groups=(matched, 0.5)), base())["By backbone"]


def test_groups_that_are_alike_hide_nothing() -> None:
    case = membership_case(groups=(0.551, 0.55), by_target=False)
    found = said(case, base())
    assert "two groups of pairs, not told apart" in found["Asked as users do"]
    assert "By backbone" not in said(membership_case(groups=None), base())
    assert "groups" not in said(membership_case(groups=None), base())["Asked as users do"]


def test_groups_are_of_an_attack_on_all_pairs() -> None:
    fewer = changed(membership_case(), auc__pair__label_only__served=0.95)
    assert "(LiRA, as users ask)" in said(fewer, base())["By backbone"]


def test_the_strongest_of_those_who_ask_as_users_do() -> None:
    case = Case(changed(membership_case(), auc__pair__loss__served=0.59), "t")
    run = case.asking_as_users("pair")
    assert run is not None
    assert run.key == "pair:loss:served"


def test_a_part_of_the_pairs_is_never_the_strongest_of_users() -> None:
    case = Case(changed(membership_case(), auc__pair__lira__matched=0.95), "t")
    assert {run.strategy for run in case.out_of_sample("pair")} == {
        "served",
        "each",
        "all",
        "assignment",
    }


def test_what_scored_its_own_records_is_never_the_strongest_of_users() -> None:
    case = Case(changed(flawed_case(), auc__pair__black_box__served=0.95), "t")
    run = case.asking_as_users("pair")
    assert run is not None
    assert run.attack == "lira"


def test_whoever_knows_more_is_not_shown_as_weaker_without_a_word() -> None:
    weaker = membership_case(served=0.66, adaptive=0.60)
    found = said(weaker, base())["People"]
    assert "helps" not in found
    assert (
        "In hindsight the highest of 12 attacks is LiRA, added up, as users ask, with AUC 0.660 "
        "(95 % interval 0.650-0.670). Whoever knows of the mitigation can ask so, too."
    ) in found
    assert "hindsight" not in said(membership_case(), base())["People"]
    luckier = changed(membership_case(), strongest_auc__identity=0.59)
    found = said(luckier, base())["People"]
    assert "In hindsight the highest of 12 attacks is LiRA, added up, with each backbone" in found
    assert "Whoever knows" not in found


@pytest.mark.parametrize(
    ("served", "adaptive", "words"),
    [
        (
            0.55,
            0.60,
            "FaceBone, people: it helps against an attacker who asks as users do (AUC -0.110, 95 %",
        ),
        (0.55, 0.60, "and that holds against one who knows of it (AUC -0.060"),
        (0.55, 0.66, "but that was not shown to hold against one who knows of it"),
        (0.55, 0.70, "but makes things worse against one who knows of it"),
        (0.66, 0.60, "it was not shown to help against an attacker who asks as users do"),
        (0.66, 0.60, "; so can ask one who knows of it"),
        (0.66, 0.66, "nor against one who knows of it"),
        (0.66, 0.70, "and makes things worse against one who knows of it"),
        (0.70, 0.60, "it makes things worse against an attacker who asks as users do"),
        (0.70, 0.66, "; so can ask one who knows of it (AUC 0.000"),
        (0.70, 0.70, ", and against one who knows of it"),
    ],
)
def test_facebone_against_either_attacker(served: float, adaptive: float, words: str) -> None:
    found = advice(base(), membership_case(served=served, adaptive=adaptive))
    assert words in found
    assert "yet helps" not in found


def test_whom_facebone_hides_is_said_where_the_backbone_matters() -> None:
    found = advice(base(), membership_case(groups=(0.60, 0.50)))
    assert "it hides pairs learned with another backbone (AUC 0.500) more than those" in found
    alike = membership_case(groups=(0.551, 0.55), by_target=False)
    assert "it hides pairs" not in advice(base(by_target=False), alike)
