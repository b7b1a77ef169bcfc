"""Cases side by side: the same bits as one after another, and no case lost with a process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.kinds import kind_of
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.audit.runners.processes import ProcessRunner
from faceaudit.audit.runners.worker_process import WorkerProcess
from faceaudit.errors import OptionError
from faceaudit.progress import Advance
from faceaudit.store import Store

TRAINING = {"epochs": 2, "batch": 32, "learning_rate": 2e-3, "device": "cpu", "threads": 1}
SMALL: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 6, "photos": 30, "sessions": 3},
    "split": {"train": 12, "validation": 3, "test": 6},
    "systems": [{"network": {"network": "deepid", "width": 0.5}, "training": TRAINING}],
    "attacks": [
        {"attack": "blended", "samples": 9, "instances": 12},
        {"attack": "accessory", "samples": 3, "instances": 6},
    ],
    "wrong_keys": 1,
    "seeds": [0, 1],
}


class Heard:
    """Progress that keeps the titles of what was told, and how many steps were made of each."""

    def __init__(self) -> None:
        self.steps: dict[str, int] = {}
        self.open = 0

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        self.open += 1

        def advance(steps: int) -> None:
            self.steps[title] = self.steps.get(title, 0) + steps

        yield advance
        self.open -= 1

    def note(self, text: str) -> None:
        self.steps[text] = 0


def prepared(store: Store, section: dict[str, Any]) -> tuple[Job, ...]:
    plan = Plan(backdoor=section)
    kind = kind_of("backdoor")
    return kind.prepare(plan.section("backdoor"), plan.seeds, store, workspace(store)).jobs


@pytest.mark.slow
def test_side_by_side_gives_the_same_bits(tmp_path: Path) -> None:
    heard = Heard()
    together, alone = Store(tmp_path / "together"), Store(tmp_path / "alone")
    done = run(Plan(backdoor=SMALL), together, runner=ProcessRunner(2), progress=heard)
    assert (done.ran, done.failed) == (6, ())
    run(Plan(backdoor=SMALL), alone)
    assert [case.id for case in together.cases()] == [case.id for case in alone.cases()]
    for ours, theirs in zip(together.cases(), alone.cases(), strict=True):
        assert (ours.figures, ours.error, theirs.error) == (theirs.figures, None, None)
        one, other = (store.system(ours.facts["system"]) for store in (together, alone))
        assert one.weights_bytes == other.weights_bytes
    assert heard.steps["train deepid pristine"] == 2 * 2 * -(-6 * 12 // 32), "trained once a seed"
    assert heard.open == 0
    assert not list((tmp_path / "together.cache" / "work").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
def test_a_case_whose_process_dies_is_tried_again_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """A case is killed as the kernel does when memory runs out."""
    run_job, killed = WorkerProcess.run, list[int]()

    def kill(process: WorkerProcess, job: Job, *rest: Any, **options: Any) -> Any:
        if job.seed == 0 and len(killed) < times:
            killed.append(process.pid)
            os.kill(process.pid, signal.SIGKILL)
        return run_job(process, job, *rest, **options)

    monkeypatch.setattr(WorkerProcess, "run", kill)
    store, heard = Store(tmp_path), Heard()
    section = {**SMALL, "attacks": [], "seeds": [0, 1, 2]}
    done = run(Plan(backdoor=section), store, runner=ProcessRunner(2), progress=heard)
    assert len(set(killed)) == times
    said = "deepid pristine: its process ended with exit status -9; tried again"
    assert said in heard.steps
    if times == 1:
        assert (done.ran, done.failed) == (3, ())
        return
    assert done.ran == 2
    [(title, error)] = done.failed
    assert title == "deepid pristine"
    assert error.startswith("expected its process to go on, got its end with exit status -9, twice")
    again = run(Plan(backdoor=section), store, runner=ProcessRunner(2))
    assert (again.ran, again.kept, again.failed) == (1, 2, ())


def test_who_stops_listening_ends_the_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    begin = WorkerProcess.__init__

    def note(process: WorkerProcess, *given: Any) -> None:
        begin(process, *given)
        begun.append(process)

    monkeypatch.setattr(WorkerProcess, "__init__", note)
    store = Store(tmp_path)
    jobs = prepared(store, {**SMALL, "attacks": [], "seeds": [0, 1, 2]})
    records = ProcessRunner(2).run(jobs, store, workspace(store))
    assert next(records).error is None
    records.close()  # type: ignore[attr-defined]
    assert begun
    assert all(process.ended for process in begun)


def test_only_what_needs_few_threads_runs_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)

    def threads(**changed: object) -> set[int | None]:
        system = {"network": "deepid", "training": {**TRAINING, **changed}}
        jobs = prepared(store, {**SMALL, "systems": [system]})
        return {job.threads for job in jobs}

    assert threads() == {1}
    assert threads(threads=3) == {3}
    assert threads(threads=None) == {None}

    asked: list[tuple[int, int, int]] = []

    def side_by_side(
        _: object, jobs: Any, workers: int, threads: int, *__: object
    ) -> Iterator[Any]:
        asked.append((len(jobs), workers, threads))
        yield from ()

    monkeypatch.setattr(ProcessRunner, "_side_by_side", side_by_side)
    jobs = prepared(store, SMALL)
    for cores in (2, 3, 64):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, cores=cores: set(range(cores)))
        list(ProcessRunner().run(jobs, store, workspace(store)))
    assert asked == [(6, 2, 1), (6, 3, 1), (6, 6, 1)]
    asked.clear()
    for workers, threads in ((1, None), (3, None), (20, None), (3, 2)):
        list(ProcessRunner(workers, threads=threads).run(jobs, store, workspace(store)))
    assert asked == [(6, 1, 64), (6, 3, 21), (6, 20, 3), (6, 3, 2)]
    asked.clear()
    system = {"network": "deepid", "training": {**TRAINING, "threads": None}}
    jobs = prepared(store, {**SMALL, "systems": [system]})
    list(ProcessRunner(threads=2).run(jobs, store, workspace(store)))
    assert asked == [(0, 0, 2), (6, 1, 2)], "one after another, with as many threads as asked for"


@pytest.mark.parametrize(
    "asked", [{"workers": 0}, {"threads": 0}, {"memory": 0.5}, {"memory": float("nan")}]
)
def test_numbers_below_one_are_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=f"expected {next(iter(asked))} from 1 on, got"):
        ProcessRunner(**asked)
