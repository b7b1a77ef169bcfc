"""Identifiers that others trained, repaired."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from faceaudit.audit.backdoor.asked import labels_among
from faceaudit.audit.backdoor.repairing import checked_weights
from faceaudit.errors import InputError
from faceaudit.mitigations.backdoor.base import Repair, RepairTask
from faceaudit.mitigations.backdoor.common.tuning import keep_answers
from faceaudit.progress import Progress
from faceaudit.systems.embedding.differentiable import Differentiable
from faceaudit.systems.identifiers.file import IdentifierDescription, dump_identifier
from faceaudit.systems.identifiers.identifier import Identifier
from faceaudit.systems.under_test.base import IdentifierUnderTest
from faceaudit.systems.under_test.common.network_answers import NetworkIdentifier
from faceaudit.training import Training, TrainingPhotos
from faceaudit.training.determinism import cpu_threads, deterministic, seeded
from faceaudit.types import FaceSet


def repair_network(
    system: IdentifierUnderTest,
    repair: Repair,
    clean: FaceSet,
    training_set: FaceSet | None,
    options: Training,
    *,
    others: bool = False,
    seed: int,
    progress: Progress,
) -> tuple[Identifier, bytes]:
    """Return an identifier after a repair of all its layers, and its file; the system stays.

    Args:
        system: a network with a softmax layer that is built here.
        repair: what to do.
        clean: photos that somebody vouches for, of its size and its people, or of others.
        training_set: what it was trained on, likewise; none where it is not known.
        options: how it was trained.
        others: whether the clean photos are of people whom it does not know.
        seed: of the repair.
        progress: told of every step.

    Raises:
        InputError: it is no such network, or takes pixels prepared in a way of its own.
        CaseError: the repair left weights that are no finite numbers.
    """
    body, head = repairable_parts(system)
    assert isinstance(system, NetworkIdentifier)
    device = options.torch_device()
    whole = Differentiable(body.network, device)
    whole.requires_grad_(requires_grad=True)
    head = head.to(device)
    before = _state(whole, head)
    nothing = clean.take(np.zeros(0, dtype=np.int64))
    known = _photos(nothing if training_set is None else training_set, system.names)
    task = RepairTask(
        network=whole,
        head=head,
        clean=_photos(clean, system.names),
        training_set=known.with_mirrored() if options.mirrored else known,
        options=options,
        seed=seed,
        progress=progress,
        title=f"repair {system.title}",
    )
    with (
        deterministic(device),
        cpu_threads(options.threads),
        seeded(f"repair {seed}", device),
    ):
        task = keep_answers(task) if others else task
        repair.repair(task)
    mended = checked_weights(_state(whole, head), before, task.title)
    spec = system.network.spec().as_json()
    described = IdentifierDescription(
        names=system.names,
        network={key: value for key, value in spec.items() if key != "path"},
        learned="everything",
    )
    identifier = Identifier(system.network, system.names, mended, device)
    return identifier, dump_identifier(mended, described)


def repairable_parts(system: IdentifierUnderTest) -> tuple[Differentiable, nn.Linear]:
    """Return a copy of a network, and of its softmax layer.

    Raises:
        InputError: it is no network that is built here, or takes pixels in a way of its own.
    """
    if isinstance(system, NetworkIdentifier) and not system.network.is_file:
        whole = system.differentiable()
        if isinstance(whole, Differentiable) and whole.head is not None:
            if whole.network.preprocessing != system.network.build().preprocessing:
                raise InputError(
                    f"expected a network that takes pixels as its kind does, got {system.title}, "
                    "which was opened with a preprocessing of its own; a repaired file cannot say "
                    "so"
                )
            return whole, whole.head
    raise InputError(
        f"expected an identifier in a file of weights, of a network that is built here, got "
        f"{system.title}; try file:FILE"
    )


def _photos(faces: FaceSet, names: tuple[str, ...]) -> TrainingPhotos:
    label = labels_among(faces, names)
    return TrainingPhotos.of((faces.images, np.arange(len(faces)), label))


def _state(whole: Differentiable, head: nn.Linear) -> dict[str, torch.Tensor]:
    parts = (("network", whole.network), ("head", head))
    return {
        f"{part}.{name}": value.detach().clone()
        for part, module in parts
        for name, value in module.state_dict().items()
    }
