"""`faceaudit store verify`, and the same call from Python."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

import faceaudit
from faceaudit.cli import app
from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.store import CaseRecord, Store, SystemRecord

ONE, TWO = "1" * 64, "2" * 64


@pytest.fixture
def root(tmp_path: Path) -> Path:
    store = Store(tmp_path / "audit")
    for case in (ONE, TWO):
        store.write_case(CaseRecord(case, {"kind": "backdoor"}, pictures={"key": b"PNG"}))
    store.write_system(SystemRecord(ONE, {}, (), b"weights"))
    store.write_run({"cases": [ONE, TWO], "seconds": 1.0})
    return Path(store.root)


def say(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["store", "verify", *map(str, words)], catch_exceptions=False)
    return done.exit_code, done.output


def test_a_sound_store_is_said_to_be(root: Path) -> None:
    assert say(root) == (0, "cases: 2, trained systems: 1; all as they were written\n")
    assert say(root, "--repair") == say(root)
    assert faceaudit.verify_store(root).sound


def test_each_damage_is_listed_by_file_and_nothing_is_touched(root: Path) -> None:
    (root / f"cases/{ONE}/spec.json").write_bytes(b"{}")
    (root / f"systems/{ONE}/curve.json").unlink()
    os.truncate(root / "run.json", 9)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    status, said = say(root)
    assert status == 1
    lines = said.splitlines()
    assert lines[0] == "damaged: run.json is no JSON"
    assert lines[1].startswith(f"damaged: cases/{ONE}/spec.json has another size than the ")
    assert lines[2] == f"damaged: systems/{ONE}/curve.json is missing"
    assert "3 files are not as they were written; run the audit again" in lines[3]
    assert before == {path: path.stat().st_mtime_ns for path in root.rglob("*")}


def test_repair_sets_aside_and_the_next_look_finds_what_is_left_sound(
    root: Path, tmp_path: Path
) -> None:
    (root / f"cases/{ONE}/pictures/key.png").write_bytes(b"GIF")
    status, said = say(root, "--repair", "--json", tmp_path / "found.json")
    assert status == 1
    assert f"set aside: damaged/cases-{ONE}-1" in said
    values = json.loads((tmp_path / "found.json").read_text())
    assert values["set_aside"] == [f"damaged/cases-{ONE}-1"]
    assert values["damages"] == [
        {"file": f"cases/{ONE}/pictures/key.png", "what": "is not what was written (its sha256)"}
    ]
    assert (root / f"damaged/cases-{ONE}-1/complete").exists()
    assert [one.what for one in faceaudit.verify_store(root).damages] == [
        "is missing: a case of the last run, which ended"
    ]


def test_packed_photos_of_a_store_are_looked_at_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FACEAUDIT_CACHE", raising=False)
    source = Synthetic(people=2, photos=2, sessions=2)
    source.load((40, 40), cache=root.with_name("audit.cache") / "faces")
    assert faceaudit.verify_store(root).sound
    [images] = (root.parent / "audit.cache").rglob("*.u8")
    content = bytearray(images.read_bytes())
    content[99] ^= 1
    images.write_bytes(content)
    status, said = say(root, "--repair")
    assert status == 1
    assert f"damaged: {images.parent} is a pack of photos that was changed" in said
    assert not images.parent.exists()
    assert faceaudit.verify_store(root).sound


def test_what_is_no_store_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(faceaudit.StoreError, match="expected a store with an audit in it"):
        faceaudit.verify_store(tmp_path)


def test_a_name_from_outside_steers_no_terminal(root: Path) -> None:
    (root / "cases" / "\x1b[31m\n\u202eevil").mkdir()
    _, said = say(root)
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said.splitlines()) == 2
