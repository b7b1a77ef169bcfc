"""`faceaudit store copy`, and the same call from Python; on S3 over a line that fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

import faceaudit
from disasters import runs, s3
from faceaudit.cli import app
from faceaudit.store import Store
from helpers.remote import line_to
from report.backdoor.samples import case, write_store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(write_store(tmp_path / "audit", [case(), case("accessory")]).root)


def say(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["store", "copy", *map(str, words)], catch_exceptions=False)
    return done.exit_code, done.output


def test_the_command_copies_and_says_how_much(root: Path, tmp_path: Path) -> None:
    status, said = say(root, tmp_path / "to", "--json", tmp_path / "copied.json")
    assert status == 0
    assert "cases 2, trained systems" in said
    assert "there already: 0" in said
    assert runs.differences(runs.left(tmp_path / "to"), runs.left(root)) == []
    values = json.loads((tmp_path / "copied.json").read_text())
    assert (values["cases"], values["damages"]) == (2, [])
    assert "cases 0, trained systems 0, 0 bytes; there already" in say(root, tmp_path / "to")[1]


def test_what_is_damaged_is_said_and_makes_the_status(root: Path, tmp_path: Path) -> None:
    damaged = next((root / "cases").rglob("figures.json"))
    damaged.write_bytes(b"{}")
    status, said = say(root, tmp_path / "to")
    assert status == 1
    assert "damaged, and left out: cases/" in said


def test_a_place_that_is_none_is_refused(root: Path) -> None:
    with pytest.raises(faceaudit.StoreError, match="expected a place outside"):
        faceaudit.copy_store(root, root / "cases")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with s3.server() as port:
        yield port


def test_over_a_line_that_fails_it_goes_on_and_comes_back_the_same(
    root: Path, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    bucket = s3.Bucket(port)
    bucket.empty()
    sound = runs.left(root)
    with line_to(port, monkeypatch) as line:
        for begins in (8, 30, 50):  # the line breaks there, each time a little later
            line.requests, line.fault = 0, s3.broken_from(begins, "cut the upload")
            with suppress(faceaudit.StoreError):
                faceaudit.copy_store(root, s3.URL)
            left = runs.digests((name, bucket.get(name)) for name in bucket.names())
            whole = tuple(
                name.removesuffix("complete") for name in left if name.endswith("/complete")
            )
            assert {name for name in left if name.startswith(whole or ("-",))} <= sound.keys()
            assert all(sound[name] == told for name, told in left.items() if name.startswith(whole))
        line.fault = lambda _number, _method: None
        done = faceaudit.copy_store(root, s3.URL)
        assert done.whole
        assert done.kept > 0, "what was copied before is not copied again"
        faceaudit.clean_store(s3.URL, remove=True)  # what the broken line kept from being removed
        left = runs.digests((name, bucket.get(name)) for name in bucket.names())
        assert runs.differences(left, sound) == []
        assert faceaudit.copy_store(s3.URL, tmp_path / "back").whole
        assert runs.differences(runs.left(tmp_path / "back"), sound) == []
        line.requests = 0
        again = faceaudit.copy_store(root, s3.URL)
        assert (again.cases, again.systems) == (0, 0)
        folders = len(list(Store(root).folders()))
        assert line.requests <= 30 + 2 * folders
    bucket.close()
