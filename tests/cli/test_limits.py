"""Limits on the command line: statuses, files, refusals before the work, and being stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from faceaudit.cli import app
from helpers.warm import FACEAUDIT, faceaudit, warm
from report.backdoor.samples import case, pristine_case, write_store

PLAN = """title: a small audit
backdoor:
  faces: {source: synthetic, people: 4, photos: 30, sessions: 3}
  split: {train: 12, validation: 3, test: 6}
  systems: [{network: {network: deepid, width: 0.3}, training: {epochs: 2, batch: 32}}]
  attacks: []
limits:
  - backdoor.clean_accuracy < 0.999999
"""


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, "utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    cases = [
        *(pristine_case(seed=seed) for seed in range(3)),
        *(case(seed=seed, success=(hits, 115)) for seed, hits in enumerate((112, 114, 115))),
    ]
    write_store(tmp_path / "store", cases)
    return tmp_path / "store"


@pytest.mark.parametrize(
    ("limit", "status", "last"),
    [
        ("backdoor.clean_accuracy<0.5", 0, "limits: kept"),
        ("backdoor.success>0.15", 3, "limits: broken"),
        ("backdoor.success>0.97", 4, "limits: inconclusive"),
    ],
)
def test_the_status_says_what_follows(store: Path, limit: str, status: int, last: str) -> None:
    found = call("limits", store, "--fail-on", limit)
    assert found.exit_code == status
    *lines, end = found.stdout.splitlines()
    assert end == last
    assert len(lines) == 1, "one line a limit"
    assert limit in lines[0]
    assert ", n = 3" in lines[0]


def test_a_failed_case_is_named_and_ends_with_status_1(tmp_path: Path) -> None:
    failed = case(error="expected a \x1b[31mpicture")
    write_store(tmp_path / "s", [pristine_case(seed=seed) for seed in range(3)] + [failed])
    found = call("limits", tmp_path / "s", "--fail-on", "backdoor.clean_accuracy<0.5")
    assert found.exit_code == 1
    assert r"expected a \x1b[31mpicture" in found.stderr
    assert found.stdout.splitlines()[-1] == "limits: failed"


def test_files_are_written_whatever_the_outcome(store: Path, tmp_path: Path) -> None:
    junit, sarif, values = (tmp_path / name for name in ("j.xml", "s.sarif", "v.json"))
    options = ["--junit", junit, "--sarif", sarif, "--json", values]
    limits = ["--fail-on", "backdoor.success>0.15", "--fail-on", "backdoor.clean_accuracy<0.5"]
    assert call("limits", store, *limits, *options, "--plan", "chen2017-small").exit_code == 3
    root = ElementTree.parse(junit).getroot()
    figures = root.iter("testcase")
    assert root.get("failures") == str(sum(one.find("failure") is not None for one in figures))
    (run,) = json.loads(sarif.read_text("utf-8"))["runs"]
    assert {one["kind"] for one in run["results"]} == {"fail", "pass"}
    found = json.loads(values.read_text("utf-8"))
    assert [one["outcome"] for one in found["limits"]] == ["broken", "kept"]
    assert json.loads(call("limits", store, *limits, "--json", "-").stdout) == found


def test_a_mistake_ends_with_status_2(store: Path, tmp_path: Path) -> None:
    for wrong in (["limits", store], ["limits", store, "--fail-on", "backdoor.sucess>1"]):
        ran = faceaudit(*wrong)
        assert ran.returncode == 2
        assert ran.stderr.startswith("error: expected a ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fail-on", "backdoor.sucess>0.1"], "try 'backdoor.success'"),
        (["--fail-on", "membership.auc>0.1"], "expected a measure of this audit"),
        (["--fail-on", "backdoor.success(sample=1)>0.1"], "try 'samples'"),
        (["--fail-on", "backdoor.success"], "expected a limit as KIND.MEASURE>NUMBER"),
        (["--fail-on", "backdoor.success>1e999"], "expected a limit with a finite bound"),
        (["--set", "limits=[]", "--junit", "j.xml"], "expected a limit to write JUnit or SARIF"),
        (["--junit", "j.xml", "--sarif", "./j.xml"], "a file of its own for SARIF, got 'j.xml'"),
        (["--sarif", "plan.yaml"], "also for the plan"),
        (["--heartbeat", "s/run.json"], "that is not the store's own"),
    ],
)
def test_a_run_refuses_a_wrong_limit_before_any_work(
    plan: Path, tmp_path: Path, options: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = call("run", plan, "--store", tmp_path / "s", *options)
    assert message in str(found.exception)
    assert not (tmp_path / "s").exists()
    assert not (tmp_path / "j.xml").exists()


def test_what_judges_or_reads_a_store_spares_it(store: Path, plan: Path) -> None:
    limits = ["limits", store, "--fail-on", "backdoor.success>0.5"]
    for words, message in (
        ([*limits, "--junit", plan, "--plan", plan], "also for the plan"),
        ([*limits, "--sarif", store / "same", "--json", store / "same"], "also for --sarif"),
        ([*limits, "--json", store / "run.json"], "not the store's own"),
        (["results", store, "--json", store / "run.json"], "not the store's own"),
        (["report", store, "-o", store / "run.json"], "not the store's own"),
    ):
        account = (store / "run.json").read_bytes()
        assert message in str(call(*words).exception)
        assert (store / "run.json").read_bytes() == account
    assert plan.read_text("utf-8") == PLAN


def test_a_run_judges_the_limits_of_its_plan_and_those_beside_it(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One training alone: whatever it shows, no verdict rests on it."""
    monkeypatch.chdir(tmp_path)
    limit = "backdoor.clean_accuracy(attack=none)<0.5"
    run = ["run", plan, "--store", "s", "--heartbeat", "beat.json"]
    found = call(*run, "--fail-on", limit, "--junit", "j.xml", "--sarif", "s.sarif")
    assert found.exit_code == 4, found.output
    assert found.stdout.splitlines()[-1] == "limits: inconclusive"
    assert (tmp_path / "s" / "report.html").exists()
    assert json.loads((tmp_path / "beat.json").read_text("utf-8"))["state"] == "finished"
    assert not (tmp_path / "s" / "heartbeat.json").exists()
    results = json.loads((tmp_path / "s.sarif").read_text("utf-8"))["runs"][0]["results"]
    places = [one["locations"][0]["physicalLocation"] for one in results]
    assert [one["artifactLocation"]["uri"] for one in places] == ["plan.yaml", "plan.yaml"]
    lines = PLAN.splitlines()
    assert [lines[one["region"]["startLine"] - 1] for one in places] == [
        "  - backdoor.clean_accuracy < 0.999999",
        "backdoor:",
    ]
    again = call("limits", "s")
    assert again.exit_code == 4, "limits beside the plan are kept with the run"
    assert limit in again.stdout
    assert call("run", plan, "--store", "s", "--set", "limits=[]").exit_code == 0
    heart = json.loads((tmp_path / "s" / "heartbeat.json").read_text("utf-8"))
    assert heart["state"] == "finished"
    wrong = call("run", plan, "--store", "s", "--fail-on", "backdoor.clean_accuracy(attack=no)<0.5")
    assert "try 'none'; all cases are kept in s" in str(wrong.exception)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_says_what_is_kept_and_how_to_go_on(
    plan: Path, tmp_path: Path, number: signal.Signals
) -> None:
    longer = ["epochs", "patience"]  # so that it does not end by itself
    more = [f"--set=backdoor.systems.0.training.{name}=100000" for name in longer]
    more += ["--store", "my store"]
    heard = tmp_path / "heard"
    with heard.open("w") as stderr, Path("/dev/null").open("w") as nothing:
        process = warm().begin(
            FACEAUDIT,
            *("run", "plan.yaml", *more),
            stdout=nothing.fileno(),
            stderr=stderr.fileno(),
            cwd=tmp_path,
        )
    end = time.monotonic() + 120
    while not (tmp_path / "my store" / "run.json").exists() and time.monotonic() < end:
        time.sleep(0.1)
    for _ in range(30):  # one that comes while a library is being loaded may be lost in it
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(12)
            break
    assert process.returncode == 130
    first, second = heard.read_text("utf-8").splitlines()[
        -2:
    ]  # where that took long, it said how far it was
    assert first.startswith("error: stopped; kept in ")
    assert "my store: 0 of 1 cases" in first
    assert second == (
        "go on with: faceaudit run plan.yaml --set=backdoor.systems.0.training.epochs=100000 "
        "--set=backdoor.systems.0.training.patience=100000 --store 'my store'"
    )
    beat = json.loads((tmp_path / "my store" / "heartbeat.json").read_text("utf-8"))
    assert beat["state"] == "stopped"


def test_the_help_says_what_each_status_means() -> None:
    for verb in ("run", "limits"):
        shown = " ".join(call(verb, "--help").stdout.split())
        for status in ("0 where all limits are kept", "3 where a limit", "4 where one is"):
            assert status in shown
