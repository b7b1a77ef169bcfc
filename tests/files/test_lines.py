"""Lines come out of any file numbered and bounded, or the file is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from faceaudit.errors import PairsError
from faceaudit.files import lines
from faceaudit.files.lines import numbered_lines, shown, whole_number


def read(path: Path, data: bytes) -> list[tuple[int, str]]:
    path.write_bytes(data)
    return list(numbered_lines(path, PairsError))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", []),
        (b"a\r\n\n  \nb", [(1, "a"), (4, "b")]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb", [(1, "a"), (2, "\ufeffb")]),
        (b"Jos\xc3\xa9\nJos\xe9\n", [(1, "José"), (2, "Jos\udce9")]),
        (b" a \tb \n", [(1, " a \tb ")]),
        (b"a\r\rb\rc", [(1, "a"), (3, "b"), (4, "c")]),
        ("\u00e9\r\nb".encode("utf-16"), [(1, "\u00e9"), (2, "b")]),
        ("ab\nc".encode("utf-16-le"), [(1, "ab"), (2, "c")]),
        ("ab\nc".encode("utf-16-be"), [(1, "ab"), (2, "c")]),
        ("\u00e9\nb".encode("utf-32"), [(1, "\u00e9"), (2, "b")]),
        ("a\u2028b".encode(), [(1, "a\u2028b")]),
    ],
)
def test_lines_are_numbered_and_blank_ones_skipped(
    tmp_path: Path, data: bytes, found: list[tuple[int, str]]
) -> None:
    assert read(tmp_path / "list", data) == found


def test_a_line_or_file_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = b"x" * (lines.LINE_LIMIT - 1) + b"\n"
    assert len(read(tmp_path / "list", longest)) == 1
    with pytest.raises(PairsError, match=r"at most 8,192 characters.* in line 2"):
        read(tmp_path / "list", b"a\nx" + longest)
    monkeypatch.setattr(lines, "FILE_LIMIT", 10)
    with pytest.raises(PairsError, match="a list of at most 10 bytes"):
        read(tmp_path / "list", b"12345\n" * 2)


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PairsError, match="a pipe or device"):
        list(numbered_lines(tmp_path / "pipe", PairsError))
    for path in (tmp_path, tmp_path / "gone", Path("a\0b")):
        with pytest.raises(PairsError, match="expected a file that can be read"):
            list(numbered_lines(path, PairsError))


@pytest.mark.parametrize("text", ["", "-1", "+1", "1_0", " 1", "1.0", "\u00b2", "\u0661", "9" * 19])
def test_only_plain_digits_are_a_number(text: str) -> None:
    assert whole_number(text) is None
    assert whole_number("007") == 7


def test_what_is_shown_is_short_and_harmless() -> None:
    assert shown("\u202e\x1b[31m" + "x" * 100).isascii()
    assert len(shown("\x07" * 100)) < 300
