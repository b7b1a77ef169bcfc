"""Cases on a real cluster of three nodes, all on this machine."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.audit.runners import cluster, on_node
from faceaudit.audit.runners.cluster import RayRunner
from faceaudit.audit.runners.processes import ProcessRunner
from faceaudit.errors import OptionError
from faceaudit.progress import Silent
from faceaudit.store import CaseRecord, Store

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
    "seeds": [0, 1, 2],
}


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head without CPUs, and three nodes of one CPU each."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - slow to load, and warns

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        for _ in range(3):
            made.add_node(num_cpus=1)
        yield made
    finally:
        made.shutdown()


def same(one: Store, other: Store) -> None:
    """Hold the cases and systems of two stores against each other, bit by bit."""
    ours, theirs = list(one.cases()), list(other.cases())
    assert [case.id for case in ours] == [case.id for case in theirs]
    for mine, yours in zip(ours, theirs, strict=True):
        assert (mine.error, yours.error) == (None, None)
        assert mine.figures == yours.figures
        systems = [store.system(mine.facts["system"]) for store in (one, other)]
        assert systems[0].weights_bytes == systems[1].weights_bytes


def begun(store: Store) -> dict[str, int]:
    """Return how often each case was begun, by its log."""
    logs = Path(f"{store.root}.cache/logs").glob("*.log")
    return {log.stem: len(re.findall(": begun by process", log.read_text())) for log in logs}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_node_that_is_killed_costs_its_case_alone_and_the_bits_are_the_same(
    tmp_path: Path, nodes: Any
) -> None:
    store, alone = Store(tmp_path / "cluster"), Store(tmp_path / "alone")

    def kill_one() -> None:
        while len(begun(store)) < 4:
            time.sleep(0.05)
        nodes.remove_node(next(iter(nodes.worker_nodes)), allow_graceful=False)

    killing = threading.Thread(target=kill_one, daemon=True)
    killing.start()
    done = run(Plan(backdoor=SMALL), store, runner=RayRunner(nodes.address))
    killing.join()
    assert (done.ran, done.kept, done.failed) == (9, 0, ())
    times = begun(store)
    assert len(times) == 9
    assert sum(times.values()) <= 10, "one case was lost, and begun again"
    run(Plan(backdoor=SMALL), alone, runner=ProcessRunner(1, threads=1))
    same(store, alone)
    again = run(Plan(backdoor=SMALL), store, runner=RayRunner(nodes.address))
    assert (again.ran, again.kept) == (0, 9)


@pytest.mark.parametrize(
    "asked",
    [
        {"threads": 0},
        {"gpus": -1.0},
        {"retries": -1},
        {"memory": 0.0},
        {"memory": float("nan")},
        {"memory": float("inf")},
    ],
)
def test_numbers_that_make_no_sense_are_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match="expected at least 1 thread and 1 byte"):
        RayRunner(**asked)


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Missing:
        def is_initialized(self) -> bool:
            raise ModuleNotFoundError("No module named 'ray'")

    monkeypatch.setattr(cluster, "ray", Missing())
    with pytest.raises(OptionError, match=r"try pip install 'faceaudit\[cluster\]'"):
        run(Plan(backdoor=SMALL), Store(tmp_path), runner=RayRunner())


def test_without_ray_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    with pytest.raises(OptionError, match=r"try pip install 'faceaudit\[cluster\]'"):
        RayRunner()


class Reference:
    def __init__(self, value: Any) -> None:
        self.value = value


class Remote:
    """A task or an actor that is none: it runs when it is asked to, and here."""

    def __init__(self, called: Callable[..., Any]) -> None:
        self.called = called

    def options(self, **_: Any) -> Remote:
        return self

    def remote(self, *given: Any, **options: Any) -> Any:
        made = self.called(*given, **options)
        if isinstance(made, on_node.MailBox):
            return SimpleNamespace(take=Remote(made.take))
        return Reference(made)


class FakeRay:
    """A cluster of two machines that is none."""

    exceptions = SimpleNamespace(RayError=ZeroDivisionError)

    def __init__(self) -> None:
        self.connected = False
        self.cleaned: list[str] = []
        scheduling = SimpleNamespace(NodeAffinitySchedulingStrategy=lambda node, soft: (node, soft))
        self.util = SimpleNamespace(scheduling_strategies=scheduling)

    def is_initialized(self) -> bool:
        return self.connected

    def init(self, **_: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: None)
        self.connected = True

    def shutdown(self) -> None:
        self.connected = False

    def remote(self, called: Any) -> Remote:
        return Remote(called)

    def wait(self, references: list[Any], **_: Any) -> tuple[list[Any], list[Any]]:
        return references[:1], references[1:]

    def get(self, reference: Any, **_: Any) -> Any:
        return None if isinstance(reference, list) else reference.value

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 6.0}

    def nodes(self) -> list[dict[str, Any]]:
        has = ({"CPU": 2.0, "memory": 4e9}, {"CPU": 4.0, "memory": 2e9}, {"CPU": 64.0})
        return [
            {"NodeID": str(place), "Alive": place < 2, "Resources": one}
            for place, one in enumerate(has)
        ]


class Notes(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    made = FakeRay()

    def run_here(job: dict[str, Any], url: str, *_: Any, **__: Any) -> dict[str, Any]:
        Store(url).write_case(CaseRecord(job["id"], job["spec"]))
        return {"done": True, "kept": False}

    monkeypatch.setattr(cluster, "ray", made)
    monkeypatch.setattr(on_node, "run", run_here)
    monkeypatch.setattr(on_node, "clean", made.cleaned.append)
    return made


def run_jobs(store: Store, folder: Path, *needs: int | None, **options: Any) -> list[str]:
    """Run jobs of as many threads on the cluster that is none; return what was said."""
    heard = Notes()
    jobs = [
        Job("backdoor", f"case-{n}", f"case {n}", {}, n, {}, {}, threads=need)
        for n, need in enumerate(needs)
    ]
    records = list(RayRunner(**options).run(jobs, store, Workspace(folder, heard)))
    assert sorted(record.id for record in records) == [job.id for job in jobs]
    return heard.notes


@pytest.mark.usefixtures("fake")
def test_what_no_machine_has_is_said_once_and_waited_for(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert run_jobs(store, tmp_path, None, 4, 2, threads=2) == []
    assert run_jobs(store, tmp_path, None, 5, 5, 6) == [
        f"no machine of the cluster has {cpus} CPUs: such cases wait for one that has"
        for cpus in (5, 6)
    ]
    assert run_jobs(store, tmp_path, 2, 3, memory=3e9) == [
        "no machine of the cluster has 3 CPUs, 3 GB for tasks: such cases wait for one that has"
    ]
    assert run_jobs(store, tmp_path, 1, gpus=0.5) == [
        "no machine of the cluster has 1 CPUs, 0.5 GPUs: such cases wait for one that has"
    ]


def test_temporary_folders_of_all_machines_are_removed_whatever_this_one_has(
    fake: FakeRay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path / "cache"))
    run_jobs(Store("memory://cluster-cleaned"), tmp_path, 1)
    assert fake.cleaned == ["memory://cluster-cleaned"] * 2, "on each machine that is there"
    run_jobs(Store(tmp_path / "store"), tmp_path, 1)
    assert len(fake.cleaned) == 2, "a shared folder has its own beside it"


def test_whoever_stops_a_run_is_still_listened_to_on_a_cluster(
    fake: FakeRay, tmp_path: Path
) -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        run_jobs(Store(tmp_path / "store"), tmp_path, 1)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not fake.connected


def test_no_cases_ask_for_no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cluster, "ray", None)
    assert list(RayRunner().run([], Store(tmp_path), None)) == []  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_does_not_answer_is_said(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"expected a Ray cluster at 'auto', got .*ray start"):
        run(Plan(backdoor=SMALL), Store(tmp_path), runner=RayRunner("auto"))
