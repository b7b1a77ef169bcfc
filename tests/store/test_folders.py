"""A folder is written whole, replaced without a moment in which it is gone, and private."""

from __future__ import annotations

import errno
import itertools
import os
import signal
import stat
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from faceaudit.errors import StoreError
from faceaudit.files.atomic import exchange, open_atomically
from faceaudit.store import CaseRecord, Store, SystemRecord, files, folders

ID = "a" * 64


def record(n: int) -> CaseRecord:
    """Return a case in which every file is of the same number."""
    return CaseRecord(ID, {"n": n}, {"n": n}, pictures={"key": b"%d" % n * 500, f"of-{n}": b"x"})


def number_of(found: CaseRecord) -> int:
    """Return the number that all files of a case are of."""
    number = found.spec["n"]
    assert found.facts == {"n": number}
    assert found.pictures == dict(record(number).pictures)
    return int(number)


def replace_it(url: str, times: int) -> None:
    store = Store(url)
    for n in range(times):
        store.write_case(record(n))


REPLACE = """
import sys
from faceaudit.store import CaseRecord, Store
store = Store(sys.argv[1])
for n in range(100):
    pictures = {"key": b"%d" % n * 500, f"of-{n}": b"x"}
    store.write_case(CaseRecord("a" * 64, {"n": n}, {"n": n}, pictures=pictures))
"""


def test_who_reads_meanwhile_sees_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    store, seen = Store(tmp_path), set()
    store.write_case(record(0))
    with subprocess.Popen([sys.executable, "-c", REPLACE, str(tmp_path)]) as other:
        while other.poll() is None:
            assert store.has_case(ID)
            seen.add(number_of(store.case(ID)))
            assert Store(tmp_path).case_ids() == [ID]
    assert other.returncode == 0
    assert len(seen) > 1
    assert [path.name for path in (tmp_path / "cases").iterdir()] == [ID]


def test_a_folder_that_is_replaced_is_never_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    if not exchange(tmp_path / "one", tmp_path / "other"):
        pytest.skip("this file system cannot exchange two folders")
    store, rename = Store(tmp_path), Path.rename
    store.write_case(record(0))

    def watched(path: Path, target: Path) -> Path:
        try:
            return rename(path, target)
        finally:
            assert store.has_case(ID)

    monkeypatch.setattr(Path, "rename", watched)
    store.write_case(record(1))
    assert number_of(store.case(ID)) == 1


def test_without_an_exchange_of_folders_the_new_one_is_there_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "exchange", lambda *_: False)
    replace_it(str(tmp_path), 3)
    assert number_of(Store(tmp_path).case(ID)) == 2
    assert [path.name for path in (tmp_path / "cases").iterdir()] == [ID]


