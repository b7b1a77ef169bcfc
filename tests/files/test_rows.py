"""Fields come out of lines whatever parts them, and an error names line, column and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.errors import PairsError, SourceError
from faceaudit.files.lines import LINE_LIMIT
from faceaudit.files.rows import Row, rows, split


@pytest.mark.parametrize(
    ("text", "separator", "fields"),
    [
        ("a,b,,1,,", ",", ("a", "b", "", "1")),
        ('"a,b"; c ;', ";", ("a,b", "c")),
        ('"a", "b", 1', ",", ("a", "b", "1")),
        ("a b\t1\t", "\t", ("a b", "1")),
        (" a  b\t1 ", "", ("a", "b", "1")),
        (",,", ",", ()),
        ('"a', ",", None),
    ],
)
def test_fields_of_a_line(text: str, separator: str, fields: tuple[str, ...] | None) -> None:
    assert split(text, separator) == fields


def test_rows_keep_the_numbers_of_their_lines() -> None:
    lines = [(1, "a,b"), (3, '"c'), (4, 'd",e')]
    found = list(rows(Path("x/list.csv"), lines, ",", PairsError))
    assert [(row.file, row.number, row.fields) for row in found] == [
        ("list.csv", 1, ("a", "b")),
        ("list.csv", 4, ("c\nd", "e")),
    ]


def test_an_error_names_line_column_and_field() -> None:
    row = Row("list.csv", 7, ("a", "", "x\x1b"), SourceError)
    assert str(row.malformed("1", at=2, column="label")) == (
        "list.csv, line 7, column 'label': expected 1, got 'x\\x1b'"
    )
    assert str(row.malformed("1", at=1)) == "list.csv, line 7, field 2: expected 1, got nothing"
    assert str(row.malformed("1", at=9)).endswith("field 10: expected 1, got nothing")
    assert str(row.malformed("two")) == "list.csv, line 7: expected two, got 'a,,x\\x1b'"
    assert isinstance(row.malformed("1"), SourceError)


def test_a_quote_that_never_ends_is_an_error() -> None:
    with pytest.raises(PairsError, match="line 2: expected fields parted by ','"):
        list(rows(Path("list"), [(1, "a"), (2, '"b')], ",", PairsError))
    endless = [(number, '"' if number == 1 else "x" * 1000) for number in range(1, 20)]
    endless.append((20, '"'))
    with pytest.raises(PairsError, match=f"fields of at most {LINE_LIMIT:,} characters"):
        list(rows(Path("list"), endless, ",", PairsError))
