"""One run at a time is at a case, here and elsewhere; a killed holder keeps nobody out."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import pytest

from faceaudit.errors import StoreError
from faceaudit.store import Store

HOLD = """
import sys, time
from faceaudit.store import Store
with Store(sys.argv[1]).alone("cases", "c1"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(params=["folder", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "store") if request.param == "folder" else f"memory://{uuid.uuid4().hex}"


def store_at(url: str, expires: float = 60.0) -> Store:
    store = Store(url)
    store._leases.expires, store._leases.looks = expires, 0.02
    return store


def test_the_second_is_told_and_comes_in_once_the_first_is_out(url: str) -> None:
    first, second = store_at(url), store_at(url)
    with first.alone("cases", "c1") as held, second.alone("cases", "c1", wait=False) as also:
        assert (held, also) == (True, False)
        with second.alone("systems", "c1", wait=False) as other:
            assert other, "a training of the same name is another lease"
    with second.alone("cases", "c1", wait=False) as held:
        assert held


def test_only_one_of_many_is_inside(url: str) -> None:
    inside, most, done = [0], [], []

    def work() -> None:
        with store_at(url).alone("cases", "c1"):
            inside[0] += 1
            most.append(inside[0])
            time.sleep(0.01)
            inside[0] -= 1
        done.append(1)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, len(done)) == ([1] * 6, 6)


def test_a_failure_lets_go_and_nothing_is_left(url: str) -> None:
    store = store_at(url)
    with pytest.raises(KeyError), store.alone("cases", "c1"):
        raise KeyError
    with store.alone("cases", "c1", wait=False) as held:
        assert held
    assert store._files.names("leases") == []


def test_a_killed_process_lets_go_at_once_and_what_it_left_is_swept(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        store = Store(tmp_path)
        with store.alone("cases", "c1", wait=False) as held:
            assert not held
        holder.kill()
        with store.alone("cases", "c1") as held:
            assert held
    assert not (tmp_path / "leases").exists()
    (tmp_path / "leases").mkdir()
    (tmp_path / "leases" / "cases-left").touch()
    store.make()
    assert not (tmp_path / "leases").exists()


def test_a_lease_that_is_held_is_not_swept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.alone("cases", "c1"):
        Store(tmp_path).make()
        with store.alone("cases", "c1", wait=False) as also:
            assert not also


def test_a_lease_of_another_machine_is_renewed_while_it_is_held_and_overtaken_when_not() -> None:
    url = f"memory://{uuid.uuid4().hex}"
    with store_at(url, expires=0.4).alone("cases", "c1"):
        other = store_at(url, expires=0.4)
        until = time.monotonic() + 1.2
        while time.monotonic() < until:
            with other.alone("cases", "c1", wait=False) as held:
                assert not held
            time.sleep(0.02)
    store = store_at(url, expires=0.4)
    store._files.put("leases/cases-c1", b"a killed one's 7")
    with store.alone("cases", "c1", wait=False) as held:
        assert not held, "it has not been looked at for long enough"
    with store.alone("cases", "c1") as held:
        assert held


def test_who_was_overtaken_leaves_the_others_lease_alone() -> None:
    url = f"memory://{uuid.uuid4().hex}"
    store = store_at(url, expires=0.2)
    with store.alone("cases", "c1"):
        store._files.put("leases/cases-c1", b"another's 0")
        time.sleep(0.2)  # a renewal
    assert store._files.get("leases/cases-c1") == b"another's 0"


@pytest.mark.parametrize("name", ["", "..", "a/b", "x" * 101])
def test_a_name_that_leads_elsewhere_is_refused(url: str, name: str) -> None:
    with pytest.raises(StoreError, match="expected an id"), store_at(url).alone("cases", name):
        pass


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "leases").write_text("in the way")
    with (
        pytest.raises(StoreError, match="expected a store that can be written"),
        Store(tmp_path).alone("cases", "c1"),
    ):
        pass


def test_a_lease_that_can_never_be_made_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_at(f"memory://{uuid.uuid4().hex}")

    def gone(*_: object, **__: object) -> None:
        raise FileNotFoundError("no such bucket")

    monkeypatch.setattr(type(store._files.system), "pipe_file", gone)
    with pytest.raises(StoreError, match="no such bucket"), store.alone("cases", "c1"):
        pass


def test_a_link_in_the_place_of_a_lease_is_no_lease(tmp_path: Path) -> None:
    store = store_at(str(tmp_path / "store"))
    (tmp_path / "store" / "leases").mkdir(parents=True)
    for name, where in (("c1", tmp_path / "elsewhere"), ("c2", tmp_path / "no" / "where")):
        (tmp_path / "store" / "leases" / f"cases-{name}").symlink_to(where)
        with pytest.raises(StoreError, match="symbolic links"), store.alone("cases", name):
            pass
    store.make()
    assert not (tmp_path / "elsewhere").exists()
