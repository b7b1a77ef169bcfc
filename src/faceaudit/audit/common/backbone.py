"""The trained network that a system starts from: loaded from a file, or pretrained on others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import safetensors.torch
import torch
from torch import Tensor

from faceaudit.audit.common.systems import NetworkPlan, Pretraining, SystemPlan
from faceaudit.audit.common.training_once import train_once
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.errors import OptionError
from faceaudit.faces.sources.base import Source
from faceaudit.networks import Network
from faceaudit.progress import Progress
from faceaudit.records.backbone import BackboneFacts, FileBackboneFacts, PretrainedBackboneFacts
from faceaudit.registry import digest
from faceaudit.store import Store, SystemRecord
from faceaudit.store.store import SCHEMA
from faceaudit.systems.embedding.embedder import Embedder, state_digest
from faceaudit.systems.identifiers.identifier import Identifier, train_identifier
from faceaudit.systems.identifiers.last_block import require_last_block
from faceaudit.training import TrainingPhotos
from faceaudit.types import FaceSet, IntArray
from faceaudit.weights import LoadedWeights, load_weights
from faceaudit.weights.read import expand_weights


class Backbone(Protocol):
    """A trained network, and what is to be known of it."""

    @property
    def id(self) -> str:
        """A sha256 of what determines the weights; known before they are."""

    def state(self) -> Mapping[str, Tensor]:
        """Return the network's weights, trained now where they are not kept yet."""

    def embedder(self, device: torch.device) -> Embedder:
        """Return the network ready to embed photos."""

    def facts(self) -> BackboneFacts:
        """Return what a reader of the figures wants to know of it."""


class LoadedBackbone:
    """A backbone whose weights come from a file."""

    def __init__(self, network: Network, path: str) -> None:
        self._network = network
        self._path: Path = expand_weights(path)

    @cached_property
    def _weights(self) -> LoadedWeights:
        return load_weights(self._network, self._path)

    @property
    def id(self) -> str:
        """The digest of the weights themselves, whatever file they are in, and of the network.

        Options without weights, such as how pixels are prepared, change what it embeds, too.
        """
        return digest([self._network.identity(), state_digest(self._weights.state)])

    def state(self) -> Mapping[str, Tensor]:
        """Return the network's weights."""
        return self._weights.state

    def embedder(self, device: torch.device) -> Embedder:
        """Return the network ready to embed photos."""
        return Embedder.of(self._network, self.state(), device)

    def facts(self) -> BackboneFacts:
        """Return the file's name, hash and format."""
        return FileBackboneFacts(
            file=self._path.name,
            sha256=self._weights.sha256,
            format=self._weights.format,
        )


class FileNetworkBackbone:
    """A network that is its file, such as one in ONNX."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @property
    def id(self) -> str:
        """The digest of the file and of the options it is run with."""
        return self.embedder(torch.device("cpu")).id

    def state(self) -> Mapping[str, Tensor]:
        """Return nothing: the weights stay in the file."""
        return {}

    def embedder(self, device: torch.device) -> Embedder:
        """Return the network ready to embed photos."""
        return Embedder(self._network, self._network.build(), self._network.sha256, device)

    def facts(self) -> BackboneFacts:
        """Return the file's name and hash."""
        path = Path(str(self._network.model_dump()["path"]))
        return FileBackboneFacts(file=path.name, sha256=self._network.sha256)


