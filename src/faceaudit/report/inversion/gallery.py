"""Pictures of an inversion: the stolen photo beside what was rebuilt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from faceaudit.records.inversion import ORIGINAL, REBUILT
from faceaudit.report.inversion.identifier_runs import IdentifierRun
from faceaudit.report.inversion.runs import NONE, Run
from faceaudit.report.pictures import Picture, embed_picture
from faceaudit.store import CaseRecord

MOST = 6
"""Attacks whose pictures are shown."""
PEOPLE = 4
"""People of each whose pictures are shown."""


@dataclass(frozen=True)
class Faces:
    """The pictures of one attack, stolen photo and rebuilt face in turn."""

    title: str
    shown: tuple[Picture, ...]


def galleries(runs: Sequence[Run], identifiers: Sequence[IdentifierRun]) -> tuple[Faces, ...]:
    """Return the pictures of attacks on templates without protection, identifiers, then others."""
    plain = [one for one in runs if one.protection == NONE]
    found = [(one.title, one.record, "Stolen") for one in plain]
    found += [(f"{one.title}, {one.network}", one.record, "Photo") for one in identifiers]
    found += [
        (f"{one.title}, {one.protected}", one.record, "Stolen")
        for one in runs
        if one.protection != NONE
    ]
    faces = [Faces(title, tuple(_pictures(title, record, name))) for title, record, name in found]
    return tuple([one for one in faces if one.shown][:MOST])


def _pictures(title: str, record: CaseRecord, original: str) -> Iterator[Picture]:
    """Yield the original of each person and what was rebuilt."""
    for place in range(PEOPLE):
        for name, words in ((ORIGINAL, original), (REBUILT, "Rebuilt")):
            content = record.pictures.get(f"{name}-{place}")
            if content is not None:
                yield embed_picture(content, f"{words}, person {place + 1}, {title}", words)[0]
