"""A further kind of audit: one folder (tests/helpers/photo_counts) and one line in the list."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared
from faceaudit.audit.common.workspace import Workspace, workspace
from faceaudit.audit.kinds import KINDS
from faceaudit.audit.plan import Plan
from faceaudit.audit.plan_file import load_plan
from faceaudit.audit.run import run
from faceaudit.audit.runners.base import run_job
from faceaudit.cli import app
from faceaudit.errors import OptionError, StoreError
from faceaudit.faces.loaded import LeftOut, Remark
from faceaudit.report.page import render
from faceaudit.store import CaseRecord, Store
from helpers.photo_counts.kind import PhotoCountsKind

PLAN = {
    "title": "counts beside backdoors",
    "seeds": [0, 1],
    "faces": {"source": "synthetic", "people": 4, "photos": 40, "sessions": 2},
    "photo_counts": {},
    "backdoor": {
        "split": {"train": 16, "validation": 4, "test": 4},
        "systems": [
            {"network": {"network": "deepid", "width": 0.25}, "training": {"epochs": 1}},
        ],
    },
}
COUNTS = {key: value for key, value in PLAN.items() if key != "backdoor"}


@pytest.fixture(autouse=True)
def _listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faceaudit.audit.kinds.KINDS", KINDS)
    KINDS.append(PhotoCountsKind())  # the one line
    yield  # type: ignore[misc]
    KINDS.pop()


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(json.dumps(COUNTS), "utf-8")
    return path


def command(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_it_goes_through_plan_check_run_results_and_report(tmp_path: Path, plan_file: Path) -> None:
    assert load_plan(plan_file).section("photo_counts").faces.people == 4
    checked = command("check", plan_file)
    assert "160" in checked  # photos in the source
    assert "2" in checked
    store = tmp_path / "audit"
    said = command("run", plan_file, "--store", store)
    assert "2 cases run, 0 kept from before, 0 failed" in said
    assert "0 cases run, 2 kept" in command("run", plan_file, "--store", store)
    rows = json.loads(command("results", store, "--json", "-"))
    assert [(row["kind"], row["seed"], row["metric"]) for row in rows] == [
        ("photo_counts", 0, "photos_a_person"),
        ("photo_counts", 1, "photos_a_person"),
    ]
    assert {row["value"] for row in rows} == {40.0}
    page = (store / "report.html").read_text("utf-8")
    assert "320 photos were counted" in page
    assert "Photo counts audit" in page
    assert 'href="#photo-counts"' in page
    assert "Counted: 160, 160" in page


def test_it_stands_beside_another_kind(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    summary = run(Plan(**PLAN), store)
    assert (summary.ran, summary.failed) == (4, ())
    page = render(store)
    assert "Backdoor and photo counts audit" in page
    assert {record.spec["kind"] for record in store.cases()} == {"backdoor", "photo_counts"}


def test_its_mistakes_are_said_like_any_other(plan_file: Path) -> None:
    with pytest.raises(OptionError, match=r"photo_counts: expected an option .*'fial'; try 'fail'"):
        load_plan(plan_file, ["photo_counts.fial=true"])
    with pytest.raises(OptionError, match="'photo_count'; try 'photo_counts'"):
        load_plan(plan_file, ["photo_count.fail=true"])


def test_a_failed_case_keeps_its_traceback(tmp_path: Path, plan_file: Path) -> None:
    store = Store(str(tmp_path / "audit"))
    summary = run(load_plan(plan_file, ["photo_counts.fail=true"]), store)
    assert [error for _, error in summary.failed] == [
        "expected a plan that does not fail, got one; set fail to false"
    ] * 2
    record = next(store.cases())
    assert "Traceback" in record.traceback
    assert "helpers/photo_counts/kind.py" in record.traceback
    shown = command("results", tmp_path / "audit", "--tracebacks")
    assert "helpers/photo_counts/kind.py" in shown.replace("\n", "")
    assert "that does not fail" in render(store)


def test_a_job_is_a_value_that_another_process_can_rebuild(tmp_path: Path) -> None:
    """It goes through JSON, and runs in a workspace that never saw its plan."""
    plan, store = Plan(**COUNTS), Store(str(tmp_path / "planned"))
    (kind, section), *_ = plan.parts()
    jobs = kind.prepare(section, plan.seeds, store, workspace(store)).jobs
    other = Store(str(tmp_path / "elsewhere"))
    for job in jobs:
        again = Job(**json.loads(json.dumps(job.as_json())))
        assert again == job
        record = kind.execute(again, other, workspace(other))
        assert record.id == job.id


def test_a_job_whose_photos_changed_is_refused(tmp_path: Path) -> None:
    plan, store = Plan(**COUNTS), Store(str(tmp_path))
    (kind, section), *_ = plan.parts()
    job = kind.prepare(section, plan.seeds, store, workspace(store)).jobs[0]
    values = {**job.as_json(), "section": {**job.section, "fail": True}}
    with pytest.raises(
        Exception, match=r"expected the photos and weights that .* was planned with"
    ):
        kind.execute(Job(**values), store, workspace(store))


def test_a_store_of_a_kind_that_is_gone_says_so(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    run(Plan(**COUNTS), store)
    gone = KINDS.pop()
    try:
        with pytest.raises(StoreError, match=r"expected a case of a kind .*got 'photo_counts'"):
            render(store)
    finally:
        KINDS.append(gone)


def test_a_record_that_cannot_be_kept_is_a_failed_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another author's case may hold what no JSON can: the other cases are not lost for it."""
    execute = PhotoCountsKind.execute

    def odd(self: PhotoCountsKind, job: Job, *rest: Any) -> CaseRecord:
        record = execute(self, job, *rest)
        return replace(record, facts={"photos": {1, 2}}) if job.seed == 0 else record

    monkeypatch.setattr(PhotoCountsKind, "execute", odd)
    store = Store(str(tmp_path))
    summary = run(Plan(**COUNTS), store)
    assert (summary.ran, [title for title, _ in summary.failed]) == (1, ["photos, seed 0"])
    assert "TypeError" in summary.failed[0][1]


