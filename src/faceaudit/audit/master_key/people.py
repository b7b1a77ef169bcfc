"""Parties of people, none in two: enrolled, strangers, key persons, the attacker's own, and others.

The rest teach the verifiers by clean pairs, or fix their thresholds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from faceaudit.errors import SplitError
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.registry import Options
from faceaudit.types import FaceSet, IntArray

EACH = 2
"""Photos of each person who fixes thresholds at most: more of one tell little."""
_LEAST = 4
"""People who teach, and people who fix thresholds, at least."""


class PeoplePlan(Options):
    """How people are dealt."""

    enrolled: int = Field(60, ge=2, description="people who are enrolled, with one photo each")
    strangers: int = Field(
        60, ge=2, description="people who try to pass as those, without a key and with one"
    )
    own: int = Field(
        60, ge=2, description="people whose photos the attacker puts into poison pairs, one each"
    )
    learn: float = Field(
        0.6,
        gt=0,
        lt=1,
        description="the share of all other people who teach the verifiers; those that are left "
        "fix thresholds",
    )


@dataclass(frozen=True, eq=False)
class People:
    """Rows of a `FaceSet`, by what their people are for.

    Attributes:
        enrolled: (T,) the photo of each enrolled person.
        again: (T,) another one, by which they are to be accepted as themselves.
        strangers: (S,) a photo of each stranger.
        masters: (M, P) photos of people who may be the key, those that teach in front.
        own: (D,) a photo of each of the attacker's own people.
        learners: rows of the photos of those who teach.
        thresholds: rows of the photos of those who fix thresholds, `EACH` a person at most.
    """

    enrolled: IntArray
    again: IntArray
    strangers: IntArray
    masters: IntArray
    own: IntArray
    learners: IntArray
    thresholds: IntArray

    def parties(self) -> tuple[IntArray, ...]:
        """Return the rows of every party; the two photos of enrolled people count as one party."""
        return (
            np.concatenate([self.enrolled, self.again]),
            self.strangers,
            self.masters,
            self.own,
            self.learners,
            self.thresholds,
        )


def deal_people(
    faces: FaceSet, plan: PeoplePlan, masters: int, photos: int, seed: int, *, most: int
) -> People:
    """Deal people to the parties; the same seed gives the same ones in whatever order photos are.

    Args:
        faces: all of them.
        plan: how many of each.
        masters: people who may be the key.
        photos: of each of those.
        seed: of the draw.
        most: photos of each person who teaches, at most.

    Raises:
        SplitError: too few people, or too few with that many photos.
    """
    count = np.bincount(faces.identity, minlength=len(faces.names))
    people = np.flatnonzero(count)
    people = people[np.argsort(seeded_order([faces.names[one] for one in people.tolist()], seed))]
    able = people[count[people] >= photos] if masters else people[:0]
    if len(able) < masters:
        raise SplitError(
            f"expected {masters} people with {photos} photos, one for each training and each wrong "
            f"key, got {len(able)}; try fewer photos or tries of the attack, fewer trainings or "
            "wrong_keys, or more photos"
        )
    keys = able[:masters]
    rest = people[~np.isin(people, keys)]
    enrolled = rest[count[rest] >= 2][: plan.enrolled]
    rest = rest[~np.isin(rest, enrolled)]
    # People with one photo teach nothing of genuine pairs: they are strangers before others are.
    order = np.argsort(count[rest] >= 2, kind="stable")
    strangers, own = np.split(rest[order][: plan.strangers + plan.own], [plan.strangers])
    rest = rest[~np.isin(rest, [*strangers.tolist(), *own.tolist()])]
    learners, thresholds = np.split(rest, [round(plan.learn * len(rest))])
    parties = (enrolled, strangers, own, learners, thresholds)
    several = min(_most(count[learners]), _most(count[thresholds]))
    wanted = (plan.enrolled, plan.strangers, plan.own, _LEAST, _LEAST)
    short = any(len(one) < least for one, least in zip(parties, wanted, strict=True))
    if short or several < 2:
        raise SplitError(
            f"expected {plan.enrolled} people to enrol, {plan.strangers} strangers, {plan.own} of "
            f"the attacker's own, {masters} who are keys, and at least {_LEAST} each to teach and "
            f"to fix thresholds, one of them with two photos, got {len(people)} people; try fewer "
            "of each (people), or more people"
        )
    of_enrolled = _photos(faces, enrolled, 2, seed)
    return People(
        of_enrolled[:, 0],
        of_enrolled[:, 1],
        _photos(faces, strangers, 1, seed)[:, 0],
        _photos(faces, keys, photos, seed) if masters else np.zeros((0, 0), dtype=np.int64),
        _photos(faces, own, 1, seed)[:, 0],
        _some(faces, learners, most, seed),
        _some(faces, thresholds, EACH, seed),
    )


def _most(count: IntArray) -> int:
    return int(count.max(initial=0))


def _photos(faces: FaceSet, people: IntArray, photos: int, seed: int) -> IntArray:
    """Return (P, photos) rows of each person, who has as many."""
    rows = _some(faces, people, photos, seed)
    who = np.unique(faces.identity[rows])
    return rows.reshape(len(who), photos)[np.searchsorted(who, people)]


def _some(faces: FaceSet, people: IntArray, most: int, seed: int) -> IntArray:
    """Return rows of some people's photos, person by person, so many of each at most."""
    order = seeded_order(faces.ids, seed)
    rows = np.flatnonzero(np.isin(faces.identity, people))
    rows = rows[np.lexsort((order[rows], faces.identity[rows]))]
    _, first, count = np.unique(faces.identity[rows], return_index=True, return_counts=True)
    place = np.arange(len(rows)) - np.repeat(first, count)
    return np.asarray(rows[place < most], dtype=np.int64)
