"""Limits held against a store from Python."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

import faceaudit
from faceaudit import OptionError, StoreError
from faceaudit.store import CaseRecord, Store
from report.backdoor.samples import account, case, pristine_case, write_store

KEPT, BROKEN = "backdoor.clean_accuracy<0.5", "backdoor.success>0.15"
OPEN = "backdoor.success>0.97"  # the interval over trainings reaches both sides


def trainings(**options: Any) -> list[CaseRecord]:
    """Three trainings of one attack, from which on verdicts are given."""
    hits = (112, 114, 115)
    return [
        *(pristine_case(seed=seed) for seed in range(3)),
        *(case(seed=seed, success=(hits[seed], 115), **options) for seed in range(3)),
    ]


FAILED = case(key="/no/such.png", error="expected a picture, got '/no/such.png'")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return write_store(tmp_path / "store", trainings())


@pytest.mark.parametrize(
    ("limits", "failed", "outcome", "status"),
    [
        ([KEPT], False, "kept", 0),
        ([KEPT, BROKEN], False, "broken", 3),
        ([KEPT, OPEN], False, "inconclusive", 4),
        ([OPEN, BROKEN], False, "broken", 3),
        ([KEPT], True, "failed", 1),
        ([OPEN], True, "failed", 1),
        ([BROKEN], True, "broken", 3),  # a broken limit is known to be, whatever else is not
    ],
)
def test_what_follows_from_all_limits_and_cases(
    tmp_path: Path, limits: list[str], failed: bool, outcome: str, status: int
) -> None:
    cases = [*trainings(), FAILED] if failed else trainings()
    checked = faceaudit.check_limits(write_store(tmp_path / "s", cases), fail_on=limits)
    assert (checked.outcome, checked.status) == (outcome, status)
    assert [one.limit.text for one in checked.judgements] == limits
    assert [line.partition(",")[0] for line in checked.lines()] == [
        one.outcome for one in checked.judgements
    ]


def test_a_case_that_never_ran_is_not_taken_for_kept(tmp_path: Path) -> None:
    cases = trainings()
    planned = [*(record.id for record in cases), "0123456789" * 6]
    store = write_store(tmp_path / "s", cases, planned=planned)
    checked = faceaudit.check_limits(store, fail_on=[KEPT])
    assert (checked.outcome, checked.status) == ("failed", 1)
    ((kind, title, why),) = [(one.kind, one.title, one.why) for one in checked.unfinished]
    assert (kind, title) == ("", "case 01234567")
    assert "never ran" in why


def test_limits_of_the_plan_that_was_run_come_first_each_once(tmp_path: Path) -> None:
    cases = trainings()
    plan = {**account([])["plan"], "limits": [BROKEN, KEPT]}
    store = write_store(tmp_path / "s", cases, plan=plan)
    assert [one.limit.text for one in faceaudit.check_limits(store).judgements] == [BROKEN, KEPT]
    more = faceaudit.check_limits(store, fail_on=[OPEN, KEPT])
    assert [one.limit.text for one in more.judgements] == [BROKEN, KEPT, OPEN]


def test_without_any_limit_nothing_is_said_to_be_kept(store: Store) -> None:
    with pytest.raises(OptionError, match=r"expected a limit, got none.*try --fail-on"):
        faceaudit.check_limits(store)


def test_a_store_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="expected a store"):
        faceaudit.check_limits(tmp_path, fail_on=[KEPT])


@pytest.mark.parametrize("fail_on", ["backdoor.success>0.1", [0.1], None, ["backdoor.success"]])
def test_what_are_no_limits_is_refused(store: Store, fail_on: Any) -> None:
    with pytest.raises(OptionError, match=r"expected .*limit"):
        faceaudit.check_limits(store, fail_on=fail_on)


def test_a_label_that_no_case_has_is_refused_with_a_close_one(store: Store) -> None:
    with pytest.raises(OptionError, match="try 'cartoon-cat'"):
        faceaudit.check_limits(store, fail_on=["backdoor.success(key=cartoon-ca)>0.1"])


def test_where_cases_failed_a_label_that_is_missing_is_no_misspelling(tmp_path: Path) -> None:
    store = write_store(tmp_path / "s", [*trainings(), FAILED])
    limit = "backdoor.success(key=random-0)>0.1"
    checked = faceaudit.check_limits(store, fail_on=[limit])
    assert (checked.outcome, checked.judgements[0].outcome) == ("failed", "inconclusive")
    assert checked.lines() == (f"inconclusive: {limit}: no finished case has such a figure",)
    checked.write_junit(tmp_path / "j.xml")
    assert ElementTree.parse(tmp_path / "j.xml").getroot().get("errors") == "2"


def test_plain_values_have_every_figure(tmp_path: Path) -> None:
    cases = [*trainings(), FAILED]
    store = write_store(tmp_path / "s", cases)
    values = faceaudit.check_limits(store, fail_on=["backdoor.success(key=cartoon-cat)>0.15"])
    found = json.loads(json.dumps(values.as_json(), allow_nan=False))
    assert (found["outcome"], found["status"]) == ("broken", 3)
    (limit,) = found["limits"]
    (figure,) = limit["figures"]
    assert figure["low"] > 0.15
    assert figure["outcome"] == "broken"
    assert figure["n"] == 3
    assert set(figure["cases"]) == {record.id for record in cases[3:6]}
    assert found["unfinished"][0]["why"] == "expected a picture, got '/no/such.png'"


def place_of(path: Path) -> tuple[str, int]:
    """Return the URI and line that the first result of a SARIF file points to."""
    result = json.loads(path.read_text("utf-8"))["runs"][0]["results"][0]
    place = result["locations"][0]["physicalLocation"]
    return place["artifactLocation"]["uri"], place["region"]["startLine"]


def test_sarif_points_to_the_plan_from_the_working_directory(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "checkout"
    plan = here / "audits" / "my plän.yaml"
    plan.parent.mkdir(parents=True)
    plan.write_text("# one\nbackdoor: {}\n", "utf-8")
    monkeypatch.chdir(here)
    checked = faceaudit.check_limits(store, fail_on=[BROKEN])
    for given in (plan, "audits/my plän.yaml", "../checkout/audits/my plän.yaml"):
        uri, line = place_of(checked.write_sarif("out.sarif", given))
        assert (unquote(uri), line) == ("audits/my plän.yaml", 2)
        assert " " not in uri
        assert uri.isascii()
    monkeypatch.chdir(tmp_path / "store")
    assert place_of(checked.write_sarif("../out.sarif", plan)) == (plan.as_uri(), 2)
    assert place_of(checked.write_sarif("../out.sarif")) == ("run.json", 1)
    uri, line = place_of(checked.write_sarif("../out.sarif", "chen2017-small"))
    assert uri == "faceaudit/examples/chen2017-small.yaml"
    assert line > 1
    (tmp_path / "store" / "chen2017-small").mkdir()
    uri, _ = place_of(checked.write_sarif("../out.sarif", "chen2017-small"))
    assert uri.startswith("faceaudit/"), "a folder of that name, such as a store, is no plan"
    with pytest.raises(OptionError, match="expected a plan in YAML"):
        checked.write_sarif("../out.sarif", "no-such.yaml")


def test_a_plan_may_be_called_by_bytes_that_are_no_text(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / os.fsdecode(b"pl\xff n.yaml")
    plan.write_text("backdoor: {}\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    checked = faceaudit.check_limits(store, fail_on=[BROKEN])
    uri, _ = place_of(checked.write_sarif("out.sarif", plan))
    assert uri == "pl%FF%20n.yaml"


def test_a_limit_in_another_spelling_is_judged_once(store: Store) -> None:
    checked = faceaudit.check_limits(store, fail_on=[BROKEN, "backdoor.success > 0.150"])
    assert [one.limit.text for one in checked.judgements] == [BROKEN]


def test_a_plan_in_the_parent_folder_is_not_taken_for_one_below(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plan.yaml").write_text("backdoor: {}\n", "utf-8")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    checked = faceaudit.check_limits(store, fail_on=[BROKEN])
    uri, _ = place_of(checked.write_sarif("out.sarif", "../plan.yaml"))
    assert uri == (tmp_path / "plan.yaml").as_uri()


@pytest.mark.parametrize("write", ["write_junit", "write_sarif"])
def test_a_file_that_cannot_be_written_is_said(store: Store, tmp_path: Path, write: str) -> None:
    checked = faceaudit.check_limits(store, fail_on=[BROKEN])
    with pytest.raises(OptionError, match="expected a file to write"):
        getattr(checked, write)(tmp_path)
    made = getattr(checked, write)(tmp_path / "new" / "folder" / "out")
    assert made.is_file()


def test_on_a_system_that_hardly_works_no_limit_is_broken_or_kept(tmp_path: Path) -> None:
    poor = [
        *(pristine_case(seed=seed, clean=(310, 400)) for seed in range(3)),
        *(case(seed=seed, success=(115, 115), clean=(300, 400)) for seed in range(3)),
    ]
    store = write_store(tmp_path / "s", poor)
    assert faceaudit.check_limits(store, fail_on=[BROKEN]).outcome == "inconclusive"
    accuracy = faceaudit.check_limits(store, fail_on=["backdoor.clean_accuracy(attack=none)<0.9"])
    assert accuracy.outcome == "broken"
