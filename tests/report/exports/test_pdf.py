"""The report as PDF, printed by a real browser and read by a library."""

from __future__ import annotations

import stat
from pathlib import Path

import pypdf
import pytest

from faceaudit.errors import InputError, OptionError
from faceaudit.report.exports.pdf import VARIABLE, find_browser, write_pdf

PAGE = "<!doctype html><title>t</title><h1>Whom it gives away</h1><p style='break-before:page'>x"


def test_a_page_is_printed_with_its_text_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    write_pdf(PAGE, path)
    pages = pypdf.PdfReader(path).pages
    assert [page.extract_text().strip() for page in pages] == ["Whom it gives away", "x"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_may_be_relative_and_hold_any_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("whom & what? #1 - 50 %.pdf")
    write_pdf(PAGE, path)
    assert len(pypdf.PdfReader(path).pages) == 2
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_without_a_browser_that_is_said_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OptionError, match="got none; install one"):
        find_browser()
    monkeypatch.setenv(VARIABLE, "netscape")
    with pytest.raises(OptionError, match="got netscape"):
        find_browser()


def test_a_browser_that_does_not_print_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\necho first >&2\necho no display >&2\n")
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv(VARIABLE, str(browser))
    with pytest.raises(InputError, match="got no display; open"):
        write_pdf(PAGE, tmp_path / "report.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["browser"]
