"""Evidence comes back to the bit, whatever it shrinks to, and in bounded memory from strangers."""

from __future__ import annotations

import io
import json
import tracemalloc

import numpy as np
import pytest

from faceaudit.files import npz
from faceaudit.store import formats
from faceaudit.store.formats import dump_npz, read_npz, seal, unseal
from faceaudit.types import Evidence


def saved(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def same(one: Evidence, other: Evidence) -> bool:
    return one.ids == other.ids and all(
        np.array_equal(one.columns[name], other.columns[name])
        and one.columns[name].dtype == other.columns[name].dtype
        for name in one.columns.keys() | other.columns.keys()
    )


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_evidence_comes_back_and_may_be_written_to(rows: int) -> None:
    evidence = Evidence(
        tuple(f"Zo\u00eb \u0416 \U0001f600 {n}" for n in range(rows)),
        {
            "score": np.linspace(0, 1, rows, dtype="f4"),
            "same": np.arange(rows) % 2 == 0,
            "many": np.arange(rows * 3).reshape(rows, 3),
            "said": np.array(["", "b", "cc"] * rows)[:rows],
        },
    )
    found = read_npz(dump_npz(evidence))
    assert same(found, evidence)
    assert {type(id_) for id_ in found.ids} <= {str}
    assert all(column.flags.writeable for column in found.columns.values())


def test_what_shrinks_too_far_is_kept_as_large_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it was packed as ever, the store could not read what it wrote itself."""
    evidence = Evidence(("a",) * 5_000, {"zeros": np.zeros(5_000)})
    small = dump_npz(evidence)
    monkeypatch.setattr(npz, "FREE", 1_000)
    with pytest.raises(ValueError, match="bytes unpacked, got more"):
        read_npz(small)
    large = dump_npz(evidence)
    assert len(large) > 50_000 > 10 * len(small)
    assert same(read_npz(large), evidence)


def test_many_rows_in_a_small_file_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = Evidence(("a",) * 5_000, {})
    small = dump_npz(evidence)
    monkeypatch.setattr(formats, "ROWS", 4_999)
    with pytest.raises(ValueError, match="expected at most 4,999 rows, got 5,000"):
        read_npz(small)
    assert same(read_npz(dump_npz(evidence)), evidence)
    monkeypatch.setattr(formats, "ROWS", 5_000)
    assert same(read_npz(small), evidence)


def test_a_column_without_an_end_is_refused_unread() -> None:
    content = saved(ids=np.array(["a"]), **{"column:x": np.zeros((1 << 28) + 1, np.uint8)})
    tracemalloc.start()
    with pytest.raises(ValueError, match="expected at most 268,435,456 bytes unpacked, got more"):
        read_npz(content)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    "ids", [np.zeros(3), np.full((2, 2), "a"), np.array("a"), np.array([b"a"])]
)
def test_ids_that_are_no_texts_are_refused(ids: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected one text a row as ids"):
        read_npz(saved(ids=ids))


@pytest.mark.parametrize("odd", [b"NaN", b"-Infinity", b"1e999"], ids=bytes.decode)
def test_a_number_that_json_has_not_is_not_what_was_sealed(odd: bytes) -> None:
    sealed = seal({"share": 0.25})
    assert unseal(json.loads(sealed), sealed) == {"share": 0.25}
    damaged = sealed.replace(b"0.25", odd)
    assert damaged != sealed
    assert unseal(json.loads(damaged), damaged) is None
