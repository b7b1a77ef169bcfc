"""Three parties of people, none in two: attacked, learned from, and those who fix thresholds.

An attack that learns from the people it attacks, or is judged at a threshold that they fixed, says
nothing of people it has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from faceaudit.errors import SplitError
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.registry import Options
from faceaudit.types import FaceSet, IntArray


class PartiesPlan(Options):
    """How people are dealt to the three parties."""

    attacked: int = Field(
        100, ge=2, description="people who are attacked at most, each with two photos or more"
    )
    learn: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="the share of all other people whom the attacker learns from; those that are "
        "left fix the thresholds",
    )


@dataclass(frozen=True, eq=False)
class Parties:
    """Rows of a `FaceSet`, by what their people are for.

    Attributes:
        stolen: (A,) a photo of each attacked person, whose template is stolen.
        other: (A,) another photo of each, of another video or session where there is one.
        further: rows of all other photos of attacked people.
        learned: rows of the photos of those whom the attacker learns from.
        thresholds: rows of the photos of those who fix thresholds.
    """

    stolen: IntArray
    other: IntArray
    further: IntArray
    learned: IntArray
    thresholds: IntArray


def deal_parties(faces: FaceSet, plan: PartiesPlan, seed: int) -> Parties:
    """Deal people to the parties; the same seed gives the same ones in whatever order photos are.

    Raises:
        SplitError: fewer than two people for a party, or none to fix thresholds has two photos.
    """
    count = np.bincount(faces.identity, minlength=len(faces.names))
    people = np.flatnonzero(count)
    shuffled = people[np.argsort(seeded_order([faces.names[one] for one in people.tolist()], seed))]
    able = shuffled[count[shuffled] >= 2]
    # Half of those with two photos at most: thresholds need genuine pairs, too.
    attacked = able[: max(0, min(plan.attacked, len(able) // 2, len(people) - 4))]
    rest = shuffled[~np.isin(shuffled, attacked)]
    learners = min(max(2, round(plan.learn * len(rest))), len(rest) - 2)
    learned, thresholds = rest[:learners], rest[learners:]
    if min(len(attacked), len(learned), len(thresholds)) < 2 or count[thresholds].max() < 2:
        raise SplitError(
            "expected two people or more with two photos or more to attack, as many to learn from "
            f"and to fix thresholds on, got {len(able)} such people of {len(people)}; try more "
            "photos, or more people"
        )
    stolen, other = _photos_of(faces, attacked, seed)
    of_attacked = np.flatnonzero(np.isin(faces.identity, attacked))
    return Parties(
        stolen,
        other,
        of_attacked[~np.isin(of_attacked, np.concatenate([stolen, other]))],
        np.flatnonzero(np.isin(faces.identity, learned)),
        np.flatnonzero(np.isin(faces.identity, thresholds)),
    )


def _photos_of(faces: FaceSet, people: IntArray, seed: int) -> tuple[IntArray, IntArray]:
    """Return two photos of each person, the second of another group where there is one."""
    order = seeded_order(faces.ids, seed)
    rows = np.flatnonzero(np.isin(faces.identity, people))
    rows = rows[np.lexsort((order[rows], faces.identity[rows]))]
    who, first = np.unique(faces.identity[rows], return_index=True)
    stolen = rows[first]
    same = faces.group[rows] == faces.group[stolen][np.searchsorted(who, faces.identity[rows])]
    # Of another group first, and never the stolen photo itself, which then comes last.
    last = np.isin(rows, stolen)
    rows = rows[np.lexsort((order[rows], same, last, faces.identity[rows]))]
    other = rows[np.unique(faces.identity[rows], return_index=True)[1]]
    place = np.searchsorted(who, people)
    return stolen[place], other[place]
