"""The record view and the tables of what attacks have in common."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from faceaudit.audit.membership.exposed import most_exposed
from faceaudit.report import render
from faceaudit.report.membership.agreement_tables import agreement_view
from faceaudit.report.membership.exposed_tables import describe_exposed, exposed_view
from faceaudit.store import CaseRecord
from helpers.scored_members import drawn_scores, evidence_with, halves
from report.backdoor.samples import write_store
from report.membership.samples import ACCOUNT, OVERLAP, membership_case
from report.membership.spoken import plain, setting
from report.test_page import HOSTILE, Page

RECORDS = 240


def people(
    *, mitigation: str = "none", leak: float = 1.5, first: str = "person-000", **options: object
) -> CaseRecord:
    """Make a case whose attacks on people are drawn; record 0 leaks for certain."""
    member = halves(8, RECORDS)
    tables = {
        ("identity", name): drawn_scores(member, leak, seed)
        for seed, name in enumerate(("lira joint", "lira", "loss"))
    }
    for table in tables.values():
        table[:, 0] = np.where(member[:, 0], 9, -9)
    names = [first, *(f"person-{number:03d}" for number in range(1, RECORDS))]
    evidence = evidence_with(member, tables, names=names, kept=5)
    return replace(membership_case(mitigation, **options), evidence=evidence)  # type: ignore[arg-type]


def page_of(folder: Path, *records: CaseRecord) -> Page:
    return Page(render(write_store(folder, records, **ACCOUNT)))


def test_the_most_exposed_stand_with_times_and_what_chance_shows() -> None:
    (case,) = setting(people()).cases
    view = exposed_view(case, "Rigorous", ["identity", "pair"])
    table, pairs = view.tables
    assert [plain(name) for name in table.columns] == [
        "Person",
        "Others below, when learned from",
        "Times learned from",
        "Found at 10 % FPR",
        "Others below, when not",
        "This place by chance",
    ]
    assert len(table.rows) == 20
    times = int(halves(8, RECORDS)[:, 0].sum())
    row = [plain(value) for value in next(row for row in table.rows if row[0] == "person-000")]
    assert row[1:5] == ["100.0 %", f"{times}", f"{times} of {times}", "0.0 %"]
    assert table.anchor == "membership-none-rigorous-seed-0-exposed-people"
    assert plain(table.said).startswith("By LiRA, added up, as users ask, over 8 targets: of ")
    assert "5 of 100 draws" in table.said
    assert pairs.rows == ()
    assert "is not known: its scores were not kept" in pairs.said


def test_combinations_that_were_expected_and_did_not_occur_stand_with_none() -> None:
    member = halves(8, RECORDS)
    scores = drawn_scores(member, 1.5)
    tables = {("identity", name): scores for name in ("lira joint", "lira", "loss")}
    names = [f"person-{number:03d}" for number in range(RECORDS)]
    same = evidence_with(member, tables, names=names, kept=5)
    (case,) = setting(replace(membership_case("none"), evidence=same)).cases
    view = agreement_view(case, "Rigorous", "identity")
    assert {row.members for row in view.combinations if len(set(row.by)) > 1} == {"0"}


def test_where_chance_alone_puts_somebody_above_all_nobody_is_said_to_stand_out() -> None:
    (case,) = setting(people()).cases
    found = most_exposed(case.record, "identity")
    assert not isinstance(found, str)
    said = plain(describe_exposed(replace(found, mark=1.0, above=0)))
    assert "nobody can be told apart from chance" in said
    assert "above more than" not in said
    assert "score above more than 99.0 %" in plain(describe_exposed(replace(found, mark=0.99)))


def test_scores_of_some_targets_are_said_to_be_of_some() -> None:
    record = people()
    assert record.evidence is not None
    few = record.evidence.columns["target"] < 5
    ids = tuple(id_ for id_, kept in zip(record.evidence.ids, few, strict=True) if kept)
    columns = {name: column[few] for name, column in record.evidence.columns.items()}
    (case,) = setting(replace(record, evidence=type(record.evidence)(ids, columns))).cases
    (table,) = exposed_view(case, "Rigorous", ["identity"]).tables
    assert "over 5 of 8 targets" in plain(table.said)


def test_what_attacks_have_in_common_adds_up() -> None:
    (case,) = setting(people()).cases
    view = agreement_view(case, "Rigorous", "identity")
    assert [row.title.value for row in view.by_count] == [
        "no attack",
        "1 of 3",
        "2 of 3",
        "all 3",
    ]
    counts = [int(row.cells[0].trials.replace(",", "")) for row in view.by_count]
    assert sum(counts) == 5 * RECORDS // 2
    expected = [float(row.cells[1].value.replace(",", "")) for row in view.by_count]
    assert abs(sum(expected) - sum(counts)) < 0.3
    wrongly = [int(row.cells[2].value.replace(",", "")) for row in view.by_count]
    assert sum(wrongly) == 5 * RECORDS // 2
    assert [row.title.value for row in view.by_attack] == ["LiRA, added up", "LiRA", "Loss"]
    combined = {row.by: int(row.members.replace(",", "")) for row in view.combinations}
    assert combined["finds", "finds", "finds"] == counts[3]
    assert f"all 3 find {counts[3]}" in view.said
    assert f"At least one attack finds {sum(counts[1:])}" in view.said


def test_the_page_has_records_of_each_valid_mitigation(tmp_path: Path) -> None:
    page = page_of(
        tmp_path,
        people(mitigation="selena"),
        people(),
        people(mitigation="rounding", gate=[OVERLAP]),
    )
    captions = [one.text for one in page.all("caption") if "Most exposed people" in one.text]
    assert captions == [
        "Most exposed people: No mitigation, Rigorous",
        "Most exposed people: SELENA, Rigorous",
    ]
    common = [one.text for one in page.all("caption") if "found by so many attacks" in one.text]
    assert common == [
        "No mitigation, Rigorous: people found by so many attacks",
        "SELENA, Rigorous: people found by so many attacks",
    ]
    ids = [one.attributes["id"] for one in page.all("table")]
    assert len(ids) == len(set(ids))
    assert "Rounding" not in " ".join(captions)


def test_records_stand_folded_and_what_attacks_share_open(tmp_path: Path) -> None:
    page = page_of(tmp_path, people())
    tables = {one.attributes["id"]: one for one in page.all("table")}
    exposed = tables["membership-none-rigorous-seed-0-exposed-people"]
    shared = tables["membership-none-rigorous-seed-0-overlap-people"]
    assert "details" in exposed.parents
    assert "details" not in shared.parents


def test_names_stay_text(tmp_path: Path) -> None:
    text = render(write_store(tmp_path, [people(first=HOSTILE)], **ACCOUNT))
    assert "<script" not in text
    assert HOSTILE in Page(text).text


def test_given_lists_rank_nobody(tmp_path: Path) -> None:
    page = page_of(tmp_path, people(protocol="lists", blocks=None))
    assert "nothing tells whether a record stands out because it was learned from" in page.text
    assert not [one for one in page.all("caption") if "Most exposed" in one.text]
