"""Identifiers that an audit trains: what determines them, and what their files say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceaudit.audit.common.identifiers import IdentifierTraining, trained_identifier
from faceaudit.audit.common.systems import SystemPlan
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import OptionError, WeightsError
from faceaudit.faces.split import SplitPlan
from faceaudit.store import Store
from faceaudit.systems.under_test import systems_under_test
from faceaudit.training.classifier import SCALE
from helpers.faces import blocks

DIVISION = SplitPlan(train=4, validation=2, test=2)


def training(**system: Any) -> IdentifierTraining:
    plan = SystemPlan(
        **{
            "network": {"network": "deepid", "width": 0.25},
            "training": {"epochs": 1, "device": "cpu", "threads": 1},
            **system,
        }
    )
    faces = blocks(4, 10)
    return IdentifierTraining(plan, DIVISION, 0, faces, DIVISION.split(faces, 0))


def test_no_margin_is_in_no_id_and_each_margin_is_another_system() -> None:
    assert "margin" not in training().values["system"]
    assert training().id == training(margin=None).id
    assert len({training(margin=margin).id for margin in (None, 0.0, 0.2)}) == 3


def test_a_margin_is_of_networks_that_learn() -> None:
    with pytest.raises(OptionError, match="expected no margin where only the last layer learns"):
        training(learn="last layer", weights="/none", margin=0.2)


def test_a_system_with_a_margin_is_trained_kept_and_asked(tmp_path: Path) -> None:
    made, store = training(margin=0.2), Store(str(tmp_path / "store"))
    work = Workspace(tmp_path / "work")
    id_, system = trained_identifier(made, store, work, title="train")
    again = trained_identifier(made, store, work, title="train")[1]
    images = made.faces.images
    np.testing.assert_array_equal(system.logits(images), again.logits(images))
    assert np.abs(system.logits(images)).max() <= SCALE * 1.001
    path = tmp_path / "store" / "systems" / id_
    door = systems_under_test.build({"system": "file", "path": str(path)})
    with pytest.raises(WeightsError, match="whose head compares cosines"):
        door.open(cache=tmp_path / "cache", device="cpu")
