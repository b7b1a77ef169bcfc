"""The attributes of a face set that are inferred, and who has which value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.errors import InputError
from faceaudit.faces.groups import Grouping, groupings
from faceaudit.faces.sources.base import Source
from faceaudit.records.attribute_inference import AttributeFacts
from faceaudit.types import FaceSet, IntArray

LEAST = 5
"""Attacked people with a value at least, for it to be one that is told from others."""


@dataclass(frozen=True, eq=False)
class Attribute:
    """An attribute that is inferred.

    Attributes:
        name: its name.
        of_people: whether all photos of a person have the same value.
        names: what its values are called.
        value: (N,) the value of each photo, 0 and up; -1 where it is unknown or left out.
        left_out: values that too few attacked people have, in words.
    """

    name: str
    of_people: bool
    names: tuple[str, ...]
    value: IntArray
    left_out: tuple[str, ...]

    @property
    def why_not(self) -> str:
        """Why it cannot be inferred; empty where it can."""
        if len(self.names) >= 2:
            return ""
        return (
            f"expected two values of {self.name} that {LEAST} attacked people have each, got "
            f"{len(self.names)}; try more people"
        )

    def shuffled(self, rows: IntArray, people: IntArray, rng: np.random.Generator) -> IntArray:
        """Return (n,) values of photos dealt anew: to people, or to photos where these differ.

        Args:
            rows: the photos, all with a known value.
            people: (n,) who is on them.
            rng: deals.
        """
        own = self.value[rows]
        if not self.of_people:
            return np.asarray(rng.permutation(own))
        _, first, number = np.unique(people, return_index=True, return_inverse=True)
        return np.asarray(rng.permutation(own[first])[number])

    def facts(self, attacked: IntArray, people: IntArray) -> AttributeFacts:
        """Return how many attacked photos and people have each value.

        Args:
            attacked: rows of the attacked people's photos.
            people: (N,) who is on each photo of the face set.
        """
        having = [attacked[self.value[attacked] == one] for one in range(len(self.names))]
        return AttributeFacts(
            attribute=self.name,
            divides="people" if self.of_people else "photos",
            values=self.names,
            photos=tuple(map(len, having)),
            people=tuple(len(np.unique(people[rows])) for rows in having),
            left_out=self.left_out,
        )


def attributes_of(
    faces: FaceSet, source: Source, wanted: Sequence[str] | None, attacked: IntArray
) -> tuple[Attribute, ...]:
    """Return the attributes to infer; values that fewer than five attacked people have go out.

    Args:
        faces: with attributes.
        source: what their values are called.
        wanted: names; None means all with 2 to 8 values.
        attacked: rows of the photos of those who are attacked.

    Raises:
        UnknownName: the faces lack one.
        InputError: it has one value or too many, or there is no attribute at all.
    """
    found = groupings(faces, source.value_names, wanted)
    if not found:
        raise InputError(
            f"expected faces with attributes to infer, got a source {source.name!r} without any; "
            "try one that has some, such as synthetic, celeba or yaleb"
        )
    return tuple(_attribute(one, faces.identity, attacked) for one in found)


def _attribute(grouping: Grouping, person: IntArray, attacked: IntArray) -> Attribute:
    people = [
        len(np.unique(person[attacked[grouping.photo[attacked] == one]]))
        for one in range(len(grouping.names))
    ]
    kept = [one for one, count in enumerate(people) if count >= LEAST]
    value = np.full(len(person), -1, dtype=np.int64)
    for new, old in enumerate(kept):
        value[grouping.photo == old] = new
    return Attribute(
        grouping.attribute,
        grouping.divides == "people",
        tuple(grouping.names[one] for one in kept),
        value,
        tuple(name for one, name in enumerate(grouping.names) if one not in kept),
    )
