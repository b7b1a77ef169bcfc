from __future__ import annotations

import pytest

from faceaudit.report.membership.cases import comparable_cases
from faceaudit.report.membership.mitigations_table import MitigationRow, mitigations_table
from faceaudit.report.membership.summary import checks_line, summary
from faceaudit.store import CaseRecord
from report.membership.samples import (
    OVERLAP,
    PASSED,
    UNKNOWN,
    flawed_case,
    membership_audit,
    membership_case,
)
from report.membership.spoken import base, plain, setting


def found(*records: CaseRecord) -> dict[str, str]:
    return {one.about: plain(one.text) for one in summary(setting(*records))}


def checks(*records: CaseRecord) -> str:
    return plain(checks_line(comparable_cases(records)))


def rows(*records: CaseRecord) -> dict[str, MitigationRow]:
    return {row.title: row for row in mitigations_table(comparable_cases(records)).rows}


# statements that several mitigations share stand once


def test_each_effect_is_said_once_with_all_whom_it_is_of() -> None:
    text = found(
        base(),
        membership_case("selena", adaptive=0.60),
        membership_case("early_stopping", adaptive=0.58),
        membership_case("ensemble", adaptive=0.72),
        membership_case("weight_decay", adaptive=0.66),
    )["People"]
    assert text.count("Lowers it") == 1
    assert "Lowers it: SELENA (AUC 0.600) and Early stopping (AUC 0.580)." in text
    assert "Makes it worse: Ensemble (AUC 0.720)." in text
    assert "Not told apart from no mitigation: Weight decay (AUC 0.660)." in text
    assert text.startswith("Without mitigation: of two people, one learned from and one not,")


def test_of_many_mitigations_the_figures_are_in_the_table_alone() -> None:
    for number, shown in ((6, True), (7, False)):
        cases = [
            membership_case(f"m{place}", title=f"m{place}", adaptive=0.5) for place in range(number)
        ]
        assert ("(AUC 0.500)" in found(base(), *cases)["People"]) is shown


def test_levels_are_named_where_a_verdict_is_not_of_all_of_them() -> None:
    others = found(base(), membership_case("selena", adaptive=0.60, at={"block": 0.72}))
    text = others["Photos, blocks of people and pairs"]
    assert "Lowers it: SELENA (photos and pairs)." in text
    assert "Makes it worse: SELENA (blocks of people)." in text
    assert "Above chance: No mitigation and SELENA." in text
    assert next(iter(others)) == "People"


@pytest.mark.parametrize(("area", "where"), [(0.55, "Above chance"), (0.505, "Not above chance")])
def test_beside_chance(area: float, where: str) -> None:
    text = found(base(), membership_case("selena", adaptive=0.6, at={"photo": area}))
    assert f"{where}: " in text["Photos, blocks of people and pairs"]
    listed = text["Photos, blocks of people and pairs"].partition(f"{where}: ")[2].split(".")[0]
    assert "SELENA" in listed


def test_a_mitigation_that_names_pairs_helps_on_average_alone() -> None:
    naming = membership_case("distance_threshold", adaptive=0.5, named=32)
    text = found(base(), naming)
    assert next(iter(text)) == "Named for certain"
    assert "Lowers it on average: Distance threshold" in text["People"]


def test_changed_answers_are_never_said_to_make_it_worse() -> None:
    text = found(base(), membership_case("rounding", adaptive=0.70, post_processing=True))["People"]
    assert "worse" not in text
    assert "Measured higher, so that the figure without mitigation is too low: Rounding" in text


@pytest.mark.parametrize(
    ("tpr", "words"),
    [
        (0.03, "More than guessing finds: SELENA (3.0 %)"),
        (0.012, "Not told apart from guessing: SELENA (1.2 %)"),
    ],
)
def test_few_false_alarms(tpr: float, words: str) -> None:
    text = found(base(tpr=0.03), membership_case("selena", tpr=tpr))["With few false alarms"]
    verdict, _, of = words.partition(": ")
    assert verdict in text
    assert of in text
    assert text.startswith("Where 1 % of people not learned from are wrongly taken for members")


def test_a_rate_that_people_do_not_resolve_is_said_of_the_next_level() -> None:
    none = base(unresolved=["identity", "photo"])
    text = found(none)["With few false alarms"]
    assert text.startswith("Where 1 % of blocks of people not learned from")
    assert text.endswith(
        "Of people not measured: expected at least 1,000 non-members for a rate of 0.01, got 250."
    )
    alone = found(base(unresolved=["identity"], levels=["identity"]))["With few false alarms"]
    assert alone.startswith("Not measured: expected at least 1,000 non-members")


