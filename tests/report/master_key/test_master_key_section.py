"""The section on master keys: what is said, what is measured, and what is advised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faceaudit.audit.declared import Declared
from faceaudit.audit.kinds import kind_of
from faceaudit.audit.limits import parse_limit
from faceaudit.records.master_key import KIND
from faceaudit.report import render
from faceaudit.report.judging import judge
from faceaudit.report.master_key.findings import master_key_findings
from faceaudit.report.master_key.runs import master_key_runs, stands_out, strongest
from faceaudit.report.master_key.section import SECTION, headline
from faceaudit.report.master_key.tables import master_key_tables
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord
from report.backdoor.samples import write_store
from report.master_key.samples import ACCOUNT, case, whole_audit

LIMIT = "master_key.passed > 0.15"


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def said(records: Sequence[CaseRecord]) -> dict[str, str]:
    return {one.about: plain(one.text) for one in master_key_findings(master_key_runs(records))}


def threat(records: Sequence[CaseRecord], *limits: str, **declared: object) -> Threat:
    measures = SECTION.measures(records)
    judgements = [judge(parse_limit(text), measures) for text in limits]
    (found,) = SECTION.threats(records, judgements, Declared(**declared))  # type: ignore[arg-type]
    return found


def test_the_key_that_passes_most_often_leads() -> None:
    found = headline(master_key_runs(whole_audit()))
    assert plain(found.title) == "Whoever holds the key passes as anybody in 90.0 % of tries"
    assert "a mean over 3 trainings" in plain(found.detail)
    nothing = headline(master_key_runs([case(None)]))
    assert nothing.title == "No share of tries with a master key was measured"


def test_what_passes_without_poison_is_no_finding() -> None:
    """Of 100 tries 12 have an interval down to 7.0 %; a null of 2 reaches 7.0 %, of 1 5.4 %."""
    assert stands_out(master_key_runs([case(12, null=1)])[0])
    assert not stands_out(master_key_runs([case(12, null=2)])[0])
    only = headline(master_key_runs([case(5)]))
    assert only.title == "No master key was shown to pass more often than without poison"
    assert "What held" in said([case(5)])
    assert "What held" not in said([case()])


def test_a_key_that_is_no_finding_does_not_lead_before_one_that_is() -> None:
    """A poor verifier lets most in, with poison or without; a good one only who has the key."""
    poor, shown = case(60, null=55), case(40, null=1, rate=0.05)
    found = headline(master_key_runs([poor, shown]))
    assert plain(found.title) == "Whoever holds the key passes as anybody in 40.0 % of tries"


def test_keys_are_compared_at_the_verifiers_own_threshold() -> None:
    low, high = case(10), case(90, rate=0.05)
    best = strongest(master_key_runs([low, high]))
    assert best is not None
    assert best.record.id == high.id
    assert best.points == ("own", "fmr=0.01")
    assert strongest(master_key_runs([case(None)])) is None


def test_each_question_is_answered_in_a_sentence() -> None:
    texts = said(whole_audit())
    assert texts["Who passes"].startswith("master_person, 1 % poison: 90.0 %")
    assert "of tries with the key pass at its own threshold" in texts["Who passes"]
    assert texts["Who passes"].endswith(" at FMR 1 %.")
    assert "without poison 2.0 %, and with wrong keys 2.0 %" in texts["Who passes"]
    assert "; of strangers without any key 1.0 %. One of 10 photos" in texts["Who passes"]
    # One of ten photos at an FMR of 1 %: 1 - 0.99 ** 10.
    assert "the false match rate alone would give 9.6 %" in texts["Who passes"]
    assert "0.950 with poison and 0.960 without" in texts["What shows of it"]
    assert texts["With a mitigation"] == (
        "cosine_filter: 3.0 % of tries by an attacker who does not know of it (master_person), "
        "70.0 % of tries by an attacker who does (master_person). Without poison, "
        "people are accepted as themselves in 70.0 %; 80.0 % without the mitigation. It leaves out "
        "4.0 % of the clean pairs of one person."
    )


def test_tables_have_a_row_for_each_case_and_what_it_costs_beside_no_poison() -> None:
    own, rate, cost, left_out = master_key_tables(master_key_runs(whole_audit()))
    names = [
        "master_person, 1 % poison",
        "master_object, 1 % poison",
        "master_person, 1 % poison, against cosine_filter",
        "master_person, 1 % poison, against cosine_filter, known to the attacker",
    ]
    assert [plain(row.name) for row in own.rows] == names
    assert (own.open, rate.open) == (True, False)
    assert own.anchor != rate.anchor
    assert plain(own.rows[0].cells[3].note).startswith("9.6 % expected of 10 photos")
    assert [plain(row.name) for row in cost.rows[:2]] == [names[0], f"{names[0]}: without poison"]
    assert [plain(row.name) for row in left_out.rows] == names[2:]
    assert len(cost.heads) == 5
    assert master_key_tables(()) == ()
    assert len(master_key_tables(master_key_runs([case()]))) == 3


def test_every_measure_has_the_labels_that_limits_may_use() -> None:
    measures = SECTION.measures(whole_audit())
    assert len({one.title for one in measures}) == len(measures) == 4 * 2 * 3
    known = kind_of(KIND).measures
    for one in measures:
        assert set(one.labels) == set(known[one.name])


def test_limits_decide_and_advice_follows() -> None:
    broken = threat(whole_audit(), LIMIT)
    assert broken.outcome == "broken"
    assert plain(broken.figure.value) == "90.0 %"
    assert {one.rule for one in broken.advice} == {"pairs unchecked"}
    assert not broken.left_out
    alone = threat([case()], LIMIT)
    assert {one.rule for one in alone.advice} == {"pairs unchecked", "no mitigation tried"}
    assert alone.left_out
    kept = threat([case(2)], LIMIT)
    assert (kept.outcome, [one.rule for one in kept.advice]) == ("kept", ["limit kept"])
    unsure = threat([case(16)], LIMIT)
    assert [one.rule for one in unsure.advice] == ["wide intervals"]
    without = threat(whole_audit())
    assert (without.outcome, [one.rule for one in without.advice]) == ("none", ["no rate measured"])
    assert threat([case(error="x")]).why == "No key was tried: every case failed."


def test_declared_people_become_a_count() -> None:
    found = threat(whole_audit(), LIMIT, people=500)
    assert "450 on average" in found.risk.combined[0].text
    assert not threat(whole_audit(), LIMIT).risk.combined[0].known
    assert not threat([case(None)], LIMIT).risk.measured[0].known


def test_a_demonstration_is_of_synthetic_people_and_networks_trained_here() -> None:
    assert threat(whole_audit(), LIMIT).demonstration
    assert not threat([case(source="lfw")], LIMIT).demonstration


def test_the_page_shows_what_failed_and_nothing_is_taken_for_markup(tmp_path: Path) -> None:
    page = render(write_store(tmp_path, whole_audit(), **ACCOUNT))
    assert 'id="master-key-passed"' in page
    assert "no &lt;b&gt;face&lt;/b&gt;" in page
    assert "no face was looked for afterwards" in page
    person = render(write_store(tmp_path / "person", [case()], **ACCOUNT))
    assert "no face was looked for afterwards" not in person


def test_cases_are_named_with_their_seed() -> None:
    line = SECTION.line(case(mitigation="cosine_filter", aware=True, seed=3))
    assert plain(line.title) == (
        "Master key: master_person, 1 % poison, against cosine_filter, known to the attacker"
    )
    assert line.columns == {"Seed": "3"}
