from __future__ import annotations

from dataclasses import replace

from faceaudit.records.membership import MembershipFacts
from faceaudit.report.membership.cases import Case
from faceaudit.report.membership.strongest_table import StrongestRow, strongest_rows
from faceaudit.report.membership.tables import leaks
from faceaudit.store import CaseRecord
from faceaudit.types import Figure
from report.membership.made_figures import TARGETS, student
from report.membership.samples import membership_case
from report.membership.spoken import base, plain, setting


def rows(record: CaseRecord, *others: CaseRecord) -> dict[str, StrongestRow]:
    group = setting(*others, record)
    return {row.level: row for row in strongest_rows(group.cases[-1], group)}


def with_figure(record: CaseRecord, metric: str, value: float) -> CaseRecord:
    figures = tuple(each for each in record.figures if each.metric != metric)
    return replace(record, figures=(*figures, Figure(metric, student(value, 0.01))))


def test_people_first_and_each_level_that_was_tried() -> None:
    assert list(rows(base())) == ["People", "Photos", "Blocks of people", "Pairs"]
    assert list(rows(base(levels=["pair"]))) == ["Pairs"]


def test_figures_difference_and_attack() -> None:
    found = rows(membership_case(adaptive=0.6), base())["People"]
    assert (found.auc.value, plain(found.auc.interval)) == ("0.600", "0.590-0.610")
    assert plain(found.change.value) == "-0.060"
    assert plain(found.change.interval).startswith("-0.06")
    assert plain(found.tpr.value) == "3.0 %"
    assert found.attack.value == "LiRA, added up"
    assert found.attack.note == (
        "with all backbones together; knows the candidate pairs; chosen for each target on the "
        "others: for 8 of 8 this one"
    )
    assert rows(base())["People"].change.value == ""


def test_what_an_attacker_of_blocks_has_to_know() -> None:
    found = rows(base())
    assert "knows which pairs would be learned together" in found["Blocks of people"].attack.note
    assert "knows" not in found["Pairs"].attack.note


def test_an_attack_that_was_chosen_for_some_targets_is_said_to_be() -> None:
    record = base()
    for target in range(3):
        record = with_figure(record, f"strongest_auc:identity:target-{target}", 0.61)
    found = rows(record)["People"]
    assert found.attack.note.endswith(f"for {TARGETS - 3} of {TARGETS} this one (on all: 0.660)")


def test_the_attack_that_was_chosen_most_often_is_named() -> None:
    record = base()
    for target in range(5):
        own = f"auc:identity:loss:served:target-{target}"
        for metric in (own, f"strongest_auc:identity:target-{target}"):
            record = with_figure(record, metric, 0.58)
    found = rows(record)["People"].attack
    assert found.value == "Loss"
    assert "asks about new pairs of them" in found.note
    assert f"for 5 of {TARGETS} this one" in found.note


def test_with_one_target_the_highest_is_too_high() -> None:
    record = base()
    facts = MembershipFacts.of(record).model_copy(update={"targets": 1})
    found = rows(replace(record, facts=facts.as_json()))["People"]
    assert found.attack.note.endswith(
        "the highest of 3\N{NO-BREAK SPACE}attacks, too high by choice"
    )


def test_the_named_attack_is_found_in_the_table_of_its_level() -> None:
    group = setting(base(), membership_case(adaptive=0.61))
    tables = {table.level: table for table in leaks([group])}
    for case in group.cases:
        for row in strongest_rows(case, group):
            found = [
                (each.knowing_auc if case.mitigation == "facebone" else each.users_auc).value
                for each in tables[row.level].rows
                if each.mitigation == case.title and each.attack.value == row.attack.value
            ]
            assert found == [row.auc.value]


def test_a_rate_that_is_not_resolved_says_why_and_a_higher_one_is_noted() -> None:
    found = rows(base(unresolved=["identity"]))["People"]
    assert (found.tpr.value, found.tpr.note) == (
        "",
        "not measured: expected at least 1,000 non-members for a rate of 0.01, got 250",
    )
    higher = rows(with_figure(base(), "tpr@fpr=0.01:pair:loss:served", 0.12))["Pairs"]
    assert plain(higher.tpr.note) == "highest of all attacks: 12.0 %, Loss, as users ask"
    assert rows(base())["Pairs"].tpr.note == ""


def test_changed_answers_raise_the_figures_without_mitigation() -> None:
    rounding = membership_case("rounding", adaptive=0.70, tpr=0.09, post_processing=True)
    found = rows(base(), rounding)["People"]
    assert found.auc.note == "0.700 was measured with Rounding, so without it, too"
    assert plain(found.tpr.note) == "9.0 % was measured with Rounding, so without it, too"
    assert rows(rounding, base())["People"].auc.note == "at least as much without mitigation"
    assert rows(base())["People"].auc.note == ""
    assert rows(membership_case("selena", adaptive=0.7), base())["People"].auc.note == ""


def test_none_chosen_says_why() -> None:
    record = membership_case(adaptive=None)
    found = rows(record, base())["People"]
    assert found.auc.note == "not measured: the verifier could not be asked"
    assert found.attack.note == "none was chosen"
    assert Case(record, "t").leak("identity") is None
