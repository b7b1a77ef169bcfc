"""A published embedder in an ONNX file, asked about Labeled Faces in the Wild as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.records.finished import FinishedFacts
from faceaudit.store import Store


@pytest.mark.slow
@pytest.mark.realdata
def test_it_verifies_people_and_no_glasses_stand_out(real_data: Path, tmp_path: Path) -> None:
    """Photos are cropped and not aligned: it verifies worse than it could, yet far from chance."""
    plan = Plan(
        faces={"source": "lfw", "path": str(real_data / "lfw" / "images"), "minimum": 30},
        finished={
            "systems": [
                {"system": "onnx", "path": str(real_data / "weights" / "mobileface_v3.onnx")}
            ],
            "photos": 5,
            "donors": 68,
            "attacks": [{"attack": "accessory", "eyes": [0.32, 0.40, 0.69, 0.40]}],
        },
    )
    store = Store(tmp_path)
    assert not run(plan, store).failed
    cases = {case.spec["part"]: case for case in store.cases()}
    area = cases["verification"].figure("auc")
    assert area is not None
    assert area.low > 0.75
    keys = FinishedFacts.of(cases["keys"]).keys
    assert keys is not None
    assert not keys.suspicious()
    without = cases["keys"].figure("fmr_without_key")
    both = cases["keys"].figure("fmr_both_wear:sunglasses-wayfarer")
    assert without is not None
    assert both is not None
    assert without.value < 0.05
    assert both.low > without.high, "the same sunglasses make two people alike"
