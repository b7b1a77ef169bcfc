"""Systems opened and faces loaded, once in a process."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.audit.common.systems import plain_values
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.finished.plan import FinishedPlan
from faceaudit.errors import InputError
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.records.finished import SystemFacts
from faceaudit.systems.under_test.base import (
    EmbedderUnderTest,
    IdentifierUnderTest,
    VerifierUnderTest,
)
from faceaudit.types import FaceSet, IntArray

AnySystem = IdentifierUnderTest | VerifierUnderTest | EmbedderUnderTest


def opened(plan: FinishedPlan, number: int, work: Workspace) -> AnySystem:
    """Return a system of the plan, opened once in this process.

    Raises:
        InputError: it cannot be opened; the message says which one it is.
    """
    door = plan.systems[number]

    def open_() -> AnySystem:
        try:
            return door.open(cache=work.unfinished / "answers", progress=work.progress)
        except InputError as error:
            raise InputError(f"finished.systems.{number}: {error}") from error

    return work.memo.get("finished system", plain_values(door), open_)


def name_people(system: AnySystem, known: Sequence[str], work: Workspace) -> None:
    """Give an identifier that knows people by pseudonyms, as a store keeps it, their names.

    Whom else it knows are real people, too: their names are not said either.

    Args:
        system: of any role.
        known: the names of the people of the audit.
        work: whose pseudonyms they are.
    """
    if isinstance(system, IdentifierUnderTest):
        named = {work.discretion.label(name): name for name in known}
        system.names = tuple(named.get(name, name) for name in system.names)
        work.discretion.know_people(system.names)


def describe(system: AnySystem) -> SystemFacts:
    """Return a system as it says of itself."""
    return SystemFacts(
        title=system.title,
        id=system.id,
        role=system.role,
        access=tuple(sorted(system.access)),
        size=system.size,
        people=len(system.names) if isinstance(system, IdentifierUnderTest) else None,
    )


def own_labels(names: Sequence[str], faces: FaceSet) -> IntArray:
    """Return the (N,) labels that a system should give, by name; -1 for people it does not know."""
    label = {name: number for number, name in enumerate(names)}
    of_person = np.array([label.get(name, -1) for name in faces.names], dtype=np.int64)
    return of_person[faces.identity] if len(faces.names) else faces.identity


def drawn_rows(faces: FaceSet, people: int | None, photos: int | None, seed: int) -> IntArray:
    """Return sorted rows of so many people, and of so many photos of each; None means all.

    Which ones they are depends on names, ids and the seed only.
    """
    present = np.unique(faces.identity)
    order = seeded_order([faces.names[person] for person in present], seed)
    chosen = present[np.argsort(order, kind="stable")[:people]]
    rows = np.flatnonzero(np.isin(faces.identity, chosen))
    return rows if photos is None else rows[_rank(faces, rows, seed) < photos]


def spread_rows(faces: FaceSet, rows: IntArray, count: int, seed: int) -> IntArray:
    """Return at most `count` of some rows, sorted, spread over people as evenly as can be.

    A first photo of everybody comes before a second of anybody; who comes first, and which photo,
    depends on names, ids and the seed only.
    """
    person = seeded_order(faces.names, seed)[faces.identity[rows]]
    order = np.lexsort((person, _rank(faces, rows, seed)))
    return np.sort(rows[order[:count]])


def _rank(faces: FaceSet, rows: IntArray, seed: int) -> IntArray:
    """Return the place of each row among those of its person, in an order by id and seed."""
    photo = seeded_order([faces.ids[row] for row in rows], seed)
    person = faces.identity[rows]
    order = np.lexsort((photo, person))
    _, start = np.unique(person[order], return_index=True)
    counts = np.diff(np.append(start, len(rows)))
    rank = np.empty(len(rows), dtype=np.int64)
    rank[order] = np.arange(len(rows)) - np.repeat(start, counts)
    return rank
