"""Faces, networks and people that cases share whose attacks make photos to pass a system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.audit.common.embedded import EmbeddedFaces, embed_faces
from faceaudit.audit.common.matching import (
    MatchingSystem,
    Templates,
    each_person,
    judged_by,
    network_titles,
)
from faceaudit.audit.common.matching_section import MatchingSection, Tried
from faceaudit.audit.common.parties import Parties, deal_parties
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import SplitError
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.mitigations.matching import MatchingMitigation, matching_mitigations
from faceaudit.store import Store
from faceaudit.types import Float64Array, ImageArray, IntArray

if TYPE_CHECKING:
    from faceaudit.audit.common.matching_flow import Flow

EACH = 4
"""Photos of each person who fixes thresholds at most: more of one tell little."""


@dataclass(frozen=True, eq=False)
class MatchingScenario:
    """What all cases of a seed have in common.

    Attributes:
        plan: the section of the plan.
        seed: of everything drawn.
        embedded: the faces as the networks embed them.
        parties: who is attacked, who is the attacker's own, and who fixes thresholds.
    """

    plan: MatchingSection
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
        """Rows of photos of the people who fix thresholds, those of each in a random order.

        Whoever has two photos stands before others: they alone are accepted as themselves.
        """
        rows = self.parties.thresholds
        order = seeded_order([self.embedded.faces.ids[row] for row in rows.tolist()], self.seed)
        rows = rows[np.argsort(order, kind="stable")]
        who, first, count = np.unique(self.person[rows], return_index=True, return_counts=True)
        chosen = who[np.lexsort((first, count < 2))][: self.plan.strangers]
        return each_person(self.person, rows[np.isin(self.person[rows], chosen)], EACH)

    def attacked(self, count: int) -> IntArray:
        """Return (T, count) rows of photos of attacked people who have so many.

        Of each the stolen photo stands first, then the other one.

        Raises:
            SplitError: fewer than two have so many.
        """
        parties = self.parties
        return self._columns([parties.stolen, parties.other, parties.further], count, "attack")

    def known(self, count: int, most: int) -> IntArray:
        """Return (P, count) rows of photos of the attacker's own people, at most so many people.

        Raises:
            SplitError: fewer than two have so many.
        """
        rows = self.parties.learned
        order = seeded_order([self.embedded.faces.ids[row] for row in rows.tolist()], self.seed)
        found = self._columns([rows[np.argsort(order, kind="stable")]], count, "learn from")
        return found[:most]

    def _columns(self, rows: Sequence[IntArray], count: int, what: str) -> IntArray:
        joined = np.concatenate(rows)
        first = each_person(self.person, joined, count)
        who, place = np.unique(self.person[first], return_index=True)
        full = np.bincount(self.person[first], minlength=who.max() + 1)[who] == count
        # People stand as the first photo of each does; their photos in the order given.
        people = who[np.argsort(place)][full[np.argsort(place)]]
        if len(people) < 2:
            raise SplitError(
                f"expected two people or more with {count} photos to {what}, got {len(people)}; "
                "try fewer enrolled photos, or more photos"
            )
        rank = np.full(who.max() + 1, -1)
        rank[people] = np.arange(len(people))
        kept = first[rank[self.person[first]] >= 0]
        return kept[np.argsort(rank[self.person[kept]], kind="stable")].reshape(-1, count)

    def system(self, mitigation: MatchingMitigation, numbers: tuple[int, ...]) -> MatchingSystem:
        """Return a system under a mitigation, the same object each time."""
        key = f"{mitigation.identity()} {numbers}"
        if key not in self._built:
            self._built[key] = MatchingSystem(
                self.embedded,
                self.plan.faces,
                numbers,
                mitigation,
                self.thresholds,
                self.plan.fmrs,
                self.seed,
            )
        found: MatchingSystem = self._built[key]
        return found

    def judges(self, mitigation: MatchingMitigation) -> tuple[MatchingSystem, ...]:
        """Return the systems that photos are shown to, that of the first networks first."""
        each = judged_by(mitigation.networks, len(self.embedded))
        return tuple(self.system(mitigation, numbers) for numbers in each)

    def surrogate(self, tried: Tried[Any], fmr: float) -> Surrogate:
        """Return the system as the attacker knows it, with scores less its thresholds.

        Raises:
            SplitError: too few people fix thresholds.
        """
        none = matching_mitigations.build("none")
        mitigation = tried.mitigation if tried.aware else none
        system = self.system(mitigation, tuple(range(tried.made_on)))
        least = mitigation.networks > 1
        if least:
            offsets = [system.threshold(fmr)] * tried.made_on
        else:
            alone = [self.system(mitigation, (one,)) for one in range(tried.made_on)]
            offsets = [one.threshold(fmr) for one in alone]
        return Surrogate(system, tuple(offsets), least)

    def spec(self) -> dict[str, Any]:
        """Return what all cases of the seed have in common, as plain values."""
        plan = self.plan
        return {
            "seed": self.seed,
            **self.embedded.identity(),
            "strangers": plan.strangers,
            "faces": plan.faces.spec().as_json(),
            "parties": plan.parties.model_dump(mode="json"),
            "fmrs": list(plan.fmrs),
            "trained_here": all(one.pretraining is not None for one in plan.embedders),
        }

    def titles(self) -> tuple[str, ...]:
        """Return what each network is called."""
        return network_titles(self.embedded)


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A system as an attacker knows it; a score of 0 passes.

    Attributes:
        system: the networks that photos are made on.
        offsets: of each, the threshold that is taken off.
        least: whether the least network's score counts, or the mean.
    """

    system: MatchingSystem
    offsets: tuple[float, ...]
    least: bool

    def scores(self, images: ImageArray, enrolled: Templates) -> Float64Array:
        """Return the (N, T) scores of pictures with people."""
        each = self.system.each_of_all(self.system.templates_of(images), enrolled)
        each -= np.array(self.offsets)[:, None, None]
        return np.asarray(each.min(axis=0) if self.least else each.mean(axis=0))

    def flow(self, enrolled: Templates) -> Flow:
        """Return the same as a function that derivatives flow through.

        Raises:
            InputError: a network gives no gradients.
        """
        return self.system.flow(enrolled, self.offsets, least=self.least)


def build_matching_scenario(
    kind: str, plan: MatchingSection, seed: int, store: Store, work: Workspace
) -> MatchingScenario:
    """Return what the cases of a seed have in common; nothing is embedded yet.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: there are too few people.
    """

    def build() -> MatchingScenario:
        embedded = embed_faces(plan.embedders, plan.faces, store, work)
        parties = deal_parties(embedded.faces, plan.parties, seed)
        return MatchingScenario(plan, seed, embedded, parties)

    key = [plan.model_dump(mode="json"), seed, str(store.root)]
    return work.memo.get(f"{kind} scenario", key, build)
