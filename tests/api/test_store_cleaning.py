"""What the last run does not need is told, and goes only when that is asked for."""

from __future__ import annotations

import json
import os
import uuid
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import faceaudit
from faceaudit.api import store_cleaning
from faceaudit.audit.garbage import Clearing, clear
from faceaudit.cli import app
from faceaudit.errors import StoreError
from faceaudit.files.lock import alone
from faceaudit.store import CaseRecord, Store, SystemRecord
from faceaudit.store.listing import Listing

CASES = {name: name * 64 for name in "123"}
USED, BASE, STRAY, OLD = (name * 64 for name in "abcd")


def fill(store: Store, *, seconds: float | None = 1.0) -> Store:
    """Fill a store: one case rests on a system by its facts, which rests on another by its spec."""
    spec = {"kind": "backdoor"}
    store.write_case(CaseRecord(CASES["1"], spec, {"system": USED}))
    store.write_case(CaseRecord(CASES["2"], spec))
    store.write_case(CaseRecord(CASES["3"], {**spec, "backbones": [OLD]}))
    store.write_system(SystemRecord(USED, {"backbone": BASE}, (), b"used"))
    for id_ in (BASE, STRAY, OLD):
        store.write_system(SystemRecord(id_, {"network": "n"}, (), b"weights"))
    store.write_run({"cases": [CASES["1"], CASES["2"]], "seconds": seconds})
    store.write_page("report.html", "<p>")
    return store


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.delenv("FACEAUDIT_CACHE", raising=False)
    if request.param == "folder":
        return fill(Store(tmp_path / "audit"))
    return fill(Store(f"memory://{uuid.uuid4().hex}"))


def contents(store: Store) -> set[str]:
    start = len(store.root) + 1
    return {str(path)[start:] for path in store._files.system.find(store.root)}


def folders(store: Store) -> set[str]:
    return set(store.folders())


def needless(store: Store, **asked: bool) -> dict[str, str]:
    return {one.path: one.why for one in faceaudit.clean_store(store, **asked).garbage}


def test_only_systems_that_no_kept_case_rests_on_are_needless(store: Store) -> None:
    assert list(needless(store)) == [f"systems/{STRAY}"]


def test_a_system_by_a_name_that_nothing_could_name_stays(store: Store) -> None:
    store.write_system(SystemRecord("by-hand", {}, (), b"weights"))
    assert list(needless(store)) == [f"systems/{STRAY}"]


def test_with_earlier_plans_so_are_their_cases_and_what_only_they_rest_on(store: Store) -> None:
    assert set(needless(store, earlier_plans=True)) == {
        f"cases/{CASES['3']}",
        f"systems/{STRAY}",
        f"systems/{OLD}",
    }


def test_nothing_goes_unless_asked_and_then_only_that(store: Store) -> None:
    before = contents(store)
    listed = faceaudit.clean_store(store, earlier_plans=True)
    assert not listed.removed
    assert contents(store) == before
    done = faceaudit.clean_store(store, earlier_plans=True, remove=True)
    assert (done.garbage, done.left) == (listed.garbage, ())
    gone = {name for name in before if name.startswith(tuple(one.path for one in done.garbage))}
    assert contents(store) == before - gone
    assert "report.html" in contents(store)
    assert store.verify() == ()
    assert needless(store, earlier_plans=True) == {}


@pytest.mark.parametrize("what", ["not ended", "failed", "missing"])
def test_systems_stay_while_the_last_run_is_not_whole(store: Store, what: str) -> None:
    if what == "not ended":
        fill(store, seconds=None)
    elif what == "failed":
        store.write_case(CaseRecord(CASES["2"], {"kind": "backdoor"}, error="it broke"))
    else:
        store._files.remove(f"cases/{CASES['2']}")
    found = faceaudit.clean_store(store, remove=True)
    assert found.garbage == ()
    assert "the last run is not whole" in found.notes[0]
    assert f"systems/{STRAY}" in folders(store)


def test_systems_stay_where_a_case_cannot_tell_what_it_rests_on(store: Store) -> None:
    size = len(store._files.get(f"cases/{CASES['1']}/figures.json"))
    store._files.put(f"cases/{CASES['1']}/figures.json", b" " * size)
    found = faceaudit.clean_store(store, remove=True)
    assert found.garbage == ()
    assert "is damaged, and may need them" in found.notes[0]


