"""`faceaudit results`: a table in columns, whatever is in it."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from faceaudit.cli import app
from faceaudit.records.backdoor import CLEAN, SUCCESS
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Estimate, Figure

SPEC = {
    "kind": "backdoor",
    "system": {"network": {"network": "deepid"}},
    "attack": {"attack": "blended", "samples": 5},
    "mitigation": None,
    "seed": 0,
}
FACTS = {
    "system": "s",
    "network": "deepid",
    "people": 2,
    "training_photos": 4,
    "test_photos": 2,
    "shared_session_photos": None,
    "poison_samples": 5,
    "source": "folder",
    "learn": "everything",
    "backbone": None,
    "attack": None,
}
CASE = ["backdoor", "aaaaaaaa", "deepid", "blended", "5", "none", "0"]


def test_words_stand_to_the_left_and_numbers_to_the_right(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    known = Figure(SUCCESS, Estimate(0.5, 0.05, 1.0, 12, "wilson 95 %"))
    large = Figure(f"{CLEAN}:\x1b[31mkey", Estimate(1.0, 0.9, 1.0, 1200, "wilson 95 %"))
    unknown = Figure(CLEAN, None, "no photo [was] tried")
    cases = [
        CaseRecord("a" * 64, SPEC, FACTS, figures=(known, large, unknown)),
        CaseRecord("b" * 64, SPEC, error="no photos", traceback="Traceback\n  at last\n"),
    ]
    for case in cases:
        store.write_case(case)
    store.write_run({"cases": [case.id for case in cases]})
    done = CliRunner().invoke(app, ["results", str(tmp_path)], catch_exceptions=False)
    assert "\x1b" not in done.output
    assert [line.split() for line in done.output.splitlines()] == [
        [
            "kind",
            "case",
            "system",
            "attack",
            "samples",
            "mitigation",
            "seed",
            "metric",
            "value",
            "low",
            "high",
            "n",
        ],
        [*CASE, SUCCESS, *["50.0", "%", "5.0", "%", "100.0", "%", "12"]],
        [*CASE, f"{CLEAN}:\\x1b[31mkey", *["100.0", "%", "90.0", "%", "100.0", "%", "1200"]],
        [*CASE, CLEAN, *["no", "photo", "[was]", "tried"]],
        ["backdoor", "bbbbbbbb", "deepid", "blended", "5", "none", "0", "failed", "no", "photos"],
    ]
    heads, first = done.output.splitlines()[:2]
    assert heads.index("metric") == first.index(SUCCESS)
    assert heads.index("value") + len("value") == first.index("50.0 %") + len("50.0 %")
    assert len(heads) == len(first), "the last column ends where its head does"
    shown = CliRunner().invoke(app, ["results", str(tmp_path), "--tracebacks"]).output
    assert shown.splitlines() == [f"{'b' * 64}:", "  Traceback", "    at last"]
