"""`faceaudit store ls`, and the same call from Python."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import faceaudit
from disasters import s3
from faceaudit.cli import app
from faceaudit.store import CaseRecord, Store
from faceaudit.store.formats import seal
from helpers.remote import line_to
from report.backdoor.samples import case, write_store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    store = write_store(tmp_path / "audit", [case(), case("accessory", error="it broke")])
    store.write_case(CaseRecord("f" * 64, {"kind": "of tomorrow", "seed": 1}))
    return Path(store.root)


def say(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["store", "ls", *map(str, words)], catch_exceptions=False)
    return done.exit_code, done.output


def test_the_last_run_and_what_is_there_are_told(root: Path) -> None:
    held = faceaudit.list_store(root, cases=True, systems=True)
    assert held.run is not None
    assert (held.run.cases, held.run.done, held.run.failed, held.run.missing) == (2, 1, 1, 0)
    assert (held.cases, held.earlier) == (3, 1)
    assert held.listed_cases is not None
    assert [(one.kind, one.state, one.planned) for one in held.listed_cases] == [
        ("backdoor", "done", True),
        ("backdoor", "failed", True),
        ("", "done", False),
    ]
    assert held.listed_cases[0].title == "deepid, blended (115)"
    assert held.listed_systems is not None
    assert len(held.listed_systems) == held.systems
    assert json.loads(json.dumps(held.as_json()))["bytes"] == held.bytes


def test_the_command_prints_what_the_call_gives(root: Path, tmp_path: Path) -> None:
    status, said = say(root, "--cases", "--json", tmp_path / "held.json")
    assert status == 0
    assert said.splitlines() == list(faceaudit.list_store(root, cases=True).lines())
    assert "its cases: 2; 1 done, 1 failed, 0 missing" in said
    assert "cases: 3, of which 1 of earlier plans" in said
    assert json.loads((tmp_path / "held.json").read_text())["cases"] == 3


def test_a_case_that_was_changed_is_listed_as_damaged(root: Path) -> None:
    [done] = [path for path in (root / "cases").iterdir() if "blended" in path.name]
    content = (done / "figures.json").read_bytes()
    (done / "figures.json").write_bytes(content[:-1] + b" ")
    held = faceaudit.list_store(root, cases=True)
    assert held.listed_cases is not None
    assert held.listed_cases[0].state == "damaged"


@pytest.mark.parametrize(("schema", "said"), [(4, "an older one wrote"), (99, "update faceaudit")])
def test_a_store_of_another_version_is_listed_and_said_to_be(
    root: Path, schema: int, said: str
) -> None:
    (root / "run.json").write_bytes(seal({"schema": schema, "cases": []}))
    held = faceaudit.list_store(root, cases=True)
    assert held.run is None
    assert f"of schema {schema}" in held.why_no_run
    assert said in held.why_no_run
    assert held.cases == 3


def test_what_is_no_store_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(faceaudit.StoreError, match="expected a store with an audit in it"):
        faceaudit.list_store(tmp_path)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with s3.server() as port:
        yield port


def test_on_s3_it_takes_few_requests_and_reads_no_evidence(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = s3.Bucket(port)
    bucket.empty()
    with line_to(port, monkeypatch) as line:
        store = Store(s3.URL)
        cases = [case(seed=seed) for seed in range(12)]
        for one in cases:
            store.write_case(one)
        store.write_run({"cases": [one.id for one in cases], "seconds": 1.0})
        for name in bucket.names():
            if name.endswith("evidence.npz"):  # of the size that it has, and not to be read
                bucket.put(name, bytes(len(bucket.get(name))))
        line.requests = 0
        held = faceaudit.list_store(store)
        assert held.run is not None
        assert held.run.done == 12
        assert line.requests <= 6
        line.requests = 0
        listed = faceaudit.list_store(store, cases=True).listed_cases
        assert listed is not None
        assert [one.state for one in listed] == ["done"] * 12
        assert line.requests <= 6 + 12 * 3
    bucket.close()
