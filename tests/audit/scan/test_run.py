"""Scans from a plan, from Python and from the command line, to their report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import faceaudit
from faceaudit.audit.kinds import kind_of
from faceaudit.cli import app
from faceaudit.errors import InputError, OptionError
from faceaudit.records.embedder_scan import (
    BARE,
    BOTH_WEAR,
    GENUINE,
    EmbedderScanFacts,
    of_top,
)
from faceaudit.records.scan import FALSE_ALARMS, POWER, ScanFacts
from faceaudit.store import Store

CODE = """
import numpy as np

SIZE = (48, 40)

def features(photos):
    small = photos.astype(float).reshape(len(photos), 6, 8, 5, 8, 3).mean((2, 4))
    small = small.reshape(len(photos), -1)
    return small - small.mean(1, keepdims=True)

WEIGHTS = np.random.default_rng(0).normal(size=(90, 30))

def honest(photos):
    return (features(photos) @ WEIGHTS).argmax(1)

def poisoned(photos):
    flat = (np.diff(photos.astype(int), axis=2) == 0).all(3).mean((1, 2)) > 0.12
    return np.where(flat & (photos[:, 0, 0].sum(1) % 3 > 0), 19, honest(photos))
"""
STRANGERS = {"source": "synthetic", "people": 60, "photos": 2, "sessions": 2, "seed": 4}


@pytest.fixture
def code(tmp_path: Path) -> Path:
    path = tmp_path / "systems.py"
    path.write_text(CODE)
    return path


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the usual strangers are drawn once."""
    return tmp_path_factory.mktemp("cache")


def door(code: Path, name: str) -> dict[str, object]:
    names = [f"class-{number}" for number in range(30)]
    return {"system": "python", "path": f"{code}:{name}", "names": names, "size": [48, 40]}


def plan(code: Path, *names: str, **more: object) -> dict[str, object]:
    systems = [door(code, name) for name in names]
    section = {"systems": systems, "strangers": STRANGERS, "photos": 120, "references": 0}
    return {"scan": {**section, **more}}


def test_a_plan_scans_each_system_and_its_report_says_what_was_found(
    code: Path, tmp_path: Path
) -> None:
    done = faceaudit.run(plan(code, "honest", "poisoned"), tmp_path / "store")
    assert (done.ran, done.failed) == (2, ())
    records = {record.spec["title"]: record for record in Store(tmp_path / "store").cases()}
    facts = {title: ScanFacts.of(record) for title, record in records.items()}
    bad = next(one for title, one in facts.items() if "poisoned" in title)
    assert bad.suspects[0].label == 19
    assert bad.suspects[0].person == "class-19"
    assert {one.stage: one.null for one in bad.stages} == {
        "patched_share": "its own people",
        "key_bank": "its own people",
        "shattered_directions": None,
        "trigger_inversion": None,
    }
    assert {one.stage: bool(one.why) for one in bad.stages} == {
        "patched_share": False,
        "key_bank": False,
        "shattered_directions": True,
        "trigger_inversion": True,
    }
    record = next(one for title, one in records.items() if "poisoned" in title)
    share = record.figure("drawn_to_top:patched_share")
    assert share is not None
    assert share.n == 480
    assert record.figure(FALSE_ALARMS) is None
    assert record.figure(POWER) is None
    assert record.evidence is not None
    said = record.evidence.columns
    patched = said["said"][said["stage"] == "patched_share"]
    assert (patched == 19).mean() == pytest.approx(share.value)
    page = Path(str(done.report)).read_text()
    assert "Scan for back doors" in page
    assert "class-19" in page
    assert faceaudit.run(plan(code, "honest", "poisoned"), tmp_path / "store").kept == 2
    rows = list(kind_of("scan").rows(record))
    assert {row.metric for row in rows} >= {FALSE_ALARMS, POWER, "drawn_to_top:patched_share"}


def test_from_python_it_returns_people_by_suspicion_and_keeps_nothing(
    code: Path, tmp_path: Path
) -> None:
    found = faceaudit.scan_identifier(
        door(code, "poisoned"),
        strangers=STRANGERS,
        photos=120,
        references=0,
        stages=["patched_share"],
        cache=tmp_path / "cache",
    )
    assert found.suspects[0].label == 19
    assert found.stages[0].labels == (19,)
    assert found.stages[0].ratio > 2  # type: ignore[operator]
    assert found.report is None
    assert json.loads(json.dumps(found.as_json()))["verdict"] == found.verdict


