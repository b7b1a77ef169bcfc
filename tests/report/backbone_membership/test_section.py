"""The report's section on whom backbones learned from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faceaudit.audit.declared import Declared
from faceaudit.audit.kinds import kind_of
from faceaudit.audit.limits import default_limits, parse_limit
from faceaudit.report.backbone_membership.cases import cases_of
from faceaudit.report.backbone_membership.findings import findings, told_apart
from faceaudit.report.backbone_membership.section import SECTION
from faceaudit.report.backbone_membership.tables import tables
from faceaudit.report.judging import judge
from faceaudit.report.numbers import SPACE
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store
from report.backbone_membership.samples import case

LIMIT = next(one.limit.text for one in default_limits() if one.limit.kind == "backbone_membership")
LEAK = (0.71, 0.65, 0.76)
SOME = (0.62, 0.55, 0.69)


def threat(cases: Sequence[CaseRecord], *limits: str, declared: Declared | None = None) -> Threat:
    judgements = [judge(parse_limit(text), SECTION.measures(cases)) for text in limits]
    (found,) = SECTION.threats(cases, judgements, declared or Declared())
    return found


def said(record: CaseRecord) -> dict[str, str]:
    return {one.about: one.text.replace(SPACE, " ") for one in findings(cases_of([record])[0])}


def test_a_leak_by_training_photos_breaks_the_limit_and_says_by_what() -> None:
    found = threat([case(trained=LEAK)], LIMIT)
    assert found.outcome == "broken"
    assert found.figure.value == "0.710"
    assert "photos that members were learned by" in found.figure.of
    assert {one.rule for one in found.advice} == {
        "people told apart",
        "by training photos alone",
        "no early stopping",
    }
    assert [one.word for one in found.tried] == ["told apart", "held"]
    assert found.demonstration


def test_a_leak_by_other_photos_is_not_said_to_need_the_training_photos() -> None:
    found = threat([case(trained=LEAK, held_out=LEAK), case(recipe="b", stop="validation")], LIMIT)
    assert {one.rule for one in found.advice} == {"people told apart"}


def test_an_interval_about_the_bound_is_open() -> None:
    found = threat([case(trained=SOME)], LIMIT)
    assert found.outcome == "inconclusive"
    assert "wide intervals" in {one.rule for one in found.advice}


def test_no_leak_keeps_the_limit() -> None:
    found = threat([case()], LIMIT)
    assert found.outcome == "kept"
    assert [one.rule for one in found.advice] == ["limit kept"]


def test_lists_that_failed_decide_nothing() -> None:
    found = threat([case(trained=LEAK, outcome="failed")], LIMIT)
    assert found.outcome == "inconclusive"
    assert [one.rule for one in found.advice] == ["lists of backbones"]
    assert "checks failed" in found.why


def test_the_other_source_and_untrained_networks_decide_nothing() -> None:
    measures = SECTION.measures([case(trained=LEAK, others=True)])
    headline = [one for one in measures if one.name == "headline_auc"]
    assert [one.labels["photos"] for one in headline] == ["trained", "held_out"]
    assert {one.labels["against"] for one in headline} == {"same_source"}
    assert {one.labels["level"] for one in headline} == {"person"}
    assert {one.labels["shadows"] for one in headline} == {"with"}
    other = [one for one in measures if one.labels["against"] == "other_source"]
    assert other
    assert all("checks failed" in one.caution for one in other)
    assert not any("untrained" in str(one.labels) or "blind" in str(one.labels) for one in measures)


def test_measures_have_the_labels_that_the_kind_promises_and_no_two_are_alike() -> None:
    measures = SECTION.measures([case(others=True), case(seed=1), case(recipe="b")])
    promised = kind_of("backbone_membership").measures
    for one in measures:
        assert set(one.labels) == set(promised[one.name]), one.title
    assert len({one.title for one in measures}) == len(measures)


def test_two_trainings_have_a_headline_without_shadows() -> None:
    (first, _) = [
        one for one in SECTION.measures([case(trainings=2)]) if one.name == "headline_auc"
    ]
    assert first.labels["shadows"] == "without"
    four = [one for one in SECTION.measures([case(trainings=4)]) if one.name == "headline_auc"]
    assert four[0].labels["shadows"] == "with"


def test_what_untrained_networks_find_as_well_is_no_leak() -> None:
    found = case(trained=LEAK, untrained=LEAK)
    assert said(found)["With the training photos"].startswith("People are not shown")
    assert not told_apart(cases_of([found])[0], cases_of([found])[0].headline("trained"))
    # A null below guessing is not what a figure has to be above.
    low = case(trained=(0.48, 0.46, 0.5), untrained=(0.4, 0.3, 0.45))
    assert said(low)["With the training photos"].startswith("People are not shown")
    assert said(case(trained=LEAK))["With the training photos"].startswith("People are told")


def test_findings_say_both_nulls_and_what_was_found() -> None:
    words = said(case(trained=LEAK, others=True))
    assert words["With the training photos"].startswith("People are told apart by photos that")
    assert "untrained networks: 0.500; pixels alone: 0.500" in words["With the training photos"]
    assert "With 20 % of others wrongly named, 50.0 %" in words["With the training photos"]
    assert words["With other photos"].startswith("People are not shown to be told apart")
    assert "The gate refuses these lists" in words["Against another source"]
    assert "AUC 0.800" in words["The backbones"]
    wide = said(case(trained=(0.6, 0.4, 0.75)))
    assert "The interval is wide" in wide["With the training photos"]


def test_tables_have_every_attack_with_what_the_attacker_has() -> None:
    found = tables(cases_of([case(trained=LEAK, others=True)])[0])
    first = found[0]
    assert first.open
    assert [row.name for row in first.rows] == [
        "Pixels alone, no network",
        "Own person less nearest other",
        "Classifier on activations (MINT), with shadows",
        "Own person less nearest other, with shadows",
    ]
    knowledge = [row.cells[0].note for row in first.rows]
    assert "one query a photo" in knowledge[1]
    assert "has trained backbones" in knowledge[3]
    assert first.rows[3].cells[2].value == "0.710"
    other = next(one for one in found if "another source" in one.title)
    assert all(cell.flaw for row in other.rows for cell in row.cells[1:] if cell.value)
    assert len({one.anchor for one in found}) == len(found)


def test_a_failed_case_is_named_and_the_others_are_shown(tmp_path: Path) -> None:
    store = Store(tmp_path)
    part = SECTION.part([case(), case(recipe="b", error="it diverged")], store, {})
    assert len(part.view.cases) == 1  # type: ignore[attr-defined]
    assert part.view.failed == (("b", "it diverged"),)  # type: ignore[attr-defined]
    found = threat([case(error="it diverged")])
    assert found.outcome == "none"
    assert "it diverged" in found.why


def test_precision_needs_a_prior_and_says_so() -> None:
    found = threat([case(trained=LEAK)], LIMIT)
    assert any("not declared" in one.text for one in found.risk.combined)
    found = threat([case(trained=LEAK)], LIMIT, declared=Declared(prior=0.01, people=1000))
    assert all(one.known for one in found.risk.combined)
    assert any(one.name.startswith("Precision") for one in found.risk.combined)
