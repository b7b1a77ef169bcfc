"""Audits of finished systems as a kind: asked as they are, without any training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from faceaudit.audit.common.cost import Cost
from faceaudit.audit.common.groups import group_measures, group_obstacles
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import AuditKind, Prepared
from faceaudit.audit.common.missing import absent_list
from faceaudit.audit.common.obstacles import detector_obstacles, outline_or_error, raised
from faceaudit.audit.common.remarks import unknown_eyes
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.finished.cost import finished_cost
from faceaudit.audit.finished.lists import read_lists
from faceaudit.audit.finished.plan import FinishedPlan
from faceaudit.audit.finished.rows import finished_rows
from faceaudit.errors import FaceAuditError
from faceaudit.faces.pairs.read import read_pairs
from faceaudit.records.finished import KIND
from faceaudit.store import CaseRecord, Store


class FinishedKind(AuditKind[FinishedPlan]):
    """Finished systems, whoever trained them: recognition, keys and membership by asking alone."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Finished systems"
    plan: ClassVar[type[FinishedPlan]] = FinishedPlan
    report: ClassVar[str] = "faceaudit.report.finished.section"
    measures: ClassVar[Mapping[str, Sequence[str]]] = {
        **dict.fromkeys(
            ("clean_accuracy", "taken_for_another", "strangers_named", "own_fmr", "own_fnmr"),
            ("system", "role"),
        ),
        "suspicious_keys": ("system", "role", "attack"),
        "auc": ("level", "system", "role"),
        **group_measures(
            ("not_recognised", "strangers_named", "own_fmr", "own_fnmr"), ("system", "role")
        ),
    }
    narrowing: ClassVar[str] = "more people and photos"

    def prepare(
        self, plan: FinishedPlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each system and part; systems are opened now.

        The first seed draws photos and pairs. Nothing is trained, so that further seeds would only
        draw others.
        """
        from faceaudit.audit.finished.jobs import prepare_jobs  # noqa: PLC0415 - slow to load

        del store
        return prepare_jobs(plan, seeds[0], work)

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Ask a system one part."""
        from faceaudit.audit.finished.jobs import run_job  # noqa: PLC0415 - slow to load

        del store
        return run_job(job, work)

    def cost(self, plan: FinishedPlan, seeds: Sequence[int], *, look: bool) -> Cost:
        """Return what the section would cost, with the questions to each system."""
        del seeds
        return finished_cost(plan, look=look)

    def obstacles(self, plan: FinishedPlan, seeds: Sequence[int]) -> Iterator[FaceAuditError]:
        """Yield what is wrong with the photos and the lists; systems are opened later."""
        del seeds
        for source in (plan.faces, plan.unseen):
            if source is not None:
                yield from outline_or_error(source)[1]
                yield from detector_obstacles(source)
        yield from group_obstacles(plan.faces, plan.groups)
        faces, _ = outline_or_error(plan.faces)
        absent = list(self.absent_files(plan))
        if faces is not None and not absent:
            if plan.pairs is not None:
                pairs = plan.pairs
                yield from raised(lambda: read_pairs(pairs, faces))
            if plan.members is not None:
                yield from raised(lambda: read_lists(plan, faces))

    def remarks(self, plan: FinishedPlan) -> Iterator[str]:
        """Yield that glasses go where a template has the eyes."""
        worn = [one.name for one in plan.attacks if "eyes" in type(one).model_fields]
        if worn and unknown_eyes(plan.faces):
            yield (
                "nobody knows where the eyes on these photos are: the glasses of "
                f"{' and '.join(dict.fromkeys(worn))} are put where the option eyes says, on "
                "every photo alike"
            )

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return finished_rows(record)

    def absent_files(self, plan: FinishedPlan) -> Iterator[str]:
        """Yield lists that are not here."""
        for option in ("pairs", "members", "nonmembers"):
            yield from absent_list(getattr(plan, option), f"{KIND}.{option}")
