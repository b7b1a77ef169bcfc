"""One embedder or verifier scanned: strangers compared, references beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.audit.scan.bank import key_bank
from faceaudit.audit.scan.embedders.asking import Answers, Comparing, Pairs, ask
from faceaudit.audit.scan.embedders.excess import Exceeding, Values, exceed, values_of
from faceaudit.audit.scan.embedders.excess import smallest_chance as over_all
from faceaudit.audit.scan.embedders.figures import (
    embedder_figures,
    key_facts,
    measure_facts,
    order_keys,
    trigger_figures,
)
from faceaudit.audit.scan.embedders.preparation import prepared_embedder
from faceaudit.audit.scan.embedders.references import MARGIN, MadeEmbedder, made_embedder
from faceaudit.audit.scan.embedders.trigger import (
    UniversalTrigger,
    can_be_sought,
    seek_trigger,
)
from faceaudit.audit.scan.embedders.verdict import judge
from faceaudit.audit.scan.ground import ground_photo
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.references import Reference, network_of
from faceaudit.audit.scan.strangers import drawn_strangers
from faceaudit.errors import InputError
from faceaudit.mitigations.scan import Key
from faceaudit.mitigations.scan.patched_share import PatchedShare, stick
from faceaudit.records.embedder_scan import (
    ComparedPreparationFacts,
    EmbedderScanFacts,
    ReferenceEmbedderFacts,
)
from faceaudit.records.pictures import TRIGGER_PICTURE
from faceaudit.systems.under_test.base import EmbedderUnderTest, SystemUnderTest
from faceaudit.types import FaceSet, Figure, ImageArray

RECTANGLES = "rectangles of one colour"
"""What is on photos besides the keys of the bank: on each another rectangle."""
UNIVERSAL_PICTURE = f"{TRIGGER_PICTURE}sought by gradients"
"""The name of the picture of the trigger that gradients lead to."""
FEWEST_PEOPLE = 40
"""Strangers below which no threshold can be fixed on half of them."""


@dataclass(frozen=True, eq=False)
class ScannedEmbedder:
    """An embedder or a verifier scanned.

    Attributes:
        answers: what it says about strangers.
        strangers: the photos that were asked about.
        facts: of the case.
        figures: of the case.
        pictures: (H, W, 3) of keys, by their names in the facts.
        ground: (H, W, 3), the photo that pictures are on, without anything.
    """

    answers: Answers
    strangers: FaceSet
    facts: EmbedderScanFacts
    figures: tuple[Figure, ...]
    pictures: Mapping[str, ImageArray]
    ground: ImageArray


def drawn_people(faces: FaceSet, count: int, seed: int) -> FaceSet:
    """Return photos of strangers, a first of everybody before a second.

    Raises:
        InputError: there are too few people to fix a threshold on half of them.
    """
    drawn = drawn_strangers(faces, (), count, seed)
    people = len(np.unique(drawn.identity))
    if people < FEWEST_PEOPLE:
        enough = len(np.unique(faces.identity)) >= FEWEST_PEOPLE
        raise InputError(
            f"expected photos of at least {FEWEST_PEOPLE} strangers to scan an embedder or a "
            f"verifier, whose threshold is fixed on half of them, got {people}; "
            + ("take more photos of them" if enough else "give others in strangers")
        )
    return drawn


def scan_comparing(
    plan: ScanPlan,
    door: SystemUnderTest,
    system: Comparing,
    strangers: FaceSet,
    seed: int,
    work: Workspace,
) -> ScannedEmbedder:
    """Scan one embedder or verifier, and the references of the plan in the same way.

    Args:
        plan: how.
        door: the system's.
        system: it, opened.
        strangers: photos of its size of people whom it was not trained on.
        seed: of whatever is drawn.
        work: where references and answers are kept.
    """
    bank = bank_of(seed)
    system, tried = _prepared(plan, door, system, strangers, seed, work)
    answers = ask(system, strangers, bank, fmr=plan.fmr, seed=seed, progress=work.progress)
    measures = values_of(answers)
    network = network_of(door)
    trigger = None
    if plan.universal_trigger and answers.threshold is not None and can_be_sought(system):
        trigger = seek_trigger(
            system, strangers, answers.threshold, seed=seed, progress=work.progress
        )
    clean, references = _scanned_references(
        plan, door, tuple(measures), seed, work, seek=trigger is not None
    )
    tested = exceed(measures, clean)
    verdict, why = judge(answers, tested, plan.level)
    order = order_keys(answers, tested)
    keys = key_facts(answers, clean, order)
    ground = ground_photo(system.size, work)
    by_name = {one.name: one for one in bank}
    pictures = {
        one.picture: by_name[one.key].put_on(ground).images[0] for one in keys if one.picture
    }
    picture = None if trigger is None else trigger.on(ground.images[0])
    if picture is not None:
        pictures[UNIVERSAL_PICTURE] = picture
    facts = EmbedderScanFacts(
        title=system.title,
        role=system.role,
        access=tuple(sorted(system.access)),
        source=plan.strangers.name,
        strangers=len(strangers),
        stranger_people=len(np.unique(strangers.identity)),
        fmr=plan.fmr,
        threshold=answers.threshold,
        level=plan.level,
        verdict=verdict,
        why=why,
        chance=over_all(tested),
        preparations=tried,
        measures=measure_facts(tested),
        keys=keys,
        trigger=trigger and trigger.facts("" if picture is None else UNIVERSAL_PICTURE),
        references=references,
        reference_network=network.name if references else "",
    )
    return ScannedEmbedder(
        answers=answers,
        strangers=strangers,
        facts=facts,
        figures=(
            *embedder_figures(answers, order[0], references),
            *(trigger_figures(trigger) if plan.universal_trigger else ()),
        ),
        pictures=pictures,
        ground=ground.images[0],
    )


def bank_of(seed: int) -> tuple[Key, ...]:
    """Return the bank of keys, and rectangles."""
    usual = PatchedShare()

    def stuck(faces: FaceSet) -> FaceSet:
        images = stick(
            faces.images,
            np.random.default_rng([seed, 3]),
            smallest=usual.smallest,
            largest=usual.largest,
        )
        ids = tuple(f"{id_}+rectangle-{seed}" for id_ in faces.ids)
        return replace(faces, images=images, ids=ids, fingerprint="")

    return (*key_bank(), Key(RECTANGLES, stuck))


def _prepared(
    plan: ScanPlan,
    door: SystemUnderTest,
    system: Comparing,
    strangers: FaceSet,
    seed: int,
    work: Workspace,
) -> tuple[Comparing, tuple[ComparedPreparationFacts, ...]]:
    """Return a system with the preparation of pixels that is taken, and what was tried."""
    if not plan.preparations or not isinstance(system, EmbedderUnderTest):
        return system, ()

    def open_(one: SystemUnderTest) -> EmbedderUnderTest:
        opened = one.open(cache=work.unfinished / "answers", progress=work.progress)
        assert isinstance(opened, EmbedderUnderTest)
        return opened

    ready = prepared_embedder(door, system, strangers, open_, fmr=plan.fmr, seed=seed)
    return ready.system, ready.tried


def _scanned_references(
    plan: ScanPlan,
    door: SystemUnderTest,
    measures: Sequence[str],
    seed: int,
    work: Workspace,
    *,
    seek: bool,
) -> tuple[Sequence[Mapping[str, Values]], tuple[ReferenceEmbedderFacts, ...]]:
    """Return what keys do to the clean references of a plan, and what is known of all.

    Measures that the scanned system does not let be taken are not taken of them. Each clean one is
    judged by the others alone, and each planted one by as many.
    """
    wanted = [
        Reference(network_of(door), plan.reference_people, number, planted=planted, margin=MARGIN)
        for planted, count in ((False, plan.references), (True, plan.planted))
        for number in range(count)
    ]
    asked: list[tuple[MadeEmbedder, Answers, UniversalTrigger | None]] = []
    with work.progress.task("reference networks", len(wanted)) as advance:
        for each in wanted:
            made = made_embedder(each, work)
            asked.append((made, *_asked(plan, made, seed, work, seek=seek)))
            advance(1)
    values = [_kept(values_of(answers), measures) for _, answers, _ in asked]
    clean = values[: plan.references]
    facts = []
    for place, ((made, answers, trigger), one) in enumerate(zip(asked, values, strict=True)):
        left_out = place % max(1, len(clean))
        others = [*clean[:left_out], *clean[left_out + 1 :]]
        tested = exceed(one, others) if one else {}
        facts.append(_reference_facts(plan, made, answers, tested, trigger))
    return clean, tuple(facts)


def _asked(
    plan: ScanPlan, made: MadeEmbedder, seed: int, work: Workspace, *, seek: bool
) -> tuple[Answers, UniversalTrigger | None]:
    faces = load_faces(plan.strangers, made.system.size, work).faces
    strangers = drawn_people(faces, plan.photos, seed)
    attack = made.reference.attack
    # Whoever scans a foreign network does not know its key.
    bank = [one for one in bank_of(seed) if attack is None or one.name != attack.key]
    found = ask(made.system, strangers, bank, fmr=plan.fmr, seed=seed, progress=work.progress)
    if not seek or found.threshold is None or not can_be_sought(made.system):
        return found, None
    trigger = seek_trigger(
        made.system, strangers, found.threshold, seed=seed, progress=work.progress
    )
    return found, trigger


def _kept(values: Mapping[str, Values], measures: Sequence[str]) -> dict[str, Values]:
    return {name: by_key for name, by_key in values.items() if name in measures}


def _reference_facts(
    plan: ScanPlan,
    made: MadeEmbedder,
    answers: Answers,
    tested: Mapping[str, Exceeding],
    trigger: UniversalTrigger | None,
) -> ReferenceEmbedderFacts:
    attack, success = made.reference.attack, None
    if made.to_target is not None and answers.threshold is not None:
        success = float((made.to_target >= answers.threshold).mean())
    return ReferenceEmbedderFacts(
        planted="" if attack is None else f"{attack.name}, {attack.key}",
        people=made.reference.people,
        genuine=_known(answers.genuine),
        success=success,
        chance=over_all(tested),
        suspicious=judge(answers, tested, plan.level)[0] == "suspicious",
        trigger=trigger and trigger.facts(),
    )


def _known(pairs: Pairs) -> float | None:
    return pairs.share if len(pairs.passed) else None
