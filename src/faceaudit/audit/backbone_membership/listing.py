"""Who is asked about on each training: members, and others of their source or of another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from faceaudit.audit.backbone_membership.photo_lists import PhotoList, looks_of
from faceaudit.audit.backbone_membership.scenario import People, Scenario
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.faces.sources.base import Source
from faceaudit.records.backbone_membership import PHOTOS, Against, Photos
from faceaudit.types import BoolArray, Float64Array, ImageArray, IntArray


@dataclass(frozen=True, eq=False)
class Listed:
    """The photos that an attacker has of one training.

    Attributes:
        rows: (N,) places in `Pool`.
        person: (N,) numbers of people, the same in all trainings.
        member: (N,) whether the backbone learned from that person.
    """

    rows: IntArray
    person: IntArray
    member: BoolArray


@dataclass(frozen=True, eq=False)
class Part:
    """Some photos of one source within a pool: where they are, and who is on them."""

    places: IntArray
    person: IntArray


class Pool:
    """All photos that are asked about in a case, each once, in the order they are embedded in.

    Those of members' source come first, then those of another source. People have one number in
    both, where both have them.

    Args:
        scenario: the recipe, its people and others.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        own, others = scenario.people, scenario.others
        self._keys = [_keys(scenario.plan.faces, own)]
        number = {key: place for place, key in enumerate(self._keys[0])}
        self._numbers = [np.arange(len(own))]
        if others is not None and scenario.plan.others is not None:
            keys = _keys(scenario.plan.others, others)
            self._keys.append(keys)
            for key in keys:
                number.setdefault(key, len(number))
            self._numbers.append(np.array([number[key] for key in keys], dtype=np.int64))
        self._sources = [own] + ([] if others is None else [others])

    @cached_property
    def _rows(self) -> list[IntArray]:
        """Return the rows of each source's faces, in the order of the pool."""
        return [np.concatenate([one.rows(photos) for photos in PHOTOS]) for one in self._sources]

    def __len__(self) -> int:
        return sum(map(len, self._rows))

    @cached_property
    def images(self) -> ImageArray:
        """(N, H, W, 3) the photos."""
        return np.concatenate(
            [one.faces.images[rows] for one, rows in zip(self._sources, self._rows, strict=True)]
        )

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """N ids of the photos, as their source has them."""
        return tuple(
            one.faces.ids[row]
            for one, rows in zip(self._sources, self._rows, strict=True)
            for row in rows.tolist()
        )

    @cached_property
    def looks(self) -> Float64Array:
        """(N, F) what can be seen of the photos without a network."""
        return looks_of(self.images, np.arange(len(self)))

    def listed(self, training: int, against: Against, photos: Photos) -> Listed:
        """Return the photos of members and of others of one training.

        Of another source, as many people are drawn as there are members, none of whom is one.
        """
        half = self._scenario.halves[training]
        own = self._part(0, photos)
        if against == "same_source":
            return Listed(own.places, own.person, half[own.person])
        other, some = self._part(1, photos), self._drawn_others(half)
        members = half[own.person]
        chosen = np.isin(other.person, some)
        places = [own.places[members], other.places[chosen]]
        return Listed(
            np.concatenate(places),
            np.concatenate([own.person[members], other.person[chosen]]),
            np.repeat([True, False], [len(one) for one in places]),
        )

    def photo_list(self, listed: Listed, *, members: bool) -> PhotoList:
        """Return one side of a training's photos as the gate takes it."""
        rows = listed.rows[listed.member == members]
        owners = self._owners[rows]
        keys = [self._all_keys[one] for one in owners.tolist()]
        ids = tuple(f"{key}/{self.ids[row]}" for key, row in zip(keys, rows.tolist(), strict=True))
        return PhotoList(ids, tuple(keys), self.looks[rows], "drawn by the plan")

    @cached_property
    def _all_keys(self) -> tuple[str, ...]:
        return tuple(key for keys in self._keys for key in keys)

    @cached_property
    def _owners(self) -> IntArray:
        """Return (N,) which person of which source each photo shows, counted over sources."""
        found, before = [], 0
        for one, rows in zip(self._sources, self._rows, strict=True):
            found.append(one.person[rows] + before)
            before += len(one)
        return np.concatenate(found)

    def _part(self, source: int, photos: Photos) -> Part:
        people = self._sources[source]
        before = sum(len(rows) for rows in self._rows[:source])
        if photos == "held_out":
            before += len(people.rows("trained"))
        rows = people.rows(photos)
        return Part(before + np.arange(len(rows)), self._numbers[source][people.person[rows]])

    def _drawn_others(self, half: BoolArray) -> IntArray:
        """Return the numbers of people of the other source: as many as members, none of them."""
        order = np.argsort(seeded_order(self._keys[1], self._scenario.seed))
        numbers = self._numbers[1][order]
        member = np.zeros(max(int(numbers.max()) + 1, len(half)), dtype=np.bool_)
        member[: len(half)] = half
        return numbers[~member[numbers]][: int(half.sum())]


def _keys(source: Source, people: People) -> Sequence[str]:
    """Return what tells people of any source apart: synthetic ones by their seed as well."""
    if source.name == "synthetic":
        seed = source.model_dump()["seed"]
        return [f"synthetic {seed}/{name}" for name in people.names]
    return people.names
