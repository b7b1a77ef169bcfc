"""Faces without their pixels: who is on which photo, known before one is read."""

from __future__ import annotations

import numpy as np

from faceaudit.audit.common.looking import look_once, survey_of
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.sources.base import Source
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.types import FaceSet

BLANK = np.zeros((1, 1, 1, 3), dtype=np.uint8)


def outline_faces(source: Source) -> FaceSet | None:
    """Return the faces that a source seems to hold, every pixel black; no photo is read.

    Ids, people and groups are those that the source would load, so a split or a pool drawn from
    them is the one that is drawn later, unless a photo turns out to be no use.

    Args:
        source: photos, or synthetic people.

    Returns:
        The faces, one pixel each; None where only reading the photos would tell.

    Raises:
        SourceError: the source as a whole cannot be used.
    """
    return look_once(("outline", source), lambda: _outline(source))


def _outline(source: Source) -> FaceSet | None:
    if isinstance(source, Synthetic):
        columns = source.columns()
        return _blank(columns.ids, columns.identity.tolist(), columns.names, columns.group.tolist())
    if not isinstance(source, PhotoSource) or survey_of(source).photos is None:
        return None
    places = sorted(
        (photo.location for photo in source.photos().photos() if not isinstance(photo, LeftOut)),
        key=lambda place: place.id,
    )
    names = sorted({place.person for place in places})
    number = {name: at for at, name in enumerate(names)}
    groups = {name: at for at, name in enumerate(sorted({place.group for place in places}))}
    return _blank(
        tuple(place.id for place in places),
        [number[place.person] for place in places],
        tuple(names),
        [groups[place.group] for place in places],
    )


def _blank(
    ids: tuple[str, ...], identity: list[int], names: tuple[str, ...], group: list[int]
) -> FaceSet:
    return FaceSet(
        images=np.broadcast_to(BLANK, (len(ids), 1, 1, 3)),
        identity=np.array(identity, dtype=np.int64),
        names=names,
        ids=ids,
        group=np.array(group, dtype=np.int64),
        fingerprint="outline",
    )
