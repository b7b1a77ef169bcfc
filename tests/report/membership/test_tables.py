from __future__ import annotations

from dataclasses import replace

from faceaudit.report.membership.claims import compared, met_or_not, protocols
from faceaudit.report.membership.tables import LeakRow, LeakTable, attack_rows, leaks
from faceaudit.store import CaseRecord
from faceaudit.types import Figure
from report.membership.made_figures import student
from report.membership.samples import PASSED, flawed_case, membership_case
from report.membership.spoken import base, plain, setting


def tables(*records: CaseRecord) -> dict[str, LeakTable]:
    return {table.level: table for table in leaks([setting(*records)])}


def row(table: LeakTable, mitigation: str, attack: str) -> LeakRow:
    (found,) = (
        each for each in table.rows if each.mitigation == mitigation and each.attack.value == attack
    )
    return found


# attacks


def test_people_come_first() -> None:
    assert list(tables(base())) == ["People", "Photos", "Blocks of people", "Pairs"]


def test_whoever_knows_more_has_the_higher_figure() -> None:
    weaker = membership_case(served=0.66, adaptive=0.60)
    found = row(tables(weaker)["Pairs"], "FaceBone", "LiRA")
    assert found.knowing_auc.value == found.users_auc.value == "0.660"
    assert found.knowing_auc.note == "as users ask"
    stronger = row(tables(membership_case())["Pairs"], "FaceBone", "LiRA")
    assert (stronger.users_auc.value, stronger.knowing_auc.value) == ("0.550", "0.600")
    assert stronger.knowing_auc.note == "with each backbone in turn, the best counting"


def test_rates_of_whoever_knows_more_are_the_higher_ones_too() -> None:
    record = membership_case()
    metric = "tpr@fpr=0.01:pair:lira:served"
    figures = tuple(
        Figure(metric, student(0.2, 0.01)) if each.metric == metric else each
        for each in record.figures
    )
    found = row(tables(replace(record, figures=figures))["Pairs"], "FaceBone", "LiRA")
    assert plain(found.knowing_tpr.value) == plain(found.users_tpr.value) == "20.0 %"
    assert found.knowing_tpr.note == "as users ask"


def test_parts_of_the_pairs_are_no_way_to_ask() -> None:
    found = row(tables(membership_case(groups=(0.95, 0.5)))["Pairs"], "FaceBone", "LiRA")
    assert "0.95" not in found.users_auc.value + found.knowing_auc.value


def test_columns_that_nothing_fills_are_left_out() -> None:
    assert not tables(base(), membership_case("selena"))["Pairs"].knowing
    assert tables(base(), membership_case())["Pairs"].knowing
    record = base()
    bare = replace(
        record, figures=tuple(each for each in record.figures if "tpr" not in each.metric)
    )
    assert not tables(bare)["Pairs"].tpr
    case = setting(bare).cases[0]
    assert [name for name, _ in attack_rows(case)[0].cells] == [
        "AUC",
        "Balanced accuracy",
        "Attack accuracy",
        "Queries",
    ]


def test_what_does_not_use_the_mitigation_says_so() -> None:
    found = tables(membership_case("selena"), membership_case())["Pairs"]
    assert row(found, "SELENA", "Loss").knowing_auc.note == "makes no use of it"


# FaceBone's claim


def test_protocols_that_were_not_run_have_no_column() -> None:
    assert protocols([setting(base())]) == ("rigorous",)
    assert protocols([setting(flawed_case())]) == ("as published",)
    assert len(compared([setting(base())])[0].measured) == 1


def test_figures_that_were_not_met_are_said_to_be() -> None:
    none = flawed_case("none", accuracy=0.994, attack_accuracy=0.806)
    found = [plain(line) for line in met_or_not([setting(none, flawed_case(accuracy=0.994))])]
    assert found[0].startswith(
        "Verification accuracy without mitigation: reported 86 %, not met: measured 99.4 % (95 %"
    )
    assert found[1].startswith("Verification accuracy with FaceBone: reported 89 %, not met")
    assert found[2].startswith(
        "Attack accuracy without mitigation: reported 97 %, not met: measured 80.6 %"
    )
    assert found[2].endswith("; always answering “member” is right for 80.0 %.")
    assert "scored on what it learned from, the highest" in found[2]
    assert found[3].startswith("Attack accuracy with FaceBone: reported 82 %, met: measured 83.0")
    assert found[4].startswith("Accuracy gained with FaceBone: reported +3.0 points, not met")
    assert len(found) == 5


def test_a_figure_is_met_inside_the_interval_or_in_whole_per_cent() -> None:
    for accuracy, reach, met in (
        (0.8549, 0.0001, False),
        (0.8551, 0.0001, True),
        (0.8649, 0.0001, True),
        (0.8651, 0.0001, False),
        (0.88, 0.05, True),
        (0.88, 0.03, False),
    ):
        line = met_or_not([setting(flawed_case("none", accuracy=accuracy, reach=reach))])[0]
        assert ("not met" not in line) is met, accuracy


def test_what_was_not_run_as_published_is_not_held_against_it() -> None:
    assert met_or_not([setting(base(), membership_case())]) == ()
    sound = flawed_case("none", gate=PASSED, attack_accuracy=None)
    assert "no attack that learns was measured" in met_or_not([setting(sound)])[1]
