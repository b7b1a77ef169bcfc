"""Runs of a part of a plan: cases that are named, that failed, or until one fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from faceaudit.audit.common.job import Job
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.audit.runners.logs import logged
from faceaudit.errors import OptionError
from faceaudit.store import CaseRecord, Store

SMALL: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 4, "photos": 12, "sessions": 2},
    "split": {"train": 4, "validation": 2, "test": 3},
    "systems": [{"network": {"network": "deepid", "width": 0.5}, "training": {"epochs": 1}}],
    "attacks": [{"attack": "blended", "samples": 2, "instances": 2}],
    "wrong_keys": 0,
    "seeds": [0, 1],
}
PLAN = Plan(backdoor=SMALL)


class Stub:
    """Keeps records of cases without running any; those of some titles fail."""

    def __init__(self, *failing: str) -> None:
        self._failing = failing
        self.ran: list[str] = []
        self.closed = False

    def run(self, jobs: Sequence[Job], store: Store, work: Any) -> Iterator[CaseRecord]:
        try:
            for job in jobs:
                self.ran.append(f"{job.title} {job.seed}")
                error = "expected more" if job.title in self._failing else None
                record = CaseRecord(job.id, job.spec, error=error)
                store.write_case(record)
                yield record
        finally:
            self.closed = True


ALL = ["deepid pristine 0", "deepid blended x2 0", "deepid pristine 1", "deepid blended x2 1"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "audit")


def test_cases_that_are_named_and_no_others(store: Store) -> None:
    stub = Stub()
    done = run(PLAN, store, runner=stub, only=["blended"])
    assert stub.ran == [ALL[1], ALL[3]]
    assert (done.ran, done.kept, done.failed, done.left) == (2, 0, (), 2)
    assert store.run()["seconds"] is None, "the run of the plan has not ended"
    assert store.verify() == ()
    rest = Stub()
    done = run(PLAN, store, runner=rest)
    assert rest.ran == [ALL[0], ALL[2]]
    assert (done.ran, done.kept, done.left) == (2, 2, 0)
    assert store.run()["seconds"] is not None


def test_one_that_names_no_case_is_refused_before_any_runs(store: Store) -> None:
    stub = Stub()
    with pytest.raises(OptionError, match="got 'accessory'; try 'deepid pristine'"):
        run(PLAN, store, runner=stub, only=["accessory"])
    assert stub.ran == []


def test_only_cases_that_failed_before(store: Store) -> None:
    done = run(PLAN, store, runner=Stub("deepid blended x2"))
    assert [title for title, _ in done.failed] == ["deepid blended x2"] * 2
    stub = Stub()
    done = run(PLAN, store, runner=stub, failed_before=True)
    assert stub.ran == [ALL[1], ALL[3]]
    assert (done.ran, done.kept, done.left) == (2, 2, 0)
    nothing = Stub()
    assert run(PLAN, store, runner=nothing, failed_before=True).ran == 0
    assert nothing.ran == []


class Logging(Stub):
    """Also keeps logs."""

    def run(self, jobs: Sequence[Job], store: Store, work: Any) -> Iterator[CaseRecord]:
        for job in jobs:
            with logged(job, work):
                pass
        yield from super().run(jobs, store, work)


class Heard:
    def __init__(self) -> None:
        self.notes: list[str] = []

    def task(self, _title: str, _total: int | None) -> Any:
        return nullcontext(lambda _steps: None)

    def note(self, text: str) -> None:
        self.notes.append(text)


def test_the_log_of_a_failure_is_named_where_there_is_one_that_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FACEAUDIT_CACHE", raising=False)
    failing, elsewhere = "deepid pristine", Store("memory://run-chosen")

    def said(kept: Store, runner: Stub) -> str:
        heard = Heard()
        run(PLAN, kept, runner=runner, only=[failing], fail_fast=True, progress=heard)
        return heard.notes[-1]

    assert said(store, Stub(failing)) == "deepid pristine failed: expected more"
    words, _, log = said(store, Logging(failing)).partition("; its log: ")
    assert words == "deepid pristine failed: expected more"
    assert "deepid pristine: begun" in Path(log).read_text()
    assert said(elsewhere, Logging(failing)) == "deepid pristine failed: expected more"


def test_nothing_is_begun_after_the_first_that_fails(store: Store) -> None:
    stub = Stub("deepid blended x2")
    done = run(PLAN, store, runner=stub, fail_fast=True)
    assert stub.ran == ALL[:2]
    assert stub.closed
    assert (done.ran, len(done.failed), done.left) == (1, 1, 2)
    all_through = Stub("deepid blended x2")
    assert run(PLAN, store, runner=all_through).left == 0
    assert all_through.ran == ALL[1:]


def test_what_runs_is_ended_by_an_error_too(store: Store) -> None:
    class Broken(Heard):
        def task(self, title: str, total: int | None) -> Any:
            def advance(steps: int) -> None:
                if title == "cases" and steps:
                    raise KeyboardInterrupt

            return nullcontext(advance)

    stub = Stub()
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(PLAN, store, runner=stub, progress=Broken())
    assert stopped.traceback, "which still holds on to whatever was at hand"
    assert stub.ran == ALL[:1]
    assert stub.closed


def test_whoever_asks_for_what_is_kept_computes_nothing(store: Store) -> None:
    run(PLAN, store, runner=Stub())
    stub = Stub()
    done = run(PLAN, store, runner=stub, only=["pristine"])
    assert stub.ran == []
    assert (done.ran, done.kept, done.left) == (0, 4, 0)
