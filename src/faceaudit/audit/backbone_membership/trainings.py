"""The backbones of a case: trained one after the other, or taken from the store."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import safetensors.torch

from faceaudit.audit.backbone_membership.scenario import Scenario, recipe_values
from faceaudit.audit.common.training_once import train_once
from faceaudit.audit.common.workspace import Workspace
from faceaudit.records.backbone_membership import TrainingFacts
from faceaudit.registry import digest
from faceaudit.store import Store, SystemRecord
from faceaudit.store.store import SCHEMA
from faceaudit.systems.embedding.embedder import Embedder, state_digest
from faceaudit.systems.identifiers.identifier import Identifier, train_identifier
from faceaudit.training import TrainingPhotos
from faceaudit.training.determinism import seeded
from faceaudit.training.device import choose_device
from faceaudit.types import IntArray


def trained_backbones(
    scenario: Scenario, store: Store, work: Workspace
) -> Iterator[tuple[Embedder, TrainingFacts]]:
    """Yield each backbone of a case; what the store lacks is trained now.

    Raises:
        CaseError: a training diverged.
    """
    device = choose_device(scenario.recipe.training.device)
    for number in range(scenario.plan.trainings):
        spec = _training_spec(scenario, number)
        id_ = digest(spec)
        train = partial(_train, scenario, number, id_, spec, store, work)
        train_once(id_, train, store, folder=work.unfinished, progress=work.progress)
        state = safetensors.torch.load(store.system(id_).weights_bytes)
        curve = store.curve(id_)
        best = min(curve, key=lambda epoch: epoch["validation_loss"])
        facts = TrainingFacts(
            id=id_,
            epochs=len(curve),
            train_loss=best["train_loss"],
            validation_accuracy=best["validation_accuracy"],
        )
        yield Embedder.of(scenario.recipe.network, state, device), facts


def untrained_backbones(scenario: Scenario) -> Iterator[Embedder]:
    """Yield as many networks with weights as they are drawn: the null, which learned from nobody.

    Nothing of them depends on who the members of a training are.
    """
    network = scenario.recipe.network
    device = choose_device(scenario.recipe.training.device)
    for number in range(scenario.plan.trainings):
        with seeded(f"untrained {scenario.seed} {number}"):
            module = network.build()
        yield Embedder(network, module, state_digest(module.state_dict()), device)


def _training_spec(scenario: Scenario, number: int) -> dict[str, Any]:
    """Return everything that determines a training, and no more: attacks and others do not."""
    people = scenario.people
    learned = scenario.halves[number]
    return {
        "schema": SCHEMA,
        "fingerprint": people.faces.fingerprint,
        "backbone_of": digest([people.names[one] for one in np.flatnonzero(learned)]),
        "recipe": recipe_values(scenario.recipe),
        "split": scenario.plan.split.model_dump(mode="json"),
        "split_seed": scenario.seed,
        "seed": _seed_of(scenario, number),
    }


def _seed_of(scenario: Scenario, number: int) -> int:
    """Return the seed of first weights and the order of photos, of each training another."""
    return scenario.seed * 10_000 + number


def _train(
    scenario: Scenario,
    number: int,
    id_: str,
    spec: dict[str, Any],
    store: Store,
    work: Workspace,
) -> None:
    recipe, people = scenario.recipe, scenario.people
    learned = np.flatnonzero(scenario.halves[number])
    photos = _photos(scenario, people.trained, learned)
    options = recipe.training
    if recipe.stop == "never":
        watched = photos
        options = options.model_copy(update={"patience": options.epochs})
    else:
        watched = _photos(scenario, people.watched, learned)
    checkpoint = work.unfinished / f"{id_}.checkpoint"
    trained = train_identifier(
        recipe.network,
        tuple(people.names[one] for one in learned),
        photos.with_mirrored() if options.mirrored else photos,
        watched,
        options,
        seed=_seed_of(scenario, number),
        margin=recipe.margin,
        checkpoint=checkpoint,
        progress=work.progress,
        title=f"train backbone {number + 1} of {scenario.plan.trainings}: {scenario.title}",
    )
    state = {
        name.removeprefix("network."): tensor
        for name, tensor in trained.state.items()
        if name.startswith("network.")
    }
    store.write_system(SystemRecord(id_, spec, trained.curve, Identifier.dump(state)))
    checkpoint.unlink(missing_ok=True)


def _photos(scenario: Scenario, rows: IntArray, learned: IntArray) -> TrainingPhotos:
    """Return the photos at `rows` of the people who are learned from, numbered among these."""
    people = scenario.people
    kept = rows[np.isin(people.person[rows], learned)]
    label = np.searchsorted(learned, people.person[kept])
    return TrainingPhotos.of((people.faces.images, kept, label))
