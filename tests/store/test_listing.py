"""What a store holds is told by names and sizes, on a folder as elsewhere."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from faceaudit.files.lock import alone
from faceaudit.store import CaseRecord, Store, SystemRecord
from faceaudit.store.listing import PLACES

ONE, TWO, THREE = "1" * 64, "2" * 64, "3" * 64


def fill(store: Store) -> Store:
    store.write_case(CaseRecord(ONE, {"kind": "backdoor"}, pictures={"key": b"PNG"}))
    store.write_case(CaseRecord(TWO, {"kind": "backdoor"}, error="it broke"))
    store.write_system(SystemRecord(THREE, {}, (), b"weights"))
    store.write_run({"cases": [ONE, TWO], "seconds": 1.0})
    store.write_page("report.html", "<p>")
    return store


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return fill(Store(tmp_path / "a store"))
    return fill(Store(f"memory://{uuid.uuid4().hex}"))


def test_states_and_sizes_are_those_of_the_files(store: Store) -> None:
    found = store.listing()
    assert [(one.path, one.state) for one in found.cases] == [
        (f"cases/{ONE}", "done"),
        (f"cases/{TWO}", "failed"),
    ]
    assert [(one.id, one.state) for one in found.systems] == [(THREE, "done")]
    assert found.pages == ("report.html",)
    assert found.leases == ()
    assert set(found.bytes) == set(PLACES)
    there = store._files.system.find(store.root, detail=True)
    assert sum(found.bytes.values()) == sum(look["size"] for look in there.values())
    assert found.bytes["pages"] == 3
    assert found.cases[0].bytes == sum(look["size"] for path, look in there.items() if ONE in path)
    assert found.cases[0].changed is not None


def test_what_is_not_whole_is_not_called_done(store: Store) -> None:
    store._files.remove(f"cases/{ONE}/complete")
    store._files.put(f"cases/{TWO}/complete", b"")
    store._files.remove(f"systems/{THREE}/spec.json")
    found = store.listing()
    cut_short = "damaged" if store.local else "unfinished"
    assert [one.state for one in found.cases] == [cut_short, "of another version"]
    assert [one.state for one in found.systems] == ["damaged"]


def test_an_empty_place_holds_nothing(tmp_path: Path) -> None:
    assert Store(tmp_path / "nowhere").listing().cases == ()
    assert sum(Store(f"memory://{uuid.uuid4().hex}").listing().bytes.values()) == 0


def test_parts_of_writes_are_counted_once_each(tmp_path: Path) -> None:
    store = fill(Store(tmp_path))
    part = tmp_path / "cases" / f".{THREE}.999999.0123abcd.part"
    part.mkdir()
    (part / "spec.json").write_bytes(b"12345")
    (part / "figures.json").write_bytes(b"12345")
    (tmp_path / "run.json.999999.0123abcd.part").write_bytes(b"1")
    found = store.listing()
    assert found.unfinished == {
        f"cases/{part.name}": 10,
        "run.json.999999.0123abcd.part": 1,
    }
    assert found.bytes["unfinished"] == 11
    assert len(found.cases) == 2


def test_a_link_is_listed_and_not_followed(tmp_path: Path) -> None:
    store, away = fill(Store(tmp_path / "audit")), tmp_path / "away"
    away.mkdir()
    (away / "big").write_bytes(b"x" * 9999)
    (tmp_path / "audit" / "systems" / "link").symlink_to(away)
    found = store.listing()
    assert [one.state for one in found.systems] == ["done", "damaged"]
    assert found.bytes["systems"] < 9999


def test_a_lease_is_told_from_one_that_was_left(tmp_path: Path) -> None:
    store = fill(Store(tmp_path))
    with store.alone("cases", ONE):
        (tmp_path / "leases" / f"systems-{TWO}").touch()
        found = {one.name: one.held for one in store.listing().leases}
        assert found == {f"cases-{ONE}": True, f"systems-{TWO}": False}
        assert [one.name for one in store._leases.at_work()] == [f"cases-{ONE}"]
        with alone(tmp_path / "leases" / f"systems-{TWO}", wait=False) as mine:
            assert mine, "looking takes nothing"
    assert [one.held for one in store.listing().leases] == [False]
    assert store._leases.at_work() == ()


def test_a_lease_elsewhere_is_told_by_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    store = fill(Store(f"memory://{uuid.uuid4().hex}"))
    store._leases.expires, store._leases.looks = 0.4, 0.05
    with store.alone("cases", ONE):
        [lease] = store.listing().leases
        assert lease.held is None
        assert len(lease.holder.split()) == 2
        assert [one.held for one in store._leases.at_work()] == [True]
    store._files.put(f"leases/cases-{ONE}", b"host 1 token 0")
    assert store._leases.at_work() == ()


def test_small_files_of_many_folders_are_read_and_checked(store: Store) -> None:
    found = store.listing()
    read = store.glance([*found.cases, *found.systems], lambda name: name == "spec.json")
    assert {path: set(one.contents) for path, one in read.items()} == {
        f"cases/{ONE}": {"spec.json"},
        f"cases/{TWO}": {"spec.json"},
        f"systems/{THREE}": {"spec.json"},
    }
    size = found.cases[0].sizes["spec.json"]
    store._files.put(f"cases/{ONE}/spec.json", b"x" * size)
    store._files.put(f"cases/{TWO}/error.json", b"")
    read = store.glance(store.listing().cases, lambda name: name == "spec.json")
    said = {path: [damage.what for damage in one.damages] for path, one in read.items()}
    assert said[f"cases/{ONE}"] == ["is not what was written (its sha256)"]
    assert "has another size" in said[f"cases/{TWO}"][0]
