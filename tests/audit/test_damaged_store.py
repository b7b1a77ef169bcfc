"""A run into a damaged store believes nothing of it, says so, and ends with the same figures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faceaudit.api.stores import verify_store
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.kinds import kind_of
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import RunSummary, run
from faceaudit.audit.runners.base import Runner
from faceaudit.audit.runners.local import LocalRunner
from faceaudit.audit.runners.processes import ProcessRunner
from faceaudit.errors import StoreError
from faceaudit.store import Store
from helpers.notes import Notes

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
}
CASES = 3


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def one_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(cache))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACEAUDIT_CACHE", str(cache))
        root = tmp_path_factory.mktemp("finished") / "store"
        done = run(Plan(backdoor=SMALL), Store(root))
    assert (done.ran, done.failed) == (CASES, ())
    return root


@pytest.fixture
def root(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "store"))


def again(root: Path) -> tuple[RunSummary, list[str]]:
    notes = Notes()
    return run(Plan(backdoor=SMALL), Store(root), progress=notes), notes.said


def tree(root: Path) -> dict[str, bytes]:
    """Return all files but the account, which has times in it, and what was set aside."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name != "run.json" and "damaged" not in path.parts
    }


def assert_whole(root: Path, finished: Path) -> None:
    ours, true = tree(root), tree(finished)
    assert ours.keys() == true.keys()
    assert [name for name in ours if ours[name] != true[name]] == []
    assert Store(root).verify() == ()


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def replaced(path: Path) -> None:
    """Put the file of the same name of another folder in its place."""
    others = [one / path.name for one in path.parent.parent.iterdir() if one != path.parent]
    other = next((one for one in sorted(others) if one.is_file()), None)
    path.write_bytes(other.read_bytes() if other else b"{}")


HOW: dict[str, Callable[[Path], None]] = {
    "flipped": flipped,
    "cut": cut,
    "emptied": emptied,
    "removed": Path.unlink,
    "replaced": replaced,
}


def test_a_run_repairs_what_is_damaged_and_says_so(root: Path, finished: Path) -> None:
    first, second, third = sorted((root / "cases").iterdir())
    system = next(iter(sorted((root / "systems").iterdir())))
    flipped(first / "figures.json")
    cut(second / "evidence.npz")
    emptied(system / "weights.safetensors")
    cut(root / "run.json")
    done, said = again(root)
    assert done.failed == ()
    assert done.ran >= 2
    for name in (first.name, second.name, system.name):
        assert sum(name in line and "set aside in damaged/" in line for line in said) == 1
    assert sum(line.startswith("run.json is no JSON") for line in said) == 1
    assert third.name not in " ".join(said)
    assert_whole(root, finished)
    assert len(list((root / "damaged").iterdir())) == 3
    done, said = again(root)
    assert (done.ran, done.kept, said) == (0, CASES, [])


def test_a_store_from_before_digests_is_said_once(root: Path, finished: Path) -> None:
    for path in root.glob("*/*/complete"):
        path.write_bytes(b"")
    done, said = again(root)
    assert (done.ran, done.failed) == (CASES, ())
    assert sum("of another version of faceaudit" in line for line in said) == 1
    assert len(said) == 1
    assert_whole(root, finished)


def test_a_system_that_was_set_aside_before_is_trained_again(root: Path, finished: Path) -> None:
    flipped(next(iter(sorted((root / "systems").iterdir()))) / "weights.safetensors")
    assert len(verify_store(root, repair=True).set_aside) == 1
    done, said = again(root)
    assert done.ran >= 1
    assert len(said) == 1
    assert "rest on systems that were set aside before" in said[0]
    assert_whole(root, finished)
    done, said = again(root)
    assert (done.ran, done.kept, said) == (0, CASES, [])


def test_a_system_that_was_removed_by_hand_is_trained_again_once_something_needs_it(
    root: Path, finished: Path
) -> None:
    """Weights take room, and a case does not need them any more: who removes them may mean it."""
    shutil.rmtree(root / "systems")
    done, said = again(root)
    assert (done.ran, done.kept, said) == (0, CASES, [])
    assert not (root / "systems").exists()
    assert Store(root).verify() == ()
    assert [case.figures for case in Store(root).cases()] == [
        case.figures for case in Store(finished).cases()
    ]
    shutil.rmtree(next(iter(sorted((root / "cases").iterdir()))))
    done, said = again(root)
    assert (done.ran, done.kept, done.failed, said) == (1, CASES - 1, (), [])
    for name, content in tree(root).items():
        assert content == tree(finished)[name], "as before, to the bit"