def test_what_was_left_out_and_remarked_is_listed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = PhotoCountsKind.prepare

    def odd(self: PhotoCountsKind, *rest: Any) -> Prepared:
        out = (LeftOut("a.png", "cut short"), LeftOut("a.png", "cut short"), LeftOut("b.png", "x"))
        noted = (Remark("c.png", "several faces"),) * 2
        return replace(prepare(self, *rest), left_out=out, remarks=noted, account={"seen": 3})

    monkeypatch.setattr(PhotoCountsKind, "prepare", odd)
    store = Store(str(tmp_path))
    run(Plan(**COUNTS), store)
    account = store.run()
    assert account["left_out"] == [
        {"id": "a.png", "reason": "cut short"},
        {"id": "b.png", "reason": "x"},
    ]
    assert account["remarks"] == [{"id": "c.png", "reason": "several faces"}]
    assert account["sections"] == {"photo_counts": {"seen": 3}}


def test_a_run_that_is_stopped_has_said_what_it_was_about(tmp_path: Path) -> None:
    class Stopped:
        def run(self, jobs: Sequence[Job], store: Store, work: Workspace) -> Iterator[CaseRecord]:
            yield run_job(jobs[0], store, work)
            raise KeyboardInterrupt

    store = Store(str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        run(Plan(**COUNTS), store, runner=Stopped())
    assert store.run()["seconds"] is None
    assert len(store.run()["cases"]) == 2
    assert len(list(store.cases())) == 1
    summary = run(Plan(**COUNTS), store)
    assert (summary.ran, summary.kept) == (1, 1)
    assert store.run()["seconds"] >= 0


def test_what_a_run_beside_it_left_when_it_was_killed_is_gone(tmp_path: Path) -> None:
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    left = tmp_path / "cases" / f".{'0' * 64}.{int(dead.stdout)}.0123abcd.part"

    class Beside:
        def run(self, jobs: Sequence[Job], store: Store, work: Workspace) -> Iterator[CaseRecord]:
            for job in jobs:
                yield run_job(job, store, work)
            left.mkdir()
            (left / "figures.json").write_text("{")

    run(Plan(**COUNTS), Store(str(tmp_path)), runner=Beside())
    assert not left.exists()


def test_progress_counts_every_case_once(tmp_path: Path) -> None:
    steps: list[tuple[str, int | None, int]] = []

    class Counted:
        @contextmanager
        def task(self, title: str, total: int | None) -> Iterator[Callable[[int], None]]:
            yield lambda done: steps.append((title, total, done))

        def note(self, text: str) -> None:
            steps.append((text, None, 0))

    store = Store(str(tmp_path))
    run(Plan(**{**COUNTS, "seeds": [0]}), store)
    run(Plan(**COUNTS), store, progress=Counted())
    assert [step for step in steps if step[0] == "cases"] == [("cases", 2, 1), ("cases", 2, 1)]


def test_a_runner_that_leaves_jobs_out_is_not_believed(tmp_path: Path) -> None:
    class Idle:
        def run(self, jobs: Sequence[Job], store: Store, work: Workspace) -> Iterator[CaseRecord]:
            yield run_job(jobs[0], store, work)

    assert run(Plan(**COUNTS), Store(str(tmp_path)), runner=Idle()).ran == 1


def test_a_store_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="expected a store that can be written"):
        run(Plan(**COUNTS), Store(str(tmp_path / "file")))