def test_what_was_set_aside_or_cut_short_goes(store: Store) -> None:
    store._files.put(f"cases/{CASES['3']}/spec.json", b"{}")
    store.set_aside_damaged(f"cases/{CASES['3']}")
    if store.local:
        part = Path(store.root) / "cases" / f".{OLD}.{2**22 + 1}.0123abcd.part"
        part.mkdir()
        (part / "spec.json").write_bytes(b"{}")
        cut = f"cases/{part.name}"
    else:
        store._files.put(f"cases/{OLD}/spec.json", b"{}")
        cut = f"cases/{OLD}"
    found = needless(store, remove=True)
    assert found[f"damaged/cases-{CASES['3']}-1"] == "set aside as damaged"
    assert found[cut] == "a write that was cut short"
    assert not any(name.startswith(("damaged/", cut)) for name in contents(store))


def test_a_write_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    store = fill(Store(tmp_path / "audit"))
    part = tmp_path / "audit" / "cases" / f".{OLD}.{os.getpid()}.0123abcd.part"
    part.mkdir()
    (part / "spec.json").write_bytes(b"{}" * 500)
    found = faceaudit.clean_store(store, remove=True)
    assert (part / "spec.json").exists()
    assert found.left == (f"cases/{part.name}",)
    [gone] = [one for one in found.garbage if one.path not in found.left]
    assert found.lines()[-1] == f"removed: 1 things, {gone.size} bytes"


def test_while_a_run_is_at_work_nothing_is_looked_for(store: Store) -> None:
    store._leases.expires, store._leases.looks = 0.8, 0.05
    before = contents(store)
    for remove in (False, True):
        with (
            store.alone("cases", CASES["2"]),
            pytest.raises(StoreError, match="expected a store that no run is at"),
        ):
            faceaudit.clean_store(store, remove=remove)
    assert contents(store) == before


def test_a_lease_of_the_dead_keeps_nobody(store: Store) -> None:
    store._leases.expires, store._leases.looks = 0.4, 0.05
    store._files.put(f"leases/cases-{CASES['2']}", b"host 1 token 0")
    found = faceaudit.clean_store(store, remove=True)
    assert f"leases/cases-{CASES['2']}" in {one.path for one in found.garbage}
    assert not any(name.startswith("leases/") for name in contents(store))


def test_what_somebody_took_after_leases_were_looked_at_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"memory://{uuid.uuid4().hex}"
    store, other = fill(Store(url)), Store(url)
    store._files.put(f"cases/{OLD}/spec.json", b"{}")  # half written
    with ExitStack() as stack:

        def nobody(_self: Store, **_: bool) -> tuple[()]:
            stack.enter_context(other.alone("cases", OLD))
            return ()

        monkeypatch.setattr(Store, "at_work", nobody)
        found = faceaudit.clean_store(store, remove=True)
        assert found.left == (f"cases/{OLD}",)
        assert {f"cases/{OLD}/spec.json", f"leases/cases-{OLD}"} <= contents(store)


def test_what_was_whole_by_the_time_of_its_removal_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    store = fill(Store(f"memory://{uuid.uuid4().hex}"))
    store._files.put(f"cases/{OLD}/spec.json", b"{}")
    listing = Store.listing

    def then_written(self: Store) -> Listing:
        found = listing(self)
        self.write_case(CaseRecord(OLD, {"kind": "backdoor"}))
        return found

    monkeypatch.setattr(Store, "listing", then_written)
    assert faceaudit.clean_store(store, remove=True).left == (f"cases/{OLD}",)
    assert store.has_case(OLD)


def test_a_dead_lease_at_what_was_cut_short_does_not_keep_it() -> None:
    store = fill(Store(f"memory://{uuid.uuid4().hex}"))
    store._leases.expires, store._leases.looks = 0.4, 0.05
    store._files.put(f"cases/{OLD}/spec.json", b"{}")
    store._files.put(f"leases/cases-{OLD}", b"host 1 token 0")
    assert faceaudit.clean_store(store, remove=True).left == ()
    assert f"cases/{OLD}" not in folders(store)


def test_a_heart_that_beats_keeps_everything(store: Store) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    store.write_page("heartbeat.json", json.dumps({"time": now, "state": "running"}))
    with pytest.raises(StoreError, match="says that one is"):
        faceaudit.clean_store(store)
    for beat in (
        {"time": now, "state": "finished"},
        {"time": "2020-01-01T00:00:00+00:00", "state": "running"},
        [],
    ):
        store.write_page("heartbeat.json", json.dumps(beat))
        faceaudit.clean_store(store)


def test_who_writes_the_account_of_a_run_waits(store: Store) -> None:
    with (
        store.alone("runs", "account"),
        pytest.raises(StoreError, match="expected a store that no run is at"),
    ):
        faceaudit.clean_store(store, remove=True)


@pytest.mark.parametrize("schema", [4, 99])
def test_a_store_of_another_version_is_left_alone(store: Store, schema: int) -> None:
    store._files.put("run.json", json.dumps({"schema": schema, "cases": []}).encode())
    before = contents(store)
    with pytest.raises(StoreError, match=f"of schema {schema}"):
        faceaudit.clean_store(store, earlier_plans=True, remove=True)
    assert contents(store) == before


