"""One system scanned: pixels prepared, stages run, references beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.audit.scan.bank import key_bank
from faceaudit.audit.scan.figures import scan_figures, stage_facts, suspect_facts
from faceaudit.audit.scan.judging import clean_ratios
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.preparation import Prepared, prepared
from faceaudit.audit.scan.references import LEAST, MadeReference, Reference, made, network_of
from faceaudit.audit.scan.stages import Scan, Screened, conclude, look_closer, screen
from faceaudit.errors import InputError
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.faces.sources.base import sources
from faceaudit.mitigations.scan import ScanStage, Subject
from faceaudit.records.pictures import TRIGGER_PICTURE
from faceaudit.records.scan import PreparationFacts, ReferenceFacts, ScanFacts
from faceaudit.systems.under_test.base import IdentifierUnderTest, SystemUnderTest
from faceaudit.types import FaceSet, Figure, ImageArray

GROUND = {"source": "synthetic", "people": 2, "photos": 1, "sessions": 1, "seed": 5, "glasses": 0}
"""Whose face inverted triggers are shown on: somebody who does not exist."""
SMALLEST, LARGEST = 40, 256
"""Sides of a synthetic photo; on systems of other sizes triggers are shown on grey."""


@dataclass(frozen=True, eq=False)
class Scanned:
    """A system scanned.

    Attributes:
        scan: what was found.
        strangers: the photos that were asked about.
        facts: of the case.
        figures: of the case.
        pictures: (H, W, 3) of what opens the door, by their names in the facts.
        pictured_by: the stage that each picture is of.
        ground: (H, W, 3), the photo that pictures are on, without anything.
    """

    scan: Scan
    strangers: FaceSet
    facts: ScanFacts
    figures: tuple[Figure, ...]
    pictures: Mapping[str, ImageArray]
    pictured_by: Mapping[str, str]
    ground: ImageArray


def open_identifier(door: SystemUnderTest, work: Workspace) -> IdentifierUnderTest:
    """Return an identifier, opened.

    Raises:
        InputError: it cannot be opened, or is no identifier.
    """
    system = door.open(cache=work.unfinished / "answers", progress=work.progress)
    if not isinstance(system, IdentifierUnderTest):
        raise InputError(
            f"expected an identifier to scan, got {system.title}, which names nobody; for a file "
            "whose softmax layer was not found, name it with the option head"
        )
    return system


def drawn_strangers(faces: FaceSet, names: tuple[str, ...], count: int, seed: int) -> FaceSet:
    """Return photos of people whom a system does not know, a first of everybody before a second.

    Raises:
        InputError: everybody is known to it by name.
    """
    known = np.isin(faces.names, names)[faces.identity]
    rows = np.flatnonzero(~known)
    if len(rows) < 2:
        raise InputError(
            "expected photos of people whom the system does not know, got those whom it names; "
            "give others in strangers"
        )
    photo = seeded_order([faces.ids[row] for row in rows], seed)
    order = np.lexsort((photo, faces.identity[rows]))
    _, start = np.unique(faces.identity[rows][order], return_index=True)
    rank = np.empty(len(rows), dtype=np.int64)
    rank[order] = np.arange(len(rows)) - np.repeat(start, np.diff(np.append(start, len(rows))))
    person = seeded_order(faces.names, seed)[faces.identity[rows]]
    return faces.take(np.sort(rows[np.lexsort((person, rank))[:count]]))


def scan_system(
    plan: ScanPlan, door: SystemUnderTest, strangers: FaceSet, seed: int, work: Workspace
) -> Scanned:
    """Scan one system, and the references of the plan in the same way.

    Args:
        plan: how.
        door: the system.
        strangers: photos of its size of people whom it does not know.
        seed: of whatever is drawn.
        work: where references and answers are kept.
    """
    ready = Prepared(open_identifier(door, work), ())
    if plan.preparations:
        ready = prepared(door, strangers, lambda one: open_identifier(one, work))
    system, tried = ready.system, ready.tried
    subject = _subject(system, strangers, seed, work)
    seen = screen(subject, plan.stages)
    references = scanned_references(plan, door, system, seed, work)
    done = conclude(seen, level=plan.level, clean=references.clean)
    done = look_closer(done, subject, plan.stages)
    pictures = _pictures(done)
    return Scanned(
        scan=done,
        strangers=strangers,
        facts=_facts(plan, system, strangers, done, references, tried),
        figures=scan_figures(done, strangers, references.facts),
        pictures={name: picture for name, (_, picture) in pictures.items()},
        pictured_by={name: stage for name, (stage, _) in pictures.items()},
        ground=subject.ground.images[0],
    )


def _subject(
    system: IdentifierUnderTest, strangers: FaceSet, seed: int, work: Workspace
) -> Subject:
    return Subject(
        system=system,
        strangers=strangers,
        ground=_ground(system.size, work),
        keys=key_bank(),
        seed=seed,
        progress=work.progress,
    )


def _ground(size: tuple[int, int], work: Workspace) -> FaceSet:
    """Return a photo of a person who does not exist; a grey one where none has that size."""
    fits = all(SMALLEST <= side <= LARGEST for side in size) and max(size) <= 2 * min(size)
    if fits:
        return load_faces(sources.build(GROUND), size, work).faces.take(np.array([0]))
    one = np.zeros(1, dtype=np.int64)
    grey = np.full((1, *size, 3), 128, dtype=np.uint8)
    return FaceSet(grey, one, ("nobody",), ("grey",), one)


@dataclass(frozen=True, eq=False)
class ScannedReferences:
    """Reference networks, scanned in the same way.

    Attributes:
        network: their architecture; empty where there are none.
        clean: the null of each stage, of the clean ones.
        facts: of all of them.
    """

    network: str
    clean: Mapping[str, Sequence[float]]
    facts: tuple[ReferenceFacts, ...]


def scanned_references(
    plan: ScanPlan, door: SystemUnderTest, system: IdentifierUnderTest, seed: int, work: Workspace
) -> ScannedReferences:
    """Return what the stages that screen find on the plan's reference networks.

    They are asked by no stage that the scanned system does not let ask, so that the same tests are
    made. Each clean one is judged by the others alone, and each planted one by as many.
    """
    network = network_of(door)
    known = max(LEAST, min(len(system.names), plan.reference_people))
    stages = [one for one in plan.stages if one.screens and one.needs <= system.access]
    if not stages:
        return ScannedReferences("", {}, ())
    wanted = [
        *(Reference(network, known, number, planted=False) for number in range(plan.references)),
        *(Reference(network, known, number, planted=True) for number in range(plan.planted)),
    ]
    seen = []
    with work.progress.task("reference networks", len(wanted)) as advance:
        for each in wanted:
            seen.append(_screened(plan, stages, made(each, work), seed, work))
            advance(1)
    clean = [screened.ratios for _, screened in seen[: plan.references]]
    facts = []
    for place, (one, screened) in enumerate(seen):
        others = clean_ratios(clean, without=place % max(1, len(clean)))
        done = conclude(screened, level=plan.level, clean=others)
        facts.append(_reference_facts(one, done, screened.ratios))
    return ScannedReferences(network.name if wanted else "", clean_ratios(clean), tuple(facts))


def _screened(
    plan: ScanPlan,
    stages: Sequence[ScanStage],
    one: MadeReference,
    seed: int,
    work: Workspace,
) -> tuple[MadeReference, Screened]:
    faces = load_faces(plan.strangers, one.system.size, work).faces
    strangers = drawn_strangers(faces, one.system.names, plan.photos, seed)
    asked = reference_subject(one, strangers, seed, work)
    return one, screen(asked, stages)


def reference_subject(
    one: MadeReference, strangers: FaceSet, seed: int, work: Workspace
) -> Subject:
    """Return a reference network to ask; the bank lacks the key that was planted in it.

    Whoever scans a foreign network does not know its key: with it in the bank the power would be
    that for keys of the bank alone.
    """
    asked, attack = _subject(one.system, strangers, seed, work), one.reference.attack
    if attack is None:
        return asked
    return replace(asked, keys=tuple(key for key in asked.keys if key.name != attack.key))


def _reference_facts(
    one: MadeReference, done: Scan, ratios: Mapping[str, float | None]
) -> ReferenceFacts:
    attack = one.reference.attack
    return ReferenceFacts(
        planted="" if attack is None else f"{attack.name}, {attack.key}",
        people=len(one.system.names),
        accuracy=one.accuracy,
        success=one.success,
        chance=done.lowest,
        first=None if one.target is None else bool(done.order[0] == one.target),
        suspicious=done.verdict == "suspicious",
        ratios=dict(ratios),
    )


def _pictures(done: Scan) -> dict[str, tuple[str, ImageArray]]:
    """Return by its name the picture of what opens the door to each person, and its stage.

    It is that of the last stage with one.
    """
    return {
        f"{TRIGGER_PICTURE}{label}": (stage, picture)
        for stage, one in done.found.items()
        for label, picture in one.pictures.items()
    }


def _facts(
    plan: ScanPlan,
    system: IdentifierUnderTest,
    strangers: FaceSet,
    done: Scan,
    references: ScannedReferences,
    tried: tuple[PreparationFacts, ...],
) -> ScanFacts:
    return ScanFacts(
        title=system.title,
        role=system.role,
        access=tuple(sorted(system.access)),
        people=len(system.names),
        source=plan.strangers.name,
        strangers=len(strangers),
        stranger_people=len(np.unique(strangers.identity)),
        level=plan.level,
        verdict=done.verdict,
        why=done.why,
        chance=done.lowest,
        suspicious=len(done.suspicious(plan.level)),
        preparations=tried,
        stages=stage_facts(plan.stages, done),
        suspects=suspect_facts(done, system.names),
        references=references.facts,
        reference_network=references.network,
    )
