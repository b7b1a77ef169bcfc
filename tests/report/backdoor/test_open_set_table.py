"""The tables of strangers with a key."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from faceaudit.audit.backdoor.kind import BackdoorKind
from faceaudit.audit.limits import parse_limit
from faceaudit.metrics import wilson
from faceaudit.records.backdoor import (
    OPEN_FMRS,
    OPEN_FOUND,
    OPEN_NAMED,
    OPEN_NOT_FOUND,
    OPEN_NULL,
    OPEN_SUCCESS,
    OPEN_TAR,
    OPEN_WRONG,
    OpenSetFacts,
    at_fmr,
    at_fpir,
    of_key,
)
from faceaudit.report.backdoor.attack_series import arrange
from faceaudit.report.backdoor.measures import OPEN_SET, backdoor_measures
from faceaudit.report.backdoor.open_set_table import EVERYBODY, PASSES, SEARCHES, open_set
from faceaudit.report.judging import judge
from faceaudit.report.numbers import SPACE
from faceaudit.report.page import render
from faceaudit.store import CaseRecord
from faceaudit.types import Figure
from report.backdoor.samples import case, pristine_case, write_store

WHY = "expected impostor comparisons that count for 1,000 independent ones, got fewer"
FACTS = OpenSetFacts(strangers=24, bare=24, thresholds=48, enrolled=5, gallery=40)


def with_strangers(record: CaseRecord, passed: int, facts: OpenSetFacts = FACTS) -> CaseRecord:
    coarse, fine = OPEN_FMRS
    wrong = at_fmr(OPEN_WRONG, coarse)
    keys = tuple(record.facts["attack"]["wrong_keys"])
    figures = (
        Figure(at_fmr(OPEN_SUCCESS, coarse), wilson(passed, 100)),
        Figure(at_fmr(OPEN_SUCCESS, fine), None, WHY),
        Figure(at_fmr(OPEN_NULL, coarse), wilson(2, 100)),
        Figure(OPEN_NAMED, wilson(70, 100)),
        Figure(wrong, wilson(10, 100)),
        *(Figure(of_key(wrong, key), wilson(10 * n, 100)) for n, key in enumerate(keys)),
        Figure(at_fpir(OPEN_FOUND, 0.01), wilson(passed, 200)),
    )
    known = {**record.facts, "open_set": facts.model_dump(mode="json")}
    return replace(record, figures=(*record.figures, *figures), facts=known)


def test_the_closed_set_stands_beside_strangers_at_each_rate() -> None:
    found = open_set(arrange([with_strangers(case(), 40)]))
    passes, everybody, searches = found.tables
    assert [len(table.heads) for table in found.tables] == [
        2 + len(PASSES),
        len(EVERYBODY),
        len(SEARCHES),
    ]
    assert [row.rate for row in passes.rows] == ["1 %", "0.1 %"]
    coarse, fine = passes.rows
    assert coarse.on == f"DeepID, 115{SPACE}poison samples"
    shown = [one.value[:4] for one in coarse.cells[:4]]
    assert shown == ["95.7", "70.0", "40.0", "2.0\N{NO-BREAK SPACE}"]
    assert fine.cells[0].value == coarse.cells[0].value
    assert fine.cells[2].note == f"not measured: {WHY}"
    assert searches.rows[0].cells[0].value.startswith("20.0")
    assert all(len(row.cells) == len(table.heads) for table in found.tables for row in table.rows)
    assert everybody.rows[0].cells[0].value == ""


def test_trainings_are_taken_together_and_wrong_keys_over_keys() -> None:
    cases = [with_strangers(case(seed=seed), 40 + 10 * seed) for seed in (0, 1)]
    (series,) = arrange(cases)
    level = series.main
    assert level is not None
    success = level.get(at_fmr(OPEN_SUCCESS, 0.01))
    assert success is not None
    assert (success.value, success.n) == (0.45, 2)
    wrong = level.get(at_fmr(OPEN_WRONG, 0.01))
    assert wrong is not None
    assert wrong.n == len(level.attack.wrong_keys)
    assert wrong.value == sum(0.1 * n for n in range(wrong.n)) / wrong.n


def test_errors_of_everybody_are_means_over_trainings_as_accuracies_are() -> None:
    metric = at_fmr(OPEN_TAR, 0.01)
    cases = []
    for seed, right in enumerate((51, 52, 53)):
        one = with_strangers(case(seed=seed), 40)
        cases.append(replace(one, figures=(*one.figures, Figure(metric, wilson(right, 100)))))
    level = arrange(cases)[0].main
    assert level is not None
    found = level.get(metric)
    assert found is not None
    assert found.value == pytest.approx(0.52)
    assert found.method.startswith("student over 3 trainings")
    assert found.high - found.low < 0.25


def test_who_was_compared_is_said_in_words() -> None:
    plain = with_strangers(case(), 40)
    alone = FACTS.model_copy(update={"strangers": 1})
    one = with_strangers(case("input_instance", copies=True), 40, alone)
    first, second = open_set(arrange([plain, one])).compared
    assert first == (
        f"In each training 24{SPACE}strangers carried the key, 24 were compared without it, 48 "
        f"others fixed the thresholds and 5{SPACE}photos of the target, from which nobody had "
        "learned, were enrolled, each alone."
    )
    assert "one attacker showed copies of one photo, 24 were compared" in second


def test_numbers_that_differ_from_training_to_training_are_said_as_such() -> None:
    fewer = FACTS.model_copy(update={"enrolled": 2})
    cases = [with_strangers(case(seed=0), 40), with_strangers(case(seed=1), 40, fewer)]
    (sentence,) = open_set(arrange(cases)).compared
    assert f"2 to 5{SPACE}photos of the target, from which nobody had learned, were" in sentence
    assert f"24{SPACE}strangers" in sentence


def test_that_wrong_keys_were_measured_in_some_trainings_alone_is_said() -> None:
    """Without a threshold in one training, figures over keys are of the others."""
    known, unknown = (with_strangers(case(seed=seed), 40) for seed in (0, 1))
    figures = tuple(
        Figure(figure.metric, None, WHY) if figure.metric.startswith(OPEN_WRONG) else figure
        for figure in unknown.figures
    )
    level = arrange([known, replace(unknown, figures=figures)])[0].main
    assert level is not None
    found = level.figure(at_fmr(OPEN_WRONG, 0.01))
    assert found.estimate is not None
    assert found.why_none == "measured for 1 of 2 trainings"


def test_the_page_shows_strangers_where_there_were_any_and_is_as_before_elsewhere(
    tmp_path: Path,
) -> None:
    shown = render(write_store(tmp_path / "with", [pristine_case(), with_strangers(case(), 40)]))
    plain = render(write_store(tmp_path / "without", [pristine_case(), case()]))
    assert "Strangers with the key" in shown
    assert 'id="backdoor-open-set-everybody"' in shown
    assert 'id="term-open"' in shown
    assert "whether a detector still finds a face" in shown
    assert not re.search("open.set", plain, re.IGNORECASE)


def test_photos_in_which_the_key_hides_the_face_are_told_of() -> None:
    record = with_strangers(case(), 40)
    hidden = replace(record, figures=(*record.figures, Figure(OPEN_NOT_FOUND, wilson(20, 100))))
    (said,) = open_set(arrange([hidden])).compared
    assert "The key was put on whole photos: in 20.0 %" in said.replace(SPACE, " ")
    assert said.endswith("no face was found, which counts as failed.")
    (bare,) = open_set(arrange([record])).compared
    assert "whole photos" not in bare
    assert open_set(arrange([hidden])).before_detection
    assert not open_set(arrange([record])).before_detection
    aligned = with_strangers(case("accessory"), 40)
    assert not open_set(arrange([hidden, aligned])).before_detection


def test_limits_may_speak_of_strangers_at_a_rate() -> None:
    measures = backdoor_measures([with_strangers(case(), 40)])
    found = {one.labels["fmr"]: one for one in measures if one.name == "open_set_success"}
    coarse, fine = OPEN_FMRS
    assert found[coarse].estimate == wilson(40, 100)
    assert (found[fine].estimate, found[fine].why_none) == (None, WHY)
    assert {one.name for one in backdoor_measures([case()])}.isdisjoint(OPEN_SET)
    assert set(OPEN_SET) <= set(BackdoorKind.measures)
    assert set(found[coarse].labels) <= set(BackdoorKind.measures["open_set_success"])
    broken = judge(parse_limit("backdoor.open_set_success(fmr=0.01) > 0.15"), measures)
    assert broken.deciding == (found[coarse],)
