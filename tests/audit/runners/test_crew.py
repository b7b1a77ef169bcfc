"""Who runs what when: deaths, other runs and memory, with processes that are none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.runners import processes
from faceaudit.audit.runners.processes import ProcessRunner
from faceaudit.errors import StoreError
from faceaudit.store import CaseRecord, Store

Said = dict[str, Any] | None
DONE = {"done": True, "kept": False}
GB = 10**9


class World:
    """Processes that are none: what they say, what they take, and which were at work when."""

    def __init__(self, say: Callable[[Job, int], Said], store: Store) -> None:
        self.say, self.store = say, store
        self.tries: dict[str, int] = {}
        self.waited: list[str] = []
        self.together, self.most = 0, 0
        self.begun = 0
        self.takes: dict[str, int] = {}
        self.lasts = 0.02
        self.lock = threading.Lock()

    def process(self, threads: int, store: Store, work: Workspace) -> Any:
        with self.lock:
            self.begun += 1
        return Process(self)


class Process:
    def __init__(self, world: World) -> None:
        self.world = world
        self.killed = threading.Event()
        self.memory = 0

    def run(self, job: Job, progress: Any, *, wait: bool) -> Said:
        world = self.world
        with world.lock:
            number = world.tries[job.id] = world.tries.get(job.id, 0) + 1
            world.together += 1
            world.most = max(world.most, world.together)
            if wait:
                world.waited.append(job.id)
        self.memory = world.takes.get(job.id, 0)
        ended = self.killed.wait(world.lasts)
        with world.lock:
            world.together -= 1
        said = None if ended else world.say(job, number)
        if said is not None and said.get("done"):
            world.store.write_case(CaseRecord(job.id, job.spec))
        return said

    def kill(self) -> None:
        self.killed.set()

    def end(self) -> int:
        self.killed.set()
        self.memory = 0
        return -9


def jobs(count: int) -> list[Job]:
    return [Job("backdoor", f"case-{n}", f"case {n}", {}, n, {}, {"n": n}) for n in range(count)]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(lambda _job, _number: DONE, Store(tmp_path / "store"))
    monkeypatch.setattr(processes, "WorkerProcess", made.process)
    monkeypatch.setattr(processes, "LOOKS", 0.005)
    return made


def run(world: World, tmp_path: Path, count: int, **options: Any) -> list[CaseRecord]:
    work = Workspace(tmp_path / "work")
    return list(ProcessRunner(**options).run(jobs(count), world.store, work))


def test_each_case_is_run_once_and_as_many_at_a_time_as_asked_for(
    world: World, tmp_path: Path
) -> None:
    records = run(world, tmp_path, 9, workers=3)
    assert sorted(record.id for record in records) == [f"case-{n}" for n in range(9)]
    assert world.tries == dict.fromkeys((f"case-{n}" for n in range(9)), 1)
    assert (world.most, world.begun) == (3, 3)


def test_no_more_processes_than_cases(world: World, tmp_path: Path) -> None:
    assert len(run(world, tmp_path, 2, workers=5)) == 2
    assert world.begun == 2
    assert run(world, tmp_path, 0, workers=5) == []


def test_a_case_that_kills_every_process_fails_and_the_others_go_on(
    world: World, tmp_path: Path
) -> None:
    world.say = lambda job, _: None if job.seed == 1 else DONE
    records = run(world, tmp_path, 4, workers=2)
    errors = {record.id: record.error for record in records}
    assert errors.pop("case-1") == (
        "expected its process to go on, got its end with exit status -9, twice; try again, or with "
        "less at a time"
    )
    assert errors == {"case-0": None, "case-2": None, "case-3": None}
    assert world.tries == {"case-0": 1, "case-1": 2, "case-2": 1, "case-3": 1}
    assert world.store.case("case-1").error == {r.id: r.error for r in records}["case-1"]


def test_a_case_that_another_run_is_at_comes_last_and_is_waited_for(
    world: World, tmp_path: Path
) -> None:
    world.say = lambda job, number: (
        {"done": False, "kept": False}
        if job.seed == 0 and number == 1
        else {"done": True, "kept": job.seed == 0}
    )
    records = run(world, tmp_path, 3, workers=1)
    assert [(record.id, record.kept) for record in records] == [
        ("case-1", False),
        ("case-2", False),
        ("case-0", True),
    ]
    assert world.waited == ["case-0"]


def test_a_store_that_cannot_be_written_ends_all(world: World, tmp_path: Path) -> None:
    world.say = lambda job, _: {"unkept": "expected room"} if job.seed == 2 else DONE
    with pytest.raises(StoreError, match="expected room"):
        run(world, tmp_path, 50, workers=2)
    assert sum(world.tries.values()) < 50


def test_whoever_asks_no_more_ends_what_runs(world: World, tmp_path: Path) -> None:
    world.lasts = 30.0
    world.say = lambda _job, _number: DONE
    records = ProcessRunner(2).run(jobs(4), world.store, Workspace(tmp_path / "work"))
    waiting = threading.Thread(target=lambda: next(records, None), daemon=True)
    waiting.start()
    while world.together < 2:
        time.sleep(0.005)
    world.lasts = 0.0
    begun = time.monotonic()
    crew = [one for one in threading.enumerate() if isinstance(one, processes._Member)]
    for member in crew:
        member._crew.stopped.set()
        member.stop()
    assert not any(member.is_alive() for member in crew)
    assert time.monotonic() - begun < 10


def test_all_together_take_no_more_memory_than_they_may(world: World, tmp_path: Path) -> None:
    """Each case takes 2 GB of 5: a third one beside two is put back, and runs later."""
    world.lasts = 0.2
    world.takes = {f"case-{n}": 2 * GB for n in range(6)}
    records = run(world, tmp_path, 6, workers=3, memory=5 * GB)
    assert sorted(record.id for record in records) == [f"case-{n}" for n in range(6)]
    assert all(record.error is None for record in records)
    assert max(world.tries.values()) >= 2, "one was put back"
    put_back = sum(world.tries.values()) - 6
    assert put_back <= 2, "once it is known what a case takes, no third one is begun"


def test_one_case_alone_may_take_more(world: World, tmp_path: Path) -> None:
    world.lasts = 0.1
    world.takes = {f"case-{n}": 9 * GB for n in range(3)}
    records = run(world, tmp_path, 3, workers=2, memory=5 * GB)
    assert [record.error for record in records] == [None] * 3


def test_without_a_budget_nothing_is_put_back(world: World, tmp_path: Path) -> None:
    world.lasts = 0.1
    world.takes = {f"case-{n}": 9000 * GB for n in range(4)}
    run(world, tmp_path, 4, workers=4)
    assert (world.most, max(world.tries.values())) == (4, 1)
