"""A stolen template looked for in the database of a second network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import faceaudit
from faceaudit.app.parts.give_away.others import Others
from faceaudit.types import FloatArray, IntArray

if TYPE_CHECKING:
    from faceaudit.api.linkage import LinkedTemplates


def link(
    first: Others,
    second: Others,
    stolen: FloatArray,
    enrolled: IntArray,
    more: FloatArray | None = None,
    *,
    known: bool = False,
) -> LinkedTemplates:
    """Look for stolen templates in a second network's database, by a linear map.

    The map is learned from the attacker's own photos, which are in both databases.

    Args:
        first: other people as the network sees them that the templates are of.
        second: the same people as the second network sees them.
        stolen: (N, E) templates of the first network.
        enrolled: rows of the photos in the second database.
        more: (M, F) further templates in it, behind the others.
        known: whether the stolen ones are of the enrolled people, in their order.
    """
    database = second.templates[enrolled]
    if more is not None and len(more):
        database = np.concatenate([database, more])
    own, who = first.own, np.arange(len(stolen))
    return faceaudit.link_templates(
        stolen,
        database,
        people=(who, who) if known else None,
        own=(first.templates[own], second.templates[own], first.faces.identity[own]),
    )
