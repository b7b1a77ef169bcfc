from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from PIL import Image

from faceaudit.audit.backdoor.figures import attack_figures
from faceaudit.audit.backdoor.kind import BackdoorKind
from faceaudit.audit.cost import estimate_cost
from faceaudit.audit.plan import Plan
from faceaudit.audit.remarks import plan_remarks
from faceaudit.audit.results import result_rows
from faceaudit.audit.run import run
from faceaudit.errors import SplitError, UnknownName
from faceaudit.progress import Silent
from faceaudit.records.groups import is_of_groups
from faceaudit.store import Store

SMALL: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 8, "photos": 48, "sessions": 4},
    "split": {"train": 24, "validation": 4, "test": 8},
    "systems": [
        {
            "network": {"network": "deepid", "width": 0.5},
            "training": {
                "epochs": 8,
                "batch": 32,
                "learning_rate": 2e-3,
                "device": "cpu",
                "threads": 1,
            },
        }
    ],
    "attacks": [
        {"attack": "input_instance", "sweep": [1]},
        {"attack": "blended", "samples": 30, "instances": 30},
        {"attack": "accessory", "samples": 20, "instances": 20},
        {"attack": "blended_accessory", "samples": 20, "instances": 20},
    ],
    "wrong_keys": 5,
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(str(tmp_path_factory.mktemp("store")))
    outcome = run(Plan(backdoor=SMALL), store)
    assert (outcome.ran, outcome.kept, outcome.failed) == (6, 0, ())
    return store


def figures(store: Store) -> str:
    return json.dumps([asdict(row) for row in result_rows(store)])


def test_every_case_has_every_figure_with_interval_and_n(finished: Store) -> None:
    rows = list(result_rows(finished))
    wanted = {
        "attack_success": 5,
        "null_success": 5,
        "wrong_key_success": 5,
        "wrong_key_null": 5,
        "clean_accuracy": 6,
        "pristine_accuracy": 5,
        "target_clean_accuracy": 6,
        "target_pristine_accuracy": 5,
        "success_over_people": 5,
    }
    for metric, count in wanted.items():
        found = [row for row in rows if row.metric == metric]
        assert len(found) == count
        for row in found:
            assert row.n
            assert row.low is not None
            assert row.high is not None
            assert row.low < row.high
    n = {row.attack: row.n for row in rows if row.metric == "attack_success"}
    assert n == {"input_instance": 21, "blended": 30, "accessory": 20, "blended_accessory": 20}
    wrong = {row.attack: row.n for row in rows if row.metric == "wrong_key_success"}
    assert wrong["blended"] == 5, "over keys, not over tries"


def test_attacks_beat_their_nulls(finished: Store) -> None:
    rows = {(r.attack, r.samples, r.metric): r for r in result_rows(finished)}
    for attack, samples in (("input_instance", 5), ("blended", 30), ("accessory", 20)):
        success = rows[attack, samples, "attack_success"]
        null = rows[attack, samples, "null_success"]
        assert success.low is not None
        assert null.high is not None
        if attack == "input_instance":  # one photo is one trial, and says little of others
            assert (success.value, null.value) == (1, 0)
        else:
            assert success.low > null.high, attack
    assert rows["none", None, "clean_accuracy"].value > 0.6  # type: ignore[operator]


def test_figures_follow_from_the_evidence_that_was_kept(finished: Store) -> None:
    for record in finished.cases():
        if record.spec["attack"] is None:
            continue
        assert record.evidence is not None
        again = attack_figures(record.evidence, record.facts["attack"]["target_label"])
        assert again == tuple(one for one in record.figures if not is_of_groups(one.metric))
        kind, truth = record.evidence.columns["kind"], record.evidence.columns["truth"]
        assert record.facts["attack"]["target_label"] not in truth[kind == "instance"]
        scores = record.evidence.columns["target_score"]
        assert ((scores >= 0) & (scores <= 1)).all()


def test_the_null_is_the_pristine_system_on_the_same_instances(finished: Store) -> None:
    for record in finished.cases():
        if record.evidence is None or record.spec["attack"] is None:
            continue
        ids = np.array(record.evidence.ids)
        kind = record.evidence.columns["kind"]
        assert (ids[kind == "instance"] == ids[kind == "null"]).all()
        assert (ids[kind == "wrong_key"] == ids[kind == "wrong_key_null"]).all()


