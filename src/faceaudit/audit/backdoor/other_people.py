"""Photos of people whom a system does not know, dealt to whoever mitigates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.errors import SplitError
from faceaudit.types import FaceSet, IntArray


@dataclass(frozen=True, eq=False)
class OtherPhotos:
    """Some photos of other people.

    Attributes:
        faces: all photos that there are.
        rows: (N,) those that whoever mitigates has.
        first: (N,) whether a photo is of the first half of the people: of every other one, from
            those with most photos to those with fewest.
    """

    faces: FaceSet
    rows: IntArray
    first: IntArray

    def halves(self, least: int = 1) -> tuple[IntArray, IntArray]:
        """Return the photos in two halves, with nobody in both.

        A filter of inputs that is fitted on one half has seen nobody of the other, as it has seen
        nobody of those whom it is judged on: its threshold is set on people as new to it.

        Args:
            least: how many photos each half is to have.

        Raises:
            SplitError: they show one person alone, or too few are in a half: a few people may have
                most of them.
        """
        if self.first.all():
            raise SplitError(
                "expected photos of two other people or more, to fit a filter of inputs and to set "
                "its threshold, got those of one; try more photos or people in others"
            )
        fewest = int(min(self.first.sum(), (~self.first).sum()))
        if fewest < least:
            raise SplitError(
                f"expected at least {least} photos of other people to fit a filter of inputs, and "
                f"as many of yet others to set its threshold, got {fewest} of {len(self.rows)}; "
                "try photos of more people in others, or more of them"
            )
        return self.rows[self.first], self.rows[~self.first]


def other_photos(faces: FaceSet, count: int, seed: int) -> OtherPhotos:
    """Deal photos of as many people as there are: one of each, then a second of each, and so on.

    Fewer are the first of more, and who comes first is drawn.

    Args:
        faces: photos of people whom no system knows.
        count: how many, of all people together.
        seed: of the order.

    Raises:
        SplitError: there are not so many.
    """
    if len(faces) < count:
        raise SplitError(
            f"expected {count:,} photos of other people, got {len(faces):,}; try fewer in "
            "others.photos, or more people or photos in others.faces"
        )
    rng = np.random.default_rng([seed, 9])
    place = rng.permutation(len(faces.names))[faces.identity]
    shuffled = rng.permutation(len(faces))
    mixed = shuffled[np.argsort(place[shuffled], kind="stable")]
    _, start, held = np.unique(place[mixed], return_index=True, return_counts=True)
    turn = np.arange(len(mixed)) - np.repeat(start, held)
    rows = mixed[np.lexsort((place[mixed], turn))][:count]
    people, photos = np.unique(place[rows], return_counts=True)
    rank = np.empty(len(people), dtype=np.int64)
    rank[np.argsort(-photos, kind="stable")] = np.arange(len(people))
    return OtherPhotos(faces, rows, rank[np.searchsorted(people, place[rows])] % 2 == 0)
