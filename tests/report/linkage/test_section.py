"""The section on linkage: what is said, what is measured, and what is advised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faceaudit.audit.declared import Declared
from faceaudit.audit.kinds import kind_of
from faceaudit.audit.limits import parse_limit
from faceaudit.records.linkage import KIND
from faceaudit.report import render
from faceaudit.report.judging import judge
from faceaudit.report.linkage.findings import linkage_findings
from faceaudit.report.linkage.runs import linkage_runs, strongest
from faceaudit.report.linkage.section import SECTION, headline
from faceaudit.report.linkage.tables import linkage_tables
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord
from report.backdoor.samples import write_store
from report.linkage.samples import ACCOUNT, HELD, case, whole_audit

LIMIT = "linkage.linked > 0.1"


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def said(records: Sequence[CaseRecord]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for finding in linkage_findings(linkage_runs(records)):
        texts[finding.about] = f"{texts.get(finding.about, '')} {plain(finding.text)}".strip()
    return texts


def threat(records: Sequence[CaseRecord], *limits: str, **declared: object) -> Threat:
    measures = SECTION.measures(records)
    judgements = [judge(parse_limit(text), measures) for text in limits]
    (found,) = SECTION.threats(records, judgements, Declared(**declared))  # type: ignore[arg-type]
    return found


def test_what_links_most_leads_and_what_nobody_trained_never_does() -> None:
    found = headline(linkage_runs(whole_audit()))
    assert plain(found.title) == "Of people in two databases 90.0 % are linked"
    assert plain(found.detail) == (
        "cosine: no protection: 90.0 % (95 % interval 82.6\N{EN DASH}94.5 %) of 100 people are "
        "linked at FMR 1 %; of two people 1.0 %."
    )
    only = headline(linkage_runs([case(99, untrained=True), case(1, d_sys=HELD)]))
    assert only.title == "No attack was shown to link people across databases"
    nothing = headline(linkage_runs([case(None)]))
    assert nothing.title == "No share of people linked was measured"


def test_each_question_is_answered_in_a_sentence() -> None:
    texts = said(whole_audit())
    assert "cosine links 90.0 %" in texts["Without protection"]
    assert "Known beside the databases: nothing. D_sys is 0.950" in texts["Without protection"]
    assert texts["With protection"] == (
        "biohash (bits 64), people linked at FMR 1 %. Another key: 1.0 % by cosine (D_sys 0.060, "
        "no more than chance), 80.0 % by linear_adapter with 300 photos (D_sys 0.950), 88.0 % by "
        "known_key (D_sys 0.950)."
    )
    assert "accepts 80.0 %" in texts["What it costs"]
    assert "without protection 95.0 %" in texts["What it costs"]
    assert texts["What held"].startswith("1 of 4 combinations")
    assert "link 12.0 %" in texts["Without training"]
    assert "at most 10.0 % of 80 people who are not among them" in texts["Who gets a name"]


def test_a_share_that_chance_may_have_made_held() -> None:
    """The interval of 2 of 100 reaches down to below 1 %, that of 3 of 100 just does not."""
    assert "What held" in said([case(2)])
    assert "What held" not in said([case(3)])


def test_every_figure_stands_beside_what_the_attacker_has() -> None:
    linked, unlinkability, thresholds = linkage_tables(linkage_runs(whole_audit()))
    assert linked.open
    rows = {plain(row.name): row.cells for row in linked.rows}
    assert len(rows) == 5, "the untrained network is in it, the failed case is not"
    adapter = rows["linear_adapter, 300 photos: biohash (bits 64), another key"]
    assert plain(adapter[0].note) == "own photos that are in both databases: 300 of 150 people"
    assert plain(adapter[1].note) == "their FMR: 1.0 %"
    assert all(len(one) == len(linked.heads) for one in rows.values())
    for row in unlinkability.rows:
        assert "floor 0.060, by chance up to 0.090" in row.cells[0].note
    assert plain(unlinkability.rows[1].cells[2].note) == "unprotected: 95.0 %"
    assert plain(thresholds.rows[0].cells[0].note) == "their FMR: 4.0 %"


def test_measures_are_those_that_the_kind_names_and_each_has_its_own_labels() -> None:
    found = SECTION.measures([*whole_audit(), case(50, seed=1)])
    assert len({one.title for one in found}) == len(found)
    named = kind_of(KIND).measures
    for one in found:
        assert set(one.labels) == set(named[one.name]), one.title
    assert {one.name for one in found} == set(named)
    assert SECTION.measures([case(12, untrained=True)]) == (), "the null is none"
    linked = [one for one in found if one.name == "linked"]
    assert [one.estimate and one.estimate.value for one in linked] == [0.9, 0.01, 0.8, 0.88, 0.5]


def test_a_share_that_was_not_measured_says_why() -> None:
    (linked,) = [one for one in SECTION.measures([case(None)]) if one.name == "linked"]
    assert linked.estimate is None
    assert linked.why_none == "expected 100 people or more, got 9"


def test_the_threat_lists_what_was_tried_and_what_held() -> None:
    found = threat(whole_audit(), LIMIT, people=500)
    assert found.outcome == "broken"
    assert found.figure.value == "90.0\N{NO-BREAK SPACE}%"
    assert [one.word for one in found.tried] == ["linked", "linked", "linked", "held"]
    assert [one.rule for one in found.advice] == ["keys apart", "one key is learned"]
    assert found.demonstration
    assert any("450 on average" in line.text for line in found.risk.combined)
    assert {name for name, _ in found.left_out} == {"Linking databases of two networks"}
    assert "linkage/cosine" in found.subjects


def test_advice_follows_from_what_broke() -> None:
    assert [one.rule for one in threat([case()], LIMIT).advice] == ["no protection tried"]
    assert [one.rule for one in threat([case(1, d_sys=HELD)], LIMIT).advice] == ["limit kept"]
    public = case(80, protection="biohash", second="public", attack="linear_adapter", photos=300)
    assert [one.rule for one in threat([public], LIMIT).advice] == ["one key is learned"]
    assert [one.rule for one in threat([case(10)], LIMIT).advice] == ["wide intervals"]
    assert [one.rule for one in threat([case()]).advice] == ["no rate measured"]
    failed = threat([case(error="it failed")])
    assert failed.outcome == "none"
    assert failed.why == "Nothing was linked: every case failed."
    assert failed.figure.value == ""


def test_people_who_exist_and_networks_from_files_are_no_demonstration() -> None:
    assert not threat([case(source="lfw")], LIMIT).demonstration
    assert not threat([case(trained_here=False)], LIMIT).demonstration


def test_a_limit_on_d_sys_is_held_and_decides_no_card() -> None:
    found = threat(whole_audit(), "linkage.d_sys(attack=cosine,second=other_key) > 0.2")
    assert found.outcome == "none"
    assert [one.outcome for one in found.further] == ["kept"]


def test_the_page_shows_the_section_and_escapes_what_it_was_given(tmp_path: Path) -> None:
    text = render(write_store(tmp_path, whole_audit(), **ACCOUNT))
    assert 'id="linkage-linked"' in text
    assert "&lt;b&gt;own&lt;/b&gt;" in text
    assert "<b>own</b>" not in text
    assert "no &lt;key&gt;" in text
    assert "Maximal leakage, bits" in text
    assert "labels are dealt at random" in text


def test_runs_are_compared_at_one_false_match_rate() -> None:
    """At a higher rate more are linked by chance: what resolved the lowest one is shown."""
    key = {"protection": "biohash", "second": "other_key"}
    fine = case(30, **key, fmr=0.001)  # type: ignore[arg-type]
    coarse = case(80, **key, attack="known_key")  # type: ignore[arg-type]
    best = strongest(linkage_runs([coarse, fine]))
    assert best is not None
    assert best.attack == "cosine"
    assert said([coarse, fine])["With protection"] == (
        "biohash, people linked at FMR 0.1 %. Another key: 80.0 % at FMR 1 % by known_key (D_sys "
        "0.950), 30.0 % by cosine (D_sys 0.950)."
    )


def test_seeds_are_told_apart_where_there_are_several() -> None:
    records = [case(), case(95, seed=1), case(1, untrained=True), case(40, untrained=True, seed=1)]
    found = threat(records, LIMIT)
    assert len({one.name for one in found.tried}) == 2
    assert "seed 1" in found.risk.measured[0].name
    assert "no protection, seed 1:" in headline(linkage_runs(records)).detail
    texts = said(records)
    assert texts["Without training, seed 0"].endswith(
        "no more than the false match rate was shown."
    )
    assert texts["Without training, seed 1"].endswith("alike in more than their face.")
    alone = threat([case()], LIMIT)
    assert not any("seed" in one.name for one in (*alone.tried, *alone.risk.measured))


def test_what_is_declared_of_members_is_not_asked_for() -> None:
    names = [line.name for line in threat([case()], LIMIT).risk.declared]
    assert not any("member" in one for one in names)
    assert SECTION.part([case()], None, {}).audited.networks == ("DeepID",)  # type: ignore[arg-type]
