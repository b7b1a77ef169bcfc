"""Audits of master faces as a kind: a few faces that pass as many enrolled people."""

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
from faceaudit.audit.master_face.cases import left_out, searches
from faceaudit.audit.master_face.plan import MasterFacePlan
from faceaudit.audit.master_face.rows import master_face_rows
from faceaudit.errors import FaceAuditError, SplitError
from faceaudit.records.master_face import KIND
from faceaudit.store import CaseRecord, Store
from faceaudit.types import FaceSet

LABELS = ("attack", "mitigation", "aware", "made_on", "network", "faces", "fmr", "seed")


class MasterFaceKind(EmbedderKind[MasterFacePlan]):
    """How many enrolled people a few faces pass as, of whom the search knew none."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Master faces"
    plan: ClassVar[type[MasterFacePlan]] = MasterFacePlan
    report: ClassVar[str] = "faceaudit.report.master_face.section"
    lists: ClassVar[Mapping[str, str]] = {
        "attack": "attacks",
        "made_on": "made_on",
        "mitigation": "mitigations",
    }
    measures: ClassVar[Mapping[str, Sequence[str]]] = {
        "covered": LABELS,
        "tmr": ("mitigation", "network", "fmr", "seed"),
    }
    narrowing: ClassVar[str] = "more people"

    def tried(self, plan: MasterFacePlan) -> Iterator[Combination]:
        """Yield each search on each system."""
        for one in searches(plan):
            yield {
                "attack": part_of(one.attack),
                "made_on": one.made_on,
                "mitigation": part_of(one.mitigation),
                "aware": one.aware,
            }

    def check_faces(self, plan: MasterFacePlan, faces: FaceSet, seed: int) -> None:
        """Raise where there are too few people."""
        learned = deal_parties(faces, plan.parties, seed).learned
        people = len(np.unique(faces.identity[learned]))
        most = max(plan.counts)
        if people < most:
            raise SplitError(
                f"expected as many people whom searches use as faces are tried, {most}, got "
                f"{people}; try fewer in counts, or more people"
            )

    def obstacles(self, plan: MasterFacePlan, seeds: Sequence[int]) -> Iterator[FaceAuditError]:
        """Yield what would keep the section from ending."""
        yield from raised(partial(searches, plan))
        yield from super().obstacles(plan, seeds)

    def remarks(self, plan: MasterFacePlan) -> Iterator[str]:
        """Yield which searches are not tried, and what is known of the faces."""
        yield from super().remarks(plan)
        for title, why in left_out(plan).items():
            yield f"not tried: {title} ({why})"
        yield from unresolved_rates("people passed as", plan.faces, plan.parties, plan.fmrs, MOST)
        if plan.faces.name == "synthetic":
            yield (
                "people are synthetic, and so are those who fix thresholds: networks that learned "
                "from real people take different synthetic people for one another, and thresholds "
                "of real people would not hold here"
            )

    def prepare(
        self, plan: MasterFacePlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each search on each system and seed."""
        from faceaudit.audit.master_face.jobs import prepare_jobs  # noqa: PLC0415 - slow to load

        return prepare_jobs(plan, seeds, store, work)

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Search for faces and show them to every system."""
        from faceaudit.audit.master_face.jobs import run_job  # noqa: PLC0415 - slow to load

        return run_job(job, store, work)

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return master_face_rows(record)
