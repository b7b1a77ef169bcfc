"""Identifiers that an audit trains, each once, and kept under an id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import safetensors.torch

from faceaudit.audit.common.backbone import Backbone, Pretrained
from faceaudit.audit.common.systems import SystemPlan
from faceaudit.audit.common.training_once import train_once
from faceaudit.audit.common.workspace import Workspace
from faceaudit.faces.split import Split, SplitPlan
from faceaudit.networks.common.split_network import SplitNetwork
from faceaudit.registry import digest
from faceaudit.store import Store, SystemRecord
from faceaudit.store.store import SCHEMA
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.identifiers.base import System
from faceaudit.systems.identifiers.file import IdentifierDescription, dump_identifier
from faceaudit.systems.identifiers.identifier import Identifier, train_identifier
from faceaudit.systems.identifiers.last_block import (
    LastBlock,
    split_network,
    train_last_block,
    trunk_of,
)
from faceaudit.systems.identifiers.last_layer import LastLayer, train_last_layer
from faceaudit.training import Trained, TrainingPhotos
from faceaudit.types import FaceSet, ImageArray, IntArray


@dataclass(frozen=True, eq=False)
class IdentifierTraining:
    """How an identifier comes to know the people of a split; the same values give the same id.

    Attributes:
        system: the network, what it starts from, and how it is trained.
        division: how the faces were split.
        seed: of the split, the first weights and the order of photos.
        faces: at the network's size.
        split: who is known, and which photos do what.
        backbone: the trained network that it starts from, or None.
    """

    system: SystemPlan
    division: SplitPlan
    seed: int
    faces: FaceSet
    split: Split
    backbone: Backbone | None = None

    @cached_property
    def embedder(self) -> Embedder:
        """The backbone, ready to embed photos."""
        assert self.backbone is not None
        return self.backbone.embedder(self.system.training.torch_device())

    @cached_property
    def split_network(self) -> SplitNetwork:
        """The backbone's network, of which the last block learns."""
        assert self.backbone is not None
        return split_network(self.system.network, self.backbone.state())

    @cached_property
    def trunk(self) -> Embedder:
        """The layers before the backbone's last block, ready to run on photos."""
        device = self.system.training.torch_device()
        return trunk_of(self.system.network, self.split_network, device)

    @cached_property
    def values(self) -> dict[str, Any]:
        """What determines an identifier that is trained so, but for further photos."""
        return {
            "schema": SCHEMA,
            "fingerprint": self.faces.fingerprint,
            "split": self.division.model_dump(mode="json"),
            "system": _system_values(self.system),
            "versions": {"network": self.system.network.version},
            "backbone": None if self.backbone is None else self.backbone.id,
            "seed": self.seed,
        }

    @cached_property
    def spec(self) -> dict[str, Any]:
        """What determines the identifier that learns from the training photos alone."""
        return {**self.values, "poison": None}

    @property
    def id(self) -> str:
        """The id of that identifier: a digest of its spec."""
        return digest(self.spec)

    def clean(self, rows: IntArray) -> tuple[ImageArray, IntArray, IntArray]:
        """Return photos with their labels, as `TrainingPhotos.of` takes them."""
        return self.faces.images, rows, self.split.label[rows]


def trained_identifier(
    training: IdentifierTraining,
    store: Store,
    work: Workspace,
    *,
    title: str,
    spec: Mapping[str, Any] | None = None,
    photos: TrainingPhotos | None = None,
) -> tuple[str, System]:
    """Return the id of an identifier and the identifier, trained now unless the store has it.

    Args:
        training: faces, split and network.
        store: where systems are kept.
        work: local folders for embeddings and for what a killed training goes on from.
        title: what to call the training there.
        spec: what determines it; `training.spec` unless given.
        photos: to learn from, before mirroring; those of the split unless given.
    """
    spec = training.spec if spec is None else spec
    id_ = digest(spec)

    def train() -> None:
        shown = photos or TrainingPhotos.of(training.clean(training.split.train))
        _train_and_keep(training, spec, shown, store, work, title)

    train_once(id_, train, store, folder=work.unfinished, progress=work.progress)
    return id_, load_identifier(training, store.system(id_).weights_bytes, work.embeddings)


def load_identifier(training: IdentifierTraining, weights: bytes, cache: Path) -> System:
    """Return an identifier from its weights.

    Args:
        training: how it came to know the people.
        weights: as the store has them.
        cache: folder of all embeddings.
    """
    names = training.split.names
    if training.system.learn == "last layer":
        return LastLayer(training.embedder, names, safetensors.torch.load(weights), cache)
    system = training.system
    if system.learn == "last block":
        return LastBlock(
            training.trunk,
            training.split_network,
            names,
            safetensors.torch.load(weights),
            cache,
            margin=system.margin,
        )
    device = system.training.torch_device()
    return Identifier.load(system.network, names, weights, device, margin=system.margin)


def _train_and_keep(
    training: IdentifierTraining,
    spec: Mapping[str, Any],
    photos: TrainingPhotos,
    store: Store,
    work: Workspace,
    title: str,
) -> None:
    id_ = digest(spec)
    checkpoint = work.unfinished / f"{id_}.checkpoint"
    photos = photos.with_mirrored() if training.system.training.mirrored else photos
    trained = _train_anew(training, photos, work, checkpoint, title)
    weights = dump_identifier(trained.state, describe_identifier(training, work))
    store.write_system(SystemRecord(id_, spec, trained.curve, weights))
    checkpoint.unlink(missing_ok=True)


def describe_identifier(training: IdentifierTraining, work: Workspace) -> IdentifierDescription:
    """Return what an identifier's file says of it: whom it knows, and what was trained."""
    learned, backbone = training.system.learn, training.backbone
    embedder = training.embedder if learned == "last layer" else None
    embedder = training.trunk if learned == "last block" else embedder
    network = training.system.network.spec().as_json()
    return IdentifierDescription(
        names=tuple(map(work.discretion.label, training.split.names)),
        network={key: value for key, value in network.items() if key != "path"},
        learned=learned,
        margin=training.system.margin,
        backbone=None if embedder is None else embedder.id,
        pretrained=backbone.id if embedder and isinstance(backbone, Pretrained) else None,
    )


def _train_anew(
    training: IdentifierTraining,
    photos: TrainingPhotos,
    work: Workspace,
    checkpoint: Path,
    title: str,
) -> Trained:
    validation = TrainingPhotos.of(training.clean(training.split.validation))
    plan, names = training.system, training.split.names
    if plan.learn == "last layer":
        return train_last_layer(
            training.embedder,
            names,
            photos,
            validation,
            plan.training,
            seed=training.seed,
            cache=work.embeddings,
            checkpoint=checkpoint,
            progress=work.progress,
            title=title,
        )
    if plan.learn == "last block":
        return train_last_block(
            training.trunk,
            training.split_network,
            names,
            photos,
            validation,
            plan.training,
            seed=training.seed,
            cache=work.embeddings,
            margin=plan.margin,
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
        seed=training.seed,
        start=None if training.backbone is None else training.backbone.state(),
        margin=plan.margin,
        checkpoint=checkpoint,
        progress=work.progress,
        title=title,
    )


def _system_values(system: SystemPlan) -> dict[str, Any]:
    """Return what determines a system beside its backbone, whose id says what that is."""
    values = system.model_dump(mode="json")
    if system.network.is_file:  # where its file lies does not change what is in it
        values["network"] = {k: v for k, v in values["network"].items() if k != "path"}
    return {key: value for key, value in values.items() if key not in ("weights", "pretraining")}