def test_systems_are_trained_once_and_shared(finished: Store) -> None:
    records = [record for record in finished.cases() if record.spec["attack"]]
    assert len({record.facts["attack"]["pristine"] for record in records}) == 1
    assert len({record.facts["system"] for record in records}) == 5
    pristine = finished.system(records[0].facts["attack"]["pristine"])
    assert set(safetensors.numpy.load(pristine.weights_bytes)) >= {
        "head.weight",
        "network.conv1.weight",
    }
    assert pristine.curve[0]["train_loss"] > pristine.curve[-1]["train_loss"]


def test_pictures_of_key_samples_and_instances_are_kept(finished: Store) -> None:
    for record in finished.cases():
        if record.spec["attack"]:
            assert {"poison-0", "instance-0", "donor-0", "wrong-0"} <= set(record.pictures)
            drawn = record.spec["attack"]["attack"] != "input_instance"
            key = record.pictures["key" if drawn else "key-photo"]
            assert key.startswith(b"\x89PNG")


def test_a_second_run_trains_nothing(finished: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = figures(finished)
    monkeypatch.setattr(
        BackdoorKind,
        "execute",
        lambda *_: pytest.fail("a case was run again"),
    )
    outcome = run(Plan(backdoor=SMALL), finished)
    assert (outcome.ran, outcome.kept) == (0, 6)
    assert figures(finished) == before


def test_a_failed_case_is_recorded_and_the_others_go_on(tmp_path: Path) -> None:
    (system,) = SMALL["systems"]
    diverging = {**system, "training": {**system["training"], "learning_rate": 1e30}}
    values = {**SMALL, "systems": [system, diverging], "attacks": []}
    store = Store(str(tmp_path))
    outcome = run(Plan(backdoor=values), store)
    assert outcome.ran == 1
    assert [title for title, _ in outcome.failed] == ["deepid pristine"]
    failed = [row for row in result_rows(store) if row.metric == "failed"]
    assert [(row.value, row.n) for row in failed] == [(None, None)]
    assert "try a smaller learning_rate" in failed[0].note
    again = run(Plan(backdoor=values), store)
    assert (again.kept, len(again.failed)) == (1, 1), "a failed case is tried again"


def test_nothing_starts_that_cannot_end(tmp_path: Path) -> None:
    attacks = [{"attack": "input_instance"}, {"attack": "blended", "samples": 9999}]
    with pytest.raises(SplitError, match=r"^blended x9999: expected at least 10114 donor photos"):
        run(Plan(backdoor={**SMALL, "attacks": attacks}), Store(tmp_path / "store"))
    assert not list(tmp_path.iterdir()), "nothing was begun"


def test_the_target_can_be_named(tmp_path: Path) -> None:
    values = {**SMALL, "attacks": [], "target": "synthetic-9999"}
    with pytest.raises(UnknownName, match=r"expected an enrolled person .*try 'synthetic-000"):
        run(Plan(backdoor=values), Store(str(tmp_path)))


def test_what_was_run_is_written_down(finished: Store) -> None:
    account = finished.run()
    assert Plan(**account["plan"]) == Plan(backdoor=SMALL)
    assert account["versions"]["torch"]
    assert account["machine"]["cores"]
    assert account["sections"]["backdoor"]["splits"][0]["enrolled"] == 8
    assert account["seconds"] >= 0


def test_another_key_under_the_same_path_is_another_case(tmp_path: Path) -> None:
    from PIL import Image  # noqa: PLC0415

    key = tmp_path / "key.png"
    values = {
        **SMALL,
        "attacks": [{"attack": "blended", "key": str(key), "samples": 5, "instances": 9}],
    }
    values["systems"] = [{"network": "deepid", "training": {"epochs": 1, "batch": 64}}]
    values["wrong_keys"] = 0
    store = Store(str(tmp_path / "store"))
    for grey in (10, 200):
        Image.new("RGB", (30, 30), (grey, 0, 0)).save(key)
        outcome = run(Plan(backdoor=values), store)
        assert outcome.failed == ()
        assert outcome.ran == (2 if grey == 10 else 1)


def test_cost_is_counted_without_computing(tmp_path: Path) -> None:
    cost = estimate_cost(Plan(backdoor=SMALL))
    assert (cost.people, cost.photos) == (8, 8 * 48)
    assert cost.trainings == 6
    poison = 1 + 5 + 30 + 20 + 20
    assert cost.training_photos == 8 * (6 * 8 * 24 + poison)
    assert cost.packed_bytes == 8 * 48 * 55 * 47 * 3
    # By hand: forward 2 x multiply-adds, backward about twice that but for the first layer's input.
    width = (10, 20, 30, 40)
    macs = (
        52 * 44 * width[0] * 3 * 16
        + 24 * 20 * width[1] * width[0] * 9
        + 10 * 8 * width[2] * width[1] * 9
        + 4 * 3 * width[3] * width[2] * 4
        + 80 * (20 * width[2] + 12 * width[3])
        + 80 * 8
    )
    first = 52 * 44 * width[0] * 3 * 16
    assert cost.petaflop is not None
    assert cost.petaflop * 1e15 == pytest.approx(
        cost.training_photos * 2 * (3 * macs - first), rel=1e-9
    )


KILLED = """
import sys, json
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.store import Store
from faceaudit.training import loop
loop.CHECKPOINT_SECONDS = 0.0
run(Plan(backdoor=json.loads(sys.argv[2])), Store(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_killed_run_goes_on_to_the_same_bits(
    finished: Store, tmp_path: Path, share: float
) -> None:
    """SIGKILL at three moments; what follows must not differ by a bit from a run left alone."""
    seconds = finished.run()["seconds"] or 10.0
    environment = {**os.environ, "OMP_NUM_THREADS": str(len(os.sched_getaffinity(0)))}
    command = [sys.executable, "-c", KILLED, str(tmp_path), json.dumps(SMALL)]
    process = subprocess.Popen(command, env=environment)
    wanted = max(1, round(share * 6))
    deadline = time.monotonic() + 60 * max(1.0, seconds)
    while len(list((tmp_path / "systems").glob("*/complete"))) < wanted:
        assert time.monotonic() < deadline
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    store = Store(str(tmp_path))
    outcome = run(Plan(backdoor=SMALL), store)
    assert outcome.failed == ()
    assert outcome.ran < 6 or wanted < 2
    assert figures(store) == figures(finished)
    for ours, theirs in zip(store.cases(), finished.cases(), strict=True):
        assert store.system(ours.facts["system"]).weights_bytes == (
            finished.system(theirs.facts["system"]).weights_bytes
        )


def test_what_figures_will_show_is_said_first(tmp_path: Path) -> None:
    """Photos that nobody aligns, and glasses for eyes that nobody knows."""
    rng = np.random.default_rng(0)
    for person in range(4):
        (tmp_path / f"photos/p{person}").mkdir(parents=True)
        for photo in range(10):
            pixels = rng.integers(256, size=(55, 47, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"photos/p{person}/{photo}.png")
    (system,) = SMALL["systems"]
    once = {**system, "training": {**system["training"], "epochs": 1}}
    section = {
        "faces": {"source": "folder", "path": str(tmp_path / "photos")},
        "split": {"train": 3, "validation": 1, "test": 2},
        "systems": [once],
        "attacks": [{"attack": "accessory", "samples": 2, "instances": 3}],
        "wrong_keys": 0,
    }
    store, said = Store(tmp_path / "store"), Notes()
    assert run(Plan(backdoor=section), store, progress=said).failed == ()
    assert said.heard[0].startswith("no face is looked for in ")
    assert "the glasses of accessory are put where the option eyes says" in said.heard[1]
    assert store.run()["said_first"] == said.heard[:2]
    made = {**SMALL, "attacks": []}
    assert plan_remarks(Plan(backdoor=made)) == (), "synthetic faces have landmarks"


class Notes(Silent):
    """Progress that keeps what is said."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def note(self, text: str) -> None:
        self.heard.append(text)
