"""A store is copied whole, goes on where it was cut short, and believes nothing that is half."""

from __future__ import annotations

import uuid
from pathlib import Path

import fsspec
import pytest

from faceaudit.errors import StoreError
from faceaudit.store import CaseRecord, Store, SystemRecord
from faceaudit.store.copying import copy_store
from faceaudit.store.folders import Folders
from faceaudit.store.formats import dump_json, seal

ONE, TWO, THREE, FOUR = "1" * 64, "2" * 64, "3" * 64, "4" * 64


@pytest.fixture
def source(tmp_path: Path) -> Store:
    store = Store(tmp_path / "from")
    store.write_case(CaseRecord(ONE, {"kind": "a"}, pictures={"key": b"PNG"}))
    store.write_case(CaseRecord(TWO, {"kind": "a"}, error="it broke"))
    store.write_system(SystemRecord(THREE, {"kind": "a"}, (), b"weights"))
    store.write_run({"cases": [ONE, TWO], "seconds": 1.0})
    store.write_page("report.html", "<p>new")
    return store


@pytest.fixture(params=["folder", "memory"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return Store(tmp_path / "to")
    return Store(f"memory://{uuid.uuid4().hex}")


def contents(store: Store) -> dict[str, bytes]:
    system, start = store._files.system, len(store.root) + 1
    return {str(path)[start:]: system.cat_file(path) for path in system.find(store.root)}


def test_a_copy_is_the_same_to_the_bit(source: Store, target: Store) -> None:
    before = contents(source)
    done = copy_store(source, target)
    assert contents(target) == before == contents(source)
    assert (len(done.copied), done.kept, done.damages) == (3, 0, ())
    assert done.size == sum(
        len(content)
        for name, content in before.items()
        if name.startswith(("cases/", "systems/")) and not name.endswith("/complete")
    )
    assert target.verify() == ()
    assert (copy_store(source, target).copied, contents(target)) == ((), before)


def test_a_copy_goes_from_one_file_system_of_others_to_another(source: Store) -> None:
    first, second = (Store(f"memory://{uuid.uuid4().hex}") for _ in range(2))
    copy_store(source, first)
    copy_store(first, second)
    assert contents(second) == contents(source)


def test_one_that_was_cut_short_goes_on(
    source: Store, target: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, written = Folders.write, []

    def fail_at_second(self: Folders, folder: str, files: dict[str, bytes]) -> None:
        written.append(folder)
        if len(written) == 2:
            raise StoreError("the line is cut")
        write(self, folder, files)

    monkeypatch.setattr(Folders, "write", fail_at_second)
    with pytest.raises(StoreError, match="the line is cut"):
        copy_store(source, target)
    assert not target.exists(), "no account of a run before its cases are there"
    done = copy_store(source, target)
    assert (len(done.copied), done.kept) == (2, 1)
    assert contents(target) == contents(source)


def test_what_is_half_copied_is_copied_again(source: Store, target: Store) -> None:
    copy_store(source, target)
    target._files.remove(f"cases/{ONE}/complete")
    target._files.put(f"systems/{THREE}/weights.safetensors", b"weigh")
    done = copy_store(source, target)
    assert set(done.copied) == {f"cases/{ONE}", f"systems/{THREE}"}
    assert contents(target) == contents(source)


def test_a_flipped_bit_on_this_machine_is_mended(source: Store, tmp_path: Path) -> None:
    target = Store(tmp_path / "to")
    copy_store(source, target)
    target._files.put(f"systems/{THREE}/weights.safetensors", b"weighty")
    assert copy_store(source, Store(tmp_path / "to")).copied == (f"systems/{THREE}",)
    assert contents(target) == contents(source)


def test_what_is_damaged_is_left_out_and_said(source: Store, target: Store) -> None:
    source._files.put(f"cases/{ONE}/pictures/key.png", b"GIF")
    done = copy_store(source, target)
    assert [damage.file for damage in done.damages] == [f"cases/{ONE}/pictures/key.png"]
    assert f"cases/{ONE}/spec.json" not in contents(target)
    assert target.has_system(THREE)


def test_a_done_case_is_not_replaced_by_a_failed_one(source: Store, target: Store) -> None:
    copy_store(source, target)
    target.write_case(CaseRecord(TWO, {"kind": "a"}, {"mended": True}))
    assert copy_store(source, target).copied == ()
    assert target.has_case(TWO)


@pytest.mark.parametrize("name", ["../../out", "/out", "a/../../../out", "..", "a/b/c"])
def test_a_file_of_a_strange_name_leads_nowhere(tmp_path: Path, source: Store, name: str) -> None:
    away = Store(f"memory://{uuid.uuid4().hex}")
    copy_store(source, away)
    listed = {name: {"size": 0, "sha256": "0" * 64}}
    complete = dump_json({"folder": f"cases/{FOUR}", "files": listed})
    away._files.put(f"cases/{FOUR}/complete", complete)
    done = copy_store(away, Store(tmp_path / "deep" / "to"))
    assert done.damages
    assert not list(tmp_path.rglob("out"))


def test_names_stay_unless_asked_for_and_so_do_reports_that_may_show_them(
    source: Store, target: Store
) -> None:
    source.write_names({"person-0123456789abcdef": "Ada"})
    done = copy_store(source, target)
    assert done.left_pages == ("report.html",)
    assert not any(b"Ada" in content for content in contents(target).values())
    assert "report.html" not in contents(target)
    assert copy_store(source, target, names=True).pages == ("report.html",)
    assert target.names() == source.names()


def test_names_that_cannot_be_read_are_said_before_anything_is_copied(
    source: Store, target: Store
) -> None:
    source._files.put("names.json", b"{")
    with pytest.raises(StoreError, match=r"names\.json"):
        copy_store(source, target)
    assert contents(target) == {}


def test_what_a_link_among_the_reports_leads_to_is_not_copied(
    source: Store, target: Store, tmp_path: Path
) -> None:
    (tmp_path / "mine.html").write_text("mine")
    for name, place in (("link.html", "mine.html"), ("nowhere.html", "nothing")):
        (Path(source.root) / name).symlink_to(tmp_path / place)
    assert copy_store(source, target).pages == ("report.html",)
    assert not any("link" in name or "nowhere" in name for name in contents(target))


def test_a_report_of_before_is_kept(source: Store, target: Store) -> None:
    copy_store(source, target)
    source.write_page("report.html", "<p>newer")
    [kept] = copy_store(source, target).kept_pages
    assert target.page("report.html") == b"<p>newer"
    assert target.page(kept) == b"<p>new"
    assert copy_store(source, target).kept_pages == ()


def test_one_place_is_no_two(source: Store, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(source.root)
    for place in (source.root, f"{source.root}/", f"{source.root}/cases", tmp_path / "link"):
        with pytest.raises(StoreError, match="expected a place outside"):
            copy_store(source, Store(place))
    away = Store("memory://one/audit")
    copy_store(source, away)
    for url in ("memory://one/audit", "memory://one/audit/in", "memory://one"):
        with pytest.raises(StoreError, match="expected a place outside"):
            copy_store(away, Store(url))
    copy_store(away, Store("memory://one/audit2"))
    fsspec.filesystem("memory").rm("/one", recursive=True)


def test_another_audit_is_not_copied_over(source: Store, target: Store) -> None:
    target.write_run({"cases": [FOUR], "seconds": 1.0})
    before = contents(target)
    with pytest.raises(StoreError, match="whose last run has 1 cases that"):
        copy_store(source, target)
    assert contents(target) == before


@pytest.mark.parametrize("schema", [4, 99])
def test_a_store_of_another_schema_is_refused_on_both_sides(
    source: Store, target: Store, schema: int
) -> None:
    other = seal({"schema": schema, "cases": [ONE]})
    target._files.put("run.json", other)
    with pytest.raises(StoreError, match=f"of schema {schema}"):
        copy_store(source, target)
    source._files.put("run.json", other)
    with pytest.raises(StoreError, match=f"of schema {schema}"):
        copy_store(source, Store(f"memory://{uuid.uuid4().hex}"))
    assert contents(target) == {"run.json": other}


def test_nobody_is_copied_into_the_work_of(source: Store, target: Store) -> None:
    target._leases.expires, target._leases.looks = 0.4, 0.05
    with target.alone("cases", ONE), pytest.raises(StoreError, match="that nobody is at"):
        copy_store(source, target)