KILLED = """
import os, signal, sys
from faceaudit.store import CaseRecord, Store
at, seen = int(sys.argv[2]), [0]
def kill(event, arguments):
    if event in ("open", "os.mkdir", "os.rename", "os.remove", "shutil.rmtree"):
        seen[0] += 1
        if seen[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)
store = Store(sys.argv[1])
record = CaseRecord("a" * 64, {"n": 1}, {"n": 1}, pictures={"key": b"1" * 500, "of-1": b"x"})
sys.addaudithook(kill)
store.write_case(record)
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    ends = []
    for at in itertools.count(1):
        root = tmp_path / str(at)
        store = Store(root)
        store.write_case(record(0))
        done = subprocess.run([sys.executable, "-c", KILLED, str(root), str(at)], check=False)
        assert store.has_case(ID)
        ends.append(number_of(store.case(ID)))
        Store(root).make()
        assert [path.name for path in root.rglob("*") if "part" in path.name] == []
        assert store.verify()[0].file == "run.json"
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
    assert len(ends) > 10
    assert ends == sorted(ends), "the old one up to a moment, the new one from then on"
    assert {0, 1} == set(ends)


def test_one_kill_in_the_middle_is_followed_by_a_clean_store(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_case(record(0))
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "9"], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [path for path in (tmp_path / "cases").iterdir() if path.name.endswith(".part")]
    assert number_of(store.case(ID)) == 0
    assert store.case_ids() == [ID]
    store.make()
    assert [path.name for path in (tmp_path / "cases").iterdir()] == [ID]


def test_what_another_process_is_writing_is_not_swept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_case(record(0))
    living = tmp_path / "cases" / f".{ID}.{os.getpid()}.0123abcd.part"
    dead = tmp_path / "cases" / f".{ID}.{2**22 + 1}.0123abcd.part"
    for part in (living, dead):
        part.mkdir()
    (tmp_path / f"run.json.{2**22 + 1}.0123abcd.part").touch()
    store.make()
    assert living.exists()
    assert not dead.exists()
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("what", ["file", "link", "empty", "full"])
def test_whatever_stands_in_the_place_of_a_folder_is_replaced(tmp_path: Path, what: str) -> None:
    place, away = tmp_path / "cases" / ID, tmp_path / "away"
    place.parent.mkdir()
    if what == "file":
        place.write_bytes(b"in the way")
    elif what == "link":
        away.mkdir()
        place.symlink_to(away)
    else:
        (place / "sub" if what == "full" else place).mkdir(parents=True)
    store = Store(tmp_path)
    assert not store.has_case(ID)
    store.write_case(record(1))
    assert number_of(store.case(ID)) == 1
    assert [path.name for path in (tmp_path / "cases").iterdir()] == [ID]
    assert away.exists() == (what == "link")


def test_a_write_that_fails_leaves_the_old_one_and_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.write_case(record(0))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders.os, "fsync", full)
    with pytest.raises(StoreError, match=r"can be written, got .*No space left"):
        store.write_case(record(1))
    assert number_of(store.case(ID)) == 0
    assert [path.name for path in (tmp_path / "cases").iterdir()] == [ID]


def test_everything_is_on_the_disk_before_the_folder_has_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `complete` lists is synced before `complete` is written, and all before the rename."""
    done: list[str] = []
    sync, rename = os.fsync, Path.rename

    def synced(number: int) -> None:
        done.append(Path(f"/proc/self/fd/{number}").readlink().name)
        sync(number)

    def renamed(path: Path, target: Path) -> Path:
        done.append("place")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    Store(tmp_path).write_case(record(1))
    place, complete = done.index("place"), done.index("complete")
    files = {"spec.json", "figures.json", "key.png", "of-1.png"}
    assert files <= set(done[:complete])
    assert "pictures" in done[:complete]
    assert complete < place
    assert [name for name in done[complete:place] if name.endswith(".part")]
    assert done[place + 1 :] == ["cases"]


