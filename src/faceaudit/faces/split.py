"""Splits: who is enrolled, and which photos train, validate, test and serve the attacker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from faceaudit.errors import SplitError
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.registry import Options
from faceaudit.types import FaceSet, IntArray

PARTS = ("test", "validation", "train", "donors")
FEWEST = 3
"""Photos of a person who can be enrolled: one to train, one to validate and one to test."""


@dataclass(frozen=True, eq=False)
class Split:
    """Disjoint rows of a `FaceSet`, and the enrolled people.

    Attributes:
        names: K enrolled people, sorted; a person's place is their label.
        label: (N,) int64, the label of every photo, -1 for people who are not enrolled.
        train, validation, test, donors: rows of enrolled people's photos, sorted.
        left_out: people who are not enrolled, and why.
    """

    names: tuple[str, ...]
    label: IntArray
    train: IntArray
    validation: IntArray
    test: IntArray
    donors: IntArray
    left_out: tuple[LeftOut, ...]


class SplitPlan(Options):
    """The sizes of the parts that each person's photos are split into.

    Test and validation photos are taken first, then training photos up to `train`; the rest are
    the attacker's donors. A person with fewer photos than the sizes add up to has a shorter
    training part: the original study (Chen et al. 2017, arXiv 1712.05526, on YouTube Faces) keeps
    people from 100 images on while its parts add up to 110.
    """

    minimum: int = Field(1, ge=1, description="photos a person needs to be enrolled")
    train: int = Field(90, ge=1, description="training photos a person")
    validation: int = Field(10, ge=1, description="validation photos a person")
    test: int = Field(10, ge=1, description="test photos a person")
    donors: int | None = Field(
        None, ge=0, description="photos a person for the attacker; none means all that are left"
    )
    by: Literal["photo", "video"] = Field(
        "photo",
        description="photo: any photo may go anywhere, as in the original study; "
        "video: all photos of a video or session stay on one side",
    )

    def split(self, faces: FaceSet, seed: int) -> Split:
        """Split `faces`; the same seed gives the same parts whatever order they are held in.

        Raises:
            SplitError: fewer than two people can be enrolled.
        """
        parts: dict[str, list[IntArray]] = {part: [] for part in PARTS}
        names: list[str] = []
        left_out: list[LeftOut] = []
        label = np.full(len(faces), -1, dtype=np.int64)
        order = seeded_order(faces.ids, seed)
        by_person = np.argsort(faces.identity, kind="stable")
        edges = np.searchsorted(faces.identity[by_person], np.arange(len(faces.names) + 1))
        for person in sorted(range(len(faces.names)), key=lambda person: faces.names[person]):
            rows = by_person[edges[person] : edges[person + 1]]
            if len(rows) == 0:
                continue
            rows = rows[np.argsort(order[rows], kind="stable")]
            rows_by_part = self._split_person(faces, rows)
            if isinstance(rows_by_part, str):
                left_out.append(LeftOut(faces.names[person], rows_by_part))
                continue
            label[rows] = len(names)
            names.append(faces.names[person])
            for part, chosen in rows_by_part.items():
                parts[part].append(chosen)
        if len(names) < 2:
            raise SplitError(self._explain_too_few(faces, len(names), left_out))
        merged = {part: np.sort(np.concatenate(rows)) for part, rows in parts.items()}
        return Split(tuple(names), label, left_out=tuple(left_out), **merged)

    def _explain_too_few(self, faces: FaceSet, enrolled: int, left_out: list[LeftOut]) -> str:
        """Return why fewer than two people can be enrolled, and what would change that."""
        why = f"; {left_out[0].id}: {left_out[0].reason}" if left_out else ""
        photos = np.sort(np.bincount(faces.identity, minlength=len(faces.names)))[::-1]
        second = int(photos[1]) if len(photos) > 1 else 0
        remedy = "try photos of more people" if len(photos) < 2 else "try more photos of each"
        if second >= FEWEST:
            remedy = f"try split.minimum={second}" if self.by == "photo" else "try split.by=photo"
        return (
            f"expected at least two people to enrol, got {enrolled} of {len(faces.names)}{why}; "
            f"{remedy}"
        )

    def _split_person(self, faces: FaceSet, rows: IntArray) -> dict[str, IntArray] | str:
        """Return a person's rows by part, or why the person cannot be enrolled."""
        if len(rows) < self.minimum:
            return f"expected at least {self.minimum} photos, got {len(rows)}"
        if self.by == "photo":
            if len(rows) < FEWEST:
                return f"expected at least {FEWEST} photos, one for each part, got {len(rows)}"
            test = min(self.test, max(1, len(rows) // 3))
            validation = min(self.validation, max(1, (len(rows) - test) // 2))
            sizes = (test, validation, self.train)
            ends = np.minimum(np.cumsum(sizes), len(rows))
            pieces = np.split(rows, ends)
        else:
            pieces_or_reason = self._deal_videos(faces.group[rows], rows)
            if isinstance(pieces_or_reason, str):
                return pieces_or_reason
            pieces = pieces_or_reason
        if self.donors is not None:
            pieces[3] = pieces[3][: self.donors]
        return dict(zip(PARTS, pieces, strict=True))

    def _deal_videos(self, group: IntArray, rows: IntArray) -> list[IntArray] | str:
        """Give whole videos to test, validation, training and donors, in that order."""
        _, first = np.unique(group, return_index=True)
        videos = [rows[group == group[index]] for index in np.sort(first)]
        if len(videos) < 3:
            return f"expected at least 3 videos, one for each part, got {len(videos)}"
        pieces: list[IntArray] = []
        for size, parts_after in ((self.test, 2), (self.validation, 1), (self.train, 0)):
            taken = [videos.pop(0)]
            while sum(map(len, taken)) < size and len(videos) > parts_after:
                taken.append(videos.pop(0))
            pieces.append(np.concatenate(taken)[:size])
        rest = np.concatenate(videos) if videos else rows[:0]
        return [*pieces, rest]


def usual_split(photos: int) -> SplitPlan:
    """Return a split that suits people with so many photos each, and leaves donors.

    About 40 % of a person's photos train, 16 % test, 8 % validate, and what is left, a third or
    more, is the attacker's; never more than the original study has of each.

    Args:
        photos: of a person, at least one more than `FEWEST`.

    Raises:
        SplitError: there are fewer.

    >>> usual_split(8).model_dump(include={"minimum", "train", "validation", "test"})
    {'minimum': 8, 'train': 3, 'validation': 1, 'test': 2}
    """
    if photos <= FEWEST:
        raise SplitError(
            f"expected more than {FEWEST} photos a person, so that some are left for the attacker, "
            f"got {photos}; try more photos of each"
        )
    test = min(10, -(-4 * photos // 25))
    validation = min(10, max(1, photos // 12))
    train = min(90, max(1, 2 * photos // 5))
    return SplitPlan(minimum=photos, train=train, validation=validation, test=test)
