from __future__ import annotations

import pytest

from faceaudit.audit.limits import parse_limit
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.threats import (
    Outcome,
    Tried,
    bound_in_words,
    open_because,
    outcome_of,
    part,
    worst,
    worst_first,
)
from faceaudit.types import Estimate

WIDE = Estimate(0.2, 0.1, 0.3, 50, "wilson 95 %")


def judgement(text: str, outcome: str, *measures: Measure, why_none: str = "") -> Judgement:
    return Judgement(parse_limit(text), outcome, measures, measures, why_none)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], "none"),
        (["kept"], "kept"),
        (["kept", "inconclusive"], "inconclusive"),
        (["inconclusive", "broken", "kept"], "broken"),
        (["none", "kept"], "kept"),
    ],
)
def test_one_broken_limit_breaks_and_one_open_one_leaves_open(
    outcomes: list[Outcome], expected: Outcome
) -> None:
    assert worst(outcomes) == expected


def test_a_kept_limit_does_not_hide_a_broken_one() -> None:
    found = [judgement("backdoor.success>0.9", "kept"), judgement("backdoor.success>0.1", "broken")]
    assert outcome_of(found) == "broken"
    assert bound_in_words(found).replace("\N{NO-BREAK SPACE}", " ") == "at most 10 %"


def test_limits_are_said_by_their_sign() -> None:
    low = [judgement("backdoor.clean_accuracy<0.955", "kept")]
    assert bound_in_words(low).replace("\N{NO-BREAK SPACE}", " ") == "at least 95.5 %"
    assert bound_in_words([judgement("finished.suspicious_keys>0", "kept")], share=False) == (
        "at most 0"
    )
    assert bound_in_words([]) == ""


def test_what_did_not_hold_stands_first_and_what_held_last() -> None:
    order: list[Outcome] = ["kept", "none", "broken", "inconclusive"]
    tried = worst_first(Tried(one, "", one, "") for one in order)
    assert [one.outcome for one in tried] == ["broken", "inconclusive", "none", "kept"]


def test_judgements_are_parted_by_measure() -> None:
    success = judgement("backdoor.success>0.1", "kept")
    accuracy = judgement("backdoor.clean_accuracy<0.9", "broken")
    assert part([success, accuracy], ("success",)) == ((success,), (accuracy,))


def test_every_reason_for_an_open_limit_is_said_once() -> None:
    once = Measure("backdoor", "success", {}, WIDE, caution="One training; run more. ")
    missing = Measure("backdoor", "success", {}, None, why_none="out of memory.")
    wide = Measure("backdoor", "success", {}, WIDE)
    text = open_because([judgement("backdoor.success>0.2", "inconclusive", once, once, missing)])
    assert text == "One training; run more. Success was not measured: out of memory."
    assert "both sides" in open_because([judgement("backdoor.success>0.2", "inconclusive", wide)])
    assert open_because([judgement("backdoor.success>0.2", "kept", wide)]) == ""


def test_a_limit_that_speaks_of_nothing_says_so() -> None:
    found = judgement("finished.auc(level=person)>0.6", "inconclusive", why_none="no such level")
    assert "Finished.auc(level=person)>0.6: no such level." in open_because([found])
