"""Faces, networks, people and attributes of an audit of attribute inference under one seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import torch

from faceaudit.audit.attribute_inference.attributes import Attribute, attributes_of
from faceaudit.audit.attribute_inference.plan import AttributeInferencePlan
from faceaudit.audit.common.embedded import EmbeddedFaces, embed_faces
from faceaudit.audit.common.parties import Parties, PartiesPlan, deal_parties
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import InputError, SplitError, UnknownName
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.metrics import normalized
from faceaudit.mitigations.attribute_inference import AttributeMitigation, Known
from faceaudit.store import Store
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.training.device import choose_device
from faceaudit.types import FaceSet, FloatArray, IntArray

PIXELS = 12
"""Height and width to which photos are brought where their pixels are attacked."""


@dataclass(frozen=True, eq=False)
class Roles:
    """Who is who.

    Attributes:
        parties: attacked, learned from, and those who fix thresholds.
        attacked: rows of all photos of those who are attacked.
        owner: rows of those on whom mitigations are fitted.
        labelled: numbers of the attacker's labelled people, in the order that they are taken in.
    """

    parties: Parties
    attacked: IntArray
    owner: IntArray
    labelled: IntArray


def deal_roles(faces: FaceSet, parties: PartiesPlan, owner: float, seed: int) -> Roles:
    """Deal people to the parties, and those who are learned from to owner and attacker.

    Raises:
        SplitError: there are too few people.
    """
    dealt = deal_parties(faces, parties, seed)
    people = np.unique(faces.identity[dealt.learned])
    # Spelled otherwise, so that it is not the order by which the parties were dealt.
    order = seeded_order([f"owner {faces.names[one]}" for one in people.tolist()], seed)
    people = people[np.argsort(order)]
    count = round(owner * len(people))
    if not 2 <= count <= len(people) - 2:
        raise SplitError(
            f"expected two people or more to fit mitigations on, and as many whom the attacker "
            f"knows, got {count} and {len(people) - count}; try more people"
        )
    return Roles(
        dealt,
        np.sort(np.concatenate([dealt.stolen, dealt.other, dealt.further])),
        np.flatnonzero(np.isin(faces.identity, people[:count])),
        people[count:],
    )


@dataclass(frozen=True, eq=False)
class AttributeScenario:
    """What all cases of a seed have in common.

    Attributes:
        plan: the section of the plan.
        seed: of everything drawn.
        embedded: the faces as the networks embed them.
        roles: who is who.
        attributes: what is inferred.
    """

    plan: AttributeInferencePlan
    seed: int
    embedded: EmbeddedFaces
    roles: Roles
    attributes: tuple[Attribute, ...]
    _built: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def person(self) -> IntArray:
        """Who is on each photo, (N,)."""
        return self.embedded.faces.identity

    def labelled(self, people: int) -> IntArray:
        """Return rows of the photos of so many labelled people; fewer are the first of more."""
        return np.flatnonzero(np.isin(self.person, self.roles.labelled[:people]))

    def stored(self, mitigation: AttributeMitigation) -> FloatArray:
        """Return (N, F) what is stored of each photo, of length 1, under a mitigation."""
        numbers = range(len(self.embedded)) if mitigation.several else (0,)
        templates = tuple(self.embedded.templates(one) for one in numbers)
        owner = self.roles.owner
        values = {one.name: one.value[owner] for one in self.attributes if not one.why_not}
        known = Known(tuple(one[owner] for one in templates), values, self.person[owner])
        change = mitigation.fit(known, np.random.default_rng([self.seed, 1]))
        return normalized(np.ascontiguousarray(change(templates), dtype=np.float32))

    def pixels(self) -> FloatArray:
        """Return (N, F) the photos themselves, made small, of length 1."""
        if "pixels" not in self._built:
            images = self.embedded.images(0)
            small = [
                cv2.resize(one, (PIXELS, PIXELS), interpolation=cv2.INTER_AREA) for one in images
            ]
            flat = np.array(small, dtype=np.float32).reshape(len(images), -1)
            self._built["pixels"] = normalized(flat)
        found: FloatArray = self._built["pixels"]
        return found

    def untrained(self) -> FloatArray:
        """Return (N, E) what the first network makes of photos with weights it starts with."""
        if "untrained" not in self._built:
            network = self.embedded.planned[0].network
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(self.seed)
                state = network.build().state_dict()
            found = embeddings(
                Embedder.of(network, state, choose_device()),
                self.embedded.images(0),
                cache=self.embedded.work.embeddings,
                progress=self.embedded.work.progress,
                title="embed with an untrained network",
            )
            self._built["untrained"] = normalized(found.take())
        found_before: FloatArray = self._built["untrained"]
        return found_before


def build_scenario(
    plan: AttributeInferencePlan, seed: int, store: Store, work: Workspace
) -> AttributeScenario:
    """Return what the cases of a seed have in common; nothing is embedded yet.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: there are too few people.
        InputError: there is no attribute to infer, or one is to be erased that cannot be inferred.
        UnknownName: one is to be erased that is not inferred.
    """

    def build() -> AttributeScenario:
        embedded = embed_faces(plan.embedders, plan.faces, store, work)
        roles = deal_roles(embedded.faces, plan.parties, plan.owner, seed)
        attributes = attributes_of(embedded.faces, plan.faces, plan.attributes, roles.attacked)
        _require(attributes, plan)
        return AttributeScenario(plan, seed, embedded, roles, attributes)

    key = [plan.model_dump(mode="json"), seed, store.url]
    return work.memo.get("attribute scenario", key, build)


def _require(attributes: Sequence[Attribute], plan: AttributeInferencePlan) -> None:
    """Refuse where no attribute can be inferred, or one that cannot is to be erased."""
    reasons = {one.name: one.why_not for one in attributes}
    if all(reasons.values()):
        raise InputError(next(iter(reasons.values())))
    for mitigation in plan.mitigations:
        for name in mitigation.model_dump().get("erase", ()):
            if name not in reasons:
                raise UnknownName("attribute that is audited", name, reasons)
            if reasons[name]:
                raise InputError(f"{reasons[name]}, or do not erase it ({mitigation.name})")
