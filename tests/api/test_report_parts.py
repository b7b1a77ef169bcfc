"""Charts, tables and pictures of a report, by one call."""

from __future__ import annotations

from pathlib import Path

import pytest

import faceaudit
from faceaudit.errors import InputError, StoreError
from report.backdoor.samples import case, write_store


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return Path(write_store(tmp_path / "audit", [case()]).root)


def test_they_are_those_of_the_page_whether_it_is_written_or_not(
    store: Path, tmp_path: Path
) -> None:
    page = Path(faceaudit.write_report(store, tmp_path / "report.html"))
    parts = faceaudit.report_parts(store)
    text = page.read_text()
    assert len(parts.charts) == text.count('class="chart"')
    assert len(parts.tables) == text.count("<table")
    assert len(parts.pictures) == text.count("<img")
    assert faceaudit.report_parts(page) == parts
    assert faceaudit.report_parts(str(page)) == parts


def test_pictures_have_their_words_and_what_they_stand_under(store: Path) -> None:
    pictures = faceaudit.report_parts(store).pictures
    assert all(one.uri.startswith("data:image/") and one.alt and one.width for one in pictures)
    key = pictures[0]
    assert key.alt.startswith("The key of Blended injection")
    assert key.caption.startswith("Key: ")
    assert key.heading.startswith("Blended injection")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a report that can be read"):
        faceaudit.report_parts(tmp_path / "none.html")
    with pytest.raises(StoreError, match="expected a store"):
        faceaudit.report_parts(tmp_path / "none")
