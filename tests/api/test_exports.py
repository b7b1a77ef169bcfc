"""Charts and tables of a report as files, by one call and one command."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas
import pytest
from typer.testing import CliRunner

import faceaudit
from faceaudit.cli import app
from faceaudit.errors import InputError, OptionError, StoreError
from report.backdoor.samples import case, write_store

SUFFIXES = {".svg", ".png", ".csv", ".parquet"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return Path(write_store(tmp_path / "audit", [case()]).root)


def test_every_chart_and_every_table_of_the_page_becomes_two_files(
    store: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    files = faceaudit.export_report(store, charts=out / "charts", tables=out / "tables")
    assert {path.suffix for path in files} == SUFFIXES
    assert sorted(files) == sorted(path for path in out.rglob("*") if path.is_file())
    page = Path(faceaudit.write_report(store)).read_text()
    assert len(list((out / "charts").glob("*.svg"))) == page.count('class="chart"')
    assert len(list((out / "tables").glob("*.csv"))) == page.count("<table") + 1
    for path in files:
        name = path.name.partition(".")[0]
        assert name == "results" or f'id="{name.rstrip("-0123456789")}' in page


def test_the_table_of_results_is_what_results_gives(store: Path, tmp_path: Path) -> None:
    faceaudit.export_report(store, tables=tmp_path / "tables")
    expected = faceaudit.results(store)
    with (tmp_path / "tables" / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["metric"] for row in rows] == [row.metric for row in expected]
    frame = pandas.read_parquet(tmp_path / "tables" / "results.parquet")
    given = [None if pandas.isna(value) else value for value in frame["value"]]
    assert given == [row.value for row in expected]


def test_the_command_says_how_many_and_writes_no_page_unless_asked(
    store: Path, tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["report", str(store), "--charts", str(tmp_path / "charts")])
    assert done.exit_code == 0, done.output
    assert f"charts: {len(list((tmp_path / 'charts').iterdir()))} files" in done.output
    assert not (store / "report.html").exists()


def test_what_cannot_be_is_refused_before_the_work(store: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="expected a folder for charts or for tables, got none"):
        faceaudit.export_report(store)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InputError, match="expected a folder that can be written"):
        faceaudit.export_report(store, tables=file)
    with pytest.raises(StoreError):
        faceaudit.export_report(tmp_path / "nothing", tables=tmp_path / "tables")
    assert not (tmp_path / "tables").exists()
