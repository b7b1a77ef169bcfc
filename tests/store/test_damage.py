"""Nothing that differs from what was written is believed, whichever file it is and however."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from faceaudit.errors import StoreError
from faceaudit.metrics import wilson
from faceaudit.store import CaseRecord, Store, SystemRecord
from faceaudit.types import Evidence, Figure

ONE, TWO, FAILED = "1" * 64, "2" * 64, "f" * 64
CASES, SYSTEMS = (ONE, TWO, FAILED), (ONE, TWO)
NAMES = {"photo-0123456789abcdef": "ada/1.jpg"}


def a_case(case: str, n: int) -> CaseRecord:
    rng = np.random.default_rng(n)
    return CaseRecord(
        case,
        {"kind": "backdoor", "n": n},
        {"people": n, "system": case},
        (Figure("success", wilson(n, 40)),),
        Evidence(("a", "b", "c"), {"score": rng.random(3)}),
        {"key": rng.bytes(60), "poison-0": rng.bytes(50)},
    )


RECORDS = {
    ONE: a_case(ONE, 7),
    TWO: a_case(TWO, 9),
    FAILED: CaseRecord(FAILED, {"kind": "backdoor", "n": 1}, error="it broke", traceback="here"),
}
TRAINED = {
    one: SystemRecord(one, {"n": n}, ({"epoch": 0.0, "train_loss": 0.5 + n},), bytes([n]) * 3000)
    for n, one in enumerate(SYSTEMS)
}


def fill(store: Store, names: tuple[str, ...] = CASES, systems: tuple[str, ...] = SYSTEMS) -> None:
    for case in names:
        store.write_case(RECORDS[case])
    for system in systems:
        store.write_system(TRAINED[system])
    store.write_names(NAMES)
    store.write_run({"cases": list(CASES), "seconds": 1.0})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    fill(Store(root))
    return root


def flip(place: float) -> Callable[[Path], None]:
    def flipped(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[int(place * (len(content) - 1))] ^= 0x20
        path.write_bytes(content)

    return flipped


def another(path: Path) -> None:
    """Put another's file of the same name in its place."""
    kind = path.relative_to(path.parents[-1]).parts
    root = next(one for one in path.parents if (one / "cases").is_dir())
    sibling = Path(str(path).replace(ONE, TWO) if ONE in kind else str(path).replace(TWO, ONE))
    if sibling == path or not sibling.exists():
        sibling = root / "cases" / ONE / "spec.json"
    shutil.copyfile(sibling, path)


def in_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def linked(path: Path) -> None:
    away = path.with_name("away")
    path.rename(away)
    path.symlink_to(away)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "first byte": flip(0),
    "a byte": flip(0.37),
    "last byte": flip(1),
    "cut": lambda path: os.truncate(path, path.stat().st_size // 2),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\n") and None,
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)) and None,
    "emptied": lambda path: path.write_bytes(b"") and None,
    "removed": lambda path: path.unlink(),
    "another's": another,
    "a folder": in_folder,
    "a link": linked,
    "deep": lambda path: path.write_bytes(b"[" * 100_000) and None,
}
FILES = [
    *(f"cases/{ONE}/{name}" for name in ("spec.json", "figures.json", "evidence.npz", "complete")),
    *(f"cases/{ONE}/pictures/{name}.png" for name in ("key", "poison-0")),
    *(f"cases/{FAILED}/{name}" for name in ("spec.json", "error.json", "complete")),
    *(f"systems/{TWO}/{one}" for one in ("spec.json", "curve.json", "weights.safetensors")),
    f"systems/{TWO}/complete",
]


def tree(root: Path) -> dict[str, bytes]:
    files = [path for path in root.rglob("*") if path.is_file() and "damaged" not in path.parts]
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def equal(one: CaseRecord, other: CaseRecord) -> bool:
    if one.evidence is None or other.evidence is None:
        return (one.error, one.spec) == (other.error, other.spec)
    return (
        (one.spec, one.facts, one.figures, one.pictures, one.evidence.ids)
        == (other.spec, other.facts, other.figures, other.pictures, other.evidence.ids)
    ) and (one.evidence.columns["score"] == other.evidence.columns["score"]).all()


def believed(store: Store) -> Iterator[str]:
    """Yield what a store gives; what it gives has to be what was written."""
    for only in (True, False):
        for case in CASES:
            try:
                record = store.case(case, figures_only=only)
            except StoreError:
                continue
            assert (only and record.figures == RECORDS[case].figures) or equal(
                record, RECORDS[case]
            )
            yield f"cases/{case}"
    for system in SYSTEMS:
        for read in (store.system, store.curve, store.system_spec):
            try:
                found = read(system)
            except StoreError:
                continue
            true = TRAINED[system]
            same = getattr(found, "weights_bytes", found)
            assert same in (true.weights_bytes, true.curve, true.spec)
            yield f"systems/{system}"


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_folder_is_absent_and_becomes_what_it_was(
    whole: Path, tmp_path: Path, file: str, damage: str
) -> None:
    root = tmp_path / "store"
    shutil.copytree(whole, root)
    DAMAGES[damage](root / file)
    folder = "/".join(file.split("/")[:2])
    kind, name = folder.split("/")
    store = Store(root)
    assert not (store.has_case(name) if kind == "cases" else store.has_system(name))
    assert folder not in set(believed(store))
    assert name not in store.case_ids() or kind == "systems"
    assert name not in {case.id for case in store.cases()} or kind == "systems"
    assert {"/".join(one.file.split("/")[:2]) for one in store.verify()} == {folder}
    found = store.set_aside_damaged(folder)
    assert found is not None
    assert (root / found.where).exists()
    assert store.set_aside_damaged(folder) is None
    if kind == "cases":
        store.write_case(RECORDS[name])
    else:
        store.train_once(name, lambda: store.write_system(TRAINED[name]))
    assert store.verify() == ()
    assert tree(root) == tree(whole)


