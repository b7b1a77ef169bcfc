"""Cases on a real cluster of three nodes, all on this machine."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.audit.runners import cluster
from faceaudit.audit.runners.cluster import RayRunner
from faceaudit.audit.runners.processes import ProcessRunner
from faceaudit.errors import OptionError
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
    "asked", [{"threads": 0}, {"gpus": -1.0}, {"retries": -1}, {"memory": 0.0}]
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


def test_no_cases_ask_for_no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cluster, "ray", None)
    assert list(RayRunner().run([], Store(tmp_path), None)) == []  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_does_not_answer_is_said(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"expected a Ray cluster at 'auto', got .*ray start"):
        run(Plan(backdoor=SMALL), Store(tmp_path), runner=RayRunner("auto"))
