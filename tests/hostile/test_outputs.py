"""What a store of somebody else's holds is clean in every kind of file that is made from it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from unicodedata import category
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from faceaudit.cli import app
from faceaudit.store import CaseRecord, Store
from hostile.inputs import STEERS

EVIL = f"<script>[/red]{STEERS}\ud800=1+1"
LONG = EVIL * 300
NEVER = ("Cc", "Cs", "Cn", "Co", "Zl", "Zp")
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.fixture(scope="module")
def made(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that is made from a store whose title, cases and errors are hostile."""
    folder = tmp_path_factory.mktemp("outputs")
    shutil.copytree(sound / "store" / "store", folder / "store")
    store = Store(folder / "store")
    run = dict(store.run())
    failed = "f" * 64
    sound_case = store.case(run["cases"][0])
    store.write_case(CaseRecord(failed, sound_case.spec, error=LONG, traceback=EVIL))
    plan = {**run["plan"], "title": EVIL, "limits": ["backdoor.clean_accuracy<0.99"]}
    more = {
        "remarks": [{"id": EVIL, "reason": LONG}],
        "left_out": [{"id": EVIL, "reason": LONG}],
        "cases": [*run["cases"], failed],
    }
    store.write_run({**run, "plan": plan, **more})
    commands = [
        ("results", "--json", folder / "results.json"),
        ("results", "--tracebacks"),
        ("report", "-o", folder / "report.html"),
        ("report", "-o", folder / "report.md"),
        ("report", "-o", folder / "report.json"),
        ("report", "--tables", folder / "tables", "--charts", folder / "charts"),
        ("limits", "--junit", folder / "junit.xml", "--sarif", folder / "limits.sarif"),
        ("limits", "--json", folder / "limits.json"),
    ]
    for number, (verb, *more_) in enumerate(commands):
        words = [verb, str(folder / "store"), *map(str, more_)]
        done = CliRunner(env={"COLUMNS": "200"}).invoke(app, words)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert done.exit_code in (0, 1, 3), (words, done.output)
        (folder / f"terminal-{number}.txt").write_text(done.stdout + done.stderr)
    return folder


def files(made: Path) -> Iterator[Path]:
    for one in sorted(made.rglob("*")):
        if made / "store" not in one.parents and one.is_file() and one.suffix != ".png":
            yield one


def test_every_kind_was_made(made: Path) -> None:
    kinds = {one.suffix for one in files(made)}
    assert kinds >= {".json", ".html", ".md", ".csv", ".svg", ".xml", ".sarif", ".txt"}


def test_nothing_steers_hides_or_is_half_a_character(made: Path) -> None:
    for file in files(made):
        if file.suffix == ".parquet":
            continue
        text = file.read_text("utf-8")
        wrong = {one for one in text if category(one) in NEVER or one in BIDI} - {*"\n\t\r"}
        assert wrong == set(), file.name
        assert "<script>[/red]" not in text or file.suffix not in (".html", ".md", ".svg", ".xml")


def test_what_was_said_is_still_there(made: Path) -> None:
    for name in ("results.json", "junit.xml", "limits.sarif", "report.html", "terminal-1.txt"):
        assert "[/red]" in (made / name).read_text("utf-8"), name


def test_others_can_read_them(made: Path) -> None:
    for name in ("results.json", "report.json", "limits.json", "limits.sarif"):
        json.loads((made / name).read_bytes())
    ElementTree.fromstring((made / "junit.xml").read_bytes())
    for file in made.rglob("*.svg"):
        ElementTree.fromstring(file.read_bytes())
    for file in made.rglob("*.csv"):
        rows = list(csv.reader(io.StringIO(file.read_bytes().decode())))
        assert len({len(row) for row in rows}) == 1, file.name
        assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def test_terminals_are_not_filled(made: Path) -> None:
    for file in made.glob("terminal-*.txt"):
        lines = file.read_text().split("\n")
        assert max(map(len, lines)) < 3000
        assert [line for line in lines if not line.isprintable()] == []
