"""The section on enrolment: what is said, what is measured, and what is advised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faceaudit.audit.declared import Declared
from faceaudit.audit.kinds import kind_of
from faceaudit.audit.limits import parse_limit
from faceaudit.records.enrolment import KIND
from faceaudit.report import render
from faceaudit.report.enrolment.findings import enrolment_findings
from faceaudit.report.enrolment.runs import enrolment_runs
from faceaudit.report.enrolment.section import SECTION, headline
from faceaudit.report.enrolment.tables import enrolment_tables
from faceaudit.report.judging import judge
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord
from report.backdoor.samples import write_store
from report.enrolment.samples import ACCOUNT, CHECK, case, whole_audit

LIMIT = "enrolment.strangers_pass > 0.15"


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{EN DASH}", "-")


def threat(records: Sequence[CaseRecord], *limits: str) -> Threat:
    measures = SECTION.measures(records)
    judgements = [judge(parse_limit(text), measures) for text in limits]
    (found,) = SECTION.threats(records, judgements, Declared())
    return found


def test_the_key_with_the_most_strangers_leads() -> None:
    found = headline(enrolment_runs(whole_audit()))
    assert plain(found.title) == "A key on one enrolled photo lets strangers in, in 95.0 %"
    assert "95.0 % (95 % interval 88.8-97.8 %) of 100 tries at FMR 1 %" in plain(found.detail)
    held = headline(enrolment_runs([case((1, 1))]))
    assert held.title == "No key on an enrolled photo was shown to let strangers in"
    nothing = headline(enrolment_runs([case(None)]))
    assert nothing.title == "No share of strangers who pass was measured"


def test_each_question_is_answered_in_a_sentence() -> None:
    texts = {
        one.about: plain(one.text) for one in enrolment_findings(enrolment_runs(whole_audit()))
    }
    assert "with wrong keys 3.0 %" in texts["The strongest key"]
    assert "80.0 %" in texts["Networks that it never saw"]
    assert "facenet" in texts["Networks that it never saw"]
    assert "25.0 %" in texts["What gives it away"]
    # A mitigation is said by its worst row, which is that of the attacker who knows of it.
    assert f"{CHECK}: at most 40.0 % pass, with faithful_glasses" in texts["What helps"]
    assert "8.6 % of people with glasses" in texts["What helps"]
    assert "75.0 %" in texts["Templates that update themselves"]


def test_tables_have_nulls_costs_and_who_knows() -> None:
    strangers, mitigations, drift = enrolment_tables(enrolment_runs(whole_audit()))
    first = strangers.rows[0]
    assert first.name == "optimised_glasses: deepid"
    assert [one.note for one in first.cells[:1]] == ["made on it"]
    assert plain(first.cells[1].note) == "wrong keys 3.0 %, bare 2.0 %, enrolled clean 1.0 %"
    assert plain(first.cells[2].note) == "enrolled clean 95.0 %"
    assert strangers.rows[1].cells[0].note == "never seen"
    knows = {row.name: row.cells[0].note for row in mitigations.rows}
    assert knows[f"{CHECK}: faithful_glasses, deepid"] == "knows of it"
    assert knows[f"{CHECK}: optimised_glasses, deepid"] == "does not know of it"
    assert all(len(row.cells) == len(mitigations.heads) for row in mitigations.rows)
    assert all(len(row.cells) == len(strangers.heads) for row in strangers.rows)
    assert [plain(cell.value) for cell in drift.rows[0].cells[:2]] == ["75.0 %", "0.0 %"]


def test_measures_are_named_as_the_kind_declares() -> None:
    measures = SECTION.measures(whole_audit())
    declared = kind_of(KIND).measures
    assert {one.name for one in measures} == set(declared)
    assert all(set(one.labels) == set(declared[one.name]) for one in measures)
    assert len({one.title for one in measures}) == len(measures)


def test_a_mitigation_is_advised_only_where_it_holds_against_every_key() -> None:
    helped = threat([case(), case((60, 30), attack="sticker")], LIMIT)
    assert helped.outcome == "broken"
    assert CHECK in helped.advice[0].text
    broken = threat([case(checked=60), case(attack="sticker")], LIMIT)
    assert broken.advice[0].rule == "nothing helps"
    kept = threat([case((1, 1), checked=1)], LIMIT)
    assert (kept.outcome, kept.advice[0].rule) == ("kept", "limit kept")
    assert threat([case(None)]).outcome == "none"


def test_a_template_that_is_taken_over_is_advised_about() -> None:
    found = threat([case(attack="template_update_drift", hand=0)], "enrolment.taken_over > 0.15")
    assert found.outcome == "broken"
    assert "templates drift" in [one.rule for one in found.advice]


def test_the_page_shows_it_and_escapes_what_failed(tmp_path: Path) -> None:
    store = write_store(tmp_path, whole_audit(), account=ACCOUNT)
    page = render(store)
    assert '<section id="enrolment"' in page
    assert "no &lt;face&gt;" in page
    assert "no <face>" not in page


def test_a_rate_counts_where_every_network_has_a_threshold_even_one_of_zero() -> None:
    def title(*thresholds: float | None) -> str:
        return headline(enrolment_runs([case(thresholds=thresholds)])).title

    assert title(0.0, 0.4).startswith("A key on one enrolled photo")
    assert title(-0.1, 0.0).startswith("A key on one enrolled photo")
    for missing in ((None, 0.4), (0.4, None)):
        assert title(*missing) == "No share of strangers who pass was measured"


def test_a_key_is_shown_to_open_only_beyond_how_many_strangers_pass_anyway() -> None:
    # 10 of 100 is above 1 % by its interval, and not above 8 of 100 bare strangers by theirs.
    opened = headline(enrolment_runs([case((10, 10))]))
    assert opened.title.startswith("A key on one enrolled photo")
    anyway = headline(enrolment_runs([case((10, 10), real=8)]))
    assert anyway.title == "No key on an enrolled photo was shown to let strangers in"


def test_a_mitigation_that_nobody_who_knows_tried_is_said() -> None:
    def said(records: Sequence[CaseRecord]) -> str:
        found = {one.about: one.text for one in enrolment_findings(enrolment_runs(records))}
        return found.get("Not met by an attacker who knows", "")

    assert f"somebody who knows of {CHECK}" in said([case()])
    assert said(whole_audit()) == ""


def test_templates_that_attackers_take_over_anyway_are_no_drift() -> None:
    def rules(bare: int) -> list[str]:
        records = [case(attack="template_update_drift", hand=0, bare=bare)]
        return [one.rule for one in threat(records, "enrolment.taken_over > 0.15").advice]

    assert "templates drift" in rules(1)
    assert "templates drift" not in rules(12)
