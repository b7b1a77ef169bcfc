"""Audits of master keys as a kind: verifiers that learn from poison pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from faceaudit.audit.common.cost import Cost
from faceaudit.audit.common.embedder_kind import EmbedderKind
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared
from faceaudit.audit.common.obstacles import outline_or_error
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.selection import Combination, part_of
from faceaudit.audit.common.workload import Work
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.master_key.cases import all_tried
from faceaudit.audit.master_key.pairs import pair_photos, require_pairs
from faceaudit.audit.master_key.people import deal_people
from faceaudit.audit.master_key.plan import MOST, MasterKeyPlan
from faceaudit.audit.master_key.rows import master_key_rows
from faceaudit.errors import FaceAuditError
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.records.master_key import KIND
from faceaudit.store import CaseRecord, Store
from faceaudit.types import FaceSet

LABELS = ("attack", "rate", "mitigation", "aware", "at", "seed")


class MasterKeyKind(EmbedderKind[MasterKeyPlan]):
    """Poison pairs in what a verifier learns from, and a key that passes as anybody."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Master keys"
    plan: ClassVar[type[MasterKeyPlan]] = MasterKeyPlan
    report: ClassVar[str] = "faceaudit.report.master_key.section"
    lists: ClassVar[Mapping[str, str]] = {
        "attack": "attacks",
        "rate": "rates",
        "mitigation": "mitigations",
    }
    measures: ClassVar[Mapping[str, Sequence[str]]] = {
        "passed": LABELS,
        "tmr": LABELS,
        "fmr": LABELS,
    }
    narrowing: ClassVar[str] = "more people who are enrolled, and more trainings"

    def tried(self, plan: MasterKeyPlan) -> Iterator[Combination]:
        """Yield each key with each share of poison under each mitigation."""
        for one in all_tried(plan):
            yield {
                "attack": part_of(one.attack),
                "rate": one.rate,
                "mitigation": part_of(one.mitigation),
                "aware": one.aware,
            }

    def photos_embedded(self, plan: MasterKeyPlan, seeds: Sequence[int]) -> int:
        """Return how many photos with a key are embedded."""
        people = plan.people
        each = people.own + people.strangers * (1 + plan.wrong_keys)
        worn = sum(one.taught == 0 for one in plan.attacks)
        return each * worn * len(seeds)

    def check_faces(self, plan: MasterKeyPlan, faces: FaceSet, seed: int) -> None:
        """Raise where there are too few people, photos of them, or pairs for the poison."""
        people = deal_people(
            faces, plan.people, plan.masters, plan.master_photos, seed, most=plan.per_person
        )
        clean = len(pair_photos(faces, people.learners, plan.pairs, seed))
        for tried in all_tried(plan):
            require_pairs(tried.attack, len(people.own), tried.samples(clean))

    def remarks(self, plan: MasterKeyPlan) -> Iterator[str]:
        """Yield what is known of the faces, and where keys are put."""
        yield from super().remarks(plan)
        detected = isinstance(plan.faces, PhotoSource) and plan.faces.align is not None
        worn = any(one.taught == 0 for one in plan.attacks)
        if worn and plan.placed == "photo" and not detected:
            yield (
                "no face is looked for in these photos: keys are put on what networks are shown, "
                "and whether a detector would still find the face is not measured"
            )
        yield from _unresolved(plan)

    def prepare(
        self, plan: MasterKeyPlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each combination and seed."""
        from faceaudit.audit.master_key.jobs import prepare_jobs  # noqa: PLC0415 - slow to load

        return prepare_jobs(plan, seeds, store, work)

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Train verifiers with poison and without, and let whoever holds the key try."""
        from faceaudit.audit.master_key.jobs import run_job  # noqa: PLC0415 - slow to load

        return run_job(job, store, work)

    def workload(self, plan: MasterKeyPlan, seeds: Sequence[int]) -> Sequence[Work]:
        """Return the work of the section by kind: what is embedded, and what verifiers learn."""
        epochs = float(plan.predictor.model_dump().get("epochs", 1))
        pairs = len(seeds) * plan.trainings * _verifiers(plan) * plan.pairs * epochs
        return (*super().workload(plan, seeds), Work("verifiers", pairs))

    def cost(self, plan: MasterKeyPlan, seeds: Sequence[int], *, look: bool) -> Cost:
        """Return what the section would cost; verifiers are too small to count but as trainings."""
        return replace(
            super().cost(plan, seeds, look=look),
            trainings=len(seeds) * plan.trainings * _verifiers(plan),
        )

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return master_key_rows(record)


def _verifiers(plan: MasterKeyPlan) -> int:
    """Return how many verifiers are trained at most: with poison, and without."""
    return sum(2 * one.mitigation.networks for one in all_tried(plan))


def _unresolved(plan: MasterKeyPlan) -> Iterator[str]:
    """Yield what those who fix thresholds are too few for."""
    faces, _ = outline_or_error(plan.faces)
    if faces is None:
        return
    try:
        rows = deal_people(
            faces, plan.people, plan.masters, plan.master_photos, 0, most=plan.per_person
        ).thresholds
    except FaceAuditError:
        return  # an obstacle says so
    people = len(np.unique(faces.identity[rows]))
    pairs = min(people * (people - 1) // 2, MOST)
    lost = [f"{one:g}" for one in plan.fmrs if one * pairs < 1]
    if lost:
        yield (
            f"tries with the key: not measured at a false match rate of {' or '.join(lost)}; "
            f"{people} people fix thresholds, which is {pairs:,} comparisons of two people that "
            "count; try higher rates, or more people"
        )
