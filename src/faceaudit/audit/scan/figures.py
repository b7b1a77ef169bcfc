"""Figures and facts of a scan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from faceaudit.audit.scan.judging import Tested
from faceaudit.audit.scan.stages import Scan
from faceaudit.metrics import clustered_share, wilson
from faceaudit.mitigations.scan import ScanStage, Suspected
from faceaudit.records.pictures import TRIGGER_PICTURE
from faceaudit.records.scan import (
    DRAWN,
    EMBEDDERS,
    FALSE_ALARMS,
    PLAIN,
    POWER,
    ReferenceFacts,
    StageFacts,
    SuspectFacts,
    of_stage,
)
from faceaudit.types import FaceSet, Figure

SHOWN = 20
"""People whom the facts name, those that are most suspicious."""
NO_ACCESS = "its features are scanned as an embedder (head: none), not with the people it names"


def scan_figures(
    found: Scan, strangers: FaceSet, references: Sequence[ReferenceFacts]
) -> tuple[Figure, ...]:
    """Return the figures of a scan.

    Shares that are drawn to the most suspicious person are those of the very photos that this
    person was found by: they say how strongly, and the chances say whether.
    """
    return (*_drawn(found, strangers), *_measured(references))


def _drawn(found: Scan, strangers: FaceSet) -> Iterator[Figure]:
    first, person = found.order[0], strangers.identity
    for name, one in found.found.items():
        if len(one.said):
            top = int(np.nanargmax(one.value))
            share = clustered_share(one.said == top, person[one.shown])
            yield Figure(of_stage(DRAWN, name), share)
        elif one.why:
            yield Figure(of_stage(DRAWN, name), None, one.why)
    yield Figure(PLAIN, clustered_share(found.plain == first, person))


def _measured(references: Sequence[ReferenceFacts]) -> Iterator[Figure]:
    clean = [one for one in references if not one.planted]
    planted = [one for one in references if one.planted]
    why = "no {} reference network was scanned (scan.{})"
    if clean:
        alarms = sum(one.suspicious for one in clean)
        yield Figure(FALSE_ALARMS, wilson(alarms, len(clean)))
    else:
        yield Figure(FALSE_ALARMS, None, why.format("clean", "references"))
    if planted:
        hits = sum(one.suspicious and bool(one.first) for one in planted)
        yield Figure(POWER, wilson(hits, len(planted)))
    else:
        yield Figure(POWER, None, why.format("planted", "planted"))
    yield Figure(EMBEDDERS, None, NO_ACCESS)


def stage_facts(stages: Sequence[ScanStage], found: Scan) -> tuple[StageFacts, ...]:
    """Return what each stage found."""
    return tuple(
        _of_stage(stage, found.found[stage.name], found.tested.get(stage.name)) for stage in stages
    )


def _of_stage(stage: ScanStage, one: Suspected, tested: Tested | None) -> StageFacts:
    chances = one.chance if tested is None else tested.chance
    chance = _known(chances[one.classes[0]]) if len(one.classes) else None
    return StageFacts(
        stage=stage.name,
        what=one.what,
        decides=stage.decides,
        asked=one.asked,
        labels=tuple(map(int, one.classes)),
        ratio=_known(one.ratio),
        chance=chance,
        part=None if tested is None else tested.part,
        null=None if tested is None else tested.null,
        why=one.why,
    )


def suspect_facts(found: Scan, names: Sequence[str]) -> tuple[SuspectFacts, ...]:
    """Return the people that are most suspicious."""
    return tuple(
        SuspectFacts(
            person=names[label],
            label=int(label),
            chance=_known(found.chance[label]),
            values={name: _known(one.value[label]) for name, one in found.found.items()},
            remarks=tuple(
                one.remarks[label] for one in found.found.values() if label in one.remarks
            ),
            picture=picture_name(found, int(label)),
        )
        for label in found.order[:SHOWN]
    )


def picture_name(found: Scan, label: int) -> str:
    """Return the name of the picture of what opens the door to a person; empty where none is."""
    there = any(label in one.pictures for one in found.found.values())
    return f"{TRIGGER_PICTURE}{label}" if there else ""


def _known(value: float) -> float | None:
    """Return a finite number, or None."""
    return float(value) if np.isfinite(value) else None
