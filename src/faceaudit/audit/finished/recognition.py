"""How well an identifier recognises the people it knows, and whom it takes strangers for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.audit.finished.found import Found
from faceaudit.audit.finished.opening import own_labels
from faceaudit.faces.groups import Grouping
from faceaudit.metrics import clustered_share
from faceaudit.metrics.differentials import differential
from faceaudit.protocols.groups import tries_of_photos
from faceaudit.records.finished import (
    ANOTHER,
    CLEAN,
    NO_ANSWER,
    NOT_RECOGNISED,
    STRANGERS,
    PersonFacts,
    RecognitionFacts,
)
from faceaudit.records.groups import describe_groups, figures_of
from faceaudit.systems.under_test.base import IdentifierUnderTest
from faceaudit.types import BoolArray, Evidence, FaceSet, Figure, IntArray


def recognise(
    system: IdentifierUnderTest,
    faces: FaceSet,
    rows: IntArray,
    groupings: Sequence[Grouping] = (),
    *,
    seed: int = 0,
) -> Found:
    """Ask who is on photos, and count the answers.

    Of photos of people whom the system knows by name: the share that is recognised, that is taken
    for another person, and that gets no answer (it knows nobody like that, or found no face); the
    three add up to one. Of all others: the share that is taken for somebody. Photos of one person
    are a cluster.

    Args:
        system: who is asked.
        faces: photos of its size.
        rows: which of them to ask about.
        groupings: of the photos, by which errors are given, too.
        seed: of the draws that groups are tested by.
    """
    own, person = own_labels(system.names, faces)[rows], faces.identity[rows]
    said = np.asarray(system.labels(faces, rows), dtype=np.int64)
    known = own >= 0
    nobody = f"nobody of the {len(np.unique(person)):,} people of the faces is among those it knows"
    figures: tuple[Figure, ...] = (
        _share(CLEAN, said == own, person, known, nobody),
        _share(ANOTHER, (said >= 0) & (said != own), person, known, nobody),
        _share(NO_ANSWER, said < 0, person, known, nobody),
        _share(STRANGERS, said >= 0, person, ~known, "it knows everybody in the faces"),
    )
    for metric, hits, some in (
        (NOT_RECOGNISED, said != own, known),
        (STRANGERS, said >= 0, ~known),
    ):
        for one in groupings if some.any() else ():
            tries = tries_of_photos(hits[some], rows[some], faces.identity, one)
            figures += tuple(figures_of(metric, one.attribute, differential(tries, seed=seed)))
    facts = RecognitionFacts(
        known_people=len(np.unique(person[known])),
        known_photos=int(known.sum()),
        strangers=len(np.unique(person[~known])),
        stranger_photos=int((~known).sum()),
        by_person=_count_by_person(faces.names, person[known], (said == own)[known]),
    )
    ids = tuple(faces.ids[row] for row in rows)
    evidence = Evidence(ids, {"truth": own, "said": said, "people": person})
    groups = describe_groups(groupings, np.unique(person))
    return Found(figures, evidence, len(rows), {"recognition": facts}, groups)


def _share(metric: str, hits: BoolArray, person: IntArray, of: BoolArray, why: str) -> Figure:
    if not of.any():
        return Figure(metric, None, why)
    return Figure(metric, clustered_share(hits[of], person[of]))


def _count_by_person(
    names: tuple[str, ...], person: IntArray, right: BoolArray
) -> tuple[PersonFacts, ...]:
    """Return how many photos of each person are recognised, the fewest first."""
    present, place = np.unique(person, return_inverse=True)
    photos, hits = np.bincount(place), np.bincount(place, right).astype(np.int64)
    order = np.argsort(hits / np.maximum(photos, 1), kind="stable") if len(present) else present
    return tuple(
        PersonFacts(name=names[present[at]], photos=int(photos[at]), recognised=int(hits[at]))
        for at in order
    )
