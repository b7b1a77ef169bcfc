"""Repaired systems, each made once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from faceaudit.audit.backdoor.clean_photos import clean_photos
from faceaudit.audit.backdoor.other_people import other_photos
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.backdoor.training import training_photos
from faceaudit.audit.backdoor.treatments import Treatment
from faceaudit.audit.common.identifiers import (
    describe_identifier,
    load_identifier,
)
from faceaudit.audit.common.training_once import train_once
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import CaseError
from faceaudit.mitigations.backdoor.base import Repair, RepairTask
from faceaudit.mitigations.backdoor.common.tuning import keep_answers
from faceaudit.registry import digest
from faceaudit.store import Store, SystemRecord
from faceaudit.systems.embedding.differentiable import Differentiable
from faceaudit.systems.identifiers.base import System
from faceaudit.systems.identifiers.file import dump_identifier
from faceaudit.systems.identifiers.last_layer import features_of
from faceaudit.training import TrainingPhotos
from faceaudit.training.classifier import Classifier
from faceaudit.training.determinism import cpu_threads, deterministic, seeded
from faceaudit.types import FaceSet

if TYPE_CHECKING:
    from faceaudit.systems.embedding.embedder import Embedder


def repaired_system(
    scenario: BackdoorScenario,
    poison: FaceSet | None,
    treatment: Treatment,
    system: str,
    store: Store,
    *,
    work: Workspace,
    title: str,
) -> tuple[str, System]:
    """Return the id of a repaired system and the system, repaired now unless the store has it.

    Args:
        scenario: faces, split and system.
        poison: what it was trained on beside the clean photos; None for the pristine system.
        treatment: a repair, with its clean photos.
        system: the id of the system to repair, which the store has.
        store: where systems are kept.
        work: local folders.
        title: what to call the repair there.

    Raises:
        CaseError: the repair left weights that are no finite numbers.
        InputError: there are too few clean photos.
    """
    repair = treatment.mitigation
    assert isinstance(repair, Repair)
    spec = {
        **scenario.system_spec(poison),
        "repair": {
            **repair.identity(),
            "clean_photos": treatment.clean_photos,
            **_others_values(scenario, treatment),
            "versions": treatment.versions,
        },
    }
    id_ = digest(spec)

    def make() -> None:
        state = safetensors.torch.load(store.system(system).weights_bytes)
        photos = training_photos(scenario, poison)
        clean = _clean(scenario, treatment)
        mended = _repair(scenario, treatment, state, photos, clean, work, title)
        weights = dump_identifier(mended, describe_identifier(scenario.identifier, work))
        store.write_system(SystemRecord(id_, spec, (), weights))

    train_once(id_, make, store, folder=work.unfinished, progress=work.progress)
    return id_, load_identifier(
        scenario.identifier, store.system(id_).weights_bytes, work.embeddings
    )


def _others_values(scenario: BackdoorScenario, treatment: Treatment) -> dict[str, Any]:
    """Return how many photos of other people there are, and which; nothing where there are none."""
    if not treatment.others:
        return {}
    assert scenario.others is not None
    return {"others": [treatment.others, scenario.others.fingerprint]}


def _clean(scenario: BackdoorScenario, treatment: Treatment) -> TrainingPhotos:
    """Return the clean photos that a repair has; those of other people have no labels yet."""
    if treatment.others:
        assert scenario.others is not None
        rows = other_photos(scenario.others, treatment.others, scenario.seed).rows
        return TrainingPhotos.of((scenario.others.images, rows, np.zeros(len(rows), np.int64)))
    rows = clean_photos(
        scenario.split, treatment.clean_photos, treatment.reserved, scenario.seed
    ).clean
    return TrainingPhotos.of(scenario.identifier.clean(rows))


def _repair(
    scenario: BackdoorScenario,
    treatment: Treatment,
    state: Mapping[str, Tensor],
    photos: TrainingPhotos,
    clean: TrainingPhotos,
    work: Workspace,
    title: str,
) -> dict[str, Tensor]:
    """Return the weights of a system after a repair; `state` stays as it is."""
    repair, options = treatment.mitigation, scenario.system.training
    assert isinstance(repair, Repair)
    device = options.torch_device()
    photos = photos.with_mirrored() if options.mirrored else photos
    people = len(scenario.split.names)
    whole: Differentiable | None = None
    if scenario.system.learn == "last layer":
        embedder, scale = scenario.identifier.embedder, float(state["network.scale"])
        photos, clean = (_scaled(embedder, part, scale, work) for part in (photos, clean))
        head = nn.Linear(embedder.embedding_size, people)
        head.load_state_dict(_part_of(state, "head."))
        head.to(device)
    else:
        model = Classifier(scenario.system.network.build(), people, scenario.system.margin)
        model.load_state_dict(state)
        model.to(device)
        whole = Differentiable(model.network, device)
        whole.requires_grad_(requires_grad=True)
        head = model.head
    head.eval()
    task = RepairTask(
        network=whole,
        head=head,
        clean=clean,
        training_set=photos,
        options=options,
        seed=scenario.seed,
        progress=work.progress,
        title=title,
    )
    with (
        deterministic(device),
        cpu_threads(options.threads),
        seeded(f"repair {scenario.seed}", device),
    ):
        task = keep_answers(task) if treatment.others else task
        repair.repair(task)
    mended = {f"head.{name}": value for name, value in task.head.state_dict().items()}
    if whole is None:
        mended["network.scale"] = state["network.scale"]
    else:
        mended |= {f"network.{name}": value for name, value in whole.network.state_dict().items()}
    return checked_weights(mended, state, title)


def checked_weights(
    mended: Mapping[str, Tensor], before: Mapping[str, Tensor], title: str
) -> dict[str, Tensor]:
    """Return weights on the CPU, in the shapes that they had before.

    Raises:
        CaseError: some are no finite numbers, or of other shapes.
    """
    found = {name: value.detach().cpu() for name, value in mended.items()}
    odd = [
        name
        for name, value in found.items()
        if name not in before or value.shape != before[name].shape
    ]
    if odd or found.keys() != before.keys():
        raise CaseError(f"expected the weights of {title} in their shapes, got others: {odd}")
    wild = [name for name, value in found.items() if not bool(torch.isfinite(value).all())]
    if wild:
        raise CaseError(
            f"expected finite weights after {title}, got others in {', '.join(wild)}: it diverged; "
            "try a smaller learning rate"
        )
    return found


def _scaled(
    embedder: Embedder, photos: TrainingPhotos, scale: float, work: Workspace
) -> TrainingPhotos:
    """Return photos as the embeddings that the last layer sees."""
    found = features_of(embedder, photos, cache=work.embeddings, progress=work.progress)
    (values,) = found.arrays
    return TrainingPhotos.of((values * scale, found.row, found.label))


def _part_of(state: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)
    }
