"""Tables as CSV and Parquet, read back by readers that are not ours."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.errors import OptionError
from faceaudit.report.exports.page_tables import PageCell, PageTable
from faceaudit.report.exports.tables import csv_of, parquet_of, table_columns, write_table

TABLE = PageTable(
    "leak",
    "Leak by level",
    ("Level", "AUC"),
    (
        (PageCell("people"), PageCell("0.851", 0.85123456789, 0.827, 0.876, 16)),
        (PageCell("pairs"), PageCell("not measured: too few")),
    ),
)


def test_a_figure_becomes_four_columns_and_a_note_where_one_is_missing() -> None:
    assert table_columns(TABLE) == {
        "Level": ["people", "pairs"],
        "AUC": [0.85123456789, None],
        "AUC, low": [0.827, None],
        "AUC, high": [0.876, None],
        "AUC, n": [16, None],
        "AUC, note": ["", "not measured: too few"],
    }


def test_parquet_keeps_types_digits_and_what_is_unknown() -> None:
    frame = pandas.read_parquet(io.BytesIO(parquet_of(table_columns(TABLE), TABLE.caption)))
    assert frame["AUC"][0] == 0.85123456789
    assert pandas.isna(frame["AUC"][1])
    assert pandas.isna(frame["AUC, n"][1])
    assert frame["Level"].tolist() == ["people", "pairs"]


def test_both_files_say_the_same(tmp_path: Path) -> None:
    text, binary = write_table(table_columns(TABLE), tmp_path, TABLE.id, TABLE.caption)
    assert (text.name, binary.name) == ("leak.csv", "leak.parquet")
    ours, theirs = pandas.read_csv(text), pandas.read_parquet(binary)
    assert list(ours.columns) == list(theirs.columns)
    for name in ("AUC", "AUC, low", "AUC, high", "AUC, n"):
        pandas.testing.assert_series_equal(ours[name], theirs[name], check_dtype=False)


LETTERS = st.characters(exclude_categories=["C", "Zl", "Zp"])


@given(st.lists(st.text(LETTERS), min_size=1))
def test_any_text_is_read_back_by_the_csv_module_and_is_no_formula(texts: list[str]) -> None:
    _, *rows = list(csv.reader(io.StringIO(csv_of({"name": texts}))))
    read = [row[0] if row else "" for row in rows]
    assert len(read) == len(texts)
    for text, found in zip(texts, read, strict=True):
        assert not found.startswith(("=", "+", "-", "@"))
        assert found in (text, f"'{text}")
        assert (found == text) == (not text.startswith(("=", "+", "-", "@")))


def test_control_characters_neither_steer_a_terminal_nor_stop_a_reader() -> None:
    text = csv_of({"a\x1b": ["\x00 \x1b[31m \r \u202e", "=\x07", "a\nb\tc \xa0\u200d\xad"]})
    assert list(csv.reader(io.StringIO(text))) == [
        [r"a\x1b"],
        [r"\x00 \x1b[31m \r \u202e"],
        [r"'=\x07"],
        ["a\nb\tc \xa0\u200d" + r"\xad"],
    ]


def test_negative_numbers_are_no_formulas() -> None:
    assert csv_of({"difference": [-0.5]}).splitlines() == ["difference", "-0.5"]


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(OptionError, match=r"faceaudit\[export\]"):
        parquet_of({"a": [1]})
