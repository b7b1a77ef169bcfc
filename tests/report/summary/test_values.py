"""`report.json`: what it holds, and the schema that it is published with."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import faceaudit
from faceaudit.report import render
from faceaudit.report.identifiers import ai_act_remarks, identifiers_of
from faceaudit.report.section import section_of
from faceaudit.report.summary.markdown import markdown_of
from faceaudit.report.summary.models import ReportValues
from faceaudit.report.summary.values import _plain, json_of, json_schema
from faceaudit.store import Store
from faceaudit.types import Estimate
from report.backdoor.samples import full_audit, write_store
from report.finished.samples import ACCOUNT as FINISHED
from report.finished.samples import whole_audit as finished_audit
from report.membership.samples import ACCOUNT as MEMBERSHIP
from report.membership.samples import membership_audit
from report.summary.made_values import made_card, made_values

ROOT = Path(__file__).parents[3]
PUBLISHED = json.loads((ROOT / "docs" / "report.schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def values(store: Store) -> ReportValues:
    return faceaudit.report_values(store)


@pytest.fixture(scope="module")
def plain(values: ReportValues) -> dict[str, Any]:
    found = json.loads(json_of(values), parse_constant=pytest.fail)
    assert isinstance(found, dict)
    return found


def check(document: object) -> None:
    jsonschema.Draft202012Validator(PUBLISHED).validate(document)


def test_the_published_schema_is_the_one_of_the_models() -> None:
    jsonschema.Draft202012Validator.check_schema(PUBLISHED)
    assert json_schema() == PUBLISHED, "run `python docs/make_schema.py > docs/report.schema.json`"


def test_a_report_keeps_to_the_schema(plain: dict[str, Any]) -> None:
    check(plain)
    check(json.loads(json_of(made_values())))


def broken() -> Iterator[tuple[str, Any]]:
    for name in PUBLISHED["required"]:
        yield f"without {name}", lambda report, name=name: report.pop(name)
    yield "another schema", lambda report: report.update(schema_version=2)
    yield "more than there is", lambda report: report.update(opinion="good")
    yield "a text for a number", lambda report: report["judgements"][0].update(bound="0.1")
    yield "an unknown outcome", lambda report: report["cards"][0].update(outcome="bad")
    yield "a card without verdict", lambda report: report["cards"][0].pop("verdict")
    yield "more on a card", lambda report: report["cards"][0].update(colour="red")
    yield "half an estimate", lambda report: report["measures"][0]["estimate"].pop("low")
    yield "no fit", lambda report: report["cards"][0]["identifiers"][0].update(fit="roughly")
    yield "nothing for a list", lambda report: report.update(not_tested=None)


BROKEN = list(broken())


@pytest.mark.parametrize(("what", "change"), BROKEN, ids=[what for what, _ in BROKEN])
def test_a_broken_report_does_not(what: str, change: Any) -> None:
    report = json.loads(json_of(made_values()))
    check(report)
    change(report)
    with pytest.raises(jsonschema.ValidationError):
        check(report)


def test_the_values_can_be_read_back(values: ReportValues, plain: dict[str, Any]) -> None:
    assert ReportValues.model_validate(plain).model_dump(mode="json") == plain
    assert values.model_dump(mode="json") == plain


def test_it_has_every_measure_and_what_is_unknown_says_why(
    store: Store, values: ReportValues
) -> None:
    records = list(store.cases(figures_only=True))
    measures = section_of("faceaudit.report.backdoor.section").measures(records)
    assert [one.title for one in values.measures] == [one.title for one in measures]
    for one, wanted in zip(values.measures, measures, strict=True):
        assert one.estimate == wanted.estimate
        assert (one.estimate is None) == bool(one.why_none)
    assert any(one.estimate for one in values.measures)


def test_every_case_of_the_plan_is_there_with_what_became_of_it(
    store: Store, values: ReportValues
) -> None:
    run = store.run()
    failed = {record.id: record.error for record in store.cases() if record.error}
    assert [case.id for case in values.cases] == list(dict.fromkeys(run["cases"]))
    assert failed
    assert {case.id: case.error for case in values.cases if case.state == "failed"} == failed
    assert "1 failed" in values.incomplete
    assert values.run.plan == run["plan"]
    assert values.run.versions == run["versions"]


def test_limits_are_held_against_the_measures(values: ReportValues) -> None:
    titles = {one.title for one in values.measures}
    for judgement in values.judgements:
        assert judgement.default
        assert set(judgement.measures) <= titles
        assert set(judgement.deciding) <= set(judgement.measures)
        assert judgement.why_none == "" or not judgement.measures
    assert [one.limit for one in values.judgements] == ["backdoor.success > 0.15"]


def test_what_was_audited_has_its_identifiers(values: ReportValues) -> None:
    subjects = {one.subject for one in values.identifiers}
    assert subjects >= {"backdoor", "backdoor/blended", "backdoor/input_instance"}
    assert "membership" not in subjects
    covered = {one.word: one.subjects for one in values.ai_act.coverage}
    assert "backdoor/blended" in covered["data poisoning"]
    assert covered["confidentiality attacks"] == ()
    assert "backdoor/wrong_key_success" in covered["model flaws"]


@pytest.mark.parametrize(
    ("cases", "account", "cards"),
    [
        (membership_audit, MEMBERSHIP, {"membership"}),
        (finished_audit, FINISHED, {"finished/keys", "finished/membership"}),
        (list, {}, set()),
    ],
    ids=["membership", "finished", "no case"],
)
def test_every_kind_keeps_to_the_schema(
    cases: Any, account: Any, cards: set[str], tmp_path: Path
) -> None:
    found = faceaudit.report_values(write_store(tmp_path, cases(), **account))
    check(json.loads(json_of(found)))
    assert {card.subject for card in found.cards} == cards
    for subject in (one.subject for one in found.identifiers):
        assert identifiers_of(subject), "the data file speaks of all that is audited"
    assert markdown_of(found).startswith("# ")


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ("verification", "is not high-risk by that point"),
        ("identification", "apply from 2 December 2027"),
        (None, "No use was declared"),
    ],
)
def test_what_the_owner_declares_decides_what_is_said_of_the_act(
    use: Any, said: str, tmp_path: Path
) -> None:
    store = write_store(tmp_path, full_audit())
    run = store.run()
    store.write_run({**run, "plan": {**run["plan"], "declared": {"use": use}}})
    found = faceaudit.report_values(store)
    page = " ".join(unescape(render(store)).replace("\N{NO-BREAK SPACE}", " ").split())
    assert said in " ".join(found.ai_act.remarks)
    assert said in page
    others = {"verification", "identification", None} - {use}
    for other in others:
        assert ai_act_remarks(other)[-1] not in page
    words = dict(re.findall(r"<dt>([a-z ]+)</dt> <dd>((?:not )?tested)\b[^<]*</dd>", page))
    assert words == {
        one.word: "tested" if one.subjects else "not tested" for one in found.ai_act.coverage
    }


def test_a_figure_that_is_not_finite_is_unknown() -> None:
    for numbers in ((1.0, 0.5, math.inf), (0.0, -math.inf, 1.0), (math.inf,) * 3):
        value, low, high = sorted(numbers)[1], min(numbers), max(numbers)
        assert _plain(Estimate(value, low, high, 3, "x")) is None
    card = made_card(lambda text: f"{text}\N{NO-BREAK SPACE}%")
    assert _plain(card).name == "threat %"
    assert _plain(card).figure.estimate == card.figure.estimate


def test_a_case_that_is_not_in_the_store_is_said_to_be_missing(tmp_path: Path) -> None:
    store = write_store(tmp_path, full_audit())
    run = store.run()
    store.write_run({**run, "cases": [*run["cases"], "f" * 64]})
    found = faceaudit.report_values(store)
    assert found.cases[-1].state == "not in the store"
    assert "1 not in the store" in found.incomplete
