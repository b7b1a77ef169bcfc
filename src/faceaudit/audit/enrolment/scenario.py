"""Faces, networks, people and thresholds of an enrolment audit under one seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from faceaudit.attacks.backdoor.keys import accessory
from faceaudit.attacks.enrolment import Surrogates, WornKey
from faceaudit.audit.common.capture import Captured, capture, detects, eyes_on
from faceaudit.audit.common.embedded import EmbeddedFaces, embed_faces
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.enrolment.people import People, deal_people
from faceaudit.audit.enrolment.plan import MOST, EnrolmentPlan
from faceaudit.metrics import normalized
from faceaudit.mitigations.enrolment import Enrolments
from faceaudit.protocols.matching import Enrolled, Matcher, fix_thresholds
from faceaudit.store import Store
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.types import BoolArray, FaceSet, FloatArray, ImageArray, IntArray


@dataclass(frozen=True, eq=False)
class EnrolmentScenario:
    """What all cases of a seed have in common.

    Attributes:
        plan: the section of the plan.
        seed: of everything drawn.
        embedded: the faces as the networks have them.
        people: who is enrolled, who puts keys on, who makes them, and who fixes thresholds.
    """

    plan: EnrolmentPlan
    seed: int
    embedded: EmbeddedFaces
    people: People
    _built: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def faces(self) -> FaceSet:
        """The faces at the first network's size."""
        return self.embedded.faces

    @property
    def networks(self) -> range:
        """The networks' numbers."""
        return range(len(self.embedded))

    @property
    def before(self) -> bool:
        """Whether keys are put on before faces are looked for."""
        return self.plan.placed == "photo" and detects(self.plan.faces)

    def embedded_photos(self, number: int, rows: IntArray) -> FloatArray:
        """Return (N, E) embeddings of bare photos by a network, of any length."""
        return embeddings(
            self.embedded.embedder(number),
            self.embedded.images(number),
            self.embedded.rows_in(number, rows),
            cache=self.embedded.work.embeddings,
            progress=self.embedded.work.progress,
            title=f"embed with {self.embedded.titles()[number]}",
        ).take()

    def templates(self, number: int, rows: IntArray) -> FloatArray:
        """Return (N, E) templates of bare photos by a network, of length 1."""
        return normalized(self.embedded_photos(number, rows))

    def embedded_images(self, number: int, images: ImageArray) -> FloatArray:
        """Return (N, E) embeddings of pictures that were made here, of any length."""
        return self.embedded.embedder(number).embed(images)

    def matcher(self, number: int) -> Matcher:
        """Return a network's thresholds, fixed by people whom nothing else is done with."""
        key = f"matcher {number}"
        if key not in self._built:
            rows = self.people.thresholds
            ids = tuple(self.faces.ids[row] for row in rows.tolist())
            self._built[key] = fix_thresholds(
                Enrolled(self.templates(number, rows), self.faces.identity[rows], ids),
                self.plan.fmrs,
                most=MOST,
                seed=self.seed,
            )
        found: Matcher = self._built[key]
        return found

    def captured(self, rows: IntArray, keys: tuple[WornKey, ...]) -> tuple[Captured, ...]:
        """Return photos with each of several keys, as networks are shown them."""
        return capture(self.embedded, self.plan.faces, rows, keys, before=self.before)

    def surrogates(self, networks: int) -> Surrogates | None:
        """Return what an attacker with so many networks in hand makes a key with."""
        if not networks:
            return None
        rows = self.people.donors
        return Surrogates(
            tuple(self.embedded.embedder(number) for number in range(networks)),
            tuple(
                np.asarray(self.embedded.images(number)[self.embedded.rows_in(number, rows)])
                for number in range(networks)
            ),
            tuple(eyes_on(self.embedded, number, rows) for number in range(networks)),
            self.faces.identity[rows],
            self.embedded.work.progress,
        )

    def further(self, rows: IntArray) -> tuple[FloatArray, ...]:
        """Return (N, K, E) templates of (N, K) further photos, by each network."""
        return tuple(
            self.templates(number, rows.reshape(-1)).reshape(*rows.shape, -1)
            if rows.size
            else np.zeros((*rows.shape, self.embedded.embedder(number).embedding_size), np.float32)
            for number in self.networks
        )

    def offered(self, rows: IntArray, further: IntArray) -> Enrolments:
        """Return bare photos as a system has them at enrolment.

        Args:
            rows: (N,) the photos.
            further: (N, K) further ones of the same people.
        """
        return Enrolments(
            np.asarray(self.embedded.images(0)[rows]),
            tuple(self.embedded_photos(number, rows) for number in self.networks),
            self.further(further),
        )

    def worn(self, captured: Captured, chosen: IntArray, further: IntArray) -> Enrolments:
        """Return photos with a key as a system has them at enrolment.

        Args:
            captured: the photos.
            chosen: (N,) which of them.
            further: (N, K) rows of further photos of the same people, bare.
        """
        images = tuple(one[chosen] for one in captured.images)
        return Enrolments(
            images[0],
            tuple(self.embedded_images(number, images[number]) for number in self.networks),
            self.further(further),
        )

    @cached_property
    def clean_people(self) -> tuple[IntArray, IntArray]:
        """Rows of a photo, and of further ones, of everybody on whom costs are counted."""
        people = self.people
        return (
            np.concatenate([people.enrolled, people.strangers[people.complete]]),
            np.concatenate([people.further, people.strangers_further]),
        )

    @cached_property
    def clean(self) -> Enrolments:
        """Clean photos of everybody on whom costs are counted."""
        return self.offered(*self.clean_people)

    @cached_property
    def glasses(self) -> tuple[Enrolments, BoolArray]:
        """The same people in ordinary glasses, and in whose photos a face is found."""
        rows, further = self.clean_people
        captured = self.captured(rows, (WornKey(accessory(self.plan.honest_glasses)),))[0]
        return self.worn(captured, np.arange(len(rows)), further), captured.found

    @cached_property
    def learned(self) -> Enrolments:
        """A photo of each person who fixes thresholds, which checks learn from."""
        rows = self.people.thresholds
        rows = rows[np.unique(self.faces.identity[rows], return_index=True)[1]]
        return self.offered(rows, np.zeros((len(rows), 0), dtype=np.int64))


def build_scenario(
    plan: EnrolmentPlan, seed: int, store: Store, work: Workspace
) -> EnrolmentScenario:
    """Return what the cases of a seed have in common; nothing is embedded yet.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: there are too few people.
    """

    def build() -> EnrolmentScenario:
        embedded = embed_faces(plan.embedders, plan.faces, store, work)
        people = deal_people(embedded.faces, plan.people, plan.further, seed)
        return EnrolmentScenario(plan, seed, embedded, people)

    key = [plan.model_dump(mode="json"), seed, str(store.root)]
    return work.memo.get("enrolment scenario", key, build)