class Pretrained:
    """A network trained here, on people who are not in the audit.

    Args:
        network: the network to pretrain.
        pretraining: on whom, and how.
        faces: their photos, at the network's size.
        store: where its weights are kept.
        work: a local folder for what a killed training goes on from.
        progress: told of every step.
    """

    def __init__(
        self,
        network: Network,
        pretraining: Pretraining,
        faces: FaceSet,
        store: Store,
        *,
        work: Path,
        progress: Progress,
    ) -> None:
        self._network = network
        self._pretraining = pretraining
        self._faces = faces
        self._split = pretraining.split.split(faces, pretraining.seed)
        self._store = store
        self._work = work
        self._progress = progress

    @cached_property
    def _spec(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "fingerprint": self._faces.fingerprint,
            "network": self._network.identity(),
            "pretraining": {
                key: value
                for key, value in self._pretraining.model_dump(mode="json").items()
                if key != "faces"  # their fingerprint says what they are
            },
        }

    @property
    def id(self) -> str:
        """The digest of faces, network and training."""
        return digest(self._spec)

    def state(self) -> Mapping[str, Tensor]:
        """Return the network's weights, trained now unless the store has them."""
        self._train_once()
        return safetensors.torch.load(self._store.system(self.id).weights_bytes)

    def embedder(self, device: torch.device) -> Embedder:
        """Return the network ready to embed photos."""
        return Embedder.of(self._network, self.state(), device)

    def facts(self) -> BackboneFacts:
        """Return on whom it was trained, and how well it knew their other photos."""
        self._train_once()
        curve = self._store.curve(self.id)
        best = min(curve, key=lambda epoch: epoch["validation_loss"])
        return PretrainedBackboneFacts(
            source=self._pretraining.faces.name,
            people=len(self._split.names),
            photos=len(self._split.train),
            epochs=len(curve),
            validation_photos=len(self._split.validation),
            validation_accuracy=best["validation_accuracy"],
        )

    def _train_once(self) -> None:
        progress, folder = self._progress, self._work
        train_once(self.id, self._pretrain_network, self._store, folder=folder, progress=progress)

    def _pretrain_network(self) -> None:
        network, checkpoint = self._network, self._work / f"{self.id}.checkpoint"
        photos = TrainingPhotos.of(self._part(self._split.train))
        trained = train_identifier(
            network,
            self._split.names,
            photos.with_mirrored() if self._pretraining.training.mirrored else photos,
            TrainingPhotos.of(self._part(self._split.validation)),
            self._pretraining.training,
            seed=self._pretraining.seed,
            margin=self._pretraining.margin,
            checkpoint=checkpoint,
            progress=self._progress,
            title=f"pretrain {network.name}",
        )
        state = {
            name.removeprefix("network."): tensor
            for name, tensor in trained.state.items()
            if name.startswith("network.")
        }
        record = SystemRecord(self.id, self._spec, trained.curve, Identifier.dump(state))
        self._store.write_system(record)
        checkpoint.unlink(missing_ok=True)

    def _part(self, rows: IntArray) -> tuple[Any, IntArray, IntArray]:
        return self._faces.images, rows, self._split.label[rows]


def backbone_of(
    plan: NetworkPlan, audited: FaceSet, source: Source, store: Store, *, work: Workspace
) -> Backbone | None:
    """Return what a system starts from, or None for one that learns from scratch.

    Args:
        plan: the network and what it starts from.
        audited: the faces of the audit, whom a pretraining must not know.
        source: where those come from.
        store: where weights that are trained here are kept.
        work: local folders, and who is told of progress.

    Raises:
        OptionError: the pretraining is on people of the audit.
        InputError: the last block is to learn of a network that does not say which that is.
    """
    if isinstance(plan, SystemPlan) and plan.learn == "last block":
        require_last_block(plan.network)
    if plan.network.is_file:
        return FileNetworkBackbone(plan.network)
    if plan.weights is not None:
        return LoadedBackbone(plan.network, plan.weights)
    if plan.pretraining is None:
        return None
    others = load_faces(plan.pretraining.faces, plan.network.size, work).faces
    refuse_same_people(source, audited, plan.pretraining.faces, others)
    return Pretrained(
        plan.network,
        plan.pretraining,
        others,
        store,
        work=work.unfinished,
        progress=work.progress,
    )


def refuse_same_people(
    faces: Source,
    audited: FaceSet,
    other: Source,
    others: FaceSet,
    *,
    what: str = "pretraining on",
    option: str = "pretraining.faces",
) -> None:
    """Raise `OptionError` when the people to pretrain on are those of the audit.

    Synthetic people are told apart by their seed, all others by their names.

    Args:
        faces: where the people of the audit come from.
        audited: they.
        other: where the other people come from.
        others: they.
        what: what is done with those, as the error says it.
        option: of the plan, that they are given by.
    """
    made = [source.name == "synthetic" for source in (faces, other)]
    if all(made):
        seeds = [source.model_dump()["seed"] for source in (faces, other)]
        if seeds[0] == seeds[1]:
            raise OptionError(
                f"expected {what} other people than the audit's, got the seed {seeds[0]} "
                f"for both; try another seed in {option}"
            )
    elif not any(made):
        same = sorted(set(audited.names) & set(others.names))
        if same:
            raise OptionError(
                f"expected {what} other people than the audit's, got "
                f"{len(same)} who are in both ({', '.join(same[:3])}, ...); leave them out of one"
            )
