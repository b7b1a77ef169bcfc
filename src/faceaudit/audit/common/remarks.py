"""What to know of faces and networks before figures are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from faceaudit.audit.common.obstacles import outline_or_error
from faceaudit.audit.common.parties import PartiesPlan, deal_parties
from faceaudit.audit.common.systems import NetworkPlan
from faceaudit.errors import FaceAuditError
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


def unresolved_rates(
    what: str, source: Source, parties: PartiesPlan, fmrs: Sequence[float], most: int
) -> Iterator[str]:
    """Yield which false match rates are not measured, as too few people fix thresholds.

    Args:
        what: is measured at them, such as "people linked".
        source: where the faces come from.
        parties: how people are dealt.
        fmrs: false match rates asked for.
        most: comparisons of strangers at most.
    """
    faces, _ = outline_or_error(source)
    if faces is None:
        return
    try:
        rows = deal_parties(faces, parties, 0).thresholds
    except FaceAuditError:
        return  # an obstacle says so
    people = len(np.unique(faces.identity[rows]))
    pairs = min(people * (people - 1) // 2, most)
    lost = [f"{one:g}" for one in fmrs if one * pairs < 1]
    if lost:
        yield (
            f"{what}: not measured at a false match rate of {' or '.join(lost)}; {people} people "
            f"fix thresholds, which is {pairs:,} comparisons of two people that count; try higher "
            "rates, or more people"
        )


def unknown_eyes(source: Source) -> bool:
    """Return whether nobody will know where the eyes on the photos are."""
    if not isinstance(source, PhotoSource):
        return False
    if source.align is None:
        return source.name != "celeba"
    return not source.align.finds_landmarks
