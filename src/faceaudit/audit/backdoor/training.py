"""Systems of a backdoor audit, trained once and kept."""

from __future__ import annotations

import numpy as np

from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.common.identifiers import trained_identifier
from faceaudit.audit.common.workspace import Workspace
from faceaudit.store import Store
from faceaudit.systems.identifiers.base import System
from faceaudit.training import TrainingPhotos
from faceaudit.types import FaceSet


def trained_system(
    scenario: BackdoorScenario,
    poison: FaceSet | None,
    store: Store,
    *,
    work: Workspace,
    title: str,
) -> tuple[str, System]:
    """Return the id of a system and the system, trained now unless the store has it.

    Args:
        scenario: faces, split and system.
        poison: samples to add to the training set as the target's; None trains the pristine system.
        store: where systems are kept.
        work: local folders for embeddings and for what a killed training goes on from.
        title: what to call the training there.
    """
    return trained_identifier(
        scenario.identifier,
        store,
        work,
        title=title,
        spec=scenario.system_spec(poison),
        photos=training_photos(scenario, poison),
    )


def training_photos(scenario: BackdoorScenario, poison: FaceSet | None) -> TrainingPhotos:
    """Return the clean training photos, and the poison samples beside them."""
    parts = [scenario.identifier.clean(scenario.split.train)]
    if poison is not None:
        labels = np.full(len(poison), scenario.target)
        parts.append((poison.images, np.arange(len(poison)), labels))
    return TrainingPhotos.of(*parts)
