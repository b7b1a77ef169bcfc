"""`faceaudit.write_report`: the format goes by the file's name, and is settled before any work."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

import faceaudit
from faceaudit.api import reports
from faceaudit.api.reports import FORMATS, writer_of
from faceaudit.cli import app
from faceaudit.errors import InputError, OptionError, StoreError
from faceaudit.store import Store
from report.backdoor.samples import full_audit, write_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return write_store(tmp_path_factory.mktemp("audit"), full_audit())


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for suffix in FORMATS:
        monkeypatch.setitem(FORMATS, suffix, lambda *_: pytest.fail("it was begun"))


@pytest.mark.parametrize(
    ("name", "begins"), [("a.html", "<!doctype html>"), ("b.MD", "# "), ("c.json", "{")]
)
def test_the_name_decides(store: Store, tmp_path: Path, name: str, begins: str) -> None:
    path = tmp_path / "new" / name
    assert faceaudit.write_report(store, path) == path
    assert path.read_text("utf-8").lower().startswith(begins)
    again = tmp_path / f"again-{name}"
    faceaudit.write_report(store, str(again))
    assert again.read_bytes() == path.read_bytes(), "the same store gives the same file"


def test_values_and_json_are_the_same(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    faceaudit.write_report(store, path)
    values = faceaudit.report_values(store).model_dump(mode="json")
    assert json.loads(path.read_text("utf-8")) == values


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("name", ["report", "a.htm", "a.xml", "a.html.gz", ".html", "html", "a."])
def test_a_name_of_no_format_is_refused_first(store: Store, tmp_path: Path, name: str) -> None:
    with pytest.raises(OptionError, match=r"expected a report as \.html, .* or \.\w+, got .*try"):
        faceaudit.write_report(store, tmp_path / "new" / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("no_work")
def test_a_place_that_cannot_be_written_is_refused_first(store: Store, tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "file").touch()
    for path in (tmp_path / "folder.md", tmp_path / "file" / "a.md"):
        with pytest.raises(InputError, match="expected a file"):
            faceaudit.write_report(store, path)
    with pytest.raises(StoreError, match="expected a store with an audit"):
        faceaudit.write_report(tmp_path / "nowhere", tmp_path / "new" / "a.md")
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_closed_folder_is_refused_first(store: Store, tmp_path: Path, no_work: None) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="in a folder that cannot"):
        faceaudit.write_report(store, tmp_path / "a.md")


def test_a_pdf_without_a_browser_is_refused_first(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEAUDIT_BROWSER", str(tmp_path / "none"))
    monkeypatch.setattr("faceaudit.report.render", lambda _: pytest.fail("it was begun"))
    with pytest.raises(OptionError, match="to print a PDF"):
        faceaudit.write_report(store, tmp_path / "a.pdf")


def test_a_full_disk_is_an_error_of_ours(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reports, "write_atomically", fill)
    for suffix in (".json", ".md"):
        with pytest.raises(InputError, match=r"expected a file that can be written.*No space"):
            faceaudit.write_report(store, tmp_path / f"a{suffix}")


def test_every_format_is_offered_on_the_command_line(store: Store, tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["report", "--help"], env={"COLUMNS": "300"}).output
    for suffix in FORMATS:
        assert suffix in said
        assert writer_of(Path(f"a{suffix}")) is FORMATS[suffix]
    path = tmp_path / "a.md"
    done = CliRunner().invoke(app, ["report", store.url, "-o", str(path)], catch_exceptions=False)
    assert done.exit_code == 0
    assert f"report: {path}" in done.output
    assert path.exists()