def test_damage_beside_what_was_known_to_be_sound_is_found_by_the_same_store(
    whole: Path, tmp_path: Path
) -> None:
    """What a process knows of a folder holds only as long as its files look the same."""
    root = tmp_path / "store"
    shutil.copytree(whole, root)
    past = 1_000_000_000
    store = Store(root)
    assert store.has_case(ONE)
    path = root / f"cases/{ONE}/figures.json"
    flip(0.5)(path)
    os.utime(path, (past, past))
    assert not store.has_case(ONE)
    assert not Store(root).has_case(ONE)


def swapped(root: Path, kind: str) -> None:
    for name in ("1", "2"):
        (root / kind / (name * 64)).rename(root / kind / f"{name}.away")
    (root / kind / "1.away").rename(root / kind / TWO)
    (root / kind / "2.away").rename(root / kind / ONE)


@pytest.mark.parametrize("kind", ["cases", "systems"])
def test_a_folder_in_the_place_of_another_is_damage(whole: Path, tmp_path: Path, kind: str) -> None:
    root = tmp_path / "store"
    shutil.copytree(whole, root)
    swapped(root, kind)
    store = Store(root)
    has = store.has_case if kind == "cases" else store.has_system
    assert [has(one) for one in (ONE, TWO)] == [False, False]
    assert all("is of another folder" in damage.what for damage in store.verify())
    shutil.rmtree(root / "systems")
    (root / "cases" / ONE).rename(root / "systems")  # no folder of folders at all
    assert not store.has_system(ONE)
    store.verify()


@pytest.mark.parametrize(
    "stray", ["pictures/extra.png", "extra", "pictures/deep/extra", "error.json"]
)
def test_a_stray_file_is_damage(whole: Path, tmp_path: Path, stray: str) -> None:
    root = tmp_path / "store"
    shutil.copytree(whole, root)
    path = root / "cases" / ONE / stray
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"{}")
    store = Store(root)
    assert not store.has_case(ONE)
    assert [damage.file for damage in store.verify()] == [
        f"cases/{ONE}/{stray}".replace("/extra", "", "deep" in stray)
    ]


@pytest.mark.parametrize("damage", [one for one in DAMAGES if one != "a link"])
@pytest.mark.parametrize("name", ["run.json", "names.json"])
def test_a_damaged_account_is_said_and_written_anew(
    whole: Path, tmp_path: Path, name: str, damage: str
) -> None:
    root = tmp_path / "store"
    shutil.copytree(whole, root)
    DAMAGES[damage](root / name)
    store = Store(root)
    gone = damage == "removed" and name == "names.json"
    read = store.run if name == "run.json" else store.names
    if gone:
        assert read() == {}
    else:
        with pytest.raises(StoreError, match="expected"):
            read()
        assert [one.file for one in store.verify()] == [name]
    store.set_all_aside(store.verify())
    store.write_names(NAMES)
    store.write_run({"cases": list(CASES), "seconds": 1.0})
    assert tree(root) == tree(whole)


def test_an_account_of_another_store_names_cases_that_are_missing(
    whole: Path, tmp_path: Path
) -> None:
    root = tmp_path / "store"
    shutil.copytree(whole, root)
    other = Store(tmp_path / "other")
    other.write_run({"cases": [TWO, "e" * 64, "../../x"], "seconds": 1.0})
    shutil.copyfile(tmp_path / "other/run.json", root / "run.json")
    store = Store(root)
    assert [case.id for case in store.cases()] == [TWO]
    assert [damage.file for damage in store.verify()] == [f"cases/{'e' * 64}", "cases/../../x"]
    store.set_all_aside(store.verify())
    assert tree(root).keys() == tree(whole).keys(), "nothing is moved that is not damaged"


def test_a_store_from_before_digests_counts_as_absent(whole: Path, tmp_path: Path) -> None:
    root = tmp_path / "store"
    shutil.copytree(whole, root)
    for path in root.glob("*/*/complete"):
        path.write_bytes(b"")
    run = json.loads((root / "run.json").read_text())
    del run["sha256"]
    (root / "run.json").write_text(json.dumps(run))
    store = Store(root)
    assert store.case_ids() == []
    assert {(one.file == "run.json", one.what) for one in store.verify()} == {
        (True, "is of another version of faceaudit"),
        (False, "is empty: another version of faceaudit may have written it"),
    }
    with pytest.raises(StoreError, match="expected a store that this version of faceaudit wrote"):
        store.run()


def test_names_that_are_not_kept_any_more_are_not_kept_aside_either(tmp_path: Path) -> None:
    store = Store(tmp_path)
    fill(store)
    os.truncate(tmp_path / "names.json", 5)
    store.set_all_aside(store.verify())
    assert (tmp_path / "damaged/names.json-1").exists()
    store.write_names({})
    assert list((tmp_path / "damaged").iterdir()) == []


def test_pictures_of_damaged_cases_go_when_none_are_to_be_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    fill(store)
    os.truncate(tmp_path / f"cases/{ONE}/figures.json", 5)
    os.truncate(tmp_path / f"cases/{TWO}/figures.json", 5)
    store.set_aside_damaged(f"cases/{ONE}")
    store.remove_unfinished_pictures()
    assert list(tmp_path.rglob("*.png")) == []