# folders of this machine


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FACEAUDIT_CACHE", raising=False)
    return Path(fill(Store(tmp_path / "audit")).root)


@pytest.fixture
def away(tmp_path: Path) -> Path:
    folder = tmp_path / "away"
    folder.mkdir()
    (folder / "precious").write_text("mine")
    return folder


def test_what_a_link_leads_to_stays(root: Path, away: Path) -> None:
    cache = root.with_name("audit.cache")
    for place in (
        root / "systems" / ("e" * 64),
        root / "damaged" / "cases-1-1",
        root / "cases" / ("f" * 64),
        root / "cases" / f".x.{2**22 + 1}.0123abcd.part",
        root / "damaged" / "cases-1-2" / "inside",
        cache / "faces" / "pack",
        cache / "work" / "one.checkpoint",
    ):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(away)
    found = faceaudit.clean_store(root, earlier_plans=True, cache=True, remove=True)
    assert len(found.garbage) == 10, "two aside, a part, two cases, three systems, two cached"
    assert (away / "precious").read_text() == "mine"
    assert list(cache.rglob("*.checkpoint")) == []


@pytest.mark.parametrize("name", ["cases", "systems", "damaged", "leases"])
def test_a_link_in_the_place_of_a_folder_is_refused_or_let_be(
    root: Path, away: Path, name: str
) -> None:
    if (root / name).exists():
        (root / name).rename(root.with_name("elsewhere"))
    (root / name).symlink_to(away)
    before = sorted(root.parent.rglob("*"))
    with suppress(StoreError):
        faceaudit.clean_store(root, earlier_plans=True, remove=True)
    assert (away / "precious").exists()
    kept = {path for path in before if "elsewhere" in path.parts or away in path.parents}
    assert all(path.exists() for path in kept)


def test_the_cache_of_a_store_alone_goes_when_asked(root: Path) -> None:
    cache = root.with_name("audit.cache")
    for name in ("faces/pack/images.u8", "work/embeddings/e/rows.f32", "work/x.checkpoint"):
        (cache / name).parent.mkdir(parents=True, exist_ok=True)
        (cache / name).write_bytes(b"12345")
    assert str(cache / "work/x.checkpoint") in needless(root)
    assert str(cache / "faces/pack") not in needless(root)
    found = faceaudit.clean_store(root, cache=True)
    assert sum(one.size for one in found.garbage if "cache" in one.why) == 15
    with alone(cache / "work" / "x.lock"):
        [note] = faceaudit.clean_store(root, cache=True, remove=True).notes
        assert "a process is at work there" in note
    assert (cache / "faces/pack/images.u8").exists()
    faceaudit.clean_store(root, cache=True, remove=True)
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_a_run_that_began_meanwhile_keeps_the_cache(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = root.with_name("audit.cache") / "faces" / "pack"
    pack.mkdir(parents=True)

    def clear_while_a_run_begins(store: Store, **asked: Any) -> Clearing:
        found = clear(store, **asked)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        store.write_page("heartbeat.json", json.dumps({"time": now, "state": "running"}))
        return found

    monkeypatch.setattr(store_cleaning, "clear", clear_while_a_run_begins)
    found = faceaudit.clean_store(root, cache=True, remove=True)
    assert "a process is at work there" in found.notes[0]
    assert pack.exists()


def test_checkpoints_stay_while_the_last_run_is_not_whole(root: Path) -> None:
    fill(Store(root), seconds=None)
    path = root.with_name("audit.cache") / "work" / "x.checkpoint"
    path.parent.mkdir(parents=True)
    path.touch()
    faceaudit.clean_store(root, remove=True)
    assert path.exists()


def test_a_cache_that_others_share_is_left_alone(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path / "shared"))
    for folder in (tmp_path / "shared" / "work", root.with_name("audit.cache") / "work"):
        folder.mkdir(parents=True)
        (folder / "x.checkpoint").touch()
    found = faceaudit.clean_store(root, cache=True, remove=True)
    assert len(list(tmp_path.rglob("x.checkpoint"))) == 2
    assert found.notes == ("there is no cache beside the store that is its own",)


def test_the_command_lists_and_removes_only_when_told(root: Path) -> None:
    said = CliRunner().invoke(app, ["store", "gc", str(root)])
    assert said.exit_code == 0
    assert "nothing was removed, --yes removes it" in said.output
    assert (root / "systems" / STRAY).exists()
    said = CliRunner().invoke(app, ["store", "gc", str(root), "--yes"])
    assert "removed: 1 things" in said.output
    assert not (root / "systems" / STRAY).exists()
    assert (
        "nothing that is not needed" in CliRunner().invoke(app, ["store", "gc", str(root)]).output
    )
