"""What to know of faces and networks before figures are read."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.audit.common.systems import NetworkPlan
from faceaudit.faces.sources.base import Source
from faceaudit.faces.sources.common.photo_source import PhotoSource


def unaligned_faces(source: Source, networks: tuple[NetworkPlan, ...]) -> Iterator[str]:
    """Yield that photos are used as they are cropped, where no face is looked for.

    Args:
        source: where the faces come from.
        networks: what is to tell them apart.
    """
    if not isinstance(source, PhotoSource) or source.align is not None:
        return
    published = any(one.weights is not None or one.network.is_file for one in networks)
    worse = (
        "; published weights expect aligned faces and recognise far fewer people without"
        if published
        else ""
    )
    yield (
        f"no face is looked for in {source.path}: each photo is cropped as it is{worse}; unless "
        "its faces are aligned already, give faces.align with a detector's weights "
        "(`faceaudit weights get yunet`)"
    )


def unknown_eyes(source: Source) -> bool:
    """Return whether nobody will know where the eyes on the photos are."""
    return isinstance(source, PhotoSource) and source.align is None and source.name != "celeba"
