"""The attacked system: what it stores of people, how it compares, and from where on it accepts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from faceaudit.attacks.inversion.templates import TemplateOracle
from faceaudit.audit.common.embedded import EmbeddedFaces
from faceaudit.audit.common.parties import Parties
from faceaudit.audit.inversion.plan import Keys
from faceaudit.faces.alignment.between import Places, transfer_images
from faceaudit.metrics import normalized
from faceaudit.metrics.scores import allowed, thresholds_letting
from faceaudit.mitigations.templates import TemplateProtection
from faceaudit.mitigations.templates.base import SYSTEM_KEY
from faceaudit.protocols.matching import Enrolled, Matcher, fix_thresholds, strangers_of
from faceaudit.types import FaceSet, Float64Array, FloatArray, ImageArray, IntArray

COMPARED = 20_000
"""Comparisons of strangers that fix a protected system's thresholds: each is protected anew, with
the key of whoever is claimed."""
GRID = tuple(float(rate) for rate in np.geomspace(1e-4, 1, 33)[:-1])
"""False match rates at which the curve of success is drawn, those that can be told."""


class Rules(Protocol):
    """By what faces are judged, and what an attacker may do; a section of a plan has all of it."""

    @property
    def fmrs(self) -> tuple[float, ...]:
        """False match rates to have thresholds at."""

    @property
    def keys(self) -> Keys:
        """Who has a key of their own."""

    @property
    def enrolments(self) -> int:
        """Own photos at most that an attacker has stored."""

    @property
    def faces(self) -> Places | None:
        """Where the photos are from; None where all networks take them at one size."""


def made_templates(
    embedded: EmbeddedFaces, places: Places | None, images: ImageArray, number: int
) -> FloatArray:
    """Return (N, E) templates by a network of pictures of the attacked network's size."""
    sizes = embedded.faces.size, embedded.loaded[number].faces.size
    shown = images if places is None else transfer_images(images, places, *sizes)
    return embedded.embedder(number).embed(shown)


@dataclass(frozen=True, eq=False)
class AttackedSystem:
    """The first network of a plan, with what is stored in the place of its templates.

    Attributes:
        plan: by what faces are judged.
        embedded: the faces as every network has them.
        parties: who fixes the thresholds.
        protection: of what is stored.
        seed: of the draw of comparisons.
    """

    plan: Rules
    embedded: EmbeddedFaces
    parties: Parties
    protection: TemplateProtection
    seed: int

    def keys_of(self, people: IntArray) -> IntArray:
        """Return (N,) the keys of people, by number; one for everybody where the plan says so."""
        if self.plan.keys == "system":
            return np.full(len(people), SYSTEM_KEY, dtype=np.int64)
        return np.asarray(people + 1, dtype=np.int64)

    def templates(self, rows: IntArray) -> FloatArray:
        """Return what a protection is given of photos: one network's templates, or all networks'.

        Those of several networks stand side by side, each of length 1.
        """
        numbers = range(len(self.embedded)) if self.protection.several else (0,)
        return np.concatenate([self.embedded.templates(one)[rows] for one in numbers], axis=1)

    def embed(self, images: ImageArray) -> FloatArray:
        """Return the same of pictures at the attacked network's size."""
        if not self.protection.several:
            return normalized(self.embedded.embedder(0).embed(images))
        numbers = range(len(self.embedded))
        return np.concatenate(
            [
                normalized(made_templates(self.embedded, self.plan.faces, images, one))
                for one in numbers
            ],
            axis=1,
        )

    def stored(self, rows: IntArray) -> FloatArray:
        """Return (N, F) what the system stores of photos, each with its person's key."""
        keys = self.keys_of(self.embedded.faces.identity[rows])
        return self.protection.protect(self.templates(rows), keys)

    def score(self, templates: FloatArray, stored: FloatArray, people: IntArray) -> Float64Array:
        """Return (N,) scores of templates with what is stored of those whom they claim to be.

        The system protects each with the key of the person who is claimed.
        """
        probe = self.protection.protect(templates, self.keys_of(people))
        return self.protection.compare(probe, stored)

    def score_all(
        self, templates: FloatArray, stored: FloatArray, people: IntArray
    ) -> Float64Array:
        """Return (N, G) scores of templates with all of G stored, of different people or not."""
        out = np.empty((len(templates), len(stored)))
        for place in range(len(stored)):
            claimed = np.full(len(templates), people[place])
            against = np.broadcast_to(stored[place], (len(templates), stored.shape[1]))
            out[:, place] = self.score(templates, against, claimed)
        return out

    @cached_property
    def matcher(self) -> Matcher:
        """Its thresholds, fixed by strangers who claim to be one another."""
        return fix_thresholds(
            self._enrolled,
            self.plan.fmrs,
            most=COMPARED,
            seed=self.seed,
            score=self._compare_enrolled,
        )

    @cached_property
    def curve(self) -> tuple[tuple[float, float], ...]:
        """False match rates of `GRID` that can be told, and the threshold at each."""
        scores = self._compare_enrolled(
            *strangers_of(self._enrolled, most=COMPARED, seed=self.seed)
        )
        rates = [rate for rate in GRID if allowed(rate, len(scores)) >= 1]
        found = thresholds_letting(scores, [allowed(rate, len(scores)) for rate in rates])
        return tuple((rate, float(one)) for rate, one in zip(rates, found, strict=True))

    @cached_property
    def _enrolled(self) -> Enrolled:
        rows = self.parties.thresholds
        return _enrol(self.templates(rows), self.embedded.faces, rows)

    def _compare_enrolled(self, first: IntArray, second: IntArray) -> Float64Array:
        enrolled = self._enrolled
        claimed = enrolled.person[second]
        stored = self.protection.protect(enrolled.templates[second], self.keys_of(claimed))
        return self.score(enrolled.templates[first], stored, claimed)


def strangers_compared(faces: FaceSet, parties: Parties, seed: int) -> int:
    """Return how many comparisons of strangers fix a system's thresholds."""
    rows = parties.thresholds
    nothing = np.empty((len(rows), 0), dtype=np.float32)
    return len(strangers_of(_enrol(nothing, faces, rows), most=COMPARED, seed=seed)[0])


def _enrol(templates: FloatArray, faces: FaceSet, rows: IntArray) -> Enrolled:
    ids = tuple(faces.ids[row] for row in rows.tolist())
    return Enrolled(templates, faces.identity[rows], ids)


class SystemOracle(TemplateOracle):
    """The attacked system as somebody outside asks it: a picture, and whom it claims to show.

    Args:
        system: the system.
        rows: (T,) the photos whose templates it stores.
        threshold: the score from which on it accepts, where it says no more than that.
    """

    def __init__(self, system: AttackedSystem, rows: IntArray, threshold: float | None) -> None:
        super().__init__(system.embedded.embedder(0), system.templates(rows), threshold)
        self._system = system
        self._people = system.embedded.faces.identity[rows]
        self._kept = system.stored(rows)

    def ask(self, images: ImageArray, who: IntArray) -> Float64Array:
        """Return the (N,) scores of pictures with what is stored of `who`; or 1 and 0."""
        np.add.at(self.queries, who, 1)
        templates = self._system.embed(images)
        scores = self._system.score(templates, self._kept[who], self._people[who])
        if self._threshold is None:
            return scores
        return np.where(scores >= self._threshold, 1.0, 0.0)
