"""Systems trained once and kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import safetensors.torch

from faceaudit.audit.backdoor.cases import BackdoorScenario
from faceaudit.progress import Progress
from faceaudit.registry import digest
from faceaudit.store import Store, SystemRecord
from faceaudit.systems import Identifier, LastLayer, System, train_identifier, train_last_layer
from faceaudit.training import Trained, TrainingPhotos
from faceaudit.types import FaceSet, ImageArray, IntArray


def trained_system(
    setting: BackdoorScenario,
    poison: FaceSet | None,
    store: Store,
    *,
    work: Path,
    progress: Progress,
    title: str,
) -> tuple[str, System]:
    """Return the id of a system and the system, trained now unless the store has it.

    Args:
        setting: faces, split and system.
        poison: samples to add to the training set as the target's; None trains the pristine system.
        store: where systems are kept.
        work: a local folder for embeddings, and for what a killed training goes on from.
        progress: told of every step.
        title: what to call the training there.
    """
    spec = setting.system_spec(poison)
    system = digest(spec)
    if not store.has_system(system):
        checkpoint = work / f"{system}.checkpoint"
        trained = _train(setting, poison, work, checkpoint, progress, title)
        weights = Identifier.dump(trained.state)
        store.write_system(SystemRecord(system, spec, trained.curve, weights))
        checkpoint.unlink(missing_ok=True)
    weights = store.system(system).weights_bytes
    names = setting.split.names
    if setting.system.learn == "last layer":
        state = safetensors.torch.load(weights)
        return system, LastLayer(setting.embedder, names, state, _embedded(work))
    device = setting.system.training.torch_device()
    return system, Identifier.load(setting.system.network, names, weights, device)


def _train(
    setting: BackdoorScenario,
    poison: FaceSet | None,
    work: Path,
    checkpoint: Path,
    progress: Progress,
    title: str,
) -> Trained:
    photos = training_photos(setting, poison)
    validation = TrainingPhotos.of(_clean(setting, setting.split.validation))
    plan, names = setting.system, setting.split.names
    if plan.learn == "last layer":
        return train_last_layer(
            setting.embedder,
            names,
            photos,
            validation,
            plan.training,
            seed=setting.seed,
            cache=_embedded(work),
            checkpoint=checkpoint,
            progress=progress,
            title=title,
        )
    return train_identifier(
        plan.network,
        names,
        photos,
        validation,
        plan.training,
        seed=setting.seed,
        start=None if setting.backbone is None else setting.backbone.state(),
        checkpoint=checkpoint,
        progress=progress,
        title=title,
    )


def training_photos(setting: BackdoorScenario, poison: FaceSet | None) -> TrainingPhotos:
    """Return the clean training photos, the poison samples beside them, and mirror images."""
    parts = [_clean(setting, setting.split.train)]
    if poison is not None:
        labels = np.full(len(poison), setting.target)
        parts.append((poison.images, np.arange(len(poison)), labels))
    photos = TrainingPhotos.of(*parts)
    return photos.with_mirrored() if setting.system.training.mirrored else photos


def _embedded(work: Path) -> Path:
    return work / "embeddings"


def _clean(setting: BackdoorScenario, rows: IntArray) -> tuple[ImageArray, IntArray, IntArray]:
    return setting.faces.images, rows, setting.split.label[rows]
