"""Identifiers that an audit trains: what determines them, and what their files say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from faceaudit.audit.common.identifiers import IdentifierTraining, trained_identifier
from faceaudit.audit.common.systems import SystemPlan
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import OptionError, WeightsError
from faceaudit.faces.split import SplitPlan
from faceaudit.store import Store
from faceaudit.systems.identifiers.file import read_identifier_description
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


class _Start:
    """A backbone whose weights are drawn."""

    id = "drawn"

    def __init__(self, plan: SystemPlan) -> None:
        torch.manual_seed(0)
        self._state = plan.network.build().state_dict()

    def state(self) -> dict[str, torch.Tensor]:
        return self._state


def test_a_system_of_which_the_last_block_learns_is_trained_kept_and_asked(tmp_path: Path) -> None:
    plain = training(learn="last block", weights="/none", margin=0.2)
    made = replace(plain, backbone=_Start(plain.system))  # type: ignore[arg-type]
    store, work = Store(str(tmp_path / "store")), Workspace(tmp_path / "work")
    id_, system = trained_identifier(made, store, work, title="train")
    again = trained_identifier(made, store, work, title="train")[1]
    np.testing.assert_array_equal(system.logits(made.faces.images), again.logits(made.faces.images))
    path = tmp_path / "store" / "systems" / id_
    described = read_identifier_description(path / "weights.safetensors")
    assert described is not None
    assert (described.learned, described.backbone) == ("last block", made.trunk.id)
    door = systems_under_test.build({"system": "file", "path": str(path)})
    with pytest.raises(WeightsError, match="of which the last block was"):
        door.open(cache=tmp_path / "cache", device="cpu")


def test_a_last_block_needs_a_trained_network() -> None:
    with pytest.raises(OptionError, match="trained network to learn the last block on, got none"):
        training(learn="last block")


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
