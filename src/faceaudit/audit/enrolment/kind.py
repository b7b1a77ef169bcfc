"""Audits of enrolment as a kind: a poisoned photo in the gallery of a fixed network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import numpy as np

from faceaudit.attacks.enrolment import KeyAttack, UpdateAttack
from faceaudit.audit.common.embedder_kind import EmbedderKind
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared
from faceaudit.audit.common.obstacles import outline_or_error
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.selection import Combination, part_of
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.enrolment.people import deal_people
from faceaudit.audit.enrolment.plan import MOST, EnrolmentPlan
from faceaudit.audit.enrolment.rows import enrolment_rows
from faceaudit.errors import FaceAuditError, SplitError
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.records.enrolment import KIND
from faceaudit.store import CaseRecord, Store
from faceaudit.types import FaceSet

LABELS = ("attack", "network", "mitigation", "fmr", "seed")


class EnrolmentKind(EmbedderKind[EnrolmentPlan]):
    """One enrolled photo with a key, and strangers who put the key on."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Poisoned enrolment"
    plan: ClassVar[type[EnrolmentPlan]] = EnrolmentPlan
    report: ClassVar[str] = "faceaudit.report.enrolment.section"
    lists: ClassVar[Mapping[str, str]] = {"attack": "attacks"}
    measures: ClassVar[Mapping[str, Sequence[str]]] = {
        "strangers_pass": LABELS,
        "person_passes": LABELS,
        "refused_clean": LABELS,
        "refused_glasses": LABELS,
        "taken_over": LABELS,
    }
    narrowing: ClassVar[str] = "more people who are enrolled"

    def tried(self, plan: EnrolmentPlan) -> Iterator[Combination]:
        """Yield each attack."""
        for one in plan.attacks:
            yield {"attack": part_of(one)}

    def photos_embedded(self, plan: EnrolmentPlan, seeds: Sequence[int]) -> int:
        """Return how many pictures with keys a network embeds, and sees while keys are made."""
        people = plan.people
        each = people.targets + people.strangers
        total = 0
        for attack in plan.attacks:
            options = attack.model_dump()
            if isinstance(attack, UpdateAttack):
                total += people.targets * int(options.get("photos", 20))
                continue
            total += each * (2 + plan.wrong_keys)
            # A gradient takes as much as three photos that are embedded.
            total += 3 * options.get("steps", 0) * options.get("batch", 0)
        return total * len(seeds)

    def check_faces(self, plan: EnrolmentPlan, faces: FaceSet, seed: int) -> None:
        """Raise where there are too few people, or photos of them."""
        people = deal_people(faces, plan.people, plan.further, seed)
        learned = len(np.unique(faces.identity[people.thresholds]))
        for one in plan.mitigations:
            if learned < one.fewest:
                raise SplitError(
                    f"expected at least {one.fewest} people who fix thresholds, whom {one.name!r} "
                    f"learns from, got {learned}; try more people, or fewer donors and strangers"
                )
        donors = np.unique(faces.identity[people.donors], return_counts=True)[1]
        for attack in plan.attacks:
            if isinstance(attack, KeyAttack):
                attack.check_donors(donors)

    def remarks(self, plan: EnrolmentPlan) -> Iterator[str]:
        """Yield what is known of the faces, and where keys are put."""
        yield from super().remarks(plan)
        detected = isinstance(plan.faces, PhotoSource) and plan.faces.align is not None
        if plan.placed == "photo" and not detected:
            yield (
                "no face is looked for in these photos: keys are put on what networks are shown, "
                "and whether a detector would still find the face is not measured"
            )
        yield from _of_thresholds(plan)

    def prepare(
        self, plan: EnrolmentPlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each attack and seed."""
        from faceaudit.audit.enrolment.jobs import prepare_jobs  # noqa: PLC0415 - slow to load

        return prepare_jobs(plan, seeds, store, work)

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Enrol people with a key, and let strangers try."""
        from faceaudit.audit.enrolment.jobs import run_job  # noqa: PLC0415 - slow to load

        return run_job(job, store, work)

    def pictures(self, job: Job, store: Store, work: Workspace) -> Mapping[str, bytes]:
        """Return the picture of a case's key, made again."""
        from faceaudit.audit.enrolment.jobs import remake_pictures  # noqa: PLC0415 - slow to load

        return remake_pictures(job, store, work)

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return enrolment_rows(record)


def _of_thresholds(plan: EnrolmentPlan) -> Iterator[str]:
    """Yield what those who fix thresholds are too few for."""
    faces, _ = outline_or_error(plan.faces)
    if faces is None:
        return
    try:
        rows = deal_people(faces, plan.people, plan.further, 0).thresholds
    except FaceAuditError:
        return  # an obstacle says so
    people = len(set(faces.identity[rows].tolist()))
    pairs = min(people * (people - 1) // 2, MOST)
    lost = [f"{one:g}" for one in plan.fmrs if one * pairs < 1]
    if lost:
        yield (
            f"strangers who pass: not measured at a false match rate of {' or '.join(lost)}; "
            f"{people} people fix thresholds, which is {pairs:,} comparisons of two people that "
            "count; try higher rates, or more people"
        )
    for one in plan.mitigations:
        promised, asked = one.promised(people), one.promised(10**9)
        if promised is not None and asked is not None and promised > asked:
            yield (
                f"{one.name} may refuse {promised * 100:.2g} % of clean photos, where "
                f"{asked * 100:g} % was asked for: {people} people teach it; try more people"
            )
