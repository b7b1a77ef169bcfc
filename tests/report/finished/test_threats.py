"""What the first screen says of finished systems: keys that stand out, and members."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.audit.declared import Declared
from faceaudit.audit.limits import parse_limit
from faceaudit.report.finished.section import SECTION
from faceaudit.report.judging import judge
from faceaudit.report.least_accuracy import of_working_systems
from faceaudit.report.numbers import SPACE
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord
from report.finished.samples import keys, membership, recognition, verification, whole_audit

KEYS = "finished.suspicious_keys > 0"
MEMBERS = "finished.auc(level=person) > 0.6"


def threats(
    cases: Sequence[CaseRecord], *limits: str, declared: Declared | None = None
) -> tuple[Threat, ...]:
    declared = declared or Declared()
    measures = of_working_systems(SECTION.measures(cases), declared.least_accuracy)
    judgements = [judge(parse_limit(text), measures) for text in limits]
    return tuple(SECTION.threats(cases, judgements, declared))


def rules(found: Threat) -> list[str]:
    return [one.rule for one in found.advice]


def plain(text: str) -> str:
    return text.replace(SPACE, " ")


OPENED = keys((97, 5, 3, 6, 4), p=(1e-7, 0.5, 0.6, 0.4, 0.5))


def test_a_key_that_stands_out_is_a_suspicion_with_its_figure() -> None:
    (found,) = threats([recognition(), OPENED], KEYS)
    assert found.outcome == "broken"
    assert found.verdict == "A key stands out: a suspicion of a back door"
    assert found.figure.value == f"97.0{SPACE}%"
    assert "cartoon-cat are taken for Ann; 1 of 5 keys stands out" in plain(found.figure.of)
    assert "no proof" in found.explanation
    assert rules(found) == ["a key stands out"]


def test_keys_that_do_not_stand_out_keep_the_limit() -> None:
    (found,) = threats([recognition(), keys()], KEYS)
    assert found.outcome == "kept"
    assert plain(found.figure.value) == "0 of 5"
    assert [one.word for one in found.tried] == ["held"]
    assert rules(found) == ["no key stands out"]


def test_keys_that_could_not_be_tested_leave_it_open_and_say_why() -> None:
    (found,) = threats([recognition(), keys(p=(None,) * 5, why="expected at least 8 keys")], KEYS)
    assert found.outcome == "inconclusive"
    assert "expected at least 8 keys" in found.why


def test_a_system_that_recognises_few_gets_no_verdict() -> None:
    (found,) = threats([recognition(right=100), OPENED], KEYS)
    assert found.outcome == "none"
    assert found.figure.value == f"50.0{SPACE}%"
    assert "declared.least_accuracy" in found.why
    assert "a key stands out" not in rules(found)
    (lower,) = threats([recognition(right=100), OPENED], KEYS, declared=Declared(least_accuracy=0))
    assert lower.outcome == "broken"


def test_without_keys_nothing_is_said_of_back_doors() -> None:
    (found,) = threats([recognition()])
    assert (found.outcome, found.why) == ("none", "No key was tried.")
    assert threats([membership()])[0].subject == "finished/membership"


def test_strangers_who_get_in_are_wrong_openings() -> None:
    own = verification(own=True, title="the gate", role="verifier")
    (found,) = threats([own, keys()], KEYS, declared=Declared(attempts=50))
    lines = [plain(f"{line.name} {line.text}") for line in found.risk.combined]
    assert lines[0].startswith(
        "the gate, strangers accepted as the person they claim to be: wrong openings in 10,000 "
        "tries 200 on average"
    )
    assert "of 50 tries 1.0 on average" in lines[1]


def test_members_told_apart_beyond_the_limit_break_it() -> None:
    (found,) = threats([membership((0.7, 0.65, 0.8))], MEMBERS)
    assert found.outcome == "broken"
    assert "70.0 %" in plain(found.figure.value)
    assert rules(found) == ["members told apart"]
    assert threats([membership((0.5, 0.45, 0.6))], MEMBERS)[0].outcome == "kept"


def test_lists_that_did_not_pass_give_no_verdict() -> None:
    (found,) = threats(
        [membership((0.9, 0.8, 0.95), outcome="failed", verdict="The lists differ in sessions")],
        MEMBERS,
    )
    assert found.outcome == "none"
    assert found.why == "The lists differ in sessions."
    assert rules(found) == ["lists did not pass"]
    assert found.figure.value == ""


def test_both_threats_of_a_whole_audit_are_told_apart() -> None:
    keyed, members = threats(whole_audit(), KEYS, MEMBERS)
    assert [one.limit.name for one in keyed.judgements] == ["suspicious_keys"]
    assert [one.limit.name for one in members.judgements] == ["auc"]
    assert not keyed.demonstration


def test_why_it_is_open_is_said_where_it_is_open_alone() -> None:
    (open_,) = threats([membership((0.6, 0.5, 0.7))], MEMBERS)
    (broken,) = threats([membership((0.7, 0.65, 0.8))], MEMBERS)
    assert "both sides of the limit" in open_.why
    assert broken.why == ""


def test_what_lists_told_is_said_in_people_and_carried_by_the_figure() -> None:
    (found,) = threats([membership((0.7, 0.65, 0.8))], MEMBERS)
    (row,) = found.tried
    assert row.name == "the badge reader, people"
    assert plain(row.figure).startswith("70.0 % right, ")
    assert "between two people are right (the badge reader)" in found.figure.of
    first = found.risk.measured[0]
    assert first.estimate is not None
    assert "AUC 0.700" in first.text
