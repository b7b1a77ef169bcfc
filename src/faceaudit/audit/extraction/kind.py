"""Audits of extraction as a kind: a copy of a system, made by asking it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from faceaudit.audit.common.cost import Cost
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import AuditKind, Prepared
from faceaudit.audit.common.missing import absent_weights
from faceaudit.audit.common.remarks import unaligned_faces
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.selection import Combination, part_of
from faceaudit.audit.common.workload import Work
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.extraction.cost import extraction_cost, extraction_work, sources_of
from faceaudit.audit.extraction.obstacles import extraction_obstacles
from faceaudit.audit.extraction.parts import parts_of
from faceaudit.audit.extraction.plan import ExtractionPlan
from faceaudit.audit.extraction.rows import extraction_rows
from faceaudit.errors import FaceAuditError
from faceaudit.faces.sources.base import Source
from faceaudit.records.extraction import KIND
from faceaudit.store import CaseRecord, Store

LABELS = ("victim", "attack", "budget", "access", "asked", "decimals")


class ExtractionKind(AuditKind[ExtractionPlan]):
    """Identifiers, predictors and embedders copied by asking them, and what a copy is good for."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Extraction"
    plan: ClassVar[type[ExtractionPlan]] = ExtractionPlan
    report: ClassVar[str] = "faceaudit.report.extraction.section"
    lists: ClassVar[Mapping[str, str]] = {
        "attack": "attacks",
        "decimals": "decimals",
        "budget": "budgets",
    }
    measures: ClassVar[Mapping[str, Sequence[str]]] = dict.fromkeys(
        (
            "agreement",
            "copied",
            "over_prior",
            "over_true_labels",
            "impersonation",
            "inversion",
        ),
        LABELS,
    )
    narrowing: ClassVar[str] = "more people and test photos"

    def prepare(
        self, plan: ExtractionPlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each victim, attack and budget under each seed."""
        from faceaudit.audit.extraction.jobs import prepare_jobs  # noqa: PLC0415 - slow to load

        return prepare_jobs(plan, tuple(seeds), store, work)

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Copy a victim, and hold the copy against it."""
        from faceaudit.audit.extraction.jobs import run_job  # noqa: PLC0415 - slow to load

        return run_job(job, store, work)

    def combinations(self, plan: ExtractionPlan, seeds: Sequence[int]) -> Iterator[Combination]:
        """Yield each victim, attack and budget under each seed."""
        for seed in seeds:
            for one in parts_of(plan):
                yield {
                    "victim": one.role,
                    "asked": one.asked,
                    "attack": part_of(one.attack),
                    "decimals": one.decimals,
                    "budget": one.budget,
                    "seed": seed,
                }

    def cost(self, plan: ExtractionPlan, seeds: Sequence[int], *, look: bool) -> Cost:
        """Return what the section would cost."""
        return extraction_cost(plan, seeds, look=look)

    def obstacles(self, plan: ExtractionPlan, seeds: Sequence[int]) -> Iterator[FaceAuditError]:
        """Yield what would keep the section from ending: photos, people, networks, budgets."""
        yield from extraction_obstacles(plan, seeds)

    def remarks(self, plan: ExtractionPlan) -> Iterator[str]:
        """Yield that faces are not aligned, and that a copy of another size is not used."""
        if plan.identifier is not None:
            yield from unaligned_faces(plan.identifier.faces, (plan.identifier.system,))
        if plan.verifier is not None:
            yield from unaligned_faces(plan.verifier.faces, (plan.verifier.embedder,))
        sizes = {
            *([plan.identifier.system.network.size] if plan.identifier else []),
            *([plan.verifier.embedder.network.size] if plan.verifier else []),
        }
        if sizes != {plan.network.size} and (plan.impersonation or plan.inversion):
            yield (
                f"the copy's network takes pictures of {plan.network.size}, victims of "
                f"{' and '.join(map(str, sorted(sizes)))}: where these differ, nothing that is "
                "made on the copy is tried on the victim"
            )

    def loads(self, plan: ExtractionPlan) -> Sequence[tuple[Source, tuple[int, int]]]:
        """Return the faces of each victim, and of the attacker, at the victim's and copy's size."""
        return sources_of(plan)

    def workload(self, plan: ExtractionPlan, seeds: Sequence[int]) -> Sequence[Work]:
        """Return the work of the section by kind."""
        return tuple(extraction_work(plan, seeds))

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return extraction_rows(record)

    def absent_files(self, plan: ExtractionPlan) -> Iterator[str]:
        """Yield weights that are not here."""
        if plan.identifier is not None:
            yield from absent_weights(plan.identifier.system, f"{KIND}.identifier.system")
        if plan.verifier is not None:
            yield from absent_weights(plan.verifier.embedder, f"{KIND}.verifier.embedder")
