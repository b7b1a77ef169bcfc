"""The section on master faces: what is said, what is measured, and what is advised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faceaudit.audit.declared import Declared
from faceaudit.audit.kinds import kind_of
from faceaudit.audit.limits import parse_limit
from faceaudit.records.master_face import KIND
from faceaudit.report import render
from faceaudit.report.judging import judge
from faceaudit.report.master_face.findings import master_face_findings
from faceaudit.report.master_face.runs import master_face_runs, stands_out, strongest
from faceaudit.report.master_face.section import SECTION, headline
from faceaudit.report.master_face.tables import master_face_tables
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord
from report.backdoor.samples import write_store
from report.master_face.samples import ACCOUNT, case, whole_audit

LIMIT = "master_face.covered > 0.15"


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def said(records: Sequence[CaseRecord]) -> dict[str, str]:
    found = master_face_findings(master_face_runs(records))
    return {one.about: plain(one.text) for one in found}


def threat(records: Sequence[CaseRecord], *limits: str, **declared: object) -> Threat:
    measures = SECTION.measures(records)
    judgements = [judge(parse_limit(text), measures) for text in limits]
    (found,) = SECTION.threats(records, judgements, Declared(**declared))  # type: ignore[arg-type]
    return found


def test_the_search_whose_faces_pass_as_the_most_leads() -> None:
    found = headline(master_face_runs(whole_audit()))
    assert plain(found.title) == "9 faces pass as 40.0 % of people"
    assert "8.6 % are expected of faces that are like any" in plain(found.detail)
    nothing = headline(master_face_runs([case(None)]))
    assert nothing.title == "No share of people passed as was measured"


def test_what_random_photos_may_do_is_no_finding() -> None:
    """Of 100 people 27 have an interval down to 19.3 %, above chance's 18 %; 25 reach 17.5 %."""
    assert stands_out(master_face_runs([case(27)])[0])
    assert not stands_out(master_face_runs([case(25)])[0])
    only = headline(master_face_runs([case(25)]))
    assert only.title == "No search was shown to find faces that pass as more than random photos"
    assert "What held" in said([case(25)])


def test_runs_are_compared_at_the_lowest_rate_that_any_resolved() -> None:
    low, high = case(10, fmr=0.001), case(90, fmr=0.01, seed=1)
    best = strongest(master_face_runs([high, low]))
    assert best is not None
    assert best.record.id == low.id
    assert strongest(master_face_runs([case(None)])) is None


def test_each_question_is_answered_in_a_sentence() -> None:
    texts = said(whole_audit())
    assert "pixels: 9 faces pass as 40.0 %" in texts["Who is passed as"]
    assert "random photos pass as 9.0 %" in texts["Who is passed as"]
    assert "Of the people whom the search used it is 90.0 %" in texts["Who is passed as"]
    assert texts["Before other networks"] == "The same faces, at FMR 1 %: 9.0 % by other."
    assert texts["With a mitigation"] == (
        "agreement: 5.0 % by an attacker who does not know of it (pixels, FMR 1 %), 30.0 % by an "
        "attacker who does (pixels, FMR 1 %). People are accepted as themselves in 85.0 %; 95.0 % "
        "without it."
    )


def test_tables_say_which_network_no_face_was_made_on_and_what_chance_gives() -> None:
    covered, known, cost = master_face_tables(master_face_runs(whole_audit()))
    assert [plain(row.name) for row in covered.rows] == [
        "pixels: DeepID",
        "pixels: other, unseen",
        "greedy_photos: DeepID",
        "greedy_photos: other, unseen",
        "pixels, against agreement: DeepID + other, unseen",
        "pixels on 2 networks, against agreement, known to the attacker: DeepID + other",
    ]
    assert plain(covered.rows[0].cells[1].note) == "by chance 9.0 %, at most 18.0 %"
    assert "1 face 1.0 %, 9 faces 8.6 %" in plain(covered.caption)
    assert len(known.rows) == 4
    assert [row.name for row in cost.rows] == [
        "none: DeepID",
        "none: other",
        "agreement: DeepID + other",
    ]
    assert master_face_tables(()) == ()


def test_every_measure_has_the_labels_that_limits_may_use() -> None:
    measures = SECTION.measures(whole_audit())
    assert len({one.title for one in measures}) == len(measures)
    known = kind_of(KIND).measures
    for one in measures:
        assert set(one.labels) == set(known[one.name])
    assert sum(one.name == "tmr" for one in measures) == 3


def test_limits_decide_and_advice_follows() -> None:
    broken = threat(whole_audit(), LIMIT)
    assert broken.outcome == "broken"
    assert plain(broken.figure.value) == "40.0 %"
    assert {one.rule for one in broken.advice} == {"many by few"}
    assert not broken.left_out
    alone = threat([case()], LIMIT)
    assert {one.rule for one in alone.advice} == {"many by few", "no mitigation tried"}
    assert alone.left_out
    kept = threat([case(2, elsewhere=1)], LIMIT)
    assert (kept.outcome, [one.rule for one in kept.advice]) == ("kept", ["limit kept"])
    unsure = threat([case(16, elsewhere=1)], LIMIT)
    assert [one.rule for one in unsure.advice] == ["wide intervals"]
    without = threat(whole_audit())
    assert without.outcome == "none"
    failed = threat([case(error="x")])
    assert failed.why == "No face was made: every case failed."


def test_declared_people_become_a_count() -> None:
    found = threat(whole_audit(), LIMIT, people=500)
    assert "200 on average" in found.risk.combined[0].text
    assert not threat(whole_audit(), LIMIT).risk.combined[0].known
    assert not threat([case(None)], LIMIT).risk.measured[0].known


def test_a_demonstration_is_of_synthetic_people_and_networks_trained_here() -> None:
    assert threat(whole_audit(), LIMIT).demonstration
    assert not threat([case(source="lfw")], LIMIT).demonstration


def test_the_page_shows_what_failed_and_nothing_is_taken_for_markup(tmp_path: Path) -> None:
    page = render(write_store(tmp_path, whole_audit(), **ACCOUNT))
    assert 'id="master-face-covered"' in page
    assert "no &lt;b&gt;face&lt;/b&gt;" in page
    assert "The people are synthetic" in page
    real = render(write_store(tmp_path / "real", [case(source="lfw")], **ACCOUNT))
    assert "The people are synthetic" not in real


def test_cases_are_named_with_their_seed() -> None:
    line = SECTION.line(case(mitigation="agreement", aware=True, made_on=2, seed=3))
    assert plain(line.title) == (
        "Master faces by pixels on 2 networks, against agreement, known to the attacker"
    )
    assert line.columns == {"Seed": "3"}
