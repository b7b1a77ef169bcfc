"""One system scanned: pixels prepared, stages run, references beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.audit.scan.bank import key_bank
from faceaudit.audit.scan.embedders.asking import Comparing
from faceaudit.audit.scan.figures import scan_figures, stage_facts, suspect_facts
from faceaudit.audit.scan.ground import ground_photo
from faceaudit.audit.scan.judging import clean_ratios
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.preparation import Prepared, prepared
from faceaudit.audit.scan.references import LEAST, MadeReference, Reference, made, network_of
from faceaudit.audit.scan.stages import Scan, Screened, conclude, look_closer, screen
from faceaudit.audit.scan.strangers import drawn_strangers
from faceaudit.errors import InputError
from faceaudit.mitigations.scan import ScanStage, Subject
from faceaudit.records.pictures import TRIGGER_PICTURE
from faceaudit.records.scan import PreparationFacts, ReferenceFacts, ScanFacts
from faceaudit.systems.under_test.base import IdentifierUnderTest, SystemUnderTest
from faceaudit.types import FaceSet, Figure, ImageArray


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


def open_system(door: SystemUnderTest, work: Workspace) -> IdentifierUnderTest | Comparing:
    """Return a system, opened, whatever it is.

    Raises:
        InputError: it cannot be opened.
    """
    return door.open(cache=work.unfinished / "answers", progress=work.progress)


def open_identifier(door: SystemUnderTest, work: Workspace) -> IdentifierUnderTest:
    """Return an identifier, opened.

    Raises:
        InputError: it cannot be opened, or is no identifier.
    """
    system = open_system(door, work)
    if not isinstance(system, IdentifierUnderTest):
        raise InputError(
            f"expected an identifier to scan, got {system.title}, which names nobody; for a file "
            "whose softmax layer was not found, name it with the option head"
        )
    return system


def scan_system(
    plan: ScanPlan,
    door: SystemUnderTest,
    strangers: FaceSet,
    seed: int,
    work: Workspace,
    *,
    like: SystemUnderTest | None = None,
) -> Scanned:
    """Scan one system, and the references of the plan in the same way.

    Args:
        plan: how.
        door: the system.
        strangers: photos of its size of people whom it does not know.
        seed: of whatever is drawn.
        work: where references and answers are kept.
        like: the door whose references are this one's null, too, such as that of the same system
            before a repair; none: its own.
    """
    ready = Prepared(open_identifier(door, work), ())
    if plan.preparations:
        ready = prepared(door, strangers, lambda one: open_identifier(one, work))
    system, tried = ready.system, ready.tried
    subject = _subject(system, strangers, seed, work)
    seen = screen(subject, plan.stages)
    references = scanned_references(plan, like or door, system, seed, work)
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
        ground=ground_photo(system.size, work),
        keys=key_bank(),
        seed=seed,
        progress=work.progress,
    )


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
