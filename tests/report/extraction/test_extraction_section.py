"""The section on extraction: arranged, measured, said and drawn as its cases are."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.audit.declared import Declared
from faceaudit.audit.extraction.kind import ExtractionKind
from faceaudit.audit.limits import parse_limit
from faceaudit.records.extraction import KIND
from faceaudit.report import render
from faceaudit.report.extraction.chart import agreement_chart
from faceaudit.report.extraction.copies import arrange
from faceaudit.report.extraction.findings import findings, headline
from faceaudit.report.extraction.section import SECTION
from faceaudit.report.extraction.tables import tables
from faceaudit.report.judging import judge
from faceaudit.report.numbers import SPACE
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord
from report.backdoor.samples import write_store
from report.extraction.samples import audit, case

LIMIT = "extraction.copied > 0.5"


def threat(records: list[CaseRecord], *limits: str, declared: Declared | None = None) -> Threat:
    measures = SECTION.measures(records)
    judgements = [judge(parse_limit(text), measures) for text in limits]
    (found,) = SECTION.threats(records, judgements, declared or Declared())
    return found


def plain(text: str) -> str:
    return text.replace(SPACE, " ")


def test_cases_are_arranged_by_victim_attack_and_rising_budget() -> None:
    victims = arrange([*reversed(audit()), case(error="it broke")])
    assert [(one.facts.victim, one.facts.asked) for one in victims] == [
        ("verifier", "others"),
        ("identifier", "enrolled"),
        ("identifier", "others"),
    ]
    budgets = [[one.budget for one in series.copies] for series in victims[2].series]
    assert budgets == [[100, 1000], [100, 1000]]


def test_measures_have_the_names_and_labels_that_limits_may_speak_of() -> None:
    measures = SECTION.measures(audit())
    names = ExtractionKind.measures
    assert {one.name for one in measures} == set(names)
    for one in measures:
        assert set(one.labels) == set(names[one.name])
    assert len({one.title for one in measures}) == len(measures)


def test_of_several_seeds_the_mean_has_an_interval_over_them() -> None:
    records = [case(agrees, seed=seed) for seed, agrees in enumerate((50, 60, 70))]
    (one,) = [one for one in SECTION.measures(records) if one.name == "agreement"]
    assert one.estimate is not None
    assert one.estimate.value == pytest.approx(0.6)
    assert one.estimate.n == 3
    assert len(one.cases) == 3


def test_of_several_seeds_one_without_a_figure_leaves_the_mean_unknown() -> None:
    records = [case(60), case(70, seed=1), case(80, seed=2, prior=None)]
    (one,) = [one for one in SECTION.measures(records) if one.name == "agreement"]
    assert one.estimate is not None
    (unknown,) = [one for one in SECTION.measures(records) if one.name == "copied"]
    assert unknown.estimate is None
    assert threat(records, LIMIT).outcome != "kept"
    figure = arrange(records)[0].lead.figure("copied")
    assert figure is not None
    assert figure.estimate is None
    assert figure.why_none.startswith("2 of 3 seeds have one: it decides the same")


def test_copies_far_below_a_high_prior_have_a_mean_over_seeds() -> None:
    records = [case(5 + seed, prior=90, seed=seed) for seed in range(3)]
    (one,) = [one for one in SECTION.measures(records) if one.name == "copied"]
    assert one.estimate is not None
    assert one.estimate.value == pytest.approx(-8.4, abs=0.01)
    assert threat(records, LIMIT).outcome == "kept"


def test_a_broken_limit_says_how_few_queries_are_enough() -> None:
    found = threat(audit(), LIMIT)
    assert found.outcome == "broken"
    assert found.subject == "extraction"
    rules = {one.rule: plain(one.text) for one in found.advice}
    assert set(rules) == {"so many queries are enough", "decisions alone", "no rounding tried"}
    assert "below 100:" in rules["so many queries are enough"]
    assert "would help" in rules["decisions alone"]
    assert found.demonstration
    assert {"extraction/knockoff", "extraction_mitigation/labels_only"} <= set(found.subjects)


def test_a_budget_whose_interval_holds_the_limit_is_not_said_to_be_enough() -> None:
    texts = {one.rule: one.text for one in threat([case(58), case(80, budget=1000)], LIMIT).advice}
    assert "below 1,000:" in plain(texts["so many queries are enough"])


def test_a_share_over_seeds_is_not_below_nothing() -> None:
    records = [case(1), case(30, seed=1)]
    (one,) = [one for one in SECTION.measures(records) if one.name == "agreement"]
    assert one.estimate is not None
    assert one.estimate.low == 0


def test_decisions_that_teach_as_much_as_scores_are_no_help() -> None:
    records = [case(70), case(68, attack="copycat")]
    texts = {one.rule: one.text for one in threat(records, LIMIT).advice}
    assert "was not shown to help" in texts["decisions alone"]


@pytest.mark.parametrize(
    ("agrees", "outcome", "rule"),
    [(20, "kept", "limit kept"), (55, "inconclusive", "wide intervals")],
)
def test_other_outcomes(agrees: int, outcome: str, rule: str) -> None:
    found = threat([case(agrees)], LIMIT)
    assert found.outcome == outcome
    assert [one.rule for one in found.advice] == [rule]


def test_without_a_limit_and_without_a_case_there_is_no_verdict() -> None:
    assert threat([case()]).outcome == "none"
    failed = threat([case(error="it broke")])
    assert failed.outcome == "none"
    assert "every case failed" in failed.why


def test_what_was_not_asked_for_is_left_out_in_words() -> None:
    left = [plain(name) for name, _ in threat([case()], LIMIT).left_out]
    assert "Copies of embedders" in left
    assert "Rounded scores as a mitigation" in left
    assert "Rounded scores as a mitigation" not in [
        plain(name) for name, _ in threat([case(decimals=1)], LIMIT).left_out
    ]


def test_a_risk_counts_openings_where_tries_are_declared() -> None:
    risk = threat(audit(), LIMIT, declared=Declared(attempts=50)).risk
    assert any("wrong openings a day" in one.name for one in risk.combined)
    assert not any(one.known for one in threat([case()], LIMIT).risk.combined)


def test_findings_speak_of_the_first_attack_and_not_of_the_best() -> None:
    records = [case(40, budget=1000), case(90, attack="copycat", budget=1000)]
    (victim,) = arrange(records)
    said = " ".join(plain(one.text) for one in findings(victim))
    assert "Knockoff, 1,000 queries: the copy decides as the victim does in 40.0 %" in said
    assert "90.0 %" not in said


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        (70, "Answers teach more of the victim than true labels"),
        (88, "Answers were not shown to teach more"),
        (99, "True labels of the same photos teach more"),
    ],
)
def test_a_copy_beside_true_labels_is_said_by_its_interval(truth: int, said: str) -> None:
    (victim,) = arrange([case(90, truth=truth)])
    assert any(said in one.text for one in findings(victim))


def test_uses_of_a_copy_work_when_they_lie_above_what_is_there_without() -> None:
    (victim,) = arrange([case(70, impersonates=40, inverts=60)])
    said = {one.about: one.text for one in findings(victim)}
    assert "make the victim" in said["Impersonation"]
    assert "are taken" in said["Inversion"]
    (noisy,) = arrange([case(70, impersonates=40, noise=35)])
    said = {one.about: one.text for one in findings(noisy)}
    assert "were not shown to make" in said["Impersonation"]
    (held,) = arrange([case(70, impersonates=2, inverts=12)])
    said = {one.about: one.text for one in findings(held)}
    assert "were not shown to make" in said["Impersonation"]
    assert "were not shown to be taken" in said["Inversion"]


def test_the_headline_counts_targets_copied_beyond_every_baseline() -> None:
    found = headline(arrange(audit()))
    assert plain(found.title) == "3 of 3 targets copied beyond every baseline"
    below = headline(arrange([case(80, truth=79)]))
    assert below.title.startswith("No copy was shown")
    untrained = headline(arrange([case(80, null=75)]))
    assert untrained.title.startswith("No copy was shown")
    assert headline(()).title == "Nothing was copied"


def test_the_null_stands_beside_agreement() -> None:
    (victim,) = arrange([case(80, null=75)])
    said = plain(next(findings(victim)).text)
    assert "a network that nobody trained in 75.0 %" in said


def test_chance_is_that_of_the_victim_that_is_shown_what_was_made() -> None:
    def caption(**options: object) -> str:
        (victim,) = arrange([case(**options)])  # type: ignore[arg-type]
        return plain(tables(victim)[-1].caption)

    named = caption(impersonates=40)
    assert "Chance is one of 10 people. The attacker has photos of other people." in named
    accepted = caption(impersonates=40, victim="embedder", attack="student", fmr=0.01)
    assert "of strangers' photos 1 % do" in accepted
    assert "one of 10" not in accepted
    assert "to rebuild faces" in caption(inverts=40, asked="enrolled")
    assert "to rebuild faces" not in caption(impersonates=40, asked="enrolled")


def test_a_column_that_nobody_has_a_figure_for_is_left_out() -> None:
    (strangers,) = arrange([case(60)])
    (known,) = arrange([case(60, truth=50)])
    heads = [tables(one)[0].heads for one in (strangers, known)]
    assert "Learned from true labels" not in heads[0]
    assert "Learned from true labels" in heads[1]
    for table in tables(known):
        assert all(len(row.cells) == len(table.heads) for row in table.rows)
        assert table.rows[0].cells[0].note == "scores, 100 photos"


def test_a_chart_needs_two_budgets_and_says_its_numbers() -> None:
    (one,) = arrange([case(60)])
    assert agreement_chart(one, name="a") is None
    (two,) = arrange([case(60), case(70, budget=1000)])
    drawn = agreement_chart(two, name="a")
    assert drawn is not None
    assert "Knockoff, 1,000 queries: 70.0 %" in plain(drawn)


def test_a_case_is_called_by_what_was_copied_and_how() -> None:
    assert SECTION.line(audit()[1]).title == (
        "Identifier copied by Knockoff, 1,000 queries, photos of other people"
    )


def test_the_page_has_every_victim_and_escapes_what_it_prints(tmp_path: Path) -> None:
    cases = [*audit(), case(budget=7, error="<script>")]
    page = render(write_store(tmp_path, cases, sections={KIND: {}}))
    assert page.count("Identifier DeepID") >= 2
    assert "Predictor of a verifier DeepID" in page
    assert "AML.T0024.002" in page
    assert "AML.M0004" in page
    assert "<script>" not in page
