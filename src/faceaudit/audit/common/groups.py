"""The groups of people and of photos that a section's figures are given by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic import Field

from faceaudit.errors import FaceAuditError, SourceError
from faceaudit.faces.groups import Grouping, groupings, require_attributes
from faceaudit.faces.sources.base import Source
from faceaudit.types import FaceSet


def group_measures(names: Sequence[str], labels: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return the measures by group of some measures, and the keys of their labels.

    Args:
        names: of the measures of everybody.
        labels: keys of their labels.
    """
    return {
        **{f"{name}_by_group": ("attribute", "group", *labels) for name in names},
        **{f"{name}_ratio": ("attribute", *labels) for name in names},
    }


Groups = tuple[str, ...] | None
"""A section's option: attributes of the faces, or None for those that the source has."""
GROUPS: Final[Any] = Field(
    None,
    description="attributes of the faces by which figures are given for groups of people, such as "
    "age_group; none means those that the source knows, [] no groups",
)


def groupings_of(faces: FaceSet, source: Source, wanted: Groups) -> tuple[Grouping, ...]:
    """Return the groupings of a source's faces.

    Raises:
        UnknownName: the faces lack an attribute that is wanted.
        InputError: it makes no groups.
    """
    return groupings(faces, source.value_names, wanted, source.divided_by)


def group_obstacles(source: Source, wanted: Groups) -> Iterator[FaceAuditError]:
    """Yield that a source's faces lack an attribute that is wanted, where that is known unread."""
    if wanted:
        try:
            known = source.attribute_names()
            if known is not None:
                require_attributes(wanted, known)
        except SourceError:
            return  # it is told of where the photos are counted
        except FaceAuditError as error:
            yield error


def groups_spec(wanted: Groups) -> dict[str, Sequence[str]]:
    """Return what groups add to what determines a case: nothing unless some were asked for."""
    return {} if wanted is None else {"groups": list(wanted)}