@pytest.fixture
def open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_to_all")
def test_only_its_user_may_read_a_store(tmp_path: Path) -> None:
    root = tmp_path / "a" / "store"
    store = Store(root)
    store.make()
    store.write_case(record(0))
    store.write_case(record(1))
    store.write_system(SystemRecord("s1", {}, (), b"weights"))
    store.write_run({"cases": []})
    store.write_names({"photo-0123456789abcdef": "ada/1.jpg"})
    store.write_page("report.html", "<p>")
    (root / "cases" / ID / "spec.json").write_text("{}")
    store.set_aside_damaged(f"cases/{ID}")
    for path in (root, *root.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_remote_write_that_is_cut_short_counts_as_absent() -> None:
    store = Store(f"memory://{uuid.uuid4().hex}")
    for n in (0, 1):  # a new one, and one in place of an old one
        put, left = store._files.put, [2]

        def cut(name: str, content: bytes, put=put, left=left) -> None:  # type: ignore[no-untyped-def]
            left[0] -= 1
            if left[0] < 0:
                raise StoreError("gone")
            put(name, content)

        store._files.put = cut  # type: ignore[method-assign]
        with pytest.raises(StoreError, match="gone"):
            store.write_case(record(n))
        store._files.put = put  # type: ignore[method-assign]
        assert not store.has_case(ID)
        assert store.case_ids() == []
        assert store.set_aside_damaged(f"cases/{ID}") is None, "it may still be at work"
        store.write_case(record(n))
        assert number_of(store.case(ID)) == n


def test_remote_damage_is_noticed_set_aside_and_replaced() -> None:
    store = Store(f"memory://{uuid.uuid4().hex}")
    store.write_case(record(0))
    assert store.has_case(ID)
    content = store._files.get(f"cases/{ID}/pictures/key.png")
    store._files.put(f"cases/{ID}/pictures/key.png", content.replace(b"0", b"9"))
    assert not store.has_case(ID)
    with pytest.raises(StoreError, match="is not what was written"):
        store.case(ID)
    found = store.set_aside_damaged(f"cases/{ID}")
    assert found is not None
    assert store._files.names(found.where) == ["complete", "figures.json", "pictures", "spec.json"]
    assert not store.has_case(ID)
    store.write_case(record(2))
    assert number_of(store.case(ID)) == 2


def test_a_store_that_cannot_be_reached_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(f"memory://{uuid.uuid4().hex}")
    store.write_case(record(0))

    def gone(*_: object, **__: object) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(store._files.system, "find", gone)
    for read in (store.has_case, store.case, store.has_system):
        with pytest.raises(StoreError, match=r"can be read, got .*no route to host"):
            read(ID)


def test_what_another_container_is_writing_is_not_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its processes have numbers that are nobody's here."""
    store = Store(tmp_path)
    store.make()
    monkeypatch.setattr(files, "_lives", lambda _: False)
    with open_atomically(tmp_path / "run.json") as file:
        Store(tmp_path).make()
        file.write(b"{}")
    assert (tmp_path / "run.json").read_bytes() == b"{}"
    written = folders._write_files

    def meanwhile(part: Path, contents: Mapping[str, bytes]) -> None:
        Store(tmp_path).make()
        written(part, contents)

    monkeypatch.setattr(folders, "_write_files", meanwhile)
    store.write_case(record(0))
    assert store.case_ids() == [ID]


def test_a_folder_that_is_swept_before_it_is_held_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_lives", lambda _: False)
    made = Path.mkdir
    swept: list[Path] = []

    def mkdir(path: Path, *arguments: object, **options: object) -> None:
        made(path, *arguments, **options)  # type: ignore[arg-type]
        if path.name.endswith(".part") and not swept:
            swept.append(path)
            Store(tmp_path).make()
            assert not path.exists()

    monkeypatch.setattr(Path, "mkdir", mkdir)
    store = Store(tmp_path)
    store.write_case(record(0))
    assert len(swept) == 1
    assert store.case_ids() == [ID]
    assert [path.name for path in (tmp_path / "cases").iterdir()] == [ID]


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.EMFILE, "end other programs"), (errno.EACCES, "run as the user who wrote it")],
)
@pytest.mark.parametrize("place", ["the folder", "a file"])
def test_who_cannot_read_a_file_finds_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str, place: str
) -> None:
    store = Store(tmp_path)
    store.write_case(record(0))
    real = os.open

    def unable(path: str, *words: int, **named: int) -> int:
        if place == "the folder" or "spec.json" in path:
            raise OSError(number, os.strerror(number))
        return real(path, *words, **named)

    with monkeypatch.context() as patch:
        patch.setattr("faceaudit.store.snapshots.os.open", unable)
        for use in (lambda: store.set_aside_damaged(f"cases/{ID}"), store.verify, store.case_ids):
            with pytest.raises(StoreError) as raised:
                use()
            said = str(raised.value)
            assert f"got {os.strerror(number)} at cases/{ID}" in said
            assert remedy in said
            assert said.endswith("what is kept stays")
    assert store.has_case(ID)


@pytest.mark.parametrize("name", ["run.json", "names.json"])
def test_an_account_that_may_not_be_read_is_not_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    store = Store(tmp_path)
    store.write_run({"cases": []})
    store.write_names({"someone": "Ann"})
    real = store._files.system.cat_file

    def denied(path: str, *words: object) -> bytes:
        if path.endswith(name):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return bytes(real(path, *words))

    with monkeypatch.context() as patch:
        patch.setattr(store._files.system, "cat_file", denied)
        with pytest.raises(StoreError, match="Permission denied"):
            store.verify()
    assert store.verify() == ()


@pytest.mark.parametrize("name", ["cases", "systems", "damaged", "leases"])
def test_a_link_in_the_place_of_a_folder_of_the_store_is_refused(tmp_path: Path, name: str) -> None:
    """A store may be a stranger's: what is elsewhere is not moved, nor removed."""
    home = tmp_path / "home"
    (home / "someone" / "pictures").mkdir(parents=True)
    store = Store(tmp_path / "store")
    store.write_run({"cases": []})
    (tmp_path / "store" / name).symlink_to(home)
    for use in (store.make, store.remove_unfinished_pictures, lambda: store.set_all_aside(())):
        with suppress(StoreError):
            use()
    with pytest.raises(StoreError, match=r"of the store's own, got a link"):
        store._files.names(name)
    assert (home / "someone" / "pictures").is_dir()


def test_a_folder_that_would_be_taken_for_a_chain_of_urls_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="rename the folder"):
        Store(tmp_path / "a::b")
