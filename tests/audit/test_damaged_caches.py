"""A run whose caches are damaged gives the figures of one whose caches are whole."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.store import Store
from helpers.notes import Notes

PLAN: dict[str, Any] = {
    "backdoor": {
        "faces": {"source": "synthetic", "people": 8, "photos": 24, "sessions": 2},
        "split": {"train": 12, "validation": 2, "test": 4},
        "systems": [
            {
                "network": {"network": "deepid", "width": 0.25},
                "training": {"epochs": 3, "batch": 16, "device": "cpu", "threads": 1},
            }
        ],
        "attacks": [{"attack": "blended", "samples": 12, "instances": 8}],
        "wrong_keys": 2,
    },
    "membership": {
        "faces": {"source": "synthetic", "people": 16, "photos": 3, "sessions": 2, "seed": 2},
        "backbones": [
            {
                "network": "deepid",
                "pretraining": {
                    "faces": {"source": "synthetic", "people": 4, "photos": 6, "seed": 1},
                    "split": {"train": 3, "validation": 1, "test": 1, "donors": 0},
                    "training": {"epochs": 1, "batch": 16, "device": "cpu"},
                },
            }
        ],
        "pool": {"pairs": 40, "blocks": 4, "per_person": 6, "validation": 4},
        "predictor": {
            "predictor": "difference_network",
            "widths": [16, 8],
            "normalised": 1,
            "epochs": 2,
        },
        "attacks": ["loss"],
        "subjects": {"count": 20},
        "label_records": 20,
        "verifiers": 4,
        "targets": 1,
    },
}


def measured(folder: Path, notes: Notes) -> dict[str, bytes]:
    """Run the plan into a new store; return what its cases are, by file."""
    done = run(Plan(**copy.deepcopy(PLAN)), Store(folder), progress=notes)
    assert done.ran == 3
    assert not done.failed
    found = {path.relative_to(folder).as_posix(): path for path in folder.glob("cases/*/*.json")}
    return {name: path.read_bytes() for name, path in found.items()}


@pytest.mark.slow
def test_damaged_caches_change_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path / "cache"))
    whole = measured(tmp_path / "whole", Notes())
    kept = [
        *(tmp_path / "cache").glob("faces/*/images.u8"),
        *(tmp_path / "cache").glob("work/embeddings/*/rows.f32"),
    ]
    assert len(kept) >= 4
    for path in kept:
        old = path.read_bytes()
        path.write_bytes(bytes(len(old) // 2) + old[len(old) // 2 :])
    notes = Notes()
    assert measured(tmp_path / "again", notes) == whole
    assert sum("damaged" in line for line in notes.said) == len(kept)
    quiet = Notes()
    assert measured(tmp_path / "then", quiet) == whole
    assert not any("damaged" in line for line in quiet.said)
