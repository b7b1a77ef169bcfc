"""Audits of attribute inference as a kind: what templates say of people beside who they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

from faceaudit.audit.attribute_inference.plan import AttributeInferencePlan
from faceaudit.audit.attribute_inference.rows import attribute_rows
from faceaudit.audit.common.embedder_kind import EmbedderKind
from faceaudit.audit.common.groups import group_obstacles
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared
from faceaudit.audit.common.looking import survey_of
from faceaudit.audit.common.obstacles import outline_or_error, raised
from faceaudit.audit.common.remarks import unresolved_rates
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.selection import Combination, part_of
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import FaceAuditError, InputError, SourceError
from faceaudit.faces.groups import require_attributes
from faceaudit.protocols.strangers import STRANGERS
from faceaudit.records.attribute_inference import KIND
from faceaudit.store import CaseRecord, Store
from faceaudit.types import FaceSet

LABELS = ("attribute", "attack", "people", "mitigation", "network", "seed")


class AttributeInferenceKind(EmbedderKind[AttributeInferencePlan]):
    """What a template says of a person beside who it is, with and without mitigations."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Attributes in templates"
    plan: ClassVar[type[AttributeInferencePlan]] = AttributeInferencePlan
    report: ClassVar[str] = "faceaudit.report.attribute_inference.section"
    lists: ClassVar[Mapping[str, str]] = {"mitigation": "mitigations"}
    measures: ClassVar[Mapping[str, Sequence[str]]] = {
        "auc": LABELS,
        "excess": LABELS,
        "tmr": ("fmr", "mitigation", "network", "seed"),
        "tmr_change": ("fmr", "mitigation", "network", "seed"),
    }
    narrowing: ClassVar[str] = "more people in parties.attacked"

    def tried(self, plan: AttributeInferencePlan) -> Iterator[Combination]:
        """Yield each mitigation."""
        for one in plan.mitigations:
            yield {"mitigation": part_of(one)}

    def photos_embedded(self, plan: AttributeInferencePlan, seeds: Sequence[int]) -> int:
        """Return how many photos an untrained network embeds."""
        plain = any(one.name == "none" for one in plan.mitigations)
        if not (plan.baselines and plain) or plan.embedders[0].network.is_file:
            return 0
        return len(seeds) * (survey_of(plan.faces).photos or 0)

    def check_faces(self, plan: AttributeInferencePlan, faces: FaceSet, seed: int) -> None:
        """Raise where there are too few people."""
        from faceaudit.audit.attribute_inference.scenario import (  # noqa: PLC0415 - slow to load
            deal_roles,
        )

        roles = deal_roles(faces, plan.parties, plan.owner, seed)
        if min(plan.labelled) > len(roles.labelled):
            raise InputError(
                f"expected at most as many labelled people as there are, {len(roles.labelled)}, "
                f"got {min(plan.labelled)} in labelled; try fewer"
            )

    def obstacles(
        self, plan: AttributeInferencePlan, seeds: Sequence[int]
    ) -> Iterator[FaceAuditError]:
        """Yield what would keep the section from ending."""
        yield from super().obstacles(plan, seeds)
        yield from group_obstacles(plan.faces, plan.attributes)
        yield from raised(partial(_require_attributes, plan))

    def remarks(self, plan: AttributeInferencePlan) -> Iterator[str]:
        """Yield what is not measured, and what is known of the faces."""
        yield from super().remarks(plan)
        if plan.baselines and plan.embedders[0].network.is_file:
            yield (
                f"{plan.embedders[0].network.name} is a file with its weights: what an untrained "
                "network shows is not measured"
            )
        yield from self._too_many(plan)
        what = "what mitigations of attribute inference cost"
        yield from unresolved_rates(what, plan.faces, plan.parties, plan.fmrs, STRANGERS)

    def _too_many(self, plan: AttributeInferencePlan) -> Iterator[str]:
        from faceaudit.audit.attribute_inference.scenario import (  # noqa: PLC0415 - slow to load
            deal_roles,
        )

        faces, _ = outline_or_error(plan.faces)
        if faces is None:
            return
        try:
            known = len(deal_roles(faces, plan.parties, plan.owner, 0).labelled)
        except FaceAuditError:
            return  # an obstacle says so
        more = [one for one in plan.labelled if one > known]
        if more:
            yield (
                f"attacks with {' and '.join(map(str, more))} labelled people are not made: the "
                f"attacker has {known} people to learn from; try more people, or a smaller "
                "parties.attacked or owner"
            )

    def prepare(
        self, plan: AttributeInferencePlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each mitigation and seed."""
        from faceaudit.audit.attribute_inference.jobs import (  # noqa: PLC0415 - slow to load
            prepare_jobs,
        )

        return prepare_jobs(plan, seeds, store, work)

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Make every attack on what one mitigation stores."""
        from faceaudit.audit.attribute_inference.jobs import run_job  # noqa: PLC0415 - slow to load

        return run_job(job, store, work)

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return attribute_rows(record)


def _require_attributes(plan: AttributeInferencePlan) -> None:
    """Raise where the source has no attributes, or lacks one that is to be erased."""
    try:
        known = plan.faces.attribute_names()
    except SourceError:
        return  # it is told of where the photos are counted
    if known is None:
        return
    if not known:
        raise InputError(
            f"expected faces with attributes to infer, got a source {plan.faces.name!r} without "
            "any; try one that has some, such as synthetic, celeba or yaleb"
        )
    for one in plan.mitigations:
        require_attributes(one.model_dump().get("erase", ()), known)
