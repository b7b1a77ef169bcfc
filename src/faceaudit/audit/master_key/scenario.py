"""Faces, networks, people and clean pairs of a master-key audit under one seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from faceaudit.attacks.enrolment import WornKey
from faceaudit.audit.common.capture import Captured, capture, detects
from faceaudit.audit.common.embedded import EmbeddedFaces, embed_faces
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.master_key.pairs import CleanPairs, pair_photos
from faceaudit.audit.master_key.people import People, deal_people
from faceaudit.audit.master_key.plan import MasterKeyPlan
from faceaudit.metrics import normalized
from faceaudit.store import Store
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.types import BoolArray, FaceSet, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Photos:
    """N photos as several networks embed them.

    Attributes:
        features: (N, E) of length sqrt(E) for each network.
        person: (N,) who is on each.
        found: (N,) whether a face was found in it, which a network could be shown.
    """

    features: tuple[FloatArray, ...]
    person: IntArray
    found: BoolArray

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: IntArray | BoolArray) -> Photos:
        """Return some of them."""
        features = tuple(one[rows] for one in self.features)
        return Photos(features, self.person[rows], self.found[rows])


@dataclass(frozen=True, eq=False)
class MasterKeyScenario:
    """What all cases of a seed have in common.

    Attributes:
        plan: the section of the plan.
        seed: of everything drawn.
        embedded: the faces as the networks have them.
        people: who is what.
    """

    plan: MasterKeyPlan
    seed: int
    embedded: EmbeddedFaces
    people: People
    _built: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def faces(self) -> FaceSet:
        """The faces at the first network's size."""
        return self.embedded.faces

    @property
    def before(self) -> bool:
        """Whether keys are put on before faces are looked for."""
        return self.plan.placed == "photo" and detects(self.plan.faces)

    @property
    def networks(self) -> int:
        """How many of the networks decide at most."""
        return max(one.networks for one in self.plan.mitigations)

    @cached_property
    def pairs(self) -> CleanPairs:
        """The clean pairs."""
        return pair_photos(self.faces, self.people.learners, self.plan.pairs, self.seed)

    @cached_property
    def used(self) -> IntArray:
        """Rows of all photos that are embedded without a key, rising."""
        return np.unique(np.concatenate([one.reshape(-1) for one in self.people.parties()]))

    @cached_property
    def _features(self) -> tuple[FloatArray, ...]:
        embedded, found = self.embedded, []
        for number in range(self.networks):
            made = embeddings(
                embedded.embedder(number),
                embedded.images(number),
                embedded.rows_in(number, self.used),
                cache=embedded.work.embeddings,
                progress=embedded.work.progress,
                title=f"embed with {embedded.titles()[number]}",
            )
            found.append(as_features(made.take()))
        return tuple(found)

    def photos(self, rows: IntArray) -> Photos:
        """Return bare photos; each is embedded once."""
        place = np.searchsorted(self.used, rows)
        features = tuple(one[place] for one in self._features)
        return Photos(features, self.faces.identity[rows], np.ones(len(rows), dtype=np.bool_))

    def worn(self, rows: IntArray, keys: Sequence[WornKey]) -> tuple[Photos, ...]:
        """Return photos with each of several keys."""
        captured = capture(self.embedded, self.plan.faces, rows, tuple(keys), before=self.before)
        return tuple(self._embed(rows, one) for one in captured)

    def _embed(self, rows: IntArray, captured: Captured) -> Photos:
        features = tuple(
            as_features(self.embedded.embedder(number).embed(captured.images[number]))
            for number in range(self.networks)
        )
        return Photos(features, self.faces.identity[rows], captured.found)

    def identity(self) -> dict[str, Any]:
        """Return what determines people, photos and clean pairs, as plain values."""
        plan = self.plan
        return {
            "seed": self.seed,
            **self.embedded.identity(),
            "people": plan.people.model_dump(mode="json"),
            "masters": [plan.masters, plan.master_photos],
            "pairs": [plan.pairs, plan.per_person],
            "predictor": plan.predictor.identity(),
        }


def as_features(embedded: FloatArray) -> FloatArray:
    """Return (N, E) embeddings of length sqrt(E), as verifiers take them."""
    return np.asarray(normalized(embedded) * math.sqrt(embedded.shape[1]), dtype=np.float32)


def build_scenario(
    plan: MasterKeyPlan, seed: int, store: Store, work: Workspace
) -> MasterKeyScenario:
    """Return what the cases of a seed have in common; nothing is embedded yet.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: there are too few people.
    """

    def build() -> MasterKeyScenario:
        embedded = embed_faces(plan.embedders, plan.faces, store, work)
        return MasterKeyScenario(plan, seed, embedded, deal(embedded.faces, plan, seed))

    key = [plan.model_dump(mode="json"), seed, str(store.root)]
    return work.memo.get("master key scenario", key, build)


def deal(faces: FaceSet, plan: MasterKeyPlan, seed: int) -> People:
    """Deal the people of a section.

    Raises:
        SplitError: there are too few.
    """
    return deal_people(
        faces, plan.people, plan.masters, plan.master_photos, seed, most=plan.per_person
    )
