"""The section on evasion: what is said, what is measured, and what is advised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faceaudit.audit.declared import Declared
from faceaudit.audit.kinds import kind_of
from faceaudit.audit.limits import parse_limit
from faceaudit.records.evasion import KIND
from faceaudit.report import render
from faceaudit.report.evasion.findings import evasion_findings
from faceaudit.report.evasion.runs import evasion_runs, stands_out, strongest
from faceaudit.report.evasion.section import SECTION, headline
from faceaudit.report.evasion.tables import evasion_tables
from faceaudit.report.judging import judge
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord
from report.backdoor.samples import write_store
from report.evasion.samples import ACCOUNT, case, whole_audit

LIMIT = "evasion.evaded(goal=impersonate) > 0.15"


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def said(records: Sequence[CaseRecord]) -> dict[str, str]:
    found = evasion_findings(evasion_runs(records))
    return {one.about: plain(one.text) for one in found}


def threat(records: Sequence[CaseRecord], *limits: str, **declared: object) -> Threat:
    measures = SECTION.measures(records)
    judgements = [judge(parse_limit(text), measures) for text in limits]
    (found,) = SECTION.threats(records, judgements, Declared(**declared))  # type: ignore[arg-type]
    return found


def test_passing_as_somebody_else_leads_even_where_dodging_is_easier() -> None:
    found = headline(evasion_runs(whole_audit()))
    assert plain(found.title) == "Of changed photos 90.0 % pass as another person"
    assert "with random noise 2.0 %" in plain(found.detail)
    only = headline(evasion_runs([case(99, goal="dodge")]))
    assert plain(only.title) == "Of changed photos 99.0 % no longer pass as their own person"
    nothing = headline(evasion_runs([case(None)]))
    assert nothing.title == "No share of photos that evade was measured"


def test_what_noise_may_do_is_no_finding() -> None:
    """Noise of 2 of 100 reaches up to 7.0 %; 13 of 100 reach down to 7.8 %, 12 to 7.0 %."""
    assert stands_out(evasion_runs([case(13)])[0])
    assert not stands_out(evasion_runs([case(11)])[0])
    only = headline(evasion_runs([case(11)]))
    assert only.title == "No attack was shown to do more than random noise"
    assert "What held" in said([case(11)])


def test_runs_are_compared_at_the_lowest_rate_that_any_resolved() -> None:
    best = strongest(evasion_runs([case(90), case(10, fmr=0.001, seed=1)]))
    assert best is not None
    assert best.fmrs == (0.001,)


def test_each_question_is_answered_in_a_sentence() -> None:
    texts = said(whole_audit())
    first = texts["Passing as another person"]
    assert "pgd, to pass as another person: 90.0 %" in first
    assert "noise of the same budget 2.0 %, unchanged 1.0 %" in first
    assert first.endswith("The same photos: 20.0 % before other.")
    assert "99.0 %" in texts["Not being known"]
    assert texts["Passing as another person, with a mitigation"] == (
        "agreement: 10.0 % by an attacker who does not know of it (FMR 1 %), 70.0 % by an attacker "
        "who does (FMR 1 %). People are accepted as themselves in 85.0 %; 95.0 % without it."
    )


def test_tables_are_one_a_goal_with_both_nulls_beside() -> None:
    impersonate, dodge, cost = evasion_tables(evasion_runs(whole_audit()))
    assert impersonate.anchor == "evasion-evaded"
    assert dodge.anchor == "evasion-evaded-dodge"
    assert impersonate.rows[1].name.endswith("other, unseen")
    assert impersonate.rows[-1].name.endswith("known to the attacker: DeepID + other")
    assert plain(dodge.rows[0].cells[0].note) == "noise 2.0 %, unchanged 1.0 %"
    assert len(cost.rows) == 3
    assert evasion_tables(()) == ()


def test_every_measure_has_the_labels_that_limits_may_use() -> None:
    measures = SECTION.measures(whole_audit())
    assert len({one.title for one in measures}) == len(measures)
    known = kind_of(KIND).measures
    for one in measures:
        assert set(one.labels) == set(known[one.name])


def test_limits_decide_and_advice_follows() -> None:
    broken = threat(whole_audit(), LIMIT)
    assert broken.outcome == "broken"
    assert plain(broken.figure.value) == "90.0 %"
    assert {one.rule for one in broken.advice} == {"photos from files"}
    alone = threat([case()], LIMIT)
    assert {one.rule for one in alone.advice} == {"photos from files", "no mitigation tried"}
    assert alone.left_out
    kept = threat([case(2, elsewhere=1), case(99, goal="dodge")], LIMIT)
    assert (kept.outcome, [one.rule for one in kept.advice]) == ("kept", ["limit kept"])
    unsure = threat([case(16, elsewhere=1)], LIMIT)
    assert [one.rule for one in unsure.advice] == ["wide intervals"]
    assert threat(whole_audit()).outcome == "none"
    assert threat([case(error="x")]).why == "No photo was changed: every case failed."
    assert not threat([case(None)], LIMIT).risk.measured[0].known


def test_the_page_shows_what_failed_and_nothing_is_taken_for_markup(tmp_path: Path) -> None:
    page = render(write_store(tmp_path, whole_audit(), **ACCOUNT))
    assert 'id="evasion-evaded"' in page
    assert "no &lt;b&gt;photo&lt;/b&gt;" in page
    assert plain(SECTION.line(case(seed=3)).title) == "Evasion by pgd, to pass as another person"
