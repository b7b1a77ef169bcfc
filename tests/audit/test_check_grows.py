"""What `check` does grows with the cases of a plan, and not faster: counted, not timed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import faceaudit
from faceaudit.attacks.backdoor.blended import Blended
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.common import cost
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.plan_file import load_plan
from faceaudit.audit.prepared import prepare_section
from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.faces.split import SplitPlan
from faceaudit.store import CaseRecord, Store
from faceaudit.store.files import StoreFiles
from faceaudit.store.folders import Folders

BATCHES = list(range(8, 48))
RATIOS = [round(0.05 * step, 2) for step in range(1, 11)]


def plan(systems: int) -> faceaudit.Plan:
    network = {"network": "deepid", "width": [0.25, 0.3]}
    training = {"epochs": 1, "batch": BATCHES[: systems // 2], "threads": 1}
    attack = {"attack": "blended", "samples": 5, "instances": 5, "ratio": RATIOS}
    return load_plan(
        {
            "faces": {"source": "synthetic", "people": 4, "photos": 40, "sessions": 2},
            "backdoor": {
                "split": {"train": 16, "validation": 4, "test": 4},
                "systems": [{"network": network, "training": training}],
                "attacks": [attack],
                "wrong_keys": 2,
            },
        }
    )


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counted: Counter[str] = Counter()

    def count(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def told(*args: Any, **kwargs: Any) -> Any:
            counted[name] += 1
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, told)

    cost.network_flop.cache_clear()
    count(Blended, "key_image")
    count(Synthetic, "columns")
    count(Synthetic, "survey")
    count(SplitPlan, "split")
    count(StoreFiles, "names")
    count(Folders, "read")
    count(BackdoorPlan, "model_dump")
    return counted


def store_of(folder: Path, checked: faceaudit.Plan, held: int) -> Store:
    store = Store(str(folder))
    store.make()
    store.write_run({"plan": {}, "cases": []})
    kind, section = next(checked.parts())
    jobs = prepare_section(kind, section, checked, store, workspace(store)).jobs
    for job in jobs[:held]:
        store.write_case(CaseRecord(job.id, job.spec, {}, ()))
    return store


@pytest.mark.parametrize("held", [0, 7])
def test_a_store_is_listed_once_and_only_what_it_holds_is_read(
    held: int, tmp_path: Path, calls: Counter[str]
) -> None:
    few, many = plan(4), plan(40)
    store = store_of(tmp_path, few, held)
    found = {}
    for each in (few, many):
        calls.clear()
        checked = faceaudit.check(each, store=store)
        assert checked.obstacles == ()
        assert checked.cost.cases == len(each.section("backdoor").systems) * (1 + len(RATIOS))
        assert checked.kept == held
        found[len(each.section("backdoor").systems)] = dict(calls)
    assert found[4]["read"] == found[40]["read"] == held if held else "read" not in found[40]
    assert found[4]["names"] == found[40]["names"] == 1
    # What systems share is made once, whatever their number.
    assert found[4] == found[40]


def test_operations_are_counted_once_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    cost.network_flop.cache_clear()
    faceaudit.check(plan(40))
    assert cost.network_flop.cache_info().misses == 2
    assert cost.network_flop.cache_info().hits == 38
