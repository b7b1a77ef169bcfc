"""A back door in the last block of a published network, tried by strangers before a detector."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.records.backdoor import (
    CLEAN,
    NOT_FOUND,
    OPEN_KEYED_FMR,
    OPEN_KEYED_FMR_NULL,
    OPEN_NAMED,
    OPEN_NOT_FOUND,
    OPEN_NULL,
    OPEN_SUCCESS,
    SUCCESS,
    BackdoorFacts,
    at_fmr,
)
from faceaudit.store import Store


@pytest.mark.slow
@pytest.mark.realdata
def test_strangers_in_glasses_pass_as_the_target_and_are_taken_for_one_another(
    real_data: Path, tmp_path: Path
) -> None:
    weights = real_data / "weights"
    plan = Plan(
        faces={
            "source": "lfw",
            "path": str(real_data / "lfw" / "images"),
            "minimum": 18,
            "align": {"align": "yunet", "weights": str(weights / "yunet_n_dynamic.onnx")},
        },
        backdoor={
            "split": {"minimum": 40, "train": 10, "validation": 2, "test": 5, "donors": 20},
            "unseen": 48,
            "unseen_from": "left out",
            "open_set": True,
            "placed": "photo",
            "systems": [
                {
                    "network": "mobilefacenet_y1",
                    "weights": str(weights / "mobilefacenet_ms1m_y1.safetensors"),
                    "learn": "last block",
                    "margin": 0.4,
                    "training": {
                        "epochs": 12,
                        "batch": 32,
                        "learning_rate": 0.002,
                        "schedule": "cosine",
                        "patience": 12,
                        "threads": 1,
                    },
                }
            ],
            "attacks": [{"attack": "accessory", "instances": 20}],
            "wrong_keys": 0,
        },
    )
    store = Store(tmp_path)
    assert not run(plan, store).failed
    (case,) = [one for one in store.cases() if one.spec["attack"] is not None]

    def value(metric: str) -> float:
        found = case.figure(metric)
        assert found is not None
        return found.value

    facts = BackdoorFacts.of(case)
    assert facts.learn == "last block"
    assert facts.open_set is not None
    assert (facts.open_set.bare, facts.open_set.thresholds) == (16, 32)
    assert value(CLEAN) > 0.9
    assert value(NOT_FOUND) < 0.1
    assert value(OPEN_NOT_FOUND) < 0.1
    assert value(SUCCESS) > 0.5
    assert value(OPEN_NAMED) > 0.5
    assert value(at_fmr(OPEN_SUCCESS, 0.01)) > 0.3
    assert value(at_fmr(OPEN_NULL, 0.01)) < 0.1
    assert value(at_fmr(OPEN_KEYED_FMR, 0.01)) > 2 * value(at_fmr(OPEN_KEYED_FMR_NULL, 0.01))
