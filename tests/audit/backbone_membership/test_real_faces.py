"""Members and others of different databases, on real photos: what such a set-up is worth."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.records.backbone_membership import Asked, BackboneMembershipFacts
from faceaudit.store import Store


@pytest.mark.realdata
def test_photos_of_another_database_are_told_without_any_training(
    real_data: Path, tmp_path: Path
) -> None:
    """People of LFW against rendered ones: bare pixels tell them better than a network."""
    plan = Plan(
        backbone_membership={
            "faces": {"source": "lfw", "path": str(real_data / "lfw" / "images"), "minimum": 20},
            "recipes": [
                {
                    "network": {"network": "deepid", "width": 0.25},
                    "stop": "never",
                    "training": {
                        "epochs": 8,
                        "batch": 64,
                        "learning_rate": 0.003,
                        "threads": 1,
                    },
                }
            ],
            "trainings": 4,
            "split": {"train": 10, "validation": 2, "test": 6, "donors": 0},
            "attacks": ["own_minus_nearest_other", "mint"],
            "fprs": [0.1],
            "others": {"source": "synthetic", "people": 62, "photos": 20, "sessions": 4},
        }
    )
    store = Store(tmp_path / "store")
    assert not run(plan, store).failed
    (case,) = store.cases()
    facts = BackboneMembershipFacts.of(case)
    assert facts.listed("same_source", "trained").outcome == "passed"
    assert facts.listed("other_source", "trained").outcome == "failed"
    blind = case.figure(Asked("blind", "photo", "trained", "without", "other_source").metric("auc"))
    told = case.figure(Asked("mint", "photo", "trained", "with", "other_source").metric("auc"))
    honest = case.figure(Asked("mint", "photo", "trained", "with").metric("auc"))
    assert blind is not None
    assert told is not None
    assert honest is not None
    assert blind.low > 0.8
    assert told.value < blind.value, "the network adds nothing to the pixels"
    assert honest.low < 0.6
