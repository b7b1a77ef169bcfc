"""Systems that an audit trained, opened from its store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import faceaudit
from faceaudit.systems.under_test import EmbedderUnderTest, IdentifierUnderTest
from helpers.faces import blocks

PLAN = {
    "title": "kept",
    "seeds": [0],
    "faces": {"source": "synthetic", "people": 4, "photos": 16, "sessions": 2},
    "backdoor": {
        "split": {"train": 6, "validation": 3, "test": 3},
        "wrong_keys": 0,
        "systems": [
            {"network": "deepid", "training": {"epochs": 2, "batch": 16}},
            {
                "network": "deepid",
                "learn": "last layer",
                "pretraining": {
                    "faces": {"source": "synthetic", "people": 4, "photos": 8, "seed": 1},
                    "split": {"train": 4, "validation": 2, "test": 1, "donors": 0},
                    "training": {"epochs": 1, "batch": 16},
                },
                "training": {"epochs": 2, "batch": 16},
            },
        ],
    },
}


@pytest.mark.slow
def test_every_system_of_a_store_can_be_opened(tmp_path: Path) -> None:
    store = tmp_path / "store"
    faceaudit.run(PLAN, store=store)
    roles = {}
    for folder in sorted((store / "systems").iterdir()):
        system = faceaudit.system_under_test(f"file:{folder}").open(cache=tmp_path / "cache")
        faces = blocks(4, 3)
        roles[folder.name] = system.role
        if isinstance(system, IdentifierUnderTest):
            assert system.names == tuple(f"synthetic-000{person}" for person in range(4))
            np.testing.assert_array_equal(system.labels(faces), system.scores(faces).argmax(axis=1))
        else:
            assert isinstance(system, EmbedderUnderTest)
            assert system.embed(faces).shape == (12, 160)
    assert sorted(roles.values()) == ["embedder", "identifier", "identifier"]
