"""Faces, networks, people and keys of a linkage audit under one seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch

from faceaudit.attacks.linkage import Database
from faceaudit.audit.common.embedded import EmbeddedFaces, embed_faces
from faceaudit.audit.common.parties import Parties, deal_parties
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.linkage.own_photos import own_photos
from faceaudit.audit.linkage.plan import MOST, LinkagePlan
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.metrics import normalized
from faceaudit.mitigations.templates import TemplateProtection, template_protections
from faceaudit.protocols.matching import Enrolled, Matcher, fix_thresholds
from faceaudit.store import Store
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.training.device import choose_device
from faceaudit.types import Float64Array, FloatArray, IntArray

EACH = 4
"""Photos of each person who fixes thresholds at most: more of one tell little."""
_SEEDS = 2**20


@dataclass(frozen=True, eq=False)
class LinkageScenario:
    """What all cases of a seed have in common.

    Attributes:
        plan: the section of the plan.
        seed: of everything drawn.
        embedded: the faces as the networks embed them.
        parties: who is looked for, who is the attacker's own, and who fixes thresholds.
    """

    plan: LinkagePlan
    seed: int
    embedded: EmbeddedFaces
    parties: Parties
    _built: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def person(self) -> IntArray:
        """Who is on each photo, (N,)."""
        return self.embedded.faces.identity

    @cached_property
    def thresholds(self) -> IntArray:
        """Rows of photos of the people who fix thresholds, those of each in a random order."""
        rows = self.parties.thresholds
        order = seeded_order([self.embedded.faces.ids[row] for row in rows.tolist()], self.seed)
        rows = rows[np.lexsort((order, self.person[rows]))]
        _, first, count = np.unique(self.person[rows], return_index=True, return_counts=True)
        place = np.arange(len(rows)) - np.repeat(first, count)
        return rows[place < EACH]

    @cached_property
    def used(self) -> IntArray:
        """Rows of the photos of all who are not learned from: stolen, other, then thresholds."""
        return np.concatenate([self.parties.stolen, self.parties.other, self.thresholds])

    def own(self, photos: int) -> IntArray:
        """Return the rows of so many of the attacker's own photos; fewer are the first of more."""
        return own_photos(self.embedded.faces, self.parties.learned, photos, self.seed)

    def templates(self, *, second: bool, several: bool, untrained: bool = False) -> FloatArray:
        """Return the (N, E) templates of a database's network, or of all side by side.

        Of an untrained network only the rows that are used are filled.
        """
        if untrained:
            return self._untrained()
        count = len(self.embedded)
        numbers = range(count) if several else (min(int(second), count - 1),)
        return np.concatenate([self.embedded.templates(one) for one in numbers], axis=1)

    def keys_of(self, people: IntArray, *, other: bool) -> IntArray:
        """Return the key of each template in the first database, or in one with other keys."""
        start = (self.seed % _SEEDS) << 32
        if self.plan.keys == "system":
            return np.full(len(people), start + int(other))
        return np.asarray(start + 2 + 2 * people + int(other), dtype=np.int64)

    def database(
        self,
        rows: IntArray,
        protection: TemplateProtection,
        *,
        second: bool,
        other_key: bool,
        knows_keys: bool,
        untrained: bool = False,
    ) -> Database:
        """Return what a database stores of some photos, as an attacker sees it."""
        found = self.templates(second=second, several=protection.several, untrained=untrained)[rows]
        keys = self.keys_of(self.person[rows], other=other_key)
        stored = protection.protect(found, keys)
        undone = protection.estimate(stored, keys, found.shape[1]) if knows_keys else None
        return Database(stored, protection.compare, undone)

    def system(
        self,
        protection: TemplateProtection,
        *,
        second: bool,
        other_key: bool = False,
        untrained: bool = False,
    ) -> Matcher:
        """Return how the system of a database compares, with thresholds by its own strangers.

        A photo is protected with the key of whoever it claims to show, as somebody with a stolen
        key would have it: with keys of their own, strangers would be told apart by these alone.
        """
        key = f"system {protection.identity()} {second} {other_key} {untrained}"
        if key not in self._built:
            rows = self.thresholds
            templates = self.templates(
                second=second, several=protection.several, untrained=untrained
            )
            enrolled = self._enrolled(templates, rows)

            def score(one: IntArray, two: IntArray) -> Float64Array:
                keys = self.keys_of(enrolled.person[one], other=other_key)
                sides = (protection.protect(enrolled.templates[side], keys) for side in (one, two))
                return protection.compare(*sides)

            self._built[key] = fix_thresholds(
                enrolled, self.plan.fmrs, most=MOST, seed=self.seed, score=score
            )
        matcher: Matcher = self._built[key]
        return matcher

    def _enrolled(self, templates: FloatArray, rows: IntArray) -> Enrolled:
        ids = tuple(self.embedded.faces.ids[row] for row in rows.tolist())
        return Enrolled(templates[rows], self.person[rows], ids)

    def _untrained(self) -> FloatArray:
        """Return templates of the first network with weights as a training starts with."""
        if "untrained" not in self._built:
            network = self.embedded.planned[0].network
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(self.seed)
                state = network.build().state_dict()
            rows = self.used
            found = embeddings(
                Embedder.of(network, state, choose_device()),
                self.embedded.images(0),
                rows,
                cache=self.embedded.work.embeddings,
                progress=self.embedded.work.progress,
                title="embed with an untrained network",
            ).take()
            templates = np.zeros((len(self.person), found.shape[1]), dtype=np.float32)
            templates[rows] = normalized(found)
            self._built["untrained"] = templates
        found_before: FloatArray = self._built["untrained"]
        return found_before


UNPROTECTED = "none"


def unprotected() -> TemplateProtection:
    """Return the protection that stores templates as they are."""
    return template_protections.build(UNPROTECTED)


def build_scenario(plan: LinkagePlan, seed: int, store: Store, work: Workspace) -> LinkageScenario:
    """Return what the cases of a seed have in common; nothing is embedded yet.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: there are too few people.
    """

    def build() -> LinkageScenario:
        embedded = embed_faces(plan.embedders, plan.faces, store, work)
        return LinkageScenario(
            plan, seed, embedded, deal_parties(embedded.faces, plan.parties, seed)
        )

    key = [plan.model_dump(mode="json"), seed, str(store.root)]
    return work.memo.get("linkage scenario", key, build)
