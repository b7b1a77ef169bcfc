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
from faceaudit.audit.runners import processes
from faceaudit.audit.runners.processes import ProcessRunner
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
def test_a_process_that_dies_fails_its_case_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first case is killed as the kernel does when memory runs out."""
    listen, killed = processes._listen, list[int]()

    def kill_once(process: Any, progress: Any) -> bool:
        if not killed:
            killed.append(process.pid)
            os.kill(process.pid, signal.SIGKILL)
        return listen(process, progress)

    monkeypatch.setattr(processes, "_listen", kill_once)
    store = Store(tmp_path)
    section = {**SMALL, "attacks": [], "seeds": [0, 1, 2]}
    done = run(Plan(backdoor=section), store, runner=ProcessRunner(2))
    assert done.ran == 2
    [(title, error)] = done.failed
    assert title == "deepid pristine"
    assert error.startswith("expected its process to go on, got its end with exit status -9")
    again = run(Plan(backdoor=section), store, runner=ProcessRunner(2))
    assert (again.ran, again.kept, again.failed) == (1, 2, ())


def test_who_stops_listening_ends_the_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    begin = processes._Worker._begin_process

    def note(worker: Any) -> Any:
        begun.append(begin(worker))
        return begun[-1]

    monkeypatch.setattr(processes._Worker, "_begin_process", note)
    store = Store(tmp_path)
    jobs = prepared(store, {**SMALL, "attacks": [], "seeds": [0, 1, 2]})
    records = ProcessRunner(2).run(jobs, store, workspace(store))
    assert next(records).error is None
    records.close()  # type: ignore[attr-defined]
    assert begun
    assert all(process.poll() is not None for process in begun)


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

    asked: list[int] = []

    def side_by_side(jobs: Any, at_a_time: int, *_: object) -> Iterator[Any]:
        asked.append(at_a_time)
        yield from ()

    monkeypatch.setattr(processes, "_run_side_by_side", side_by_side)
    jobs = prepared(store, SMALL)
    for cores in (2, 3, 64):
        list(ProcessRunner(cores).run(jobs, store, workspace(store)))
    assert asked == [2, 3, 6]
