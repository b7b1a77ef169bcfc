"""The section on attributes: what is said, what is measured, and what is advised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faceaudit.audit.declared import Declared
from faceaudit.audit.kinds import kind_of
from faceaudit.audit.limits import parse_limit
from faceaudit.records.attribute_inference import KIND
from faceaudit.report import render
from faceaudit.report.attribute_inference.findings import attribute_findings
from faceaudit.report.attribute_inference.headline import headline
from faceaudit.report.attribute_inference.runs import arrange
from faceaudit.report.attribute_inference.section import SECTION
from faceaudit.report.attribute_inference.tables import attribute_tables
from faceaudit.report.judging import judge
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord
from report.attribute_inference.samples import ACCOUNT, case
from report.backdoor.samples import write_store

LIMIT = "attribute_inference.auc > 0.6"
HELD = {"beard": 0.5, "sex": 0.52}


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{EN DASH}", "-")


def said(records: Sequence[CaseRecord]) -> dict[str, str]:
    return {one.about: plain(one.text) for one in attribute_findings(arrange(records))}


def threat(records: Sequence[CaseRecord], *limits: str) -> Threat:
    measures = SECTION.measures(records)
    judgements = [judge(parse_limit(text), measures) for text in limits]
    (found,) = SECTION.threats(records, judgements, Declared())
    return found


def test_the_headline_names_what_is_told_without_mitigation() -> None:
    found = headline(arrange([case("leace", HELD), case()]))
    assert found.title == "From a template alone, beard and sex-typed shape can be told"
    assert "100 labelled people" in plain(found.detail)
    assert "beard 0.950 (0.910-0.990)" in plain(found.detail)
    none = headline(arrange([case(areas=HELD)]))
    assert none.title == "No attribute was shown to be told from templates"
    assert headline(()).title == "Nothing of attributes was measured"


def test_told_means_that_the_whole_interval_lies_above_guessing() -> None:
    texts = said([case(areas={"beard": 0.58, "sex": 0.6})])
    # balanced accuracies of 0.53 and 0.55, each 0.04 to either side
    assert texts["Beard"].startswith("Not shown to be named better than by guessing: AUC")
    assert texts["Sex-typed shape"].startswith(
        "Named better than by guessing, by linear probe and scores alone: AUC"
    )
    assert "too few people have it: <odd>" in texts["Beard"]
    assert texts["What held"] == (
        "Without mitigation, not shown to be named: beard by linear probe and beard by scores "
        "alone."
    )


def test_nulls_and_baselines_stand_beside() -> None:
    text = said([case()])["Without labels, without a network"]
    assert "labels dealt anew to people the AUC is 0.500 to 0.500 on average" in text
    assert "from pixels alone it is 0.900 to 0.950" in text
    (told, *_) = attribute_tables(arrange([case()]))
    assert told.heads[-3:] == (
        "Labels dealt anew: AUC",
        "Untrained network: AUC",
        "Pixels: AUC",
    )
    assert [row.name for row in told.rows][:2] == ["Beard, Linear probe", "Beard, Scores alone"]


def test_a_mitigation_says_what_is_left_and_what_it_costs() -> None:
    texts = said([case(), case("leace", {"beard": 0.5, "sex": 0.7}, change=-0.02)])
    assert texts["leace"] == (
        "Still named better than by guessing: sex-typed shape by linear probe (AUC 0.700) and "
        "sex-typed shape by scores alone (AUC 0.700); 2 of 4 attempts. Genuine comparisons "
        "accepted: \N{MINUS SIGN}2.0 points (95 % interval \N{MINUS SIGN}3.0 to "
        "\N{MINUS SIGN}1.0) at FMR 1 %."
    )
    held = said([case(), case("leace", HELD)])["leace"]
    assert held.startswith("None of 4 attempts was shown to name better than guessing.")


def test_measures_are_of_what_was_stored_and_made() -> None:
    measures = SECTION.measures([case(), case("leace", HELD)])
    kind = kind_of(KIND)
    for one in measures:
        assert set(one.labels) == set(kind.measures[one.name])
        assert one.estimate is not None
    assert {one.labels["people"] for one in measures if one.name == "auc"} == {10, 100}
    assert len([one for one in measures if one.name == "auc"]) == 2 * 2 * 2 * 2


def test_the_card_lists_attempts_with_the_most_labelled_people() -> None:
    found = threat([case(), case("leace", HELD)], LIMIT)
    assert found.outcome == "broken"
    assert found.figure.value == "0.950"
    assert "beard, linear probe from 100 labelled people; guessing: 0.5" in plain(found.figure.of)
    assert len(found.tried) == 8
    assert {one.word for one in found.tried} == {"told", "held"}
    assert found.demonstration
    assert not threat([case(source="lfw")], LIMIT).demonstration
    assert not threat([case(trained_here=False)], LIMIT).demonstration


def test_advice_follows_from_the_verdicts_under_mitigations() -> None:
    rules = [one.rule for one in threat([case()], LIMIT).advice]
    assert rules == ["a template tells attributes", "no mitigation tried"]
    kept = threat([case(), case("leace", {"beard": 0.7, "sex": 0.5}), case("inlp", HELD)], LIMIT)
    assert [one.rule for one in kept.advice][-1] == "a mitigation keeps the limit"
    assert "inlp" in kept.advice[-1].text
    broken = threat([case(), case("leace", {"beard": 0.7, "sex": 0.5})], LIMIT)
    assert broken.advice[-1].rule == "no mitigation holds"
    assert threat([case(areas=HELD)], LIMIT).advice[0].rule == "limit kept"
    assert threat([case(areas={"beard": 0.62})], LIMIT).advice[0].rule == "wide intervals"
    assert threat([case()]).advice[0].rule == "no rate measured"


def test_failed_cases_are_told_and_nothing_else_is() -> None:
    found = threat([case(error="out of memory")])
    assert found.outcome == "none"
    assert found.why == "Nothing was measured: every case failed."
    part = SECTION.part([case(error="out of memory")], None, {})  # type: ignore[arg-type]
    assert part.view.failed == (  # type: ignore[attr-defined]
        ("Attributes in templates without mitigation", "out of memory"),
    )


def test_the_page_shows_everything_and_escapes_it(tmp_path: Path) -> None:
    records = [case(), case("leace", HELD), case("inlp", HELD, seed=1)]
    page = render(write_store(tmp_path, records, **ACCOUNT))
    for text in (
        "Attributes in templates",
        "other people&#39;s &lt;photos&gt;",
        "&lt;odd&gt;",
        "the attacker has 100 people",
        "No mitigation, seed 0, Linear probe",
        "What mitigations cost",
    ):
        assert text in page, text
    assert "<odd>" not in page


def test_a_mitigation_that_keeps_the_limit_is_named_though_its_cost_is_not_known() -> None:
    """That few people fix thresholds is no fault of the mitigation."""
    found = threat([case(), case("inlp", HELD, change=None)], LIMIT).advice[-1]
    assert found.rule == "a mitigation keeps the limit"
    assert "what it costs was not measured" in found.text
    known = threat([case(), case("inlp", HELD)], LIMIT).advice[-1]
    assert plain(known.text).endswith("at FMR 1 %.")


def test_seeds_are_told_apart_where_there_are_several() -> None:
    records = [case(), case(seed=1)]
    found = threat(records, LIMIT)
    assert len({one.name for one in found.tried}) == len(found.tried) == 8
    assert len({one.name for one in found.risk.measured}) == len(found.risk.measured) == 8
    assert "labelled people, seed 0: AUC" in plain(headline(arrange(records)).detail)
    alone = threat([case()], LIMIT)
    assert not any("seed" in one.name for one in (*alone.tried, *alone.risk.measured))