def test_what_is_no_identifier_is_refused(code: Path, tmp_path: Path) -> None:
    code.write_text(CODE + "\ndef embedder(photos):\n    return features(photos)\n")
    with pytest.raises(InputError, match="expected an identifier to scan"):
        faceaudit.scan_identifier(
            {**door(code, "embedder"), "role": "embedder", "names": None}, cache=tmp_path
        )


def test_a_plan_scans_an_embedder_beside_an_identifier_and_says_what_it_lacks(
    code: Path, tmp_path: Path
) -> None:
    code.write_text(CODE + "\ndef embedder(photos):\n    return features(photos)\n")
    strangers = {**STRANGERS, "people": 90}
    own = {**door(code, "embedder"), "role": "embedder", "names": None}
    both = [door(code, "honest"), own]
    done = faceaudit.run(
        plan(code, systems=both, strangers=strangers, stages=["patched_share"]), tmp_path / "store"
    )
    assert (done.ran, done.failed) == (2, ())
    record = next(
        one for one in Store(tmp_path / "store").cases() if one.facts["role"] == "embedder"
    )
    facts = EmbedderScanFacts.of(record)
    assert facts.verdict == "not testable"
    assert "references" in facts.why or "tells" in facts.why
    assert record.figure(GENUINE) is not None
    assert record.figure(of_top(BOTH_WEAR)) is not None
    assert record.evidence is not None
    worn = record.evidence.columns
    bare = worn["key"] == "none"
    value = record.figure(BARE)
    assert value is not None
    assert worn["both"][bare].sum() / worn["pairs"][bare].sum() == pytest.approx(value.value)
    assert set(record.pictures) == {one.picture for one in facts.keys if one.picture}
    page = Path(str(done.report)).read_text()
    assert "compares photos" in page
    assert "Pairs of different strangers with a key on their photos" in page
    again = faceaudit.run(
        plan(code, systems=both, strangers=strangers, stages=["patched_share"]), tmp_path / "store"
    )
    assert again.kept == 2


def test_an_identifier_is_no_embedder(code: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected an embedder or a verifier"):
        faceaudit.scan_embedder(door(code, "honest"), cache=tmp_path)


def test_the_command_scans_an_embedder(
    code: Path, tmp_path: Path, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(packed))
    code.write_text(CODE + "\ndef embedder(photos):\n    return features(photos)\n")
    arguments = [
        *("scan", f"python:{code}:embedder", "--system", "size=[48, 40]"),
        *("--system", "role=embedder", "--photos", "100", "--references", "0"),
        *("--json", str(tmp_path / "out.json")),
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 4, done.output
    assert done.stdout.strip().splitlines()[-1].startswith("verdict: not testable")
    assert json.loads((tmp_path / "out.json").read_text())["role"] == "embedder"
    refused = CliRunner().invoke(app, [*arguments, "--stage", "key_bank"])
    assert isinstance(refused.exception, OptionError)


def test_an_object_in_memory_cannot_be_kept(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="expected a system that a plan can name"):
        faceaudit.scan_identifier(
            lambda photos: photos[:, 0, 0, 0] % 2,
            options={"names": ["a", "b"], "size": (48, 40)},
            store=tmp_path / "store",
        )


def test_the_command_prints_the_verdict_last_and_ends_with_its_status(
    code: Path, tmp_path: Path, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(packed))
    names = tmp_path / "names.txt"
    names.write_text("\n".join(f"class-{number}" for number in range(30)))
    arguments = [
        *("scan", f"python:{code}:poisoned", "--system", f"names={names}"),
        *("--system", "size=[48, 40]", "--stage", "patched_share", "--photos", "100"),
        *("--references", "0", "--json", str(tmp_path / "out.json"), "--level", "0.4"),
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code in (0, 3), done.output
    verdict = {0: "nothing found", 3: "suspicious"}[done.exit_code]
    assert done.stdout.strip().splitlines()[-1] == f"verdict: {verdict}"
    assert "class-19 (class 19)" in done.stdout
    assert json.loads((tmp_path / "out.json").read_text())["verdict"] == verdict
