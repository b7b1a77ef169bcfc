"""Systems of a backdoor audit, trained once and kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import safetensors.torch

from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.common.backbone import Pretrained
from faceaudit.audit.common.workspace import Workspace
from faceaudit.files.lock import alone
from faceaudit.registry import digest
from faceaudit.store import Store, SystemRecord
from faceaudit.systems.identifiers.base import System
from faceaudit.systems.identifiers.file import IdentifierDescription, dump_identifier
from faceaudit.systems.identifiers.identifier import Identifier, train_identifier
from faceaudit.systems.identifiers.last_layer import LastLayer, train_last_layer
from faceaudit.training import Trained, TrainingPhotos
from faceaudit.types import FaceSet, ImageArray, IntArray


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
    system = digest(scenario.system_spec(poison))
    if not store.has_system(system):
        work.unfinished.mkdir(parents=True, exist_ok=True)
        lock = work.unfinished / f"{system}.lock"
        with alone(lock):
            if not store.has_system(system):
                _train_and_keep(scenario, poison, store, work, title)
            lock.unlink(missing_ok=True)
    weights = store.system(system).weights_bytes
    names = scenario.split.names
    if scenario.system.learn == "last layer":
        state = safetensors.torch.load(weights)
        return system, LastLayer(scenario.embedder, names, state, work.embeddings)
    device = scenario.system.training.torch_device()
    return system, Identifier.load(scenario.system.network, names, weights, device)


def _train_and_keep(
    scenario: BackdoorScenario, poison: FaceSet | None, store: Store, work: Workspace, title: str
) -> None:
    spec = scenario.system_spec(poison)
    system = digest(spec)
    checkpoint = work.unfinished / f"{system}.checkpoint"
    trained = _train_anew(scenario, poison, work, checkpoint, title)
    weights = dump_identifier(trained.state, _describe(scenario, work))
    store.write_system(SystemRecord(system, spec, trained.curve, weights))
    checkpoint.unlink(missing_ok=True)


def _describe(scenario: BackdoorScenario, work: Workspace) -> IdentifierDescription:
    last_layer = scenario.system.learn == "last layer"
    pretrained = last_layer and isinstance(scenario.backbone, Pretrained)
    network = scenario.system.network.spec().as_json()
    return IdentifierDescription(
        names=tuple(map(work.discretion.label, scenario.split.names)),
        network={key: value for key, value in network.items() if key != "path"},
        learned=scenario.system.learn,
        backbone=scenario.embedder.id if last_layer else None,
        pretrained=scenario.backbone.id if pretrained and scenario.backbone else None,
    )


def _train_anew(
    scenario: BackdoorScenario,
    poison: FaceSet | None,
    work: Workspace,
    checkpoint: Path,
    title: str,
) -> Trained:
    photos = training_photos(scenario, poison)
    validation = TrainingPhotos.of(_clean(scenario, scenario.split.validation))
    plan, names = scenario.system, scenario.split.names
    if plan.learn == "last layer":
        return train_last_layer(
            scenario.embedder,
            names,
            photos,
            validation,
            plan.training,
            seed=scenario.seed,
            cache=work.embeddings,
            checkpoint=checkpoint,
            progress=work.progress,
            title=title,
        )
    return train_identifier(
        plan.network,
        names,
        photos,
        validation,
        plan.training,
        seed=scenario.seed,
        start=None if scenario.backbone is None else scenario.backbone.state(),
        checkpoint=checkpoint,
        progress=work.progress,
        title=title,
    )


def training_photos(scenario: BackdoorScenario, poison: FaceSet | None) -> TrainingPhotos:
    """Return the clean training photos, the poison samples beside them, and mirror images."""
    parts = [_clean(scenario, scenario.split.train)]
    if poison is not None:
        labels = np.full(len(poison), scenario.target)
        parts.append((poison.images, np.arange(len(poison)), labels))
    photos = TrainingPhotos.of(*parts)
    return photos.with_mirrored() if scenario.system.training.mirrored else photos


def _clean(scenario: BackdoorScenario, rows: IntArray) -> tuple[ImageArray, IntArray, IntArray]:
    return scenario.faces.images, rows, scenario.split.label[rows]
