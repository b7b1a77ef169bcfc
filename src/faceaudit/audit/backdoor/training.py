"""Systems of a backdoor audit, trained once and kept."""

from __future__ import annotations

import hashlib

import numpy as np

from faceaudit.audit.backdoor.cases import BackdoorCase
from faceaudit.audit.backdoor.filtering import without
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.backdoor.staging import PreparedAttack
from faceaudit.audit.common.identifiers import trained_identifier
from faceaudit.audit.common.workspace import Workspace
from faceaudit.store import Store
from faceaudit.systems.identifiers.base import System
from faceaudit.training import TrainingPhotos
from faceaudit.types import BoolArray, FaceSet


def trained_system(
    scenario: BackdoorScenario,
    poison: FaceSet | None,
    store: Store,
    *,
    work: Workspace,
    title: str,
    removed: BoolArray | None = None,
) -> tuple[str, System]:
    """Return the id of a system and the system, trained now unless the store has it.

    Args:
        scenario: faces, split and system.
        poison: samples to add to the training set as the target's; None trains the pristine system.
        store: where systems are kept.
        work: local folders for embeddings and for what a killed training goes on from.
        title: what to call the training there.
        removed: (N,) which of the `training_photos` are left out; None, or none of them, is the
            system that learns from all.
    """
    spec, photos = scenario.system_spec(poison), training_photos(scenario, poison)
    if removed is not None and removed.any():
        rows = np.flatnonzero(removed).astype("<i8")
        spec["removed"] = hashlib.sha256(rows.tobytes()).hexdigest()
        photos = without(photos, removed)
    return trained_identifier(
        scenario.identifier,
        store,
        work,
        title=title,
        spec=spec,
        photos=photos,
    )


def training_photos(scenario: BackdoorScenario, poison: FaceSet | None) -> TrainingPhotos:
    """Return the clean training photos, and the poison samples beside them."""
    parts = [scenario.identifier.clean(scenario.split.train)]
    if poison is not None:
        labels = np.full(len(poison), scenario.target)
        parts.append((poison.images, np.arange(len(poison)), labels))
    return TrainingPhotos.of(*parts)


def train_case(
    case: BackdoorCase, prepared: PreparedAttack | None, store: Store, work: Workspace
) -> tuple[str, System]:
    """Return the id of a case's system and the system; the pristine one without an attack."""
    network = case.scenario.system.network.name
    return trained_system(
        case.scenario,
        None if prepared is None else prepared.samples,
        store,
        work=work,
        title=f"train {network} pristine" if prepared is None else f"train {case.system_title}",
    )