@pytest.mark.slow
def test_every_kind_of_damage_to_every_kind_of_file(root: Path, finished: Path) -> None:
    """Damages to different folders at once, so that one run repairs several of them."""
    folders = [*sorted((root / "cases").iterdir()), *sorted((root / "systems").iterdir())]
    left = [
        (path, how)
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for how in HOW
    ]
    left += [(root / "run.json", how) for how in HOW]
    count = len(left)
    assert count >= 150
    while left:
        now = {path.relative_to(root).parts[:2]: (path, how) for path, how in left}
        left = [one for one in left if one not in now.values()]
        before = tree(root)
        for path, how in now.values():
            HOW[how](path)
        same = before == tree(root)  # replaced by a file that is equal
        wrong = {"/".join(one.file.split("/")[:2]) for one in Store(root).verify()}
        assert same or wrong
        for place, (path, _) in now.items():
            changed = before.get(str(path.relative_to(root))) != (
                path.read_bytes() if path.exists() else None
            )
            if changed and len(place) == 2:
                assert "/".join(place) in wrong, path
        shown = {case.id for case in Store(root).cases()} if "run.json" not in wrong else set()
        assert not {f"cases/{case}" for case in shown} & wrong
        done, _ = again(root)
        assert done.failed == ()
        assert_whole(root, finished)
        shutil.rmtree(root / "damaged", ignore_errors=True)


def prepared(store: Store) -> tuple[Job, ...]:
    plan = Plan(backdoor=SMALL)
    kind = kind_of("backdoor")
    return kind.prepare(plan.section("backdoor"), plan.seeds, store, workspace(store)).jobs


@pytest.mark.parametrize("other_fails", [False, True])
def test_a_case_that_another_run_is_at_comes_last_and_is_not_run_twice(
    root: Path, finished: Path, other_fails: bool
) -> None:
    store, other = Store(root), Store(root)
    jobs = prepared(store)
    shutil.rmtree(root / "cases" / jobs[0].id)
    waiting = threading.Event()

    def other_run() -> None:
        with other.alone("cases", jobs[0].id):
            waiting.set()
            time.sleep(0.3)
            if not other_fails:
                place = Path("cases") / jobs[0].id
                shutil.copytree(finished / place, root / place)

    thread = threading.Thread(target=other_run)
    thread.start()
    waiting.wait()
    notes = Notes()
    records = list(LocalRunner().run(jobs, store, workspace(store, notes)))
    thread.join()
    assert [record.id for record in records] == [*(job.id for job in jobs[1:]), jobs[0].id]
    assert [record.kept for record in records] == [True] * (CASES - 1) + [not other_fails]
    assert [line for line in notes.said if "another run is at" in line]
    assert_whole(root, finished)


@pytest.mark.parametrize(
    "runner", [None, pytest.param(ProcessRunner(2), marks=pytest.mark.slow)], ids=["one", "two"]
)
def test_a_store_that_cannot_keep_a_case_ends_the_run_with_that(
    root: Path, runner: Runner | None
) -> None:
    shutil.rmtree(root / "cases")
    (root / "cases").write_text("in the way")
    with pytest.raises(StoreError, match="expected a store that can be written, got"):
        run(Plan(backdoor=SMALL), Store(root), runner=runner)
    assert not list(root.rglob("*.part"))
    if runner is None:  # a killed process leaves its lease to the next run, which sweeps it
        assert not (root / "leases").exists()


RUN = """
import json, sys
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.audit.runners.processes import ProcessRunner
from faceaudit.progress import Silent
from faceaudit.store import Store
from contextlib import contextmanager
class Titles(Silent):
    @contextmanager
    def task(self, title, total):
        if title.startswith("train"):
            print(title, file=sys.stderr)
        yield lambda steps: None
runner = ProcessRunner(2) if sys.argv[3] == "side by side" else None
plan, store = Plan(backdoor=json.loads(sys.argv[2])), Store(sys.argv[1])
done = run(plan, store, progress=Titles(), runner=runner)
print(json.dumps([done.ran, done.kept, done.failed]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["one by one", "side by side"])
def test_two_runs_at_once_share_the_work(tmp_path: Path, finished: Path, runner: str) -> None:
    command = [sys.executable, "-c", RUN, str(tmp_path / "store"), json.dumps(SMALL), runner]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    runs = [subprocess.Popen(command, **pipes) for _ in range(2)]  # type: ignore[call-overload]
    said = [one.communicate() for one in runs]
    assert [one.returncode for one in runs] == [0, 0], said
    (ran, kept, failed), (also_ran, also_kept, also_failed) = (json.loads(out) for out, _ in said)
    assert failed == also_failed == []
    assert ran + also_ran == CASES
    assert ran + kept == also_ran + also_kept == CASES
    trained = [line for _, errors in said for line in errors.splitlines() if "train" in line]
    assert len(trained) == 3, trained
    ours, true = Store(tmp_path / "store"), Store(finished)
    assert [case.figures for case in ours.cases()] == [case.figures for case in true.cases()]
    assert ours.verify() == ()
    if runner == "one by one":  # the same number of threads, so evidence is the same to the bit
        assert_whole(tmp_path / "store", finished)
