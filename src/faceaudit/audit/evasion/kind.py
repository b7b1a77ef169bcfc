"""Audits of evasion as a kind: photos changed within a budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

import numpy as np

from faceaudit.audit.common.embedder_kind import EmbedderKind
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared
from faceaudit.audit.common.matching_section import MOST
from faceaudit.audit.common.obstacles import raised
from faceaudit.audit.common.parties import deal_parties
from faceaudit.audit.common.remarks import unresolved_rates
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.selection import Combination, part_of
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.evasion.cases import attempts, left_out
from faceaudit.audit.evasion.plan import EvasionPlan
from faceaudit.audit.evasion.rows import evasion_rows
from faceaudit.errors import FaceAuditError, SplitError
from faceaudit.records.evasion import KIND
from faceaudit.store import CaseRecord, Store
from faceaudit.types import FaceSet

LABELS = ("attack", "goal", "mitigation", "aware", "made_on", "network", "fmr", "seed")


class EvasionKind(EmbedderKind[EvasionPlan]):
    """Photos changed too little to see, so that they pass as somebody else or as nobody."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Evasion"
    plan: ClassVar[type[EvasionPlan]] = EvasionPlan
    report: ClassVar[str] = "faceaudit.report.evasion.section"
    lists: ClassVar[Mapping[str, str]] = {
        "goal": "goals",
        "attack": "attacks",
        "made_on": "made_on",
        "mitigation": "mitigations",
    }
    measures: ClassVar[Mapping[str, Sequence[str]]] = {
        "evaded": LABELS,
        "tmr": ("mitigation", "network", "fmr", "seed"),
    }
    narrowing: ClassVar[str] = "more people"

    def tried(self, plan: EvasionPlan) -> Iterator[Combination]:
        """Yield each attack with each goal on each system."""
        for goal, one in attempts(plan):
            yield {
                "goal": goal,
                "attack": part_of(one.attack),
                "made_on": one.made_on,
                "mitigation": part_of(one.mitigation),
                "aware": one.aware,
            }

    def check_faces(self, plan: EvasionPlan, faces: FaceSet, seed: int) -> None:
        """Raise where nobody attacked has as many photos as are shown and enrolled."""
        parties = deal_parties(faces, plan.parties, seed)
        count = np.bincount(faces.identity)[faces.identity[parties.stolen]]
        for one in plan.mitigations:
            if np.count_nonzero(count > one.enrolled) < 2:
                raise SplitError(
                    f"expected two people or more with {one.enrolled + 1} photos for {one.name!r}, "
                    "got fewer; try fewer enrolled photos, or more photos"
                )

    def obstacles(self, plan: EvasionPlan, seeds: Sequence[int]) -> Iterator[FaceAuditError]:
        """Yield what would keep the section from ending."""
        yield from raised(partial(attempts, plan))
        yield from super().obstacles(plan, seeds)

    def remarks(self, plan: EvasionPlan) -> Iterator[str]:
        """Yield which attacks are not tried, and what is known of the faces."""
        yield from super().remarks(plan)
        for title, why in left_out(plan).items():
            yield f"not tried: {title} ({why})"
        yield from unresolved_rates("evasion", plan.faces, plan.parties, plan.fmrs, MOST)

    def prepare(
        self, plan: EvasionPlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each attack with each goal on each system and seed."""
        from faceaudit.audit.evasion.jobs import prepare_jobs  # noqa: PLC0415 - slow to load

        return prepare_jobs(plan, seeds, store, work)

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Change photos and show them to every system."""
        from faceaudit.audit.evasion.jobs import run_job  # noqa: PLC0415 - slow to load

        return run_job(job, store, work)

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return evasion_rows(record)
