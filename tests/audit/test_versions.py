"""A component whose version was raised is computed anew, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from audit.extraction import sections as extraction
from faceaudit.attacks.backdoor.blended import Blended
from faceaudit.attacks.membership.loss import LossThreshold
from faceaudit.audit.common.kind import AuditKind
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.kinds import KINDS
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.errors import CaseError
from faceaudit.mitigations.membership.rounding import Rounding
from faceaudit.networks import networks
from faceaudit.networks.deepid import DeepID
from faceaudit.registry import Component
from faceaudit.store import Store
from faceaudit.systems.predictors.difference_network import DifferenceNetwork
from faceaudit.systems.predictors.distances import Cosine

BACKDOOR: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 4, "photos": 40, "sessions": 2},
    "split": {"train": 16, "validation": 4, "test": 4},
    "systems": [{"network": {"network": "deepid", "width": 0.25}, "training": {"epochs": 1}}],
    "attacks": [
        {"attack": "blended", "samples": 5, "instances": 5},
        {"attack": "accessory", "samples": 5, "instances": 5},
    ],
    "wrong_keys": 0,
}
MEMBERSHIP: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 24, "photos": 4, "sessions": 2, "seed": 2},
    "backbones": [
        {
            "network": {"network": "deepid", "width": 0.25},
            "pretraining": {
                "faces": {"source": "synthetic", "people": 4, "photos": 8, "seed": 1},
                "split": {"train": 5, "validation": 1, "test": 1, "donors": 0},
                "training": {"epochs": 1, "batch": 16},
            },
        }
    ],
    "pool": {"pairs": 80, "blocks": 8, "per_person": 6, "validation": 8},
    "predictor": {"predictor": "difference_network", "widths": [16], "normalised": 1, "epochs": 1},
    "mitigations": ["none", "rounding"],
    "attacks": ["loss"],
    "levels": ["pair"],
    "verifiers": 4,
    "targets": 2,
}

GIVEN: dict[str, Any] = {
    "faces": MEMBERSHIP["faces"],
    "embedders": MEMBERSHIP["backbones"],
    "parties": {"attacked": 6},
}
SECTIONS: dict[str, Any] = {
    "backdoor": BACKDOOR,
    "membership": MEMBERSHIP,
    "inversion": {**GIVEN, "fmrs": [0.1], "attacks": ["look_alike"]},
    "backbone_membership": {
        "faces": {"source": "synthetic", "people": 20, "photos": 6, "sessions": 3, "seed": 3},
        "recipes": [
            {
                "network": {"network": "deepid", "width": 0.1},
                "training": {"epochs": 1, "batch": 32, "threads": 1},
            }
        ],
        "trainings": 4,
        "split": {"train": 3, "validation": 1, "test": 2, "donors": 0},
    },
    "extraction": {**extraction.SECTION, "verifier": None},
    "attribute_inference": {
        **GIVEN,
        "faces": {**MEMBERSHIP["faces"], "people": 60},
        "parties": {"attacked": 20},
        "attributes": ["sex"],
        "labelled": [4],
        "fmrs": [0.1],
    },
    "master_face": {**GIVEN, "attacks": ["greedy_photos"], "counts": [1], "fmrs": [0.1]},
    "master_key": {
        "faces": {**MEMBERSHIP["faces"], "people": 40},
        "embedders": MEMBERSHIP["backbones"],
        "people": {"enrolled": 4, "strangers": 4, "own": 6},
        "predictor": {"predictor": "difference_network", "widths": [8], "epochs": 1},
        "attacks": [{"attack": "master_person", "photos": 1, "tries": 2}],
        "trainings": 1,
        "wrong_keys": 2,
        "rates": [0.01],
        "fmrs": [0.1],
    },
    "evasion": {**GIVEN, "attacks": [{"attack": "pgd", "steps": 1}], "fmrs": [0.1]},
    "enrolment": {
        "faces": {**MEMBERSHIP["faces"], "people": 60},
        "embedders": MEMBERSHIP["backbones"],
        "people": {"targets": 3, "strangers": 4, "donors": 4},
        "attacks": ["sticker"],
        "mitigations": ["none"],
        "fmrs": [0.1],
        "wrong_keys": 2,
    },
    "linkage": {**GIVEN, "protections": ["none"], "photos": [10], "untrained": False},
}
"""A small section of each kind that trains."""
SCANNED = "def answer(photos):\n    return photos[:, 0, 0, 0].astype(int) % 20\n"
SCAN = {
    "strangers": {"source": "synthetic", "people": 20, "photos": 2, "sessions": 2, "seed": 4},
    "photos": 20,
    "references": 0,
    "stages": ["patched_share"],
}


def count_systems(store: Store) -> int:
    return len(list((Path(store.root) / "systems").iterdir()))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(str(tmp_path_factory.mktemp("store")))
    summary = run(Plan(backdoor=BACKDOOR, membership=MEMBERSHIP), store)
    assert (summary.ran, summary.failed) == (5, ())
    return store


@pytest.mark.parametrize(
    ("member", "anew", "trained"),
    [
        (Blended, 1, 0),  # of three backdoor cases; its samples, and so its system, are the same
        (LossThreshold, 2, 0),  # an attack of both membership cases
        (Rounding, 1, 0),  # one of two mitigations, on the verifiers of "none"
        (DifferenceNetwork, 2, 1),  # the predictor of both
        (DeepID, 5, 5),  # everything: a backbone, its verifiers, and three identifiers
    ],
)
def test_what_a_component_has_a_part_in_is_computed_anew(
    store: Store,
    member: type[Component],
    anew: int,
    trained: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = count_systems(store)
    monkeypatch.setattr(member, "version", member.version + 1)
    plan = Plan(backdoor=BACKDOOR, membership=MEMBERSHIP)
    summary = run(plan, store)
    assert (summary.ran, summary.kept, summary.failed) == (anew, 5 - anew, ())
    assert count_systems(store) - before == trained
    again = run(plan, store)
    assert (again.ran, again.kept) == (0, 5)


def membership_cases_of(tmp_path: Path, weights: Path, **network: Any) -> set[str]:
    """Ids of a membership section whose backbone comes from a file of weights."""
    backbone = {"network": {"network": "deepid", "width": 0.25, **network}, "weights": str(weights)}
    values = {**MEMBERSHIP, "backbones": [backbone], "mitigations": ["none", "distance_threshold"]}
    plan, store = Plan(membership=values), Store(str(tmp_path / "store"))
    (kind, section), *_ = plan.parts()
    return {job.id for job in kind.prepare(section, plan.seeds, store, workspace(store)).jobs}


def test_a_backbone_from_a_file_counts_with_its_version_and_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options that have no weights, such as how pixels are prepared, change what is embedded."""
    torch.manual_seed(0)
    module = networks.build({"network": "deepid", "width": 0.25}).build()
    weights = tmp_path / "deepid.safetensors"
    save_file(module.state_dict(), weights)
    before = membership_cases_of(tmp_path, weights)
    assert membership_cases_of(tmp_path, weights) == before
    assert not membership_cases_of(tmp_path, weights, contrast="photo") & before
    moved = weights.rename(tmp_path / "moved.safetensors")
    assert membership_cases_of(tmp_path, moved) == before
    monkeypatch.setattr(Cosine, "version", Cosine.version + 1)
    assert len(membership_cases_of(tmp_path, moved) & before) == 1, "the threshold's predictor"
    monkeypatch.setattr(DeepID, "version", DeepID.version + 1)
    assert not membership_cases_of(tmp_path, moved) & before


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_job_of_another_case_is_refused(
    store: Store, kind: AuditKind[Any], tmp_path: Path
) -> None:
    """As when its photos, lists or weights changed since it was planned."""
    (tmp_path / "answers.csv").write_text("photo,label\nA/1.jpg,A\n")
    answers = {"system": "answers", "path": str(tmp_path / "answers.csv")}
    finished = {"faces": BACKDOOR["faces"], "systems": [answers], "attacks": []}
    (tmp_path / "scanned.py").write_text(SCANNED)
    door = {"system": "python", "path": f"{tmp_path / 'scanned.py'}:answer", "size": [48, 40]}
    names = [f"class-{number}" for number in range(20)]
    scan = {**SCAN, "systems": [{**door, "names": names}]}
    given = {"finished": finished, "scan": scan}
    assert {*SECTIONS, *given} == {one.name for one in KINDS}
    plan = Plan(**SECTIONS, **given)
    work = workspace(store)
    job = kind.prepare(plan.section(kind.name), plan.seeds, store, work).jobs[0]
    with pytest.raises(CaseError, match=r"photos and weights that .* was planned with, got others"):
        kind.execute(replace(job, id="0" * 64), store, work)
