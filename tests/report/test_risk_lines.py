from __future__ import annotations

import pytest

from faceaudit.audit.declared import Declared
from faceaudit.report.numbers import DASH, SPACE
from faceaudit.report.risk_lines import (
    count_line,
    declared_lines,
    lowest_rate,
    openings,
    openings_a_day_missing,
    people_exposed,
    people_found,
)
from faceaudit.report.threats import RiskLine
from faceaudit.types import Estimate, Figure

FOUND = Figure("tpr", Estimate(0.30, 0.20, 0.40, 16, "student over 16 targets 95 %"))
UNKNOWN = Figure("tpr", None, "expected at least 1,000 non-members for a rate of 0.01, got 230.")
EVERYTHING = Declared(
    use="verification", people=500, prior=0.01, attempts=20, protects="the safe", sensitivity="ill"
)
KEYS = ("use", "people", "prior", "attempts", "protects", "sensitivity")


def said(line: RiskLine) -> str:
    return f"{line.name} | {line.text}".replace(SPACE, " ").replace(DASH, "-")


def test_what_is_declared_is_said_and_what_is_not_names_the_key_to_write() -> None:
    assert all(line.known for line in declared_lines(EVERYTHING, KEYS))
    for key, line in zip(KEYS, declared_lines(Declared(), KEYS), strict=True):
        assert not line.known
        assert f"declared: {{{key}: ...}}" in line.text
        assert line.estimate is None


@pytest.mark.parametrize("key", KEYS)
def test_the_key_that_is_named_is_one_that_a_plan_takes(key: str) -> None:
    assert key in Declared.model_fields


def test_precision_and_people_exposed_follow_from_what_was_found() -> None:
    sure, exposed = people_exposed(0.01, FOUND, EVERYTHING)
    # Of 100,000 people asked about 1,000 are members: 300 of them named, and 990 of the others.
    assert sure.estimate is not None
    assert sure.estimate.value == pytest.approx(300 / (300 + 990))
    assert "23.3 % (95 % interval 16.8-28.8 %); guessing: 1 %" in said(sure)
    assert "of 500 people if it learned from all of them | 150 on average" in said(exposed)
    assert "(95 % interval 100-200)" in said(exposed)


def test_lift_is_said_with_its_interval() -> None:
    found, times, hundred = people_found(0.01, FOUND)
    assert "with 1 % of others wrongly named | 30.0 %" in said(found)
    assert "30.0 times as many as by guessing (95 % interval 20.0 to 40.0)" in said(times)
    assert "30 on average (95 % interval 20-40)" in said(hundred)


def test_without_a_measured_rate_nothing_is_combined_and_the_reason_is_said() -> None:
    for line in (*people_found(0.01, UNKNOWN), *people_exposed(0.01, UNKNOWN, EVERYTHING)):
        assert line.estimate is None
        assert not line.known
        assert "none: " in line.text
    for line in people_exposed(0.01, UNKNOWN, EVERYTHING):
        assert "got 230" in line.text


def test_what_is_not_declared_is_not_made_up() -> None:
    for line in people_exposed(0.01, FOUND, Declared()):
        assert line.estimate is None
        assert "not declared" in line.text


def test_openings_are_said_for_ten_thousand_tries_and_for_a_day() -> None:
    rate = Estimate(0.25, 0.125, 0.375, 115, "wilson 95 %")
    all_, day = openings("With the right key", rate, EVERYTHING)
    assert "in 10,000 tries | 2,500 on average (95 % interval 1,250-3,750)" in said(all_)
    assert "a day, of 20 tries | 5.0 on average (95 % interval 2.5-7.5)" in said(day)
    assert len(list(openings("", rate, Declared()))) == 1
    assert [line.text for line in openings_a_day_missing(EVERYTHING)] == []
    assert "{attempts: ...}" in next(openings_a_day_missing(Declared())).text


@pytest.mark.parametrize(
    ("expected", "text"), [(9.94, "9.9"), (10.0, "10"), (10.4, "10"), (10.5, "11")]
)
def test_counts_are_whole_from_ten_on(expected: float, text: str) -> None:
    line = count_line("found", Estimate(expected, expected, expected, 16, "exact 95 %"))
    assert line.text.startswith(f"{text} on average")


def test_the_lowest_rate_that_was_resolved_is_taken() -> None:
    assert lowest_rate([]) is None
    assert lowest_rate([(0.1, FOUND), (0.01, UNKNOWN)]) == (0.1, FOUND)
    assert lowest_rate([(0.1, FOUND), (0.01, FOUND)]) == (0.01, FOUND)
    assert lowest_rate([(0.1, UNKNOWN), (0.01, UNKNOWN)]) == (0.01, UNKNOWN)
