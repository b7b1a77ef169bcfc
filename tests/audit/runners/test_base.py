"""A job, and what several jobs of one process share."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.runners.base import keep_lost, run_job
from faceaudit.audit.runners.local import LocalRunner
from faceaudit.audit.runners.logs import log_file
from faceaudit.audit.runners.told import SentProgress
from faceaudit.cli.bars import Bars
from faceaudit.progress import silent
from faceaudit.store import CaseRecord, Store

JOBS = [Job("backdoor", f"case-{n}", f"case {n}", {}, n, {}, {}) for n in range(3)]


@pytest.fixture(autouse=True)
def sharing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases that remember what the first of them built, with its workspace, as scenarios do."""

    class Kind:
        def execute(self, job: Job, _: Store, work: Workspace) -> CaseRecord:
            built = work.memo.get("scenario", 0, lambda: work)
            with built.progress.task(f"train {job.seed}", 2) as advance:
                advance(2)
            built.progress.note(f"{job.title} says")
            return CaseRecord(job.id, job.spec)

    monkeypatch.setattr("faceaudit.audit.runners.base.kind_of", lambda _: Kind())


def test_what_cases_share_is_shown_and_logged_with_the_case_that_uses_it(tmp_path: Path) -> None:
    printed = io.StringIO()
    with Bars(Console(file=printed, force_terminal=True, width=120)) as bars:
        work = Workspace(tmp_path / "work", bars)
        records = list(LocalRunner().run(JOBS, Store(tmp_path / "store"), work))
    assert [record.error for record in records] == [None] * 3
    for job in JOBS:
        log = log_file(work, job.id).read_text("utf-8")
        assert f"train {job.seed} of 2" in log
        assert log.count(" train ") == 2, "it began, it ended, and nothing of other cases"
        assert f"{job.title} says" in printed.getvalue()


def test_what_cases_share_tells_whoever_listens_to_the_case_that_uses_it(tmp_path: Path) -> None:
    shared, store = Workspace(tmp_path / "work"), Store(tmp_path / "store")
    for job in JOBS:
        told: list[Any] = []
        run_job(job, store, replace(shared, progress=SentProgress(told.append)))
        assert [one.get("title", one.get("note")) for one in told][::3] == [
            f"train {job.seed}",
            f"{job.title} says",
        ]
    assert shared.progress is silent


def test_a_case_that_was_lost_is_kept_although_its_dead_holder_has_the_lease(
    tmp_path: Path,
) -> None:
    store, work = Store(tmp_path / "store"), Workspace(tmp_path / "work")
    with store.alone("cases", JOBS[0].id):
        record = keep_lost(JOBS[0], "expected its process to go on", store, work)
    assert store.case(JOBS[0].id).error == record.error == "expected its process to go on"


def test_a_case_that_another_run_did_meanwhile_stays_done(tmp_path: Path) -> None:
    store, work = Store(tmp_path / "store"), Workspace(tmp_path / "work")
    store.write_case(CaseRecord(JOBS[0].id, {}))
    assert keep_lost(JOBS[0], "expected more", store, work).error == "expected more"
    assert store.case(JOBS[0].id).error is None
