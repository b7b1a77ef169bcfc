"""What the first screen says of membership: the verdict, its figure, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.audit.declared import Declared
from faceaudit.audit.limits import parse_limit
from faceaudit.report.judging import judge
from faceaudit.report.membership.section import SECTION
from faceaudit.report.numbers import SPACE
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord
from report.membership.samples import OVERLAP, membership_case

LIMIT = "membership.auc(level=person) > 0.6"
DECLARED = Declared(people=5_000, prior=0.02, sensitivity="their illness becomes known")


def threat(cases: Sequence[CaseRecord], *limits: str, declared: Declared | None = None) -> Threat:
    measures = SECTION.measures(cases)
    judgements = [judge(parse_limit(text), measures) for text in limits]
    (found,) = SECTION.threats(cases, judgements, declared or Declared())
    return found


def plain(text: str) -> str:
    return text.replace(SPACE, " ")


def rules(found: Threat) -> list[str]:
    return [one.rule for one in found.advice]


LEAKING = membership_case("none", adaptive=0.70, served=0.70)
HELPING = membership_case("facebone", adaptive=0.51, served=0.51)


def test_a_leak_is_said_as_right_choices_between_two_people() -> None:
    found = threat([LEAKING, HELPING], LIMIT)
    assert found.outcome == "broken"
    assert found.verdict == "Outsiders can tell whose photos trained the system"
    assert found.figure.value == f"70.0{SPACE}%"
    assert "choices between two people" in found.figure.of
    assert "guessing: 50 %" in plain(found.figure.of)
    assert plain(found.figure.limit) == "at most 60 %"
    assert "1,234 people" in found.explanation


def test_the_verifier_without_mitigation_is_shown_though_a_mitigation_leaks_more() -> None:
    worse = membership_case("facebone", adaptive=0.80, served=0.80)
    assert threat([LEAKING, worse], LIMIT).figure.value == f"70.0{SPACE}%"


def test_each_mitigation_is_held_against_the_limit() -> None:
    found = threat([LEAKING, HELPING], LIMIT)
    assert [(one.name, one.word) for one in found.tried] == [
        ("No mitigation", "told apart"),
        ("FaceBone", "held"),
    ]


def test_where_every_one_holds_the_limit_is_kept() -> None:
    found = threat([membership_case("none", adaptive=0.55), HELPING], LIMIT)
    assert found.outcome == "kept"
    assert rules(found)[-1] == "limit kept"


def test_an_interval_on_the_limit_is_inconclusive() -> None:
    found = threat([membership_case("none", adaptive=0.60)], LIMIT)
    assert found.outcome == "inconclusive"
    assert rules(found) == ["wide intervals", "nothing tried"]


def test_where_every_check_failed_there_is_no_verdict_and_nothing_is_combined() -> None:
    flawed = membership_case("none", adaptive=0.9, gate=[OVERLAP])
    found = threat([flawed], LIMIT, declared=DECLARED)
    assert found.outcome == "none"
    assert "450 people are in both lists" in found.why
    assert all(line.estimate is None for line in (*found.risk.measured, *found.risk.combined))
    assert rules(found) == ["a check failed"]


def test_a_case_whose_check_failed_is_neither_held_nor_told_apart() -> None:
    found = threat([LEAKING, membership_case("facebone", gate=[OVERLAP])], LIMIT)
    assert [one.word for one in found.tried] == ["told apart", "no verdict"]
    assert "a check failed" in found.tried[1].figure


def test_the_advice_begins_with_the_recommendation() -> None:
    found = threat([LEAKING, HELPING], LIMIT)
    chosen = next(one for one in found.advice if one.rule == "recommendation")
    assert chosen.text == "Of the mitigations tried, take FaceBone."
    assert chosen.anchor == "recommendation"
    none = threat([LEAKING], LIMIT)
    assert "nothing tried" in rules(none)


def test_a_leak_that_is_left_is_said_with_the_recommendation() -> None:
    less = membership_case("facebone", adaptive=0.58, served=0.58)
    assert "what is left" in rules(threat([LEAKING, less], LIMIT))


def test_pairs_named_for_certain_are_said_first() -> None:
    found = threat([membership_case("none", adaptive=0.70, named=8)], LIMIT)
    assert rules(found)[0] == "pairs named for certain"


def test_the_risk_statement_combines_the_rate_of_people_with_what_is_declared() -> None:
    found = threat([LEAKING], LIMIT, declared=DECLARED)
    sure, exposed = found.risk.combined
    # TPR 0.03 at FPR 0.01 and 2 members in 100: 6 members named for every 98 of 9,800 others.
    assert sure.estimate is not None
    assert abs(sure.estimate.value - 6 / (6 + 98)) < 1e-9
    assert exposed.estimate is not None
    assert abs(exposed.estimate.value - 150) < 1e-9
    assert "For them it would mean: their illness becomes known." in found.explanation


def test_a_poor_verifier_is_said_to_be_one_and_still_judged() -> None:
    poor = membership_case("none", adaptive=0.70, accuracy=0.62)
    found = threat([poor], LIMIT)
    assert found.outcome == "broken"
    assert "decides only 62.0 % of pairs rightly" in plain(found.explanation)
    assert "decides only" not in threat([LEAKING], LIMIT).explanation


def test_a_limit_on_the_rate_is_said_as_people_found() -> None:
    found = threat([LEAKING], "membership.tpr(level=person) > 0.01")
    assert found.outcome == "broken"
    assert found.figure.value == f"3.0{SPACE}%"
    assert "of the trained people are found, with 1.0 % of others" in plain(found.figure.of)


def test_no_limit_and_no_case_give_no_verdict() -> None:
    assert "The plan has no limit" in threat([LEAKING]).why
    failed = membership_case("none", error="out of memory")
    assert "No leak was measured" in threat([failed]).why


def test_people_are_counted_by_the_rate_of_people_and_of_no_other_level() -> None:
    people = membership_case("none", adaptive=0.70, unresolved=("identity",))
    pairs = membership_case("none", adaptive=0.70, unresolved=("pair", "photo", "block"))
    lines = [threat([case], LIMIT, declared=DECLARED).risk.combined for case in (people, pairs)]
    assert [any(line.estimate for line in found) for found in lines] == [False, True]
