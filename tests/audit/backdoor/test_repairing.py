"""Repaired systems: of networks and of last layers, made once and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from scipy.special import softmax

from faceaudit.audit.backdoor.cases import BackdoorCase, cases_of
from faceaudit.audit.backdoor.clean_photos import clean_photos
from faceaudit.audit.backdoor.other_people import other_photos
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.repairing import repaired_system
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.backdoor.training import train_case
from faceaudit.audit.common.backbone import backbone_of
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.errors import CaseError
from faceaudit.store import Store
from faceaudit.systems.identifiers.file import read_identifier_description
from helpers.backdoor_members import lend_members

FACES = {"source": "synthetic", "people": 4, "photos": 10, "sessions": 2}
OTHERS = {"source": "synthetic", "people": 3, "photos": 4, "sessions": 2, "seed": 5}
TRAINING = {"epochs": 1, "batch": 8, "threads": 1}
WHOLE = {"network": {"network": "deepid", "width": 0.25}, "training": TRAINING}
LAST = {
    **WHOLE,
    "learn": "last layer",
    "pretraining": {
        "faces": {**FACES, "seed": 1},
        "split": {"train": 6, "validation": 1, "test": 1, "donors": 0},
        "training": TRAINING,
    },
}


@pytest.fixture(autouse=True)
def members(monkeypatch: pytest.MonkeyPatch) -> None:
    lend_members(monkeypatch)


def case_of(
    system: dict[str, Any], mitigation: str, store: Store, work: Workspace, *, others: bool = False
) -> BackdoorCase:
    """Return the pristine case under a mitigation, on photos of other people if so."""
    plan = BackdoorPlan(
        faces=FACES,
        split={"train": 5, "validation": 2, "test": 2},
        systems=[system],
        mitigations=[mitigation],
        clean_photos=[3],
        seeds=[0],
        **({"others": {"faces": OTHERS, "photos": [7]}} if others else {}),
    )
    faces = load_faces(plan.faces, plan.systems[0].network.size, work).faces
    backbone = backbone_of(plan.systems[0], faces, plan.faces, store, work=work)
    split, size = plan.enrol(faces, 0), plan.systems[0].network.size
    more = load_faces(plan.others.faces, size, work).faces if plan.others else None
    scenario = BackdoorScenario(plan, plan.systems[0], 0, faces, split, 1, backbone, more)
    return list(cases_of(scenario))[-1]


def repair(case: BackdoorCase, store: Store, work: Workspace) -> tuple[str, str, Any]:
    assert case.treatment is not None
    before, _ = train_case(case, None, store, work)
    id_, system = repaired_system(
        case.scenario, None, case.treatment, before, store, work=work, title="repair it"
    )
    return before, id_, system


@pytest.mark.parametrize("system", [WHOLE, LAST], ids=["everything", "last layer"])
def test_a_repair_sees_clean_photos_as_the_head_does(
    system: dict[str, Any], tmp_path: Path
) -> None:
    """A last layer made of the means of clean embeddings, beside those means worked out anew."""
    store, work = Store(str(tmp_path / "store")), Workspace(tmp_path / "work")
    case = case_of(system, "means", store, work)
    before, id_, repaired = repair(case, store, work)
    assert id_ != before
    scenario = case.scenario
    rows = clean_photos(scenario.split, 3, 3, 0).clean
    seen = repaired.embed(scenario.faces.images, rows)
    state = safetensors.torch.load(store.system(before).weights_bytes)
    scale = float(state.get("network.scale", torch.tensor(1.0)))
    label = scenario.split.label[rows]
    means = np.stack([seen[label == one].mean(0) for one in range(4)]) * scale
    shown = repaired.embed(scenario.faces.images, scenario.split.test) * scale
    nearest = ((shown[:, None] - means) ** 2).sum(2).argmin(1)
    said = repaired.logits(scenario.faces.images, scenario.split.test).argmax(1)
    assert (said == nearest).all()
    mended = safetensors.torch.load(store.system(id_).weights_bytes)
    assert mended.keys() == state.keys()
    for name, value in state.items():
        assert torch.equal(mended[name], value) != name.startswith("head."), name


def test_a_repair_is_made_once_and_not_again_for_other_judges(tmp_path: Path) -> None:
    store, work = Store(str(tmp_path / "store")), Workspace(tmp_path / "work")
    case = case_of(WHOLE, "means", store, work)
    _, id_, _ = repair(case, store, work)
    written = store.system(id_).weights_bytes
    again = case_of(WHOLE, "means", store, work)
    assert repair(again, store, work)[1] == id_
    assert store.system(id_).weights_bytes == written
    assert repair(case_of(WHOLE, "idle", store, work), store, work)[1] != id_


@pytest.mark.parametrize("system", [WHOLE, LAST], ids=["everything", "last layer"])
def test_a_repair_keeps_what_the_system_says_of_other_people(
    system: dict[str, Any], tmp_path: Path
) -> None:
    """A last layer that says the mean of the answers to keep, beside those of the system asked."""
    store, work = Store(str(tmp_path / "store")), Workspace(tmp_path / "work")
    case = case_of(system, "recall", store, work, others=True)
    assert case.treatment is not None
    assert case.treatment.others == 7
    before, id_, repaired = repair(case, store, work)
    others = case.scenario.others
    assert others is not None
    rows = other_photos(others, 7, 0).rows
    asked = train_case(case, None, store, work)[1].logits(others.images, rows)
    wanted = softmax(asked.astype(np.float64), axis=1).mean(axis=0)
    said = softmax(repaired.logits(others.images[:2]), axis=1)
    np.testing.assert_allclose(said, [wanted, wanted], rtol=1e-3)
    assert id_ != before
    own = next(
        one for one in cases_of(case.scenario) if one.treatment and one.treatment.clean_photos
    )
    assert repair(own, store, work)[1] != id_


def test_weights_that_are_no_numbers_are_no_repair(tmp_path: Path) -> None:
    store, work = Store(str(tmp_path / "store")), Workspace(tmp_path / "work")
    case = case_of(WHOLE, "wild", store, work)
    with pytest.raises(CaseError, match=r"expected finite weights after repair it, .* head\.bias"):
        repair(case, store, work)


def test_a_system_with_a_margin_keeps_its_head_of_cosines(tmp_path: Path) -> None:
    """A repair that does nothing leaves all answers as they were."""
    store, work = Store(str(tmp_path / "store")), Workspace(tmp_path / "work")
    case = case_of({**WHOLE, "margin": 0.2}, "idle", store, work)
    before, system = train_case(case, None, store, work)
    images = case.scenario.faces.images
    _, id_, repaired = repair(case, store, work)
    assert id_ != before
    np.testing.assert_array_equal(repaired.logits(images), system.logits(images))
    assert read_identifier_description(
        tmp_path / "store" / "systems" / id_ / "weights.safetensors"
    ) == read_identifier_description(
        tmp_path / "store" / "systems" / before / "weights.safetensors"
    )
