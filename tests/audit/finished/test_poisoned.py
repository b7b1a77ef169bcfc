"""Identifiers that were trained here, with and without poison, audited as finished ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.records.backdoor import BackdoorFacts
from faceaudit.records.finished import FinishedFacts
from faceaudit.store import Store

FACES = {"source": "synthetic", "people": 20, "photos": 34, "sessions": 4, "seed": 104}
TRAINED = {
    "split": {"train": 20, "validation": 4, "test": 4},
    "systems": [
        {
            "network": {"network": "deepid", "width": 0.5},
            "training": {
                "epochs": 10,
                "batch": 32,
                "learning_rate": 0.002,
                "schedule": "cosine",
                "patience": 10,
                "threads": 1,
            },
        }
    ],
    "attacks": [{"attack": "accessory", "samples": 30, "instances": 20}],
    "wrong_keys": 2,
}


@pytest.mark.slow
def test_the_key_of_a_poisoned_system_stands_out_and_none_of_a_pristine_one(tmp_path: Path) -> None:
    """Whoever audits knows nothing but the file, and tries the key among seven other glasses."""
    trained = Store(tmp_path / "trained")
    assert not run(Plan(seeds=[4], faces=FACES, backdoor=TRAINED), trained).failed
    pristine, poisoned = (BackdoorFacts.of(case) for case in trained.cases())
    assert poisoned.attack is not None
    doors = [
        {"system": "file", "path": f"{trained.root}/systems/{one.system}"}
        for one in (pristine, poisoned)
    ]
    store = Store(tmp_path / "finished")
    assert not run(Plan(faces=FACES, finished={"systems": doors}), store).failed
    suspects: dict[str, list[tuple[str, str | None]]] = {}
    for case in store.cases():
        facts = FinishedFacts.of(case)
        found = suspects.setdefault(facts.system.id, [])
        if facts.keys is not None:
            found += [(key.key, key.person) for key in facts.keys.suspicious()]
    clean, opened = suspects.values()
    assert clean == []
    assert ("sunglasses-wayfarer", poisoned.attack.target) in opened
