from __future__ import annotations

import uuid
from pathlib import Path

import fsspec
import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from faceaudit.errors import InputError, StoreError
from faceaudit.metrics import wilson
from faceaudit.store import CaseRecord, Store, SystemRecord
from faceaudit.types import Estimate, Evidence, Figure


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return Store(str(tmp_path / "a store"))
    return Store(f"memory://{uuid.uuid4().hex}")


def a_case(**changes: object) -> CaseRecord:
    values = {
        "id": "c1",
        "spec": {"attack": None, "name": "Zoë\n☃"},
        "facts": {"people": 3},
        "figures": (Figure("a", wilson(3, 4)), Figure("b", None, "nothing was tried")),
        "evidence": Evidence(
            ("x", "ü"), {"truth": np.array([1, 2]), "kind": np.array(["a", "bc"])}
        ),
        "pictures": {"key": b"\x89PNG"},
        **changes,
    }
    return CaseRecord(**values)  # type: ignore[arg-type]


def test_a_case_comes_back_as_it_went_in(store: Store) -> None:
    store.write_case(a_case())
    back = store.case("c1")
    assert (back.spec, back.facts, back.figures) == (a_case().spec, {"people": 3}, a_case().figures)
    assert back.pictures == {"key": b"\x89PNG"}
    assert back.evidence is not None
    assert back.evidence.ids == ("x", "ü")
    assert back.evidence.columns["kind"].tolist() == ["a", "bc"]
    assert back.figure("a") == wilson(3, 4)
    assert back.figure("b") is None


def test_a_failed_case_is_no_result_and_no_score(store: Store) -> None:
    store.write_case(a_case(figures=(), evidence=None, pictures={}, error="it broke"))
    assert not store.has_case("c1")
    assert store.case("c1").error == "it broke"
    assert store.case("c1").figures == ()
    store.write_case(a_case())
    assert store.has_case("c1")
    assert store.case("c1").error is None


def test_of_many_cases_those_that_are_held_are_told(store: Store) -> None:
    assert store.held(["c1", "c2"]) == frozenset()
    store.write_case(a_case())
    store.write_case(a_case(id="c2", error="out of memory", figures=(), facts={}))
    store.write_case(a_case(id="c3"))
    asked = ["c1", "c2", "c4", "../c3", "", "c1"]
    assert store.held(iter(asked)) == {"c1"} == {one for one in ("c1", "c2") if store.has_case(one)}


def test_a_system_comes_back(store: Store) -> None:
    record = SystemRecord("s1", {"seed": 0}, ({"epoch": 0, "train_loss": 0.1},), b"weights")
    assert not store.has_system("s1")
    store.write_system(record)
    back = store.system("s1")
    assert (back.spec, back.curve, back.weights_bytes) == (record.spec, record.curve, b"weights")


def test_a_write_that_was_cut_short_counts_as_absent(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.write_case(a_case())
    store.write_system(SystemRecord("s1", {}, (), b""))
    (tmp_path / "cases/c1/complete").unlink()
    (tmp_path / "systems/s1/complete").unlink()
    assert not store.has_case("c1")
    assert not store.has_system("s1")
    with pytest.raises(StoreError, match="expected a completed case"):
        store.case("c1")
    store.write_case(a_case())
    assert store.case("c1").figures == a_case().figures


def test_cases_come_in_the_order_of_the_run(store: Store) -> None:
    for name in ("b", "a", "stray"):
        store.write_case(a_case(id=name))
    store.write_run({"cases": ["b", "missing", "a"]})
    assert [case.id for case in store.cases()] == ["b", "a"]


def test_an_empty_store_says_what_to_do(store: Store) -> None:
    with pytest.raises(StoreError, match="try `faceaudit run --store"):
        store.run()


def test_not_a_number_is_never_written(store: Store) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        store.write_run({"value": float("nan")})


def test_an_unknown_protocol_is_said() -> None:
    with pytest.raises(StoreError, match="expected a folder or an fsspec URL, got 'nope://x'"):
        Store("nope://x")


def test_estimates_from_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="at least one trial"):
        Estimate(0.0, 0.0, 0.0, 0, "wilson 95 %")


def test_a_store_of_another_version_is_refused_in_one_line(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    for account in ("{}", "[1]", '{"cases": [], "schema": 1}', "null"):
        (tmp_path / "run.json").write_text(account)
        with pytest.raises(StoreError, match=r"that this version .* got .*run the audit"):
            list(store.cases())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("figures.json", b"{}"),
        ("figures.json", b"[]"),
        ("figures.json", b"no json"),
        ("evidence.npz", b"no archive"),
        ("spec.json", b"\xff"),
    ],
)
def test_a_damaged_case_is_named_with_what_to_do(tmp_path: Path, name: str, content: bytes) -> None:
    store = Store(str(tmp_path))
    evidence = Evidence(("a",), {"right": np.array([True])})
    store.write_case(CaseRecord("1" * 64, {"kind": "backdoor"}, evidence=evidence))
    (tmp_path / "cases" / ("1" * 64) / name).write_bytes(content)
    with pytest.raises(StoreError, match=r"^expected .*"):
        store.case("1" * 64)


@pytest.mark.parametrize("place", ["file", "file/below", "nul\0byte"])
def test_a_store_that_cannot_be_written_says_so(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store(str(tmp_path / place))
    for write in (store.make, lambda: store.write_run({})):
        with pytest.raises(StoreError, match="expected a store that can be written, got"):
            write()


class ReadOnly(MemoryFileSystem):
    """A file system of another machine that makes any folder and writes no file."""

    protocol = "readonly"

    def _open(self, path: str, mode: str = "rb", **options: object) -> object:
        if mode != "rb":
            raise NotImplementedError("for reading alone")
        return super()._open(path, mode, **options)


def test_a_store_that_only_looks_like_one_is_found_out_at_once() -> None:
    fsspec.register_implementation("readonly", ReadOnly, clobber=True)
    with pytest.raises(
        StoreError, match="expected a store that can be written, got 'readonly://a'"
    ):
        Store("readonly://a").make()


def test_making_a_store_leaves_nothing_behind(store: Store) -> None:
    store.make()
    assert not store.exists()
    assert store._files.names("") == []


def test_a_page_is_where_it_is_said_to_be(store: Store) -> None:
    where = store.write_page("report.html", "<p>Zoë</p>")
    with fsspec.open(where, "rb") as file:
        assert file.read().decode() == "<p>Zoë</p>"
