"""Four parties of people, none in two: enrolled, strangers, the attacker's own, and thresholds."""

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
"""People of a party at least."""


class PeoplePlan(Options):
    """How people are dealt."""

    targets: int = Field(20, ge=2, description="people of whom a photo with the key is enrolled")
    strangers: int = Field(
        200, ge=2, description="people who put the key on to pass as each of those"
    )
    donors: int = Field(
        150, ge=4, description="people whose photos the attacker makes keys with at most"
    )


@dataclass(frozen=True, eq=False)
class People:
    """Rows of a `FaceSet`, by what their people are for.

    Attributes:
        enrolled: (T,) the photo of each target that is enrolled.
        bare: (T,) another one, of another video or session where there is one.
        further: (T, K) further ones, which the system has from elsewhere.
        strangers: (S,) a photo of each stranger.
        complete: (C,) numbers of strangers with `further` photos of their own.
        strangers_further: (C, K) those.
        donors: rows of the attacker's own photos, two of each person where there are.
        thresholds: rows of the photos of those who fix thresholds, `EACH` a person at most.
    """

    enrolled: IntArray
    bare: IntArray
    further: IntArray
    strangers: IntArray
    complete: IntArray
    strangers_further: IntArray
    donors: IntArray
    thresholds: IntArray


def deal_people(faces: FaceSet, plan: PeoplePlan, further: int, seed: int) -> People:
    """Deal people to the parties; the same seed gives the same ones in whatever order photos are.

    Whoever has photos enough is a target or a stranger before others are.

    Args:
        faces: all of them.
        plan: how many of each.
        further: photos of a target that the system has beside the enrolled one and the probe.
        seed: of the draw.

    Raises:
        SplitError: too few people, or too few with that many photos.
    """
    count = np.bincount(faces.identity, minlength=len(faces.names))
    people = np.flatnonzero(count)
    shuffled = people[np.argsort(seeded_order([faces.names[one] for one in people.tolist()], seed))]
    needed = 2 + further
    able = shuffled[count[shuffled] >= needed]
    targets = able[: min(plan.targets, len(able) // 2)]
    rest = shuffled[~np.isin(shuffled, targets)]
    rest = rest[np.argsort(count[rest] < needed, kind="stable")]
    strangers = rest[: max(0, min(plan.strangers, len(rest) // 2))]
    left = rest[len(strangers) :]
    donors = left[: min(plan.donors, len(left) // 2)]
    thresholds = left[len(donors) :]
    fewest = min(len(donors), len(thresholds))
    if len(targets) < 2 or fewest < _LEAST or count[thresholds].max() < 2:
        raise SplitError(
            f"expected two people or more with {needed} photos or more to enrol, as many strangers "
            f"and {_LEAST} people each to make keys with and to fix thresholds on, one of them "
            f"with two photos, got {len(able)} with {needed} photos of {len(people)}; try more "
            "photos, or more people"
        )
    enrolled = photos_of(faces, targets, needed, seed)
    probes = photos_of(faces, strangers, 1, seed)[:, 0]
    complete = np.flatnonzero(count[strangers] >= 1 + further)
    others = photos_of(faces, strangers[complete], 1 + further, seed)[:, 1:]
    return People(
        enrolled[:, 0],
        enrolled[:, 1],
        enrolled[:, 2:],
        probes,
        complete,
        others,
        _some(faces, donors, 2, seed),
        _some(faces, thresholds, EACH, seed),
    )


def photos_of(faces: FaceSet, people: IntArray, photos: int, seed: int) -> IntArray:
    """Return (P, photos) rows of each person; the second of another group where there is one.

    Raises:
        ValueError: somebody has fewer.
    """
    order = seeded_order(faces.ids, seed)
    rows = np.flatnonzero(np.isin(faces.identity, people))
    rows = rows[np.lexsort((order[rows], faces.identity[rows]))]
    who, first = np.unique(faces.identity[rows], return_index=True)
    chosen = rows[first]
    at = np.searchsorted(who, faces.identity[rows])
    same = faces.group[rows] == faces.group[chosen][at]
    # The chosen photo first, then those of other groups.
    rank = np.where(rows == chosen[at], 0, np.where(same, 2, 1))
    rows = rows[np.lexsort((order[rows], rank, faces.identity[rows]))]
    each = np.stack([rows[first + place] for place in range(photos)], axis=1)
    if (faces.identity[each] != who[:, None]).any():
        raise ValueError(f"expected {photos} photos of each person")
    return np.asarray(each[np.searchsorted(who, people)])


def _some(faces: FaceSet, people: IntArray, most: int, seed: int) -> IntArray:
    """Return rows of some people's photos, so many of each at most."""
    order = seeded_order(faces.ids, seed)
    rows = np.flatnonzero(np.isin(faces.identity, people))
    rows = rows[np.lexsort((order[rows], faces.identity[rows]))]
    _, first, count = np.unique(faces.identity[rows], return_index=True, return_counts=True)
    place = np.arange(len(rows)) - np.repeat(first, count)
    return rows[place < most]
