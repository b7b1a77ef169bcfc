"""What systems say of pictures that are to pass as the attacked people: scores, nothing counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.audit.inversion.attacked import AttackedSystem, made_templates
from faceaudit.protocols.matching import cosines
from faceaudit.types import BoolArray, Column, Float64Array, ImageArray, IntArray


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of a picture for each of A attacked people; one that was not made has NaN.

    Attributes:
        own: (A,) with the stolen photo, by the attacked system: type I.
        other: (A, K) with another photo of the person: type II; by the attacked system first, then
            by each further network, without protection.
        rank: (A,) the person's place among the attacked people's other photos, by the attacked
            system: 1 and up, ties all ahead; 0 of a picture that was not made.
        everybody: (A, A) of each picture with each person's other photo, by the attacked system.
    """

    own: Float64Array
    other: Float64Array
    rank: IntArray
    everybody: Float64Array

    def columns(self) -> dict[str, Column]:
        """Return the scores as columns of evidence."""
        return {"own": self.own, "other": self.other, "rank": self.rank}


def score_pictures(
    system: AttackedSystem, images: ImageArray, solved: BoolArray | None = None
) -> Scored:
    """Show pictures, one of each attacked person, to the attacked system and to further networks.

    Args:
        system: the attacked system.
        images: (A, H, W, 3) uint8, at the attacked network's size.
        solved: (A,) which were made; all unless given.
    """
    parties, embedded = system.parties, system.embedded
    people = embedded.faces.identity[parties.stolen]
    templates = system.embed(images)
    own = system.score(templates, system.stored(parties.stolen), people)
    everybody = system.score_all(templates, system.stored(parties.other), people)
    with_other = [np.diagonal(everybody)]
    for number in range(1, len(embedded)):
        shown = made_templates(embedded, system.plan.faces, images, number)
        with_other.append(cosines(shown, embedded.templates(number)[parties.other]))
    other = np.column_stack(with_other)
    rank = np.count_nonzero(everybody >= other[:, :1], axis=1)
    if solved is not None:
        own, other, everybody = own.copy(), other.copy(), everybody.copy()
        own[~solved], other[~solved], everybody[~solved], rank[~solved] = np.nan, np.nan, np.nan, 0
    return Scored(own, other, rank.astype(np.int64), everybody)


@dataclass(frozen=True, eq=False)
class Trial:
    """One trial of an attack on all attacked people, and of what it is held against.

    Attributes:
        found: the faces.
        scored: what systems say of them.
        references: what they say of other pictures, by name.
    """

    found: Reconstructions
    scored: Scored
    references: dict[str, Scored]