def test_what_accuracy_costs_is_grouped() -> None:
    text = found(
        base(),
        membership_case("selena", accuracy=0.871, reach=0.004, jitter=0.0001),
        membership_case("rounding", accuracy=0.869, reach=0.004, jitter=0.0001),
        membership_case("dp_sgd", accuracy=0.80),
    )["Accuracy"]
    assert text.startswith("Without mitigation 87.0 % of pairs are decided rightly.")
    assert text.count("Falls by more than 1 point") == 1
    assert "DP-SGD (-7.0 points)" in text


def test_without_a_baseline_nothing_is_compared() -> None:
    text = found(membership_case("selena"))
    assert "Lowers" not in " ".join(text.values())
    assert "Nothing to compare with: SELENA (87.0 %)." in text["Accuracy"]
    flawed = found(base(gate=[OVERLAP]), membership_case("selena"))
    assert "Lowers" not in " ".join(flawed.values())


def test_flaws_come_first_and_nothing_follows_from_them() -> None:
    text = found(flawed_case("none"), flawed_case())
    assert list(text) == ["Not to be relied on"]
    assert text["Not to be relied on"].startswith("No mitigation and FaceBone: Checks failed.")
    assert text["Not to be relied on"].count("450 people are in both lists") == 1


# checks


def test_checks_are_counted_over_all_evaluations() -> None:
    assert checks(base(), membership_case()) == "6 checks of 2 evaluations passed."
    some = checks(base(), membership_case(gate=[OVERLAP, UNKNOWN, PASSED[0]]))
    assert some == (
        "4 of 6 checks of 2 evaluations passed. 1 failed, see above. Could not be made: Enough "
        "records for 0.1 % FPR: the audit ran one seed (FaceBone)."
    )
    assert checks(base(gate=[]), membership_case()).endswith("None was recorded of No mitigation.")
    assert checks(base(gate=[])).startswith("No check was recorded")


# the main table


def test_one_row_a_mitigation_with_figures_and_differences() -> None:
    table = rows(base(), membership_case("selena", adaptive=0.60))
    cells = [(plain(cell.value), plain(cell.note)) for cell in table["SELENA"].cells]
    assert [value for value, _ in cells] == ["87.0 %", *["0.600"] * 4, "3.0 %"]
    assert cells[0][1].startswith("0.0 points (")
    assert all(note.startswith("-0.060 (-0.06") for _, note in cells[1:5])
    assert all(cell.estimate is not None for cell in table["SELENA"].cells)
    assert [cell.note for cell in table["No mitigation"].cells] == [""] * 6
    assert table["SELENA"].about == "Rigorous, 8\N{NO-BREAK SPACE}targets"


def test_columns_are_the_levels_that_were_tried() -> None:
    table = mitigations_table(comparable_cases([base(levels=["pair"])]))
    assert [plain(name) for name in table.columns] == [
        "Accuracy",
        "AUC, pairs",
        "Pairs found at 1 % FPR",
    ]
    assert not table.compared
    unresolved = mitigations_table(comparable_cases([base(levels=["pair"], unresolved=["pair"])]))
    assert len(unresolved.columns) == 2


def test_what_failed_a_check_stands_last_and_is_struck() -> None:
    table = mitigations_table(comparable_cases(membership_audit()))
    flawed = [bool(row.flaw) for row in table.rows]
    assert flawed == sorted(flawed)
    assert sum(flawed) == 3
    for row in table.rows:
        assert all(cell.flaw for cell in row.cells if cell.value) is bool(row.flaw)


def test_a_lower_bound_is_said_to_be_one() -> None:
    table = rows(base(), membership_case("rounding", adaptive=0.70, post_processing=True))
    assert "0.700 was measured with Rounding" in table["No mitigation"].cells[1].note
    assert table["Rounding"].cells[1].note.endswith("at least as much without mitigation")


# anchors


def test_anchors_are_made_of_names_and_stay_when_a_plan_grows() -> None:
    small = [base(), membership_case()]
    grown = [membership_case("selena"), *membership_audit(), *small[1:]]
    anchors = {row.title: row.anchor for row in mitigations_table(comparable_cases(small)).rows}
    assert anchors == {
        "No mitigation": "membership-none-rigorous-seed-0",
        "FaceBone": "membership-facebone-rigorous-seed-0",
    }
    later = {
        (row.title, row.about.split(",")[0]): row.anchor
        for row in mitigations_table(comparable_cases(grown[1:-1])).rows
    }
    assert later["FaceBone", "Rigorous"] == anchors["FaceBone"]
    assert len(set(later.values())) == len(later)


def test_anchors_of_seeds_options_and_groups_differ() -> None:
    seeds = [membership_case("none", seed=seed) for seed in (0, 1)]
    groups = comparable_cases(seeds)
    assert [group.anchor for group in groups] == [
        "membership-rigorous-seed-0",
        "membership-rigorous-seed-1",
    ]
    options = [membership_case(title=f"facebone (query {name})") for name in ("a", "b")]
    cases = comparable_cases([membership_case(), *options])[0].cases
    assert len({case.anchor for case in cases}) == 3
