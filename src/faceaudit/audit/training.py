"""Systems trained once and kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceaudit.audit.cases import Setting
from faceaudit.progress import Progress
from faceaudit.registry import digest
from faceaudit.store import Store, SystemRecord
from faceaudit.systems import Identifier, train_identifier
from faceaudit.training import Photos
from faceaudit.types import FaceSet, ImageArray, IntArray


def trained_system(
    setting: Setting,
    poison: FaceSet | None,
    store: Store,
    *,
    work: Path,
    progress: Progress,
    title: str,
) -> tuple[str, Identifier]:
    """Return the id of a system and the system, trained now unless the store has it.

    Args:
        setting: faces, split and system.
        poison: samples to add to the training set as the target's; None trains the pristine system.
        store: where systems are kept.
        work: a local folder for what a killed training goes on from.
        progress: told of every step.
        title: what to call the training there.
    """
    spec = setting.system_spec(poison)
    system = digest(spec)
    names = setting.split.names
    network = setting.system.network
    if not store.has_system(system):
        checkpoint = work / f"{system}.checkpoint"
        trained = train_identifier(
            network,
            names,
            training_photos(setting, poison),
            Photos.of(_clean(setting, setting.split.validation)),
            setting.system.training,
            seed=setting.seed,
            checkpoint=checkpoint,
            progress=progress,
            title=title,
        )
        weights = Identifier.dump(trained.state)
        store.write_system(SystemRecord(system, spec, trained.curve, weights))
        checkpoint.unlink(missing_ok=True)
    device = setting.system.training.torch_device()
    weights = store.system(system).weights
    return system, Identifier.load(network, names, weights, device)


def training_photos(setting: Setting, poison: FaceSet | None) -> Photos:
    """Return the clean training photos, and the poison samples beside them."""
    clean = _clean(setting, setting.split.train)
    if poison is None:
        return Photos.of(clean)
    labels = np.full(len(poison), setting.target)
    return Photos.of(clean, (poison.images, np.arange(len(poison)), labels))


def _clean(setting: Setting, rows: IntArray) -> tuple[ImageArray, IntArray, IntArray]:
    return setting.faces.images, rows, setting.split.label[rows]
